package engine

import (
	"bytes"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/sipparse"
)

// sipMeta is where a SIP message came from.
type sipMeta struct {
	time     int64
	frame    int
	input    int
	src, dst capture.Addr
	proto    capture.Proto
	dir      capture.Direction
	ttl      uint8
	noTime   bool
	hep      bool
	copy     bool // of a frame captured before
	clipped  bool // by the snaplen
	cut      bool // clipped, or broken by lost bytes
	frags    int
	segments int
}

// method is a request method that the engine treats specially.
type method uint8

const (
	mOther method = iota
	mInvite
	mAck
	mBye
	mCancel
	mRegister
	mOptions
	mUpdate
	mPrack
	mSubscribe
)

// methodOf tells a method; methods are case-sensitive (RFC 3261 §7.1).
func methodOf(b []byte) method {
	switch string(b) {
	case "INVITE":
		return mInvite
	case "ACK":
		return mAck
	case "BYE":
		return mBye
	case "CANCEL":
		return mCancel
	case "REGISTER":
		return mRegister
	case "OPTIONS":
		return mOptions
	case "UPDATE":
		return mUpdate
	case "PRACK":
		return mPrack
	case "SUBSCRIBE":
		return mSubscribe
	}
	return mOther
}

// sipMessage takes one SIP message; b is valid only during the call.
func (e *Engine) sipMessage(x *sipMeta, b []byte) {
	m := &e.msg
	if x.clipped && !wholeStartLine(b) {
		e.health.SIPUnread++
		return
	}
	if !m.Parse(b) {
		return
	}
	e.health.SIPMessages++
	if len(m.Defects) > 0 && !x.cut {
		e.health.SIPDefective++
	}
	if x.copy {
		e.health.SIPCopies++
		if p := e.parties.find(&partyKey{x.src, x.dst, x.proto}); p != nil && x.ttl < p.lastTTL {
			p.routed = true
		}
		return
	}
	if x.cut {
		e.health.SIPCut++
	}
	if x.hep {
		e.health.HEP++
	}
	e.via, e.hasVia = m.TopVia()
	cs, hasCSeq := m.CSeq()
	mt := mOther
	if m.Request {
		mt = methodOf(m.Method)
	} else if hasCSeq {
		mt = methodOf(cs.Method)
	}

	p := e.party(partyKey{x.src, x.dst, x.proto})
	p.note(m, x)
	if m.Request && p.peer != nil {
		p.peer.namedBy(p, m, x)
	}
	e.rec, e.callID = detectors.Record{}, nil
	if m.Request {
		e.observeRequest(p, m, x, mt)
		if mt == mOptions && hasCSeq {
			p.probeSent(cs.Seq, x)
		}
	} else {
		e.observeResponse(p, m, x, mt)
	}

	var d *sipparse.SDP
	if len(m.Body) > 0 && m.SDP(&e.sdp) {
		d = &e.sdp
		if p.requests == 0 || p.proxied*2 <= p.requests {
			e.observeSDP(p, m, d, x)
		}
	}
	e.evidence(p, m, x, mt, cs.Seq, d)
	switch mt {
	case mInvite, mAck, mBye, mCancel, mUpdate, mPrack:
		e.callMessage(p, m, x, mt, cs.Seq, d)
	}
}

// wholeStartLine tells whether the capture kept the start line to its end: of
// a message cut earlier nothing can be read for sure.
func wholeStartLine(b []byte) bool {
	return bytes.IndexByte(bytes.TrimLeft(b, "\r\n"), '\n') >= 0
}

// evidence shows the message to the rules, and keeps its record.
func (e *Engine) evidence(p *party, m *sipparse.Message, x *sipMeta, mt method, seq uint32, d *sipparse.SDP) {
	if p.claims != nil {
		c := e.noter.about(p, x)
		c.SDP, c.Record, c.CallID = d, &e.rec, e.callID
		e.rec.Method, e.rec.CSeq = methodNames[mt], seq
		if m.Request {
			c.Targets = e.targets(p, m, mt)
		}
		for i := range e.hooks.message {
			h := &e.hooks.message[i]
			e.noter.rule = h.id
			h.show(c, m, e.noter.note)
		}
		p.claims.keep(&e.rec, p, m, x, mt)
	}
	if m.Request {
		e.requestSeen(p, m, x, mt, seq)
	} else {
		e.responseSeen(p, m, x, mt, seq)
	}
}

// note keeps what every message tells of its sender.
func (p *party) note(m *sipparse.Message, x *sipMeta) {
	if p.messages == 0 {
		p.first, p.firstFrame = x.time, x.frame
	}
	if m.Request {
		p.ask(p.last, x.time)
	}
	p.messages++
	if x.cut {
		p.cut++
	}
	if x.time > p.last {
		p.last = x.time
	}
	switch x.dir {
	case capture.DirOut:
		p.out++
	case capture.DirIn:
		p.in++
	}
	if p.messages > 1 && p.lastTTL != x.ttl {
		p.ttlVaries = true
	}
	p.lastTTL = x.ttl
	switch x.ttl {
	case 0:
	case 64, 128, 255:
		p.initialTTL++
	default:
		p.otherTTL++
	}
	if x.hep {
		p.hep++
	}
	if p.userAgent == "" || p.messages < 4 {
		if ua := m.UserAgent(); len(ua) > 0 && p.userAgent != string(ua) {
			p.userAgent = clip(ua, maxText)
		}
	}
}
