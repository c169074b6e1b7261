package detectors

import "fmt"

// toggle (T6): what the phone's messages carry turned over at one moment, for
// good.
var toggle = Detector{
	ID:    "toggle",
	Title: "Rewriting began, or ended, within the capture",
	Cite:  "RFC 3261 §18.1.1",
	Says: "The same phone arrived with private addresses until one moment and with public ones after it, or the other way round, and stayed so. " +
		"This is what switching an ALG on or off looks like, and the moment tells who did it.",
	Guards: "Needs at least three messages on either side, one method on both, and no way back. A phone that learns its address does so within its first " +
		"registrations; here the private ones went on for three REGISTERs after the server had answered.",
	Innocent: "somebody switched STUN, or a public address, on or off in the phone itself",
	Classes:  []Class{Weak, Counter},
	Groups:   []Group{Temporal},
	Needs: func(ev *Evidence) string {
		if why := needsPublicSource(ev); why != "" {
			return why
		}
		if ev.Before.Messages == 0 {
			return "its addresses did not turn over"
		}
		return ""
	},
	Check: func(ev *Evidence) []Finding {
		b := &ev.Before
		var r *Record
		for i := range ev.Log {
			if ev.Log[i].Public() || ev.Log[i].Private() {
				r = &ev.Log[i]
				break
			}
		}
		if r == nil {
			return nil
		}
		f := Finding{
			ID: "toggle", Group: Temporal, Time: r.Time, Frames: framesOf(b.Last, r.Frame),
			Written: b.Text, Seen: r.written(), Innocent: "a setting of the phone that was changed at that moment",
		}
		if b.Public {
			f.Class, f.DB = Counter, -6
			f.Summary = fmt.Sprintf("%d messages arrived with public addresses, and since then private ones arrive: whatever wrote the public ones has stopped", b.Messages)
		} else {
			f.Class, f.DB = Weak, 6
			f.Summary = fmt.Sprintf("%d messages arrived with private addresses, and since then public ones arrive: something began to write them", b.Messages)
		}
		return []Finding{f}
	},
}
