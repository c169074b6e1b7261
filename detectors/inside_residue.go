package detectors

import (
	"bytes"
	"net/netip"
	"slices"

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
		"a=candidate (ICE lists host addresses by design), Asterisk's own x-ast-orig-host, the Call-ID of a dialog that the other side began. " +
		"Counts nothing for user agents that come with STUN switched on (Gigaset), nor for a phone that was seen to hold its public address itself (stale-echo): " +
		"they leave the same behind.",
	Innocent: "a phone that uses STUN or a set public address, and forgets the same place",
	Classes:  []Class{Weak},
	Groups:   []Group{Residue},
	Message:  noteResidue,
	Needs:    needsPublicSource,
	Check: func(ev *Evidence) []Finding {
		var out []Finding
		for _, o := range ev.Of("inside-residue") {
			db := 2.0
			if habits[ev.Family].stun || ev.holdsPublic() {
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
	for i := range m.Headers {
		h := &m.Headers[i]
		if !mayHold(c, m, h) {
			continue
		}
		eachInside(h.Value, func(ip netip.Addr, _ int) bool {
			if !mayBeOwn(c, h, ip) {
				return true
			}
			name := string(h.Name[:min(len(h.Name), 32)])
			note(name, name+" "+short(h.Value), seen())
			return false
		})
	}
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

// mayHold tells the header fields that are worth a look.
func mayHold(c *Context, m *sipparse.Message, h *sipparse.Header) bool {
	switch h.ID {
	case sipparse.HdrContact, sipparse.HdrWarning, sipparse.HdrUserAgent, sipparse.HdrServer:
		return true
	case sipparse.HdrFrom, sipparse.HdrTo:
		return m.Request && len(c.Inside) > 0
	case sipparse.HdrReferTo, sipparse.HdrReferredBy, sipparse.HdrReplaces:
		return len(c.Inside) > 0
	case sipparse.HdrOther:
		return len(c.Inside) > 0 && len(h.Name) > 2 && h.Name[1] == '-' && (h.Name[0]|0x20 == 'x' || h.Name[0]|0x20 == 'p')
	}
	return false
}

// mayBeOwn tells whether an inside address in a header field can be the
// sender's. In those that may speak of others it must have been seen elsewhere.
func mayBeOwn(c *Context, h *sipparse.Header, ip netip.Addr) bool {
	if ip == c.Server.Addr() {
		return false
	}
	switch h.ID {
	case sipparse.HdrContact:
		return !bytes.Contains(h.Value, []byte("x-ast-orig-host"))
	case sipparse.HdrWarning, sipparse.HdrUserAgent, sipparse.HdrServer:
		return true
	}
	return slices.Contains(c.Inside, ip)
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

// eachInside calls fn for the inside IPv4 addresses in b, from the front, until
// it returns false.
func eachInside(b []byte, fn func(ip netip.Addr, off int) bool) {
	for off := 0; ; {
		n := bytes.IndexByte(b[off:], '.')
		if n < 0 {
			return
		}
		start, first := off+n, 0
		for scale := 1; start > off && scale <= 100 && b[start-1] >= '0' && b[start-1] <= '9'; scale *= 10 {
			start--
			first += int(b[start]-'0') * scale
		}
		off += n + 1
		switch first {
		case 10, 100, 172, 192:
			ip, size := quadAt(b, start)
			if size == 0 {
				continue
			}
			if Inside(ip) && !fn(ip, start) {
				return
			}
			off = start + size
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
