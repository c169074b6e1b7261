package detectors

import (
	"net/netip"

	"github.com/algsniff/algsniff/sipparse"
)

// twoInside (S19): an inner router translated from one inside network to
// another, and forgot some places.
var twoInside = Detector{
	ID:    "two-inside",
	Title: "Two different inside addresses in one message",
	Cite:  "RFC 3261 §8.1.1.4, §18.1.1; RFC 6598",
	Says: "Via, Contact and SDP agree on one inside address, and the Call-ID or a=rtcp of the same message holds another. " +
		"Behind two NATs in a row, an ALG in the inner router writes its own outer address, which is still an inside one " +
		"(often 100.64/10 of the provider), where it looks, and leaves the phone's where it doesn't.",
	Guards: "Via, Contact and c= must agree among themselves: where they differ the phone has several addresses (a VPN, a second " +
		"interface), and that is all. Only forms of Call-ID of phones known to write their local address count, and only at the start of a dialog.",
	Innocent: "a phone with two interfaces, or one that got a new address and keeps the old one in its Call-ID",
	Classes:  []Class{Strong},
	Groups:   []Group{Structure},
	Message:  noteTwoInside,
	Needs:    needsPublicSource,
	Check: func(ev *Evidence) []Finding {
		if severalInside(ev) {
			return nil
		}
		var out []Finding
		for _, o := range ev.Of("two-inside") {
			out = append(out, Finding{
				ID: "two-inside", Class: Strong, Group: Structure, DB: 10, Frames: o.Frames, Time: o.Last,
				Written: o.Written, Seen: o.Seen,
				Summary:  "Via and Contact name one inside address, " + o.Key + " another: an inner router may have translated",
				Innocent: "a phone with two interfaces, or with a new address and an old Call-ID",
			})
		}
		return out
	},
}

func noteTwoInside(c *Context, m *sipparse.Message, note Note) {
	r := c.Record
	if r == nil || !m.Request || r.Vias > 1 || r.Via != InsideOut || r.Contact != InsideOut {
		return
	}
	one := r.ViaAddr.Addr()
	if r.ContactAddr.Addr() != one || r.Conn.Comparable() && r.ConnAddr.Addr() != one {
		return
	}
	if f := c.CallID; f != nil && f.Local && Inside(f.IP) && f.IP.Is4() == one.Is4() && f.IP != one {
		note("Call-ID", "Call-ID "+short(m.CallID()), "Via "+r.ViaAddr.String()+", Contact "+r.ContactAddr.String())
	}
	if c.SDP == nil || c.Clipped || !r.Conn.Comparable() {
		return
	}
	for i := range c.SDP.Media {
		if ip := c.SDP.Media[i].RTCP.Host.IP; Inside(ip) && ip.Is4() == one.Is4() && ip != one {
			note("a=rtcp", "a=rtcp:"+short(c.SDP.Media[i].RTCP.Raw), "SDP c= "+one.String())
			return
		}
	}
}

// severalInside tells an endpoint whose Via, Contact and SDP don't agree on
// one inside address: it has several.
func severalInside(ev *Evidence) bool {
	var one netip.Addr
	for i := range ev.Log {
		r := &ev.Log[i]
		if r.Vias > 1 {
			continue
		}
		for _, a := range [...]struct {
			rel Relation
			ip  netip.Addr
		}{{r.Via, r.ViaAddr.Addr()}, {r.Contact, r.ContactAddr.Addr()}, {r.Conn, r.ConnAddr.Addr()}} {
			if a.rel != InsideOut {
				continue
			}
			if one.IsValid() && a.ip != one {
				return true
			}
			one = a.ip
		}
	}
	return false
}
