package compare

import (
	"bytes"
	"hash/maphash"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/sipparse"
)

// message is one SIP message as one capture holds it.
type message struct {
	raw      []byte
	src, dst capture.Addr
	time     int64  // ns, by the clock of its capture
	method   string // of the request, or of a response's CSeq

	// What the messages are told apart by; 0 for absent.
	fromTag, toTag, branch, callUser uint64

	match *message
	frame int32
	order int32 // of appearance in its capture
	cseq  uint32

	status  int16
	vias    uint16
	routes  uint16 // Record-Route values
	proto   capture.Proto
	ttl     uint8
	request bool
	sdp     bool
	viaHost bool // the top Via names the packet's source
	noTime  bool
	clipped bool // not whole: by the snaplen, or by lost bytes
	hep     bool
	twin    bool // the same message on another leg of the way, in the same capture
}

// what names the message as a log would: "REGISTER", "200 to INVITE".
func (m *message) what() string {
	if m.request {
		return m.method
	}
	if m.method == "" {
		return "response " + statusText(int(m.status))
	}
	return statusText(int(m.status)) + " to " + m.method
}

// headless tells a message that is clipped in front of what names its dialog.
func (m *message) headless() bool {
	return m.clipped && (m.fromTag == 0 && m.callUser == 0 || m.method == "" || m.cseq == 0)
}

func statusText(status int) string {
	if status <= 0 {
		return "?"
	}
	var b [20]byte
	i := len(b)
	for n := status; n > 0; n /= 10 {
		i--
		b[i] = byte('0' + n%10)
	}
	return string(b[i:])
}

// maxMethod bounds what is kept of a method's name.
const maxMethod = 24

// reader makes messages of bytes.
type reader struct {
	seed    maphash.Seed
	msg     sipparse.Message
	methods map[string]string // so that a method's name is kept once
}

func newReader(seed maphash.Seed) *reader {
	return &reader{seed: seed, methods: map[string]string{}}
}

// read fills in what the bytes of m say; false when there is nothing to match
// a message by. m.raw aliases raw.
func (r *reader) read(m *message, raw []byte) bool {
	p := &r.msg
	if m.clipped && bytes.IndexByte(bytes.TrimLeft(raw, "\r\n"), '\n') < 0 {
		return false
	}
	if !p.Parse(raw) {
		return false
	}
	m.request, m.status = p.Request, int16(p.Status)
	method := p.Method
	cs, ok := p.CSeq()
	if ok {
		m.cseq = cs.Seq
		if !p.Request {
			method = cs.Method
		}
	} else if !p.Request {
		if !m.clipped {
			return false
		}
		method = nil
	}
	m.method = r.intern(method)
	for v := range p.Vias() {
		if m.vias == 0 {
			m.branch = r.hash(v.Branch)
			m.viaHost = v.Host.IP.IsValid() && v.Host.IP.Unmap() == m.src.IP()
		}
		m.vias = up(m.vias)
	}
	for range p.NameAddrs(sipparse.HdrRecordRoute) {
		m.routes = up(m.routes)
	}
	if a, ok := p.From(); ok {
		m.fromTag = r.tag(&a)
	}
	if a, ok := p.To(); ok {
		m.toTag = r.tag(&a)
	}
	id := p.CallID()
	if i := bytes.IndexByte(id, '@'); i >= 0 {
		id = id[:i]
	}
	m.callUser = r.hash(id)
	m.sdp = len(p.Body) > 0 && p.IsSDP()
	m.raw = p.Raw
	return m.branch != 0 || m.fromTag != 0 || m.callUser != 0
}

func (r *reader) tag(a *sipparse.NameAddr) uint64 {
	t, _ := a.Params.Get("tag")
	return r.hash(t)
}

// hash returns 0 for nothing only.
func (r *reader) hash(b []byte) uint64 {
	if len(b) == 0 {
		return 0
	}
	return maphash.Bytes(r.seed, b) | 1
}

func (r *reader) intern(b []byte) string {
	b = b[:min(len(b), maxMethod)]
	if s, ok := r.methods[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(r.methods) < 256 {
		r.methods[s] = s
	}
	return s
}

func up(n uint16) uint16 { return min(n, 1<<16-2) + 1 }
