package detectors

// learnedAddress (T1) speaks for the phone: its first REGISTER was still
// private, and after the server's answer told it the public address, it wrote
// that.
var learnedAddress = Detector{
	ID:    "learned-address",
	Title: "The phone learned its public address from the server",
	Cite:  "RFC 3581 §4; RFC 3261 §18.2.1",
	Says: "The first REGISTER arrived with private addresses. The server's answer told the phone, in received= and rport=, where it came from, and from then on it wrote that. " +
		"PJSIP does so by default, already in the REGISTER with credentials. An ALG rewrites the first message like all others.",
	Guards: "The private REGISTER must be the first that is seen, and an answer must lie between. Where private REGISTERs go on over several registrations before the " +
		"addresses turn, the phone was not learning, and the rule is silent.",
	Innocent: "an ALG that was switched on between the two messages",
	Classes:  []Class{Counter},
	Groups:   []Group{Temporal},
	Needs: func(ev *Evidence) string {
		if why := needsPublicSource(ev); why != "" {
			return why
		}
		if ev.FirstRegister.Frame == 0 || ev.LaterRegister.Frame == 0 {
			return "fewer than two REGISTERs in the capture"
		}
		return ""
	},
	Check: func(ev *Evidence) []Finding {
		f, l := ev.FirstRegister, ev.LaterRegister
		if f.Via != InsideOut && f.Contact != InsideOut || ev.Before.Messages > 0 {
			return nil
		}
		if !(f.Contact == InsideOut && l.Contact == Exact || f.Via == InsideOut && l.Via == Exact) {
			return nil
		}
		return []Finding{{
			ID: "learned-address", Class: Counter, Group: Temporal, DB: -12, Time: newest(ev),
			Frames:   framesOf(f.Frame, l.Frame),
			Written:  ev.Fields[Contact].First(InsideOut).Text,
			Seen:     ev.Fields[Contact].First(Exact).Text,
			Summary:  "the first REGISTER was private, and turned public only after the server's answer: the phone learned it from received= and rport=",
			Innocent: "an ALG switched on between the two messages",
		}}
	},
}
