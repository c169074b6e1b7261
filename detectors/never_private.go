package detectors

import (
	"fmt"
	"net/netip"
	"slices"
)

// neverPrivate (T5): many registrations over several bindings, and never once
// a private address.
var neverPrivate = Detector{
	ID:    "never-private",
	Title: "Public from the first message, time after time",
	Cite:  "RFC 3261 §10.2; RFC 3581 §4",
	Says: "Over many new registrations and more than one NAT binding the phone was never late and never private. A phone that looks after its own address " +
		"slips now and then: after a restart, or when its binding changes.",
	Guards:   "Needs five new registrations and two sources; a single private message silences it.",
	Innocent: "STUN that is asked before each registration",
	Classes:  []Class{Weak},
	Groups:   []Group{Temporal},
	Needs: func(ev *Evidence) string {
		if why := needsNAT(ev); why != "" {
			return why
		}
		if n, sources, _ := sessions(ev); n < 5 || sources < 2 {
			return "fewer than five new registrations over two sources"
		}
		return ""
	},
	Check: func(ev *Evidence) []Finding {
		n, sources, last := sessions(ev)
		for i := range ev.Log {
			if r := &ev.Log[i]; r.Via == InsideOut || r.Contact == InsideOut || r.Method == "REGISTER" && r.Status == 0 && !r.Public() {
				return nil
			}
		}
		return []Finding{{
			ID: "never-private", Class: Weak, Group: Temporal, DB: 3, Time: last.Time, Frames: framesOf(last.Frame),
			Written: last.written(), Seen: "source " + last.Source.String(),
			Summary:  fmt.Sprintf("%d new registrations from %d sources, all of them public from the first message", n, sources),
			Innocent: "STUN that is asked before each registration",
		}}
	},
}

// sessions counts new registrations and the sources they came from.
func sessions(ev *Evidence) (n, sources int, last *Record) {
	var seen []netip.AddrPort
	for i := range ev.Log {
		r := &ev.Log[i]
		if r.Method != "REGISTER" || r.Status != 0 || !r.NewSession {
			continue
		}
		n++
		last = r
		if !slices.Contains(seen, r.Source) {
			seen = append(seen, r.Source)
		}
	}
	return n, len(seen), last
}
