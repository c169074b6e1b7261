package detectors

import (
	"slices"

	"github.com/algsniff/algsniff/sipparse"
)

// callIDPublic finds a Call-ID that holds the public address although its
// writer only knows the inside one.
var callIDPublic = Detector{
	ID:    "call-id-public",
	Title: "The Call-ID holds the public address",
	Cite:  "RFC 3261 §8.1.1.4",
	Says: "This phone's family writes its own local address behind the @ of every Call-ID. Here the public source stands there, " +
		"although a NAT was seen: something in the path replaced it. FortiOS, ScreenOS and Junos do that.",
	Guards: "Leans on habits of Yealink, Cisco, Polycom and Fanvil phones: User-Agent and the form of the Call-ID must both say so. " +
		"Not for chan_sip and Fritz!Box, which write a public address by themselves. A NAT must be seen by other means than an inside " +
		"address: another phone behind the same address, or a port that was translated.",
	Innocent: "a phone whose firmware puts its STUN or set public address into the Call-ID",
	Classes:  []Class{Strong},
	Groups:   []Group{Residue},
	Message: func(c *Context, m *sipparse.Message, note Note) {
		if c.CallID == nil || !c.CallID.Local || c.CallID.IP != c.Source.Addr().Unmap() ||
			c.Record == nil || c.Record.Vias > 1 || Classify(c.CallID.IP) != Public {
			return
		}
		note(c.CallID.Family, "Call-ID "+string(m.CallID()), "source "+c.Source.String())
	},
	Needs: func(ev *Evidence) string {
		if why := needsPublicSource(ev); why != "" {
			return why
		}
		if !slices.ContainsFunc(ev.NAT, func(s NATSign) bool { return s.ID != "inside-address" }) {
			return "no sign of a NAT beside inside addresses"
		}
		return ""
	},
	Check: func(ev *Evidence) []Finding {
		for _, o := range ev.Of("call-id-public") {
			if !writesLocalCallID(ev.Family, o.Key) {
				continue
			}
			return []Finding{{
				ID: "call-id-public", Class: Strong, Group: Residue, DB: 8, Frames: o.Frames, Time: o.Last,
				Written:  "a local address: the habit of " + ev.Family,
				Seen:     o.Written,
				Summary:  "the Call-ID holds the public address where this family of phones writes its local one",
				Innocent: "firmware that puts a STUN or set public address into the Call-ID",
			}}
		}
		return nil
	},
}

// writesLocalCallID tells whether a family of user agents is known to write
// its local address into a Call-ID of the given form.
func writesLocalCallID(family, form string) bool {
	switch form {
	case "yealink", "cisco-spa", "polycom":
		return family == form
	case "cisco-cp":
		return family == "cisco-cp" || family == "cisco-spa"
	case "":
		return family == "fanvil"
	}
	return false
}
