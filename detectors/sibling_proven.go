package detectors

// siblingProven carries a proof over to the other phones behind the router.
var siblingProven = Detector{
	ID:    "sibling-proven",
	Title: "Rewriting is proven for a phone at the same address",
	Cite:  "RFC 3261 §18.1.1",
	Says: "For another phone at this public address there is proof that its messages are changed in its router. This one talks to the server on the same port and " +
		"transport, and all its addresses are the public source as well: the same box translates for it.",
	Guards: "The same public address, server port and transport at overlapping times, and public addresses throughout. Silent where the server's own requests came " +
		"back unchanged although that ALG would have changed them.",
	Innocent: "this phone uses STUN, or the two stand behind different routers that share a public address",
	Classes:  []Class{Strong},
	Groups:   []Group{Differential},
	Needs:    needsSite,
	Check: func(ev *Evidence) []Finding {
		if !publicPicture(ev) || ev.Telling > 0 {
			return nil
		}
		for i := range ev.Site {
			o := &ev.Site[i]
			if !o.Proven || o.ServerPort != ev.ServerPort || o.Transport != ev.Transport || !ev.overlaps(o) || sameNetwork(ev, o) < 0 {
				continue
			}
			return []Finding{{
				ID: "sibling-proven", Class: Strong, Group: Differential, DB: 12, Time: o.Last,
				Frames:  framesOf(viaSample(ev).Frame, o.Frame),
				Written: o.AOR + " " + o.UserAgent, Seen: "source " + o.Source.String() + ", rewriting proven",
				Summary:  "rewriting is proven for another phone behind the same router, and this one's addresses are all public too",
				Innocent: "this phone uses STUN",
			}}
		}
		return nil
	},
}
