package detectors

import (
	"slices"
	"time"
)

// duplicateContact (S20): two phones, one address to call them at.
var duplicateContact = Detector{
	ID:    "duplicate-contact",
	Title: "Two phones register the same public address and port",
	Cite:  "RFC 3261 §10.2.1, §16.5",
	Says: "Two phones behind one public address send from different ports, and both gave the same address and port as their Contact. " +
		"Only one of them can be reached there; calls for the other ring at the wrong phone or nowhere. Who translates by " +
		"rule of thumb, all to port 5060, does that.",
	Guards: "UDP. Two devices: other instance, other address of record, other inside address where known; seen at the same time, from " +
		"different ports. Lines of one device share a port and are no hit.",
	Innocent: "two phones with the same public address and port set by hand",
	Classes:  []Class{Strong},
	Groups:   []Group{Structure},
	Needs: func(ev *Evidence) string {
		if why := needsUDP(ev); why != "" {
			return why
		}
		return needsSite(ev)
	},
	Check: func(ev *Evidence) []Finding {
		first, last := window(ev.Log)
		for i := range ev.Log {
			r := &ev.Log[i]
			if r.Vias > 1 || r.Method != "REGISTER" || r.Status != 0 || !public(r.Contact) {
				continue
			}
			for j := range ev.Site {
				o := &ev.Site[j]
				if o.SameDevice || o.Transport != ev.Transport || o.Source == r.Source || o.Source.Port() == r.Source.Port() ||
					o.First > last+bindingLasts || o.Last < first-bindingLasts || !slices.Contains(o.Contacts, r.ContactAddr) ||
					o.Inside.IsValid() && slices.Contains(ev.Inside, o.Inside) {
					continue
				}
				return []Finding{{
					ID: "duplicate-contact", Class: Strong, Group: Structure, DB: 10, Frames: framesOf(r.Frame, o.Frame), Time: r.LastTime,
					Written:  "Contact " + r.ContactAddr.String() + " from " + r.Source.String(),
					Seen:     "Contact " + r.ContactAddr.String() + " from " + o.Source.String() + ", " + o.AOR,
					Summary:  "another phone at this address gave the same Contact from another port: calls go to the wrong one",
					Innocent: "two phones with the same public address and port set by hand",
				}}
			}
		}
		return nil
	},
}

// bindingLasts is how long after its phone's last message a registration is
// surely still there: no registrar takes one for less.
const bindingLasts = int64(time.Minute)

// window is when the messages of a log were seen.
func window(log []Record) (first, last int64) {
	for i := range log {
		if i == 0 {
			first = log[i].Time
		}
		first, last = min(first, log[i].Time), max(last, log[i].LastTime)
	}
	return first, last
}
