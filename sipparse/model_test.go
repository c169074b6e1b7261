package sipparse

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// model is a message by its meaning; render writes it down in one of many ways.
type model struct {
	method   string
	status   int // 0 for a request
	vias     []modelVia
	from, to modelAddr
	contacts []modelAddr
	callID   string
	seq      uint32
	media    []modelMedia // nil for no body
}

type modelVia struct {
	transport, host string
	port            int
	branch          string
	received        string
	rport           int // -1: not there, 0: without value
}

type modelAddr struct {
	display    string // content of the quoted string
	user, host string
	port       int
	tag        string
}

type modelMedia struct {
	port  int
	addr  string // "" for the session's
	codec string
	pt    int
}

// wrap is a way of writing a message down that changes nothing in its meaning.
type wrap struct {
	compact, upper, fold, join, spaces bool
	eol                                string
}

var plain = wrap{eol: "\r\n"}

func drawModel(t *rapid.T) *model {
	m := &model{
		method: rapid.SampledFrom([]string{"INVITE", "REGISTER", "OPTIONS", "BYE", "X-NEW"}).Draw(t, "method"),
		status: rapid.SampledFrom([]int{0, 0, 100, 180, 200, 401, 699}).Draw(t, "status"),
		callID: rapid.StringMatching(`[a-z0-9]{1,20}(@[a-z0-9.]{1,15})?`).Draw(t, "call-id"),
		seq:    rapid.Uint32Range(0, 1<<31-1).Draw(t, "seq"),
		from:   drawAddr(t), to: drawAddr(t),
		contacts: rapid.SliceOfN(rapid.Custom(drawAddr), 1, 3).Draw(t, "contacts"),
		vias:     rapid.SliceOfN(rapid.Custom(drawVia), 1, 4).Draw(t, "vias"),
	}
	if rapid.Bool().Draw(t, "body") {
		m.media = rapid.SliceOfN(rapid.Custom(drawMedia), 1, 3).Draw(t, "media")
	}
	return m
}

func drawHost(t *rapid.T) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"[2001:db8::1]", "[::1]", "[fe80::a:b]", "pbx.example.com", "localhost", "a-b.c9"}),
		rapid.Custom(func(t *rapid.T) string {
			b := rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "ip")
			return fmt.Sprintf("%d.%d.%d.%d", b[0], b[1], b[2], b[3])
		}),
	).Draw(t, "host")
}

func drawPort(t *rapid.T) int {
	return rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 65535)).Draw(t, "port")
}

func drawAddr(t *rapid.T) modelAddr {
	return modelAddr{
		display: rapid.SampledFrom([]string{"", "A", `x <sip:evil@10.9.9.9>`, `a, \"b\" ; c`, `J\\`}).Draw(t, "display"),
		user:    rapid.StringMatching(`[a-z0-9+._%-]{0,1}[a-z0-9]{0,8}`).Filter(func(s string) bool { return !strings.Contains(s, "%") }).Draw(t, "user"),
		host:    drawHost(t), port: drawPort(t),
		tag: rapid.StringMatching(`[a-zA-Z0-9]{1,12}`).Draw(t, "tag"),
	}
}

func drawVia(t *rapid.T) modelVia {
	v := modelVia{
		transport: rapid.SampledFrom([]string{"UDP", "TCP", "TLS", "WS", "udp"}).Draw(t, "transport"),
		host:      drawHost(t), port: drawPort(t),
		branch: "z9hG4bK" + rapid.StringMatching(`[a-zA-Z0-9.-]{1,20}`).Draw(t, "branch"),
		rport:  rapid.SampledFrom([]int{-1, 0, 1, 5060, 65535}).Draw(t, "rport"),
	}
	v.received = rapid.SampledFrom([]string{"", "", "203.0.113.7", "2001:db8::7", "[2001:db8::8]"}).Draw(t, "received")
	return v
}

