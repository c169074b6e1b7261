package detectors

// writesPublic is the look at the phone's own network: what leaves the phone
// with a public address was written by the phone.
var writesPublic = Detector{
	ID:    "writes-public",
	Title: "The phone itself writes a public address",
	Cite:  "RFC 3261 §18.1.1; RFC 8489 (STUN)",
	Says: "Captured on the phone's side, before any router. The phone sends from its private address and writes a public one into Via and Contact: " +
		"it asked a STUN server, or was told by hand. Seen from the server such a phone looks like one behind a perfect ALG; this look clears the router.",
	Guards: "Only for captures on the phone's own network with the server's answers in it. The public address must be in all Vias, and in all Contacts, and must not be the server's. Silent where an answer " +
		"holds the phone's private address in received=, or a request for it names the public one: then something translates on the way back, whatever the phone writes.",
	Innocent: "an ALG that leaves messages alone which are public already, and would rewrite another phone's; a proxy in front of the phone",
	Classes:  []Class{Counter},
	Groups:   []Group{Addresses},
	Needs: func(ev *Evidence) string {
		switch why := needsPhoneSide(ev); {
		case why != "":
			return why
		case ev.OneWay:
			return "no answer of the server in the capture"
		}
		return ""
	},
	Check: func(ev *Evidence) []Finding {
		via, contact := &ev.Fields[Via], &ev.Fields[Contact]
		if !Inside(ev.Source.Addr()) || !onlyOther(via) || contact.Majority().Comparable() && !onlyOther(contact) ||
			ev.ReceivedOwn.Frame != 0 || ev.KnownAs.Frame != 0 || len(ev.Of("answer-back")) > 0 || hopsOf(ev) != direct || !heardBack(ev) {
			return nil
		}
		for i := range ev.Log {
			if ip := ev.Log[i].ViaAddr.Addr(); ip.IsValid() && ip == ev.Server.Addr() {
				return nil
			}
		}
		s := via.First(OtherPublic)
		return []Finding{{
			ID: "writes-public", Class: Counter, Group: Addresses, DB: -10, Frames: framesOf(s.Frame), Time: newest(ev),
			Written: "Via " + s.Text, Seen: "source " + s.Seen,
			Summary:  "the phone itself writes a public address, seen before any router: STUN, or a setting in the phone",
			Innocent: "an ALG that leaves alone what is public already",
		}}
	},
}

// onlyOther tells a field that never held anything but public addresses other
// than the source.
func onlyOther(c *Compared) bool {
	for r := Exact; r < NumRelations; r++ {
		if (c.Count[r] > 0) != (r == OtherPublic) {
			return false
		}
	}
	return true
}

// heardBack tells that the server said something before the phone's last.
func heardBack(ev *Evidence) bool {
	for i := range ev.Log {
		if ev.Log[i].Told {
			return true
		}
	}
	return false
}
