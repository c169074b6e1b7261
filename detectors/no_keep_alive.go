package detectors

import "time"

// noKeepAlive (S16): a phone that was told that there is no NAT.
var noKeepAlive = Detector{
	ID:    "no-keep-alive",
	Title: "No keep-alives from a model that sends them elsewhere",
	Cite:  "RFC 5626 §3.5; RFC 3581 §4",
	Says: "Endpoints of the same model elsewhere keep their binding open with tiny datagrams. This one never does. A phone whose answers come back " +
		"with its own private address in received= believes that there is no NAT, and saves itself the trouble.",
	Guards:   "Learned from this very capture, from endpoints with the same User-Agent on UDP; five minutes of traffic at least.",
	Innocent: "another setting in this phone",
	Classes:  []Class{Weak},
	Groups:   []Group{Structure},
	Needs: func(ev *Evidence) string {
		if why := needsUDP(ev); why != "" {
			return why
		}
		if why := needsNAT(ev); why != "" {
			return why
		}
		for i := range ev.Elsewhere {
			if ev.Elsewhere[i].KeepsAlive {
				return ""
			}
		}
		return "no endpoint of the same model with keep-alives elsewhere"
	},
	Check: func(ev *Evidence) []Finding {
		first, last := window(ev.Log)
		if ev.KeepAlives > 0 || last-first < int64(5*time.Minute) {
			return nil
		}
		for i := range ev.Elsewhere {
			if o := &ev.Elsewhere[i]; o.KeepsAlive {
				return []Finding{{
					ID: "no-keep-alive", Class: Weak, Group: Structure, DB: 1, Frames: framesOf(ev.Log[0].Frame, o.Frame), Time: last,
					Written: "keep-alives from " + o.Source.String(), Seen: "none from " + ev.Source.String(),
					Summary:  "the same model keeps its binding open elsewhere, and here it does not",
					Innocent: "another setting in this phone",
				}}
			}
		}
		return nil
	},
}
