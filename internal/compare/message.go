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
	time     int64 // ns, by the clock of its capture
	frame    int
	input    int
	src, dst capture.Addr
	proto    capture.Proto
	ttl      uint8
	noTime   bool
	clipped  bool // not whole: by the snaplen, or by lost bytes
	hep      bool
	request  bool
	sdp      bool

	status  int
	method  string // of the request, or of a response's CSeq
	cseq    uint32
	vias    int
	routes  int  // Record-Route values
	viaHost bool // the top Via names the packet's source

	// What the messages are told apart by; 0 for absent.
	fromTag, toTag, branch, callUser uint64

	order int // of appearance in its capture
	match *message
	twin  bool // the same message on another leg of the way, in the same capture
}

// what names the message as a log would: "REGISTER", "200 to INVITE".
func (m *message) what() string {
	if m.request {
		return m.method
	}
	return statusText(m.status) + " to " + m.method
}

func statusText(status int) string {
	if status <= 0 {
		return "response"
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
	sdp     sipparse.SDP
	methods map[string]string // so that a method's name is kept once
}

func newReader(seed maphash.Seed) *reader {
	return &reader{seed: seed, methods: map[string]string{}}
}

// read fills in what the bytes of m say; false when there is nothing to match
// a message by.
func (r *reader) read(m *message, raw []byte) bool {
	p := &r.msg
	if m.clipped && bytes.IndexByte(bytes.TrimLeft(raw, "\r\n"), '\n') < 0 {
		return false
	}
	if !p.Parse(raw) {
		return false
	}
	m.request, m.status = p.Request, p.Status
	method := p.Method
	cs, ok := p.CSeq()
	if ok {
		m.cseq = cs.Seq
		if !p.Request {
			method = cs.Method
		}
	} else if !p.Request {
		return false
	}
	m.method = r.intern(method)
	for v := range p.Vias() {
		if m.vias == 0 {
			m.branch = r.hash(v.Branch)
			m.viaHost = v.Host.IP.IsValid() && v.Host.IP.Unmap() == m.src.IP()
		}
		m.vias++
	}
	for range p.NameAddrs(sipparse.HdrRecordRoute) {
		m.routes++
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
	m.raw = bytes.Clone(p.Raw)
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
