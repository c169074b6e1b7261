package detectors

// staleEcho (T4): after its source changed, the phone still wrote the old one.
var staleEcho = Detector{
	ID:    "stale-echo",
	Title: "After its source changed the phone writes the old one",
	Cite:  "RFC 3261 §18.1.1; RFC 3581 §4",
	Says: "The phone's public address or port changed, and it went on writing the former one for a message or more. So the phone holds that address itself, " +
		"from STUN or from what the server told it. Whoever translates in the path writes the binding of the packet at hand and is never late.",
	Guards:   "The old address must have been seen as this phone's source before, and be public.",
	Innocent: "an ALG that rewrites only what matches its table, and lost it when it restarted",
	Classes:  []Class{Counter},
	Groups:   []Group{Temporal},
	Needs: func(ev *Evidence) string {
		if why := needsPublicSource(ev); why != "" {
			return why
		}
		for i := range ev.Log {
			if ev.Log[i].Source != ev.Log[0].Source {
				return ""
			}
		}
		return "its source never changed"
	},
	Check: func(ev *Evidence) []Finding {
		for i := range ev.Log {
			r := &ev.Log[i]
			if r.Vias > 1 {
				continue
			}
			for j := range ev.Log[:i] {
				o := &ev.Log[j]
				if o.Source == r.Source || Classify(o.Source.Addr()) != Public || !o.Public() {
					continue
				}
				if r.Status == 0 && r.ViaAddr == o.Source || r.ContactAddr == o.Source && r.Contact != Exact {
					return []Finding{{
						ID: "stale-echo", Class: Counter, Group: Temporal, DB: -10, Time: r.Time, Frames: framesOf(o.Frame, r.Frame),
						Written: o.Source.String() + ", its source before", Seen: "source " + r.Source.String(),
						Summary:  "its source had changed, and it still wrote the old one: the phone itself knows its public address",
						Innocent: "an ALG that had lost its table",
					}}
				}
			}
		}
		return nil
	},
}

// holdsPublic tells that the phone was seen to hold its public address itself,
// by being late to change it. Then what it forgets to translate is its own
// forgetting.
func (ev *Evidence) holdsPublic() bool {
	return staleEcho.Needs(ev) == "" && len(staleEcho.Check(ev)) > 0
}
