package detectors

// rportLost (S18): a request for the source port that this phone always makes
// is gone.
var rportLost = Detector{
	ID:    "rport-lost",
	Title: "rport is missing where this phone always asks for it",
	Cite:  "RFC 3581 §3",
	Says: "This user agent asks in every Via to be answered at the port it sent from. Here no Via does. Some ALGs take the parameter away, for " +
		"it gets in the way of their own bookkeeping.",
	Guards: "UDP. Leans on a habit: that of PJSIP, Linphone and baresip, or of endpoints with the same User-Agent elsewhere in this capture. " +
		"A single Via with rport silences it.",
	Innocent: "rport switched off in this phone",
	Classes:  []Class{Weak},
	Groups:   []Group{Structure},
	Needs: func(ev *Evidence) string {
		if why := needsUDP(ev); why != "" {
			return why
		}
		if alwaysAsksRPort(ev.Family) {
			return ""
		}
		for i := range ev.Elsewhere {
			if ev.Elsewhere[i].RPort == Always {
				return ""
			}
		}
		return "not known to ask for rport"
	},
	Check: func(ev *Evidence) []Finding {
		var first *Record
		for i := range ev.Log {
			r := &ev.Log[i]
			if r.Status != 0 || r.Vias != 1 || !r.Via.Comparable() {
				continue
			}
			if r.RPort {
				return nil
			}
			if first == nil {
				first = r
			}
		}
		if first == nil {
			return nil
		}
		f := Finding{
			ID: "rport-lost", Class: Weak, Group: Structure, DB: 3, Frames: framesOf(first.Frame),
			Written: "Via …;rport", Seen: "Via " + first.ViaAddr.String() + " without rport",
			Summary:  "no Via asks for rport, though this user agent always does",
			Innocent: "rport switched off in this phone",
		}
		for i := range ev.Elsewhere {
			switch o := &ev.Elsewhere[i]; o.RPort {
			case Always:
				f.Frames = framesOf(first.Frame, o.Frame)
			case Never, Mixed:
				return nil // then it is a matter of settings
			}
		}
		return []Finding{f}
	},
}

// alwaysAsksRPort tells user agents whose every Via has rport by default.
func alwaysAsksRPort(family string) bool {
	switch family {
	case "pjsip", "linphone", "baresip":
		return true
	}
	return false
}
