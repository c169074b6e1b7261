package detectors

// siblingPrivate (D4): another phone at the same address passes untouched.
var siblingPrivate = Detector{
	ID:    "sibling-private",
	Title: "Another phone at the same address passes untouched",
	Cite:  "RFC 3261 §18.1.1",
	Says: "A router's ALG treats all phones behind it alike. Another phone at this public address, with the same server port and transport and at the same time, " +
		"arrives with its private addresses. So what is public here was most likely written by the phone.",
	Guards: "The same public address, server port and transport, overlapping times. It weighs less where the two phones show different inside networks: " +
		"they may stand behind two routers that share an address (a second router, or a carrier's NAT).",
	Innocent: "two routers behind one public address, only one of them with an ALG",
	Classes:  []Class{Counter},
	Groups:   []Group{Differential},
	Needs: func(ev *Evidence) string {
		if why := needsSite(ev); why != "" {
			return why
		}
		for i := range ev.Site {
			if o := &ev.Site[i]; o.ServerPort == ev.ServerPort && o.Transport == ev.Transport {
				return ""
			}
		}
		return "no other phone with this server port and transport"
	},
	Check: func(ev *Evidence) []Finding {
		if !publicPicture(ev) {
			return nil // nothing to explain
		}
		best := 0.0
		var sib *Sibling
		for i := range ev.Site {
			o := &ev.Site[i]
			if o.SameDevice || o.ServerPort != ev.ServerPort || o.Transport != ev.Transport || !o.private() || !ev.overlaps(o) {
				continue
			}
			db := -10.0
			switch near := sameNetwork(ev, o); {
			case near > 0:
				db = -14
			case near < 0:
				db = -6
			}
			if db < best {
				best, sib = db, o
			}
		}
		if sib == nil {
			return nil
		}
		return []Finding{{
			ID: "sibling-private", Class: Counter, Group: Differential, DB: best, Time: sib.Last, Frames: framesOf(sib.Frame),
			Written: sib.AOR + " " + sib.UserAgent + ": private", Seen: "source " + sib.Source.String(),
			Summary:  "another phone at the same address passes with its private addresses untouched",
			Innocent: "a second router behind the same public address",
		}}
	},
}
