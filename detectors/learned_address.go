package detectors

// learnedAddress (T1) speaks for the phone: its first REGISTER was still
// private, and after the server's answer told it the public address, it wrote
// that.
var learnedAddress = Detector{
	ID:    "learned-address",
	Title: "The phone learned its public address from the server",
	Cite:  "RFC 3581 §4; RFC 3261 §18.2.1",
	Says: "The first REGISTER, or the first INVITE, arrived with private addresses. The server's answer told the phone, in received= and rport=, where it came from, and from then on it wrote that. " +
		"PJSIP does so by default, already in the REGISTER with credentials. An ALG rewrites the first message like all others.",
	Guards: "The private message must be the first of its method that is seen, and an answer must lie between. Where private messages go on over several registrations before the " +
		"addresses turn, the phone was not learning, and the rule is silent. Of other requests than REGISTER every private one must come before every public one, from one source and in one segment.",
	Innocent: "an ALG that was switched on between the two messages",
	Classes:  []Class{Counter},
	Groups:   []Group{Temporal},
	Needs: func(ev *Evidence) string {
		if why := needsPublicSource(ev); why != "" {
			return why
		}
		if in, _ := learnedInCalls(ev); in == nil && (ev.FirstRegister.Frame == 0 || ev.LaterRegister.Frame == 0) {
			return "fewer than two REGISTERs in the capture"
		}
		return ""
	},
	Check: func(ev *Evidence) []Finding {
		f, l := ev.FirstRegister, ev.LaterRegister
		if ev.Before.Messages > 0 {
			return nil
		}
		if !(f.Contact == InsideOut && l.Contact == Exact || f.Via == InsideOut && l.Via == Exact) {
			in, pub := learnedInCalls(ev)
			if in == nil {
				return nil
			}
			return []Finding{{
				ID: "learned-address", Class: Counter, Group: Temporal, DB: -12, Time: newest(ev),
				Frames: framesOf(in.Frame, pub.Frame), Written: in.written(), Seen: pub.written(),
				Summary:  "the first " + in.Method + " was private, and turned public only after the server's answer: the phone learned it from received= and rport=",
				Innocent: "an ALG switched on between the two messages",
			}}
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

// maxUnlearned is how many private messages of a method a phone may send after
// it was told, and still be learning.
const maxUnlearned = 2

// learnedInCalls finds a method other than REGISTER that was private, and after
// an answer public, where nothing private came later.
func learnedInCalls(ev *Evidence) (in, pub *Record) {
	told := 0
	for i := range ev.Log {
		r := &ev.Log[i]
		switch {
		case r.Status != 0 || r.Vias > 1:
		case r.Segments > 1 || r.Source != ev.Source:
			return nil, nil // an ALG misses what takes two segments
		case r.Private(), r.Via == InsideOut && pub != nil:
			if r.Told {
				told += r.Count
			}
			if pub != nil || told > maxUnlearned {
				return nil, nil
			}
			if in == nil && r.Method == "INVITE" && r.Contact == InsideOut {
				in = r
			}
		case r.Via == Exact && !r.Told:
			return nil, nil
		case r.Via == Exact && pub == nil && in != nil && r.Method == in.Method:
			pub = r
		case public(r.Via) && in == nil:
			return nil, nil // public before
		}
	}
	if pub == nil {
		return nil, nil
	}
	return in, pub
}
