package detectors

// learnedAddress speaks for the phone: its first REGISTER was still private,
// and after the server's answer told it the public address, it wrote that.
var learnedAddress = Detector{
	ID:      "learned-address",
	Title:   "The phone learned its public address from the server",
	Cite:    "RFC 3581 §4; RFC 3261 §18.2.1",
	Classes: []Class{Counter},
	Groups:  []Group{Temporal},
	Check: func(ev *Evidence) []Finding {
		f, l := ev.FirstRegister, ev.LaterRegister
		if f.Frame == 0 || l.Frame == 0 || f.Via != InsideOut && f.Contact != InsideOut {
			return nil
		}
		if !(f.Contact == InsideOut && l.Contact == Exact || f.Via == InsideOut && l.Via == Exact) {
			return nil
		}
		return []Finding{{
			ID: "learned-address", Class: Counter, Group: Temporal, DB: -12,
			Frames:   []int{f.Frame, l.Frame},
			Written:  ev.Fields[Contact].First(InsideOut).Text,
			Seen:     ev.Fields[Contact].First(Exact).Text,
			Summary:  "the first REGISTER was private, and turned public only after the server's answer: the phone learned it from received= and rport=",
			Innocent: "an ALG switched on between the two messages",
		}}
	},
}
