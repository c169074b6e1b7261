package detectors

import "strconv"

// maxForwards (S10): somebody forwarded the message, and took his Via away.
var maxForwards = Detector{
	ID:    "max-forwards",
	Title: "Max-Forwards was counted down, and no Via says by whom",
	Cite:  "RFC 3261 §8.1.1.6, §16.6 step 3",
	Says: "The requests come with one Via, as if straight from the phone, but Max-Forwards is one to three below the number that " +
		"phones start with (70, 20 or 10). A proxy in the path counted it down and hid.",
	Guards: "The same in every request; behind a NAT. Where other endpoints with the same User-Agent write this very number it is a habit and no hit; " +
		"where they write the round one it counts in full, and half where there is nobody to compare with.",
	Innocent: "a phone whose default is not a round number; a session border controller that hides its hops",
	Classes:  []Class{Strong, Weak},
	Groups:   []Group{Structure},
	Needs:    needsNAT,
	Check: func(ev *Evidence) []Finding {
		have, frame := 0, 0
		for i := range ev.Log {
			r := &ev.Log[i]
			if r.Status != 0 {
				continue
			}
			if r.Vias != 1 || r.MaxForwards <= 0 || have != 0 && r.MaxForwards != have {
				return nil
			}
			have, frame = r.MaxForwards, r.Frame
		}
		start := roundAbove(have)
		if start == 0 {
			return nil
		}
		f := Finding{
			ID: "max-forwards", Class: Weak, Group: Structure, DB: 3, Frames: framesOf(frame),
			Written: "Max-Forwards: " + strconv.Itoa(start), Seen: "Max-Forwards: " + strconv.Itoa(have),
			Summary:  "one Via, but Max-Forwards is below the number phones start with: somebody forwarded it and hid",
			Innocent: "a phone that starts with an odd number",
		}
		for _, list := range [...][]Sibling{ev.Elsewhere, ev.Site} {
			for i := range list {
				switch o := &list[i]; {
				case o.UserAgent != ev.UserAgent || ev.UserAgent == "":
				case o.MaxForwards == have:
					return nil
				case o.MaxForwards == start:
					f.Class, f.DB = Strong, 6
					f.Frames = framesOf(frame, o.Frame)
				}
			}
		}
		return []Finding{f}
	},
}

// roundAbove is the default that n is one to three below; 0 for none.
func roundAbove(n int) int {
	for _, start := range [...]int{70, 20, 10} {
		if n < start && n >= start-3 {
			return start
		}
	}
	return 0
}
