package detectors

// port5060 (S14): the address was translated, the port was assumed.
var port5060 = Detector{
	ID:    "port-5060",
	Title: "The public address with port 5060, from another port",
	Cite:  "RFC 3261 §18.1.1, §19.1.2",
	Says: "Via and Contact name the public address with port 5060, and the packets come from another port. Whoever wrote the public " +
		"address did not know the mapping. Requests of the server to that port reach nobody, or another phone.",
	Guards:   "UDP only (over TCP a Contact with the listening port is right), behind a NAT, and steady.",
	Innocent: "a public address set by hand in the phone behind a NAT that translates ports; UPnP",
	Classes:  []Class{Weak},
	Groups:   []Group{Structure},
	Needs: func(ev *Evidence) string {
		if why := needsUDP(ev); why != "" {
			return why
		}
		return needsNAT(ev)
	},
	Check: func(ev *Evidence) []Finding {
		var hit *Record
		for i := range ev.Log {
			r := &ev.Log[i]
			if r.Vias > 1 || r.Status != 0 || r.Source.Port() == 5060 || !r.Contact.Comparable() {
				continue
			}
			if r.Via != IPOnly || r.Contact != IPOnly || r.ViaAddr.Port() != 5060 || r.ContactAddr.Port() != 5060 {
				return nil
			}
			hit = r
		}
		if hit == nil {
			return nil
		}
		return []Finding{{
			ID: "port-5060", Class: Weak, Group: Structure, DB: 3, Frames: framesOf(hit.Frame), Time: hit.LastTime,
			Written: "Via and Contact " + hit.ContactAddr.String(), Seen: "source " + hit.Source.String(),
			Summary:  "the public address is written with port 5060, but the packets come from another port",
			Innocent: "a public address set by hand, behind a NAT that translates ports",
		}}
	},
}
