package detectors

// vendorsAgree (D3): phones of different makers at one address, all public,
// all with a private address left somewhere.
var vendorsAgree = Detector{
	ID:    "vendors-agree",
	Title: "Phones of different makers arrive public alike",
	Cite:  "RFC 3261 §18.1.1",
	Says: "Two makers' phones at the same address both arrive with the public source in Via and Contact, and both left a private address elsewhere in their messages. " +
		"That both were given the same knowledge of their NAT is less likely than one box that translates for both.",
	Guards:   "Both makes known and different, neither a STUN user by default, both with a private address left over, no phone at the address that arrives private.",
	Innocent: "all phones of the site set up with STUN, by one hand",
	Classes:  []Class{Strong},
	Groups:   []Group{Differential},
	Needs:    needsSite,
	Check: func(ev *Evidence) []Finding {
		if !publicPicture(ev) || len(ev.Inside) == 0 || ev.Family == "" || habits[ev.Family].stun || habits[ev.Family].learnVia {
			return nil
		}
		var other *Sibling
		for i := range ev.Site {
			o := &ev.Site[i]
			if o.private() {
				return nil
			}
			if o.Family != "" && o.Family != ev.Family && !habits[o.Family].stun && !habits[o.Family].learnVia && o.Residue && o.public() && ev.overlaps(o) {
				other = o
			}
		}
		if other == nil {
			return nil
		}
		return []Finding{{
			ID: "vendors-agree", Class: Strong, Group: Differential, DB: 6, Time: other.Last,
			Frames:   framesOf(viaSample(ev).Frame, other.Frame),
			Written:  ev.UserAgent,
			Seen:     other.UserAgent + ", at the same address",
			Summary:  "a phone of another maker at the same address arrives public as well, both with a private address left over",
			Innocent: "all phones of the site were set up with STUN",
		}}
	},
}
