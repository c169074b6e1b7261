package detectors

import (
	"bytes"
	"fmt"
	"net/netip"

	"github.com/algsniff/algsniff/sipparse"
)

// contentLength does sums: a body whose addresses were replaced by longer or
// shorter ones no longer fits its Content-Length.
var contentLength = Detector{
	ID:    "content-length",
	Title: "Content-Length is wrong by a translation's difference",
	Cite:  "RFC 3261 §20.14, §18.3",
	Says: "The SDP is longer or shorter than Content-Length says. Where the difference is exactly what comes of replacing the phone's known private address " +
		"by its public one in every place where that now stands, somebody replaced them and forgot to count. " +
		"Other differences show that something in the path edits bodies, or that the phone can't count.",
	Guards: "Whole and unfragmented datagrams, or messages in a single TCP segment (there the bytes too many stand in front of the next message), not from a HEP agent. Line ends and zero bytes behind the SDP don't count. Differences of 1, 2 and 4 bytes " +
		"are what phones get wrong by themselves (a line end or two) and are never proof.",
	Innocent: "a phone that counts wrongly, by chance just so much",
	Classes:  []Class{Proof, Strong, Weak},
	Groups:   []Group{Structure},
	Needs:    needsWire,
	Message:  noteContentLength,
	Check:    checkContentLength,
}

// lengthNote is what is kept of a wrong Content-Length: the difference, how
// often the source's address stands in the SDP, and how long it is.
const lengthNote = "%d %d %d"

func noteContentLength(c *Context, m *sipparse.Message, note Note) {
	if c.SDP == nil || m.ContentLength < 0 || m.ContentLength == len(m.Body) {
		return
	}
	if c.Clipped || c.HEP || c.Fragments > 0 || c.Segments > 1 {
		return
	}
	body := bytes.TrimRight(m.Body, "\r\n\x00 ")
	delta := len(m.Body) - m.ContentLength
	if extra := len(m.Body) - len(body); delta > 0 && delta <= extra || delta < 0 && -delta <= 4 && extra < 2 {
		return // more line ends than counted, or fewer
	}
	var text [64]byte
	public := c.Source.Addr().Unmap().AppendTo(text[:0])
	note(fmt.Sprintf(lengthNote, delta, countAddress(m.Body, public), len(public)),
		fmt.Sprintf("Content-Length: %d", m.ContentLength), fmt.Sprintf("%d bytes of body", len(m.Body)))
}

// countAddress counts an address as a whole word.
func countAddress(body, addr []byte) (n int) {
	for {
		i := bytes.Index(body, addr)
		if i < 0 || len(addr) == 0 {
			return n
		}
		end := i + len(addr)
		before := i == 0 || !isAddressByte(body[i-1])
		if before && (end == len(body) || !isAddressByte(body[end])) {
			n++
		}
		body = body[end:]
	}
}

func checkContentLength(ev *Evidence) (out []Finding) {
	for _, o := range ev.Of("content-length") {
		var delta, n, length int
		if _, err := fmt.Sscanf(o.Key, lengthNote, &delta, &n, &length); err != nil {
			continue
		}
		f := o.finding(Weak, Structure, 2)
		f.Summary = fmt.Sprintf("the body is %+d bytes off its Content-Length", delta)
		f.Innocent = "a phone that counts wrongly"
		small := delta == 2 || delta == 4 || delta == -2 || delta == 1 || delta == -1
		ip := fits(ev.Inside, delta, n, length)
		switch {
		case ip.IsValid() && !small:
			f.Class, f.DB = Proof, 0
			f.Summary = fmt.Sprintf("the body is %+d bytes off its Content-Length: just what comes of replacing %v by the public address in %d places", delta, ip, n)
			f.Innocent = "a phone that counts wrongly, by chance just so much"
		case ip.IsValid() || !small && n > 0:
			f.Class, f.DB = Strong, 10
		}
		out = append(out, f)
	}
	return out
}

// fits finds an inside address whose replacement in n places by one of a
// length makes up the difference.
func fits(inside []netip.Addr, delta, n, length int) netip.Addr {
	for _, ip := range inside {
		if each := length - len(ip.String()); each != 0 && n > 0 && delta == n*each {
			return ip
		}
	}
	return netip.Addr{}
}
