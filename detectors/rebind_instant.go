package detectors

import "fmt"

// rebindInstant (T3): the NAT gave the phone another port, and the first
// packet from there already carries it.
var rebindInstant = Detector{
	ID:    "rebind-instant",
	Title: "A new NAT binding is known in its first packet",
	Cite:  "RFC 5626 §4.2; RFC 8489 §5; RFC 3261 §18.1.1",
	Says: "The source address or port of the phone changed within a registration, as after a restart of its router, and the very first packet from the new " +
		"source already carried it in Via and Contact. The phone can't know a new binding before anybody answered it; the router does.",
	Guards:   "UDP only (over TCP the port is the phone's own), the same registration (Call-ID), nothing sent to the new source before, and public before the change too.",
	Innocent: "STUN asked anew just before, over a NAT whose mappings do not depend on the destination",
	Classes:  []Class{Strong},
	Groups:   []Group{Temporal},
	Needs: func(ev *Evidence) string {
		if why := needsUDP(ev); why != "" {
			return why
		}
		if len(rebinds(ev)) == 0 {
			return "its source never changed within a registration"
		}
		return needsNAT(ev)
	},
	Check: func(ev *Evidence) []Finding {
		var first *Record
		n := 0
		var frames []int
		for _, b := range rebinds(ev) {
			r := b.after
			if r.Told || !b.before.Public() || r.Via != Exact || r.Contact.Comparable() && r.Contact != Exact {
				continue
			}
			if n++; first == nil {
				first = r
			}
			frames = append(frames, r.Frame)
		}
		if n == 0 {
			return nil
		}
		return []Finding{{
			ID: "rebind-instant", Class: Strong, Group: Temporal, DB: min(12, 6*float64(n)), Time: first.Time, Frames: frames,
			Written:  first.written(),
			Seen:     "source " + first.Source.String() + ", first packet from there",
			Summary:  fmt.Sprintf("its source changed %s, and the first packet from the new one already carried it", timesText(n)),
			Innocent: "STUN asked anew just before",
		}}
	},
}

// rebind is a change of source within a registration: the last message before
// and the first after.
type rebind struct{ before, after *Record }

func rebinds(ev *Evidence) []rebind {
	var out []rebind
	var last *Record
	for i := range ev.Log {
		r := &ev.Log[i]
		if r.Status != 0 || r.Vias > 1 || r.Via == Absent {
			continue
		}
		if last != nil && r.Source != last.Source && !r.NewSession && r.Time >= last.LastTime {
			out = append(out, rebind{last, r})
		}
		last = r
	}
	return out
}

// timesText says how often.
func timesText(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
