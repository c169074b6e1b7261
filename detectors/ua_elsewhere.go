package detectors

import "fmt"

// uaElsewhere (D6): the same phone with the same firmware writes private
// addresses everywhere else.
var uaElsewhere = Detector{
	ID:    "ua-elsewhere",
	Title: "The same model writes private addresses at other sites",
	Cite:  "RFC 3261 §18.1.1",
	Says: "Phones with exactly this User-Agent arrive from other public addresses with their private addresses. So the model does not look after its NAT by itself, " +
		"and here something does.",
	Guards: "The same User-Agent string to the letter; silent where the model arrives public at other sites too. It stands in for what is known of the make's default settings, and weighs little more: " +
		"STUN is set site by site.",
	Innocent: "STUN was switched on at this site",
	Classes:  []Class{Weak},
	Groups:   []Group{Differential},
	Needs: func(ev *Evidence) string {
		if why := needsPublicSource(ev); why != "" {
			return why
		}
		if len(ev.Elsewhere) == 0 {
			return "this model at no other site"
		}
		return ""
	},
	Check: func(ev *Evidence) []Finding {
		if !publicPicture(ev) || !ev.HasNAT() {
			return nil
		}
		private, public, one := elsewhere(ev)
		if private == 0 || public*2 > private {
			return nil
		}
		return []Finding{{
			ID: "ua-elsewhere", Class: Weak, Group: Differential, DB: 3, Times: private, Time: one.Last,
			Frames:  framesOf(viaSample(ev).Frame, one.Frame),
			Written: one.AOR + " from " + one.Source.String() + ": private", Seen: "this one: Via " + viaSample(ev).Text,
			Summary:  fmt.Sprintf("the same model writes private addresses at other sites (%d of them here), at this one public ones arrive", private),
			Innocent: "STUN was switched on at this site",
		}}
	},
}

// elsewhere counts how the same model arrives from other addresses.
func elsewhere(ev *Evidence) (private, public int, one *Sibling) {
	for i := range ev.Elsewhere {
		switch o := &ev.Elsewhere[i]; {
		case o.private():
			private++
			one = o
		case o.public():
			public++
		}
	}
	return private, public, one
}
