package detectors

import (
	"bytes"
	"net/netip"

	"github.com/algsniff/algsniff/sipparse"
)

// insideResidue finds inside addresses in places that a rewriter forgets,
// beside a Via and a Contact that are public.
var insideResidue = Detector{
	ID:    "inside-residue",
	Title: "Inside addresses left behind a public Via and Contact",
	Cite:  "RFC 3261 §8.1.1.4 (Call-ID), §18.1.1 (Via); RFC 4566 §5.7",
	Says: "Via and Contact are the public address, and yet the phone's inside address stands somewhere else in the same message: " +
		"in the Call-ID (also as Grandstream's letters or Gigaset's underscores), in a Warning, a User-Agent, an SDP attribute. " +
		"Somebody translated the message and forgot this place. It tells what the inside address is, and that a NAT is there.",
	Guards: "Silent where Via or Contact are private themselves, behind a proxy (two Vias), and for the server's own address. " +
		"Not looked at: Via, Route and Record-Route, Authorization, P-Asserted-Identity and Remote-Party-ID (carriers leak theirs), " +
		"a=candidate (ICE lists host addresses by design), the Call-ID of a dialog that the other side began. " +
		"Counts nothing for user agents that come with STUN switched on (Gigaset): they leave the same behind.",
	Innocent: "a phone that uses STUN or a set public address, and forgets the same place",
	Classes:  []Class{Weak},
	Groups:   []Group{Residue},
	Message:  noteResidue,
	Needs:    needsPublicSource,
	Check: func(ev *Evidence) []Finding {
		var out []Finding
		for _, o := range ev.Of("inside-residue") {
			db := 2.0
			if habits[ev.Family].stun {
				db = 0
			}
			out = append(out, Finding{
				ID: "inside-residue", Class: Weak, Group: Residue, DB: db, Frames: o.Frames, Time: o.Last,
				Written: o.Written, Seen: o.Seen,
				Summary:  "an inside address was left in " + o.Key + " beside a public Via and Contact",
				Innocent: "a phone that uses STUN or a set public address forgets the same places",
			})
		}
		return out
	},
}

func noteResidue(c *Context, m *sipparse.Message, note Note) {
	r := c.Record
	if r == nil || r.Vias > 1 || Classify(c.Source.Addr()) != Public || !translated(r, m.Request) {
		return
	}
	seen := func() string {
		if r.ViaAddr.IsValid() {
			return "Via " + r.ViaAddr.String()
		}
		return "Contact " + r.ContactAddr.String()
	}
	if c.CallID != nil && Inside(c.CallID.IP) {
		what := "Call-ID " + string(m.CallID()) // at most 256 bytes, or it was not decoded
		if c.CallID.Hidden {
			what += " = " + c.CallID.IP.String()
		}
		note("Call-ID", what, seen())
	}
	end := m.BodyOff
	if end < 0 || end > len(m.Raw) {
		end = len(m.Raw)
	}
	eachInside(m.Raw[:end], func(ip netip.Addr, off int) bool {
		if h := headerAt(m, off); h != nil && mayBeOwn(c, m, h, ip) {
			name := string(h.Name[:min(len(h.Name), 32)])
			note(name, name+" "+short(h.Value), seen())
			return false
		}
		return true
	})
	if c.SDP == nil || r.Conn != Exact || c.Clipped {
		return
	}
	eachInside(c.SDP.Raw, func(ip netip.Addr, off int) bool {
		line := lineAt(c.SDP.Raw, off)
		if len(line) < 2 || line[0] != 'a' || ip == c.Server.Addr() ||
			bytes.HasPrefix(line, []byte("a=candidate")) || bytes.HasPrefix(line, []byte("a=rtcp:")) {
			return true
		}
		note("SDP "+attributeName(line), short(line), "SDP c= "+r.ConnAddr.Addr().String())
		return false
	})
}

// translated tells a message whose sender shows public addresses only.
func translated(r *Record, request bool) bool {
	if request {
		return public(r.Via) && (public(r.Contact) || !r.Contact.Comparable())
	}
	return public(r.Contact)
}

// mayBeOwn tells whether an inside address in a header field can be the
// sender's, and the field one that says something.
func mayBeOwn(c *Context, m *sipparse.Message, h *sipparse.Header, ip netip.Addr) bool {
	if ip == c.Server.Addr() {
		return false
	}
	known := false
	for _, in := range c.Inside {
		known = known || in == ip
	}
	switch h.ID {
	case sipparse.HdrContact, sipparse.HdrWarning, sipparse.HdrUserAgent, sipparse.HdrServer:
		return true
	case sipparse.HdrFrom, sipparse.HdrTo:
		return m.Request && known
	case sipparse.HdrReferTo, sipparse.HdrReferredBy, sipparse.HdrReplaces:
		return known // else it may be somebody else's
	case sipparse.HdrOther:
		return len(h.Name) > 2 && h.Name[1] == '-' && (h.Name[0]|0x20 == 'x' || h.Name[0]|0x20 == 'p') && known
	}
	return false
}

// headerAt returns the header field at an offset of m.Raw, or nil.
func headerAt(m *sipparse.Message, off int) *sipparse.Header {
	for i := range m.Headers {
		if h := &m.Headers[i]; off >= h.Off && off < h.End {
			return h
		}
	}
	return nil
}

// lineAt returns the line around an offset.
func lineAt(b []byte, off int) []byte {
	start := bytes.LastIndexByte(b[:off], '\n') + 1
	if n := bytes.IndexByte(b[off:], '\n'); n >= 0 {
		b = b[:off+n]
	}
	return bytes.TrimRight(b[start:], "\r")
}

// attributeName returns "a=ssrc" of "a=ssrc:1 cname:x".
func attributeName(line []byte) string {
	if n := bytes.IndexByte(line, ':'); n >= 0 {
		line = line[:n]
	}
	return string(line[:min(len(line), 24)])
}

// insidePrefixes begin most inside addresses; the rest of the quad decides.
var insidePrefixes = [...][]byte{[]byte("192.168."), []byte("10."), []byte("172."), []byte("100.")}

// eachInside calls fn for the inside IPv4 addresses in b, up to eight of each
// network, until it returns false.
func eachInside(b []byte, fn func(ip netip.Addr, off int) bool) {
	for _, p := range insidePrefixes {
		for off, n := 0, 0; n < 8; n++ {
			i := bytes.Index(b[off:], p)
			if i < 0 {
				break
			}
			i += off
			ip, size := quadAt(b, i)
			if size > 0 && Inside(ip) && !fn(ip, i) {
				return
			}
			off = i + max(size, len(p))
		}
	}
}

// quadAt reads the dotted quad that begins at off and is part of no longer
// word; the size is 0 where there is none.
func quadAt(b []byte, off int) (netip.Addr, int) {
	if off > 0 && (wordByte(b[off-1]) || b[off-1] == '.' || b[off-1] == '/') {
		return netip.Addr{}, 0
	}
	end := off
	for end < len(b) && end-off < 16 && (b[end] >= '0' && b[end] <= '9' || b[end] == '.') {
		end++
	}
	if end < len(b) && wordByte(b[end]) {
		return netip.Addr{}, 0
	}
	if end > off && b[end-1] == '.' {
		end--
	}
	ip, ok := quad(b[off:end], '.', '0')
	if !ok {
		return netip.Addr{}, 0
	}
	return ip, end - off
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-'
}
