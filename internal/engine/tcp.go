package engine

import (
	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/sipparse"
)

// tcpKey is one direction of a TCP connection.
type tcpKey struct {
	conn uint64
	src  capture.Addr
}

// tcpStream cuts one direction into SIP messages.
type tcpStream struct {
	key    tcpKey
	link   lruItem[tcpStream]
	framer sipparse.Framer
	tls    bool
}

// tcpPacket takes an in-order piece of a TCP stream.
func (e *Engine) tcpPacket(p *capture.Packet) {
	x := sipMeta{
		time: p.Time, noTime: p.NoTime, frame: p.Frame, input: p.Input, src: p.Src, dst: p.Dst,
		proto: capture.TCP, dir: p.Dir, ttl: p.TTL, hep: p.Tunnel == capture.TunnelHEP, cut: p.Missing > 0,
	}
	if p.Conn == 0 { // a whole message by itself, from HEP
		if sipparse.Sniff(p.Payload) {
			e.sipMessage(&x, p.Payload)
		}
		return
	}
	k := tcpKey{p.Conn, p.Src}
	s := e.tcp[k]
	if s == nil {
		if len(p.Payload) == 0 {
			return
		}
		if e.tcpLRU.n >= e.lim.TCP {
			e.closeTCP(e.tcpLRU.oldest())
			e.health.evict("tcp")
		}
		s = &tcpStream{key: k}
		s.link.v = s
		e.tcp[k] = s
		e.tcpLRU.push(&s.link)
	}
	e.tcpLRU.touch(&s.link)
	take := func(f sipparse.Framed) bool {
		y := x
		y.frame, y.time = f.Frame, f.Time
		y.cut, y.segments = f.Cut, f.Segments
		e.sipMessage(&y, f.Msg)
		return true
	}
	s.framer.Write(p.Payload, p.Frame, p.Time, p.Gap, take)
	if !s.tls && s.framer.TLS() {
		s.tls = true
		e.noteTLS(p)
	}
	if p.Fin {
		s.framer.Close(take)
		e.closeTCP(s)
	}
}

func (e *Engine) closeTCP(s *tcpStream) {
	e.tcpLRU.remove(&s.link)
	delete(e.tcp, s.key)
}

// noteTLS keeps that SIP over TLS was seen: the well-known port (RFC 3261
// §19.1.2) at one end. What is inside nobody in the path can read or change.
func (e *Engine) noteTLS(p *capture.Packet) {
	k := partyKey{p.Src, p.Dst, capture.TCP}
	if p.Src.Port == 5061 {
		k = k.reverse()
	}
	if k.dst.Port != 5061 {
		return
	}
	pt := e.party(k)
	if pt.messages == 0 {
		pt.first, pt.firstFrame = p.Time, p.Frame
		pt.transport = "tls"
	}
	pt.last = max(pt.last, p.Time)
}
