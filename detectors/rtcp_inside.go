package detectors

import (
	"strconv"

	"github.com/algsniff/algsniff/sipparse"
)

// rtcpInside compares the two addresses that one m= section gives for one
// phone: c= for RTP and a=rtcp for RTCP.
var rtcpInside = Detector{
	ID:    "rtcp-inside",
	Title: "a=rtcp is private beside a public c=",
	Cite:  "RFC 3605 §2.1; RFC 4566 §5.7",
	Says: "The SDP names the packet's public source in c=, and an inside address in a=rtcp of the same m= section. " +
		"A phone takes both from the same socket pair and writes them in one breath; who replaced only c= " +
		"did it afterwards. Linux' nf_nat_sip never touches a=rtcp, and many others don't.",
	Guards: "c= must be the very source of the packet, and public; the message whole and from a single hop. " +
		"Leans on how PJSIP and baresip write a=rtcp: with STUN they change both. User agents whose habit is not known weigh less, " +
		"those that come with STUN switched on weigh nothing.",
	Innocent: "a phone with STUN that forgets its own a=rtcp line: one packet from its side of the router clears that",
	Classes:  []Class{Strong, Weak},
	Groups:   []Group{Residue},
	Message: func(c *Context, _ *sipparse.Message, note Note) {
		if c.SDP == nil || c.Clipped || c.Record == nil || c.Record.Vias > 1 || Classify(c.Source.Addr()) != Public {
			return
		}
		for i := range c.SDP.Media {
			md := &c.SDP.Media[i]
			if !Inside(md.RTCP.Host.IP) {
				continue
			}
			conn := &c.SDP.Conn
			if md.Conn.Raw != nil {
				conn = &md.Conn
			}
			if conn.Host.IP == c.Source.Addr().Unmap() {
				note("a=rtcp", "a=rtcp:"+short(md.RTCP.Raw), "c="+short(conn.Raw)+", source "+c.Source.String())
			}
		}
	},
	Needs: needsPublicSource,
	Check: func(ev *Evidence) []Finding {
		var out []Finding
		for _, o := range ev.Of("rtcp-inside") {
			f := Finding{
				ID: "rtcp-inside", Class: Weak, Group: Residue, DB: 4, Frames: o.Frames, Time: o.Last,
				Written: o.Written, Seen: o.Seen,
				Summary: "c= is the public source, a=rtcp of the same media is still the phone's inside address (" +
					strconv.Itoa(o.Count) + " times)",
				Innocent: "a phone with STUN that forgets its own a=rtcp",
			}
			switch {
			case habits[ev.Family].stun:
				f.DB = 0
			case writesRTCPAlike(ev.Family):
				f.Class, f.DB = Strong, 10
			}
			out = append(out, f)
		}
		return out
	},
}

// writesRTCPAlike tells user agents known to give a=rtcp the address of c=,
// with STUN and without.
func writesRTCPAlike(family string) bool { return family == "pjsip" || family == "baresip" }

// short is a value for a note: what is longer than a line is cut.
func short(b []byte) string { return string(b[:min(len(b), 200)]) }
