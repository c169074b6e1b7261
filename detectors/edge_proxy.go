package detectors

import (
	"bytes"
	"net/netip"

	"github.com/algsniff/algsniff/sipparse"
)

// edgeProxy (S11, S12): a SIP proxy at the very edge of the NAT.
var edgeProxy = Detector{
	ID:    "edge-proxy",
	Title: "A SIP proxy sits at the edge of the NAT",
	Cite:  "RFC 3261 §16.6 (Via, Record-Route, Max-Forwards)",
	Says: "Requests come with two Vias: the top one is the public source of the packet, the one below is private. Their Contact is the public " +
		"address too, or their SDP. A proxy runs on the router itself and masquerades the phones behind it (siproxd and its kind); " +
		"it asked for no place in later requests (no Record-Route). Header names in lower case beside others that are not add to it: " +
		"libosip, which siproxd is built on, writes them so.",
	Guards: "The hop on top must be the source of the packet, the lower one an inside address. With Record-Route or Path the proxy " +
		"says openly that it is there: then this is only a label and weighs nothing. Not for trunks: three Vias and more are no home.",
	Innocent: "an outbound proxy or session border controller that was set up on purpose: ask",
	Classes:  []Class{Strong, Weak},
	Groups:   []Group{Structure},
	Message:  noteEdge,
	Needs:    needsPublicSource,
	Check: func(ev *Evidence) []Finding {
		var out []Finding
		declared, letters := len(edgeNotes(ev, "declared")) > 0, edgeNotes(ev, "letters")
		for _, o := range ev.Of("edge-proxy") {
			f := Finding{
				ID: "edge-proxy", Class: Weak, Group: Structure, Side: ProxySide, Frames: o.Frames, Time: o.Last,
				Written: o.Written, Seen: o.Seen,
				Innocent: "an outbound proxy or session border controller set up on purpose",
			}
			switch {
			case o.Key == "declared":
				f.Summary = "a SIP proxy at the edge of the NAT says openly that it is there"
			case declared, o.Key == "letters":
				continue
			case o.Key == "contact":
				f.Class, f.DB = Strong, 9
				f.Summary = "the top Via and the Contact are the public address, the Via below is private: a SIP proxy on the router itself"
			case o.Key == "sdp":
				f.DB = 5
				f.Summary = "the top Via and the SDP are public, Contact and the Via below private: a SIP proxy on the router itself"
			}
			if len(letters) > 0 && f.DB > 0 {
				f.DB += 3
				f.Seen += ", " + letters[0].Seen
				f.Summary += ", and a SIP library wrote the headers anew"
			}
			out = append(out, f)
		}
		return out
	},
}

// edgeNotes returns the observation with a key, if there is one.
func edgeNotes(ev *Evidence, key string) []Observation {
	for _, o := range ev.Of("edge-proxy") {
		if o.Key == key {
			return []Observation{o}
		}
	}
	return nil
}

func noteEdge(c *Context, m *sipparse.Message, note Note) {
	r := c.Record
	if r == nil || !m.Request || r.Vias != 2 || !public(r.Via) || Classify(c.Source.Addr()) != Public {
		return
	}
	var below sipparse.Via
	n := 0
	for v := range m.Vias() {
		if n++; n == 2 {
			below = v
		}
	}
	if n != 2 || !Inside(below.Host.IP) {
		return
	}
	written, seen := "second Via "+below.Host.IP.String(), "top Via "+r.ViaAddr.String()
	contact := netip.Addr{}
	if na, ok := m.Contact(); ok {
		contact = na.URI.Host.IP
	}
	switch {
	case m.First(sipparse.HdrRecordRoute) != nil || m.First(sipparse.HdrPath) != nil:
		note("declared", written, seen)
		return
	case contact == c.Source.Addr().Unmap():
		note("contact", written, seen+", Contact "+contact.String())
	case Inside(contact) && public(connOf(c)):
		note("sdp", written+", Contact "+contact.String(), seen+", SDP "+c.Source.Addr().String())
	default:
		return
	}
	if h := lowered(m); h != nil {
		note("letters", "Via, From, To as phones write them", short(m.Raw[h.Off:h.End]))
	}
}

// connOf is how the first media address of a message stands to its source. The
// engine compares SDP only of single hops.
func connOf(c *Context) Relation {
	if c.SDP == nil || c.Clipped || len(c.SDP.Media) == 0 {
		return Absent
	}
	conn := &c.SDP.Conn
	if own := &c.SDP.Media[0].Conn; own.Raw != nil {
		conn = own
	}
	return Relate(conn.Host.IP, 0, c.Source)
}

// lowered returns a general header field written in lower case in a message
// whose From is not.
func lowered(m *sipparse.Message) *sipparse.Header {
	from := m.First(sipparse.HdrFrom)
	if from == nil || len(from.Name) < 2 || from.Name[0] != 'F' {
		return nil
	}
	for i := range m.Headers {
		switch h := &m.Headers[i]; h.ID {
		case sipparse.HdrMaxForwards, sipparse.HdrUserAgent, sipparse.HdrExpires, sipparse.HdrAllow:
			if len(h.Name) > 2 && bytes.Equal(h.Name, bytes.ToLower(h.Name)) {
				return h
			}
		}
	}
	return nil
}