func drawMedia(t *rapid.T) modelMedia {
	return modelMedia{
		port:  rapid.IntRange(0, 65535).Draw(t, "media port"),
		addr:  rapid.SampledFrom([]string{"", "10.0.0.9", "media.example.com"}).Draw(t, "media address"),
		codec: rapid.SampledFrom([]string{"opus/48000/2", "PCMU/8000", "telephone-event/8000"}).Draw(t, "codec"),
		pt:    rapid.IntRange(0, 127).Draw(t, "payload type"),
	}
}

func drawWrap(t *rapid.T) wrap {
	b := rapid.SliceOfN(rapid.Bool(), 5, 5).Draw(t, "wrap")
	return wrap{b[0], b[1], b[2], b[3], b[4], rapid.SampledFrom([]string{"\r\n", "\r\n", "\n", "\r", "\r\r\n"}).Draw(t, "eol")}
}

func (h modelVia) String() string {
	s := fmt.Sprintf("SIP/2.0/%s %s", h.transport, hostPort(h.host, h.port)) + ";branch=" + h.branch
	if h.received != "" {
		s += ";received=" + h.received
	}
	switch {
	case h.rport == 0:
		s += ";rport"
	case h.rport > 0:
		s += fmt.Sprintf(";rport=%d", h.rport)
	}
	return s
}

func (a modelAddr) String() string {
	s := "<sip:"
	if a.display != "" {
		s = `"` + a.display + `" ` + s
	}
	if a.user != "" {
		s += a.user + "@"
	}
	return s + hostPort(a.host, a.port) + ";transport=udp>;tag=" + a.tag
}

func hostPort(host string, port int) string {
	if port == 0 {
		return host
	}
	return fmt.Sprintf("%s:%d", host, port)
}

func (m *model) render(w wrap) []byte {
	var b strings.Builder
	if m.status == 0 {
		fmt.Fprintf(&b, "%s sip:pbx.example.com SIP/2.0%s", m.method, w.eol)
	} else {
		fmt.Fprintf(&b, "SIP/2.0 %d Any Reason%s", m.status, w.eol)
	}
	var vias, contacts []string
	for _, v := range m.vias {
		vias = append(vias, v.String())
	}
	for _, a := range m.contacts {
		contacts = append(contacts, a.String())
	}
	w.header(&b, "Via", "v", vias...)
	w.header(&b, "From", "f", m.from.String())
	w.header(&b, "To", "t", m.to.String())
	w.header(&b, "Call-ID", "i", m.callID)
	w.header(&b, "CSeq", "CSeq", fmt.Sprintf("%d %s", m.seq, m.method))
	w.header(&b, "Contact", "m", contacts...)
	body := m.body()
	if body != "" {
		w.header(&b, "Content-Type", "c", "application/sdp")
	}
	w.header(&b, "Content-Length", "l", fmt.Sprint(len(body)))
	return []byte(b.String() + w.eol + body)
}

func (m *model) body() string {
	if m.media == nil {
		return ""
	}
	b := "v=0\r\no=- 7 8 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n"
	for _, md := range m.media {
		b += fmt.Sprintf("m=audio %d RTP/AVP %d\r\n", md.port, md.pt)
		if md.addr != "" {
			b += "c=IN IP4 " + md.addr + "\r\n"
		}
		b += fmt.Sprintf("a=rtpmap:%d %s\r\na=sendrecv\r\n", md.pt, md.codec)
	}
	return b
}

func (w wrap) header(b *strings.Builder, name, compact string, values ...string) {
	if w.compact {
		name = compact
	}
	if w.upper {
		name = strings.ToUpper(name)
	}
	if w.join {
		values = []string{strings.Join(values, ",")}
	}
	for _, v := range values {
		if w.spaces {
			v = strings.NewReplacer(";branch=", " ; branch = ", ";tag=", "\t;tag= ", ">,", "> , ").Replace(v)
			b.WriteString(name + " \t:  " + v + " " + w.eol)
			continue
		}
		if w.fold {
			v = strings.ReplaceAll(v, " ", w.eol+" ")
		}
		b.WriteString(name + ": " + v + w.eol)
	}
}
