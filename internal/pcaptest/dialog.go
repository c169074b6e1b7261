package pcaptest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// sent is a datagram that was put on the wire, for statements that refer to it.
type sent struct {
	d    datagram
	mss  int
	text *message // SIP, else nil
	id   uint16   // IP identification
}

// reply makes a response to the last request that went the other way (of a
// method, when one is named), as a server would (RFC 3261 §8.2.6, §18.2.1),
// and returns the URI of the request's Contact with it.
func (p *parser) reply(src, dst netip.AddrPort, status, method string) (m *message, asked string, err error) {
	req := p.lastRequest(dst, src, method)
	if req == nil {
		return nil, "", fmt.Errorf("no request from %s to %s to reply to", dst, src)
	}
	m = &message{start: "SIP/2.0 " + status}
	top := true
	for _, h := range req.text.headers {
		switch name := nameOf(h); name {
		case "via":
			if top {
				h = received(h, req.d.src)
				top = false
			}
			m.headers = append(m.headers, h)
		case "to":
			if !strings.Contains(h, ";tag=") && !strings.HasPrefix(status, "100") {
				h += ";tag=" + mark("to", req.text.get("call-id"), src.String())
			}
			m.headers = append(m.headers, h)
		case "from", "call-id", "cseq", "record-route":
			m.headers = append(m.headers, h)
		}
	}
	return m, contact(req.text, ""), nil
}

// received adds what RFC 3261 §18.2.1 and RFC 3581 §4 ask for to a Via.
func received(via string, src netip.AddrPort) string {
	const key = ";rport"
	head, rest, found := strings.Cut(via, key)
	if found && (rest == "" || rest[0] == ';' || rest[0] == ',') {
		return fmt.Sprintf("%s;rport=%d;received=%s%s", head, src.Port(), src.Addr(), rest)
	}
	first, more, _ := strings.Cut(via, ",")
	if !strings.Contains(first, src.Addr().String()) {
		first += ";received=" + src.Addr().String()
	}
	if more != "" {
		return first + "," + more
	}
	return first
}

// lastRequest finds the last request from src to dst, by their ports if it
// can, else by their addresses.
func (p *parser) lastRequest(src, dst netip.AddrPort, method string) *sent {
	fits := func(s *sent) bool {
		return s.text != nil && s.text.status() == "" && (method == "" || s.text.method() == method)
	}
	return p.last(func(s *sent) bool { return fits(s) && s.d.src == src && s.d.dst == dst },
		func(s *sent) bool { return fits(s) && s.d.src.Addr() == src.Addr() && s.d.dst.Addr() == dst.Addr() })
}

// last finds the last datagram that fits the first wish, else the second, ….
func (p *parser) last(wishes ...func(*sent) bool) *sent {
	for _, wish := range wishes {
		for i := len(p.sent) - 1; i >= 0; i-- {
			if wish(p.sent[i]) {
				return p.sent[i]
			}
		}
	}
	return nil
}

// next makes a request within the dialog that the last INVITE between src and
// dst began (RFC 3261 §12.2.1.1), or its CANCEL or ACK (§9.1, §17.1.1.3, §13.2.2.4).
func (p *parser) next(src, dst netip.AddrPort, method string) (*message, error) {
	invite := p.lastRequest(src, dst, "INVITE")
	back := p.lastRequest(dst, src, "INVITE")
	if invite == nil || back != nil && p.index(back) > p.index(invite) {
		invite = back
	}
	if invite == nil {
		return nil, fmt.Errorf("no INVITE between %s and %s", src, dst)
	}
	callID := invite.text.get("call-id")
	answers := func(final bool) func(*sent) bool {
		return func(s *sent) bool {
			return s.text != nil && s.text.status() != "" && s.text.get("call-id") == callID &&
				s.text.method() == "INVITE" && (!final || s.text.status() >= "200")
		}
	}
	answer := p.last(answers(true), answers(false))
	if answer == nil {
		answer = invite
	}
	p.requests++
	inv, ans := invite.text, answer.text
	number := cseq(inv)
	uri := contact(ans, requestURI(inv))
	from, to, via := inv.get("from"), ans.get("to"), inv.get("via")
	sameTransaction := method == "CANCEL" || method == "ACK" && ans.status() >= "300"
	switch {
	case invite == back:
		number, uri = p.requests, contact(inv, "")
		from, to = to, from
		transport, _, _ := strings.Cut(via, " ")
		via = fmt.Sprintf("%s %s;rport;branch=", transport, src)
	case sameTransaction:
		uri = requestURI(inv)
		if method == "CANCEL" {
			to = inv.get("to")
		}
	case method != "ACK":
		number += p.requests
	}
	if !sameTransaction {
		via = newBranch(via, mark(callID, method, strconv.Itoa(p.requests)))
	}
	return &message{
		start: method + " " + uri + " SIP/2.0",
		headers: []string{
			"Via: " + via, "Max-Forwards: 70", "From: " + from, "To: " + to,
			"Call-ID: " + callID, fmt.Sprintf("CSeq: %d %s", number, method),
		},
	}, nil
}

func (p *parser) index(s *sent) int {
	for i, x := range p.sent {
		if x == s {
			return i
		}
	}
	return -1
}

func cseq(m *message) int {
	number, _, _ := strings.Cut(m.get("cseq"), " ")
	n, _ := strconv.Atoi(number)
	return n
}

func requestURI(m *message) string {
	if f := strings.Fields(m.start); len(f) > 1 {
		return f[1]
	}
	return ""
}

// contact returns the URI of a message's Contact, or else another.
func contact(m *message, other string) string {
	value := m.get("contact")
	if _, in, ok := strings.Cut(value, "<"); ok {
		uri, _, _ := strings.Cut(in, ">")
		return uri
	}
	uri, _, _ := strings.Cut(value, ";")
	if uri == "" {
		return other
	}
	return uri
}

func newBranch(via, id string) string {
	head, rest, ok := strings.Cut(via, "branch=")
	if !ok {
		return via
	}
	_, more, found := strings.Cut(rest, ";")
	if found {
		more = ";" + more
	}
	return head + "branch=z9hG4bK" + id + more
}
