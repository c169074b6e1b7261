package compare

import (
	"hash/maphash"
	"slices"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/engine"
	"github.com/algsniff/algsniff/sipparse"
)

// Limits bounds what is kept of each capture. The zero value means the defaults.
type Limits struct {
	Messages int // the newest are kept
	Bytes    int // of messages
	Streams  int // RTP streams held against each other
	Packets  int // RTP packets remembered
}

func (l Limits) orDefaults() Limits {
	for _, v := range [...]struct {
		n   *int
		def int
	}{{&l.Messages, 200_000}, {&l.Bytes, 192 << 20}, {&l.Streams, 8192}, {&l.Packets, 48 << 20}} {
		if *v.n <= 0 {
			*v.n = v.def
		}
	}
	return l
}

// side is what is kept of one capture.
type side struct {
	given    int // 0 or 1: its place among the arguments
	inputs   []*capture.Input
	messages []*message // in order of capture
	bytes    int
	total    int // messages read, those not kept included
	dropped  int // messages not kept, for there are too many
	other    int // not kept because they have nothing to do with the other capture
	unread   int // clipped within the start line, or without anything to match by
	clipped  int
	hep      int
	twins    int
	noTime   bool
	tls      bool
	tracks   tracks
	result   *engine.Result
	first    int64 // of any packet
	last     int64
	lim      Limits
	known    map[uint64]struct{} // tags and Call-IDs of the other capture; nil: keep everything
	related  int                 // messages kept that the other capture may know
	strays   int                 // messages kept that it can't know
	spare    []*message          // strays
	reader   *reader
	conns    map[connKey]*sipparse.Framer
}

type connKey struct {
	conn uint64
	src  capture.Addr
}

const (
	maxConns  = 16384
	maxStrays = 20_000 // of messages that the other capture does not know
)

// read takes a capture to its end. of the other side, where it was read
// before, tells which messages are worth the memory.
func read(src engine.Source, given int, o Options, seed maphash.Seed, other *side) *side {
	s := &side{
		given: given, lim: o.Limits.orDefaults(), reader: newReader(seed),
		conns: map[connKey]*sipparse.Framer{},
	}
	s.tracks.init(s.lim)
	if other != nil {
		s.known = make(map[uint64]struct{}, 2*len(other.messages))
		for _, m := range other.messages {
			for _, h := range [...]uint64{m.fromTag, m.branch, m.callUser} {
				if h != 0 {
					s.known[h] = struct{}{}
				}
			}
		}
	}
	e := engine.New(engine.Options{Local: o.Local, Servers: o.Servers})
	timed := false
	src.Packets(func(p *capture.Packet) bool {
		if !p.NoTime {
			if !timed || p.Time < s.first {
				s.first = p.Time
			}
			s.last, timed = max(s.last, p.Time), true
		}
		e.Packet(p)
		s.packet(p)
		return true
	})
	s.noTime = !timed
	s.inputs = src.Inputs()
	s.result = e.Result(s.inputs)
	s.finish()
	return s
}

// packet takes SIP and RTP from a packet.
func (s *side) packet(p *capture.Packet) {
	b := p.Payload
	switch {
	case p.Proto == capture.TCP:
		s.segment(p)
	case p.Proto != capture.UDP || p.Copy:
	case len(b) >= 12 && b[0]>>6 == 2:
		s.tracks.add(p)
	case sipparse.Sniff(b):
		s.take(&message{
			time: p.Time, frame: p.Frame, input: p.Input, src: p.Src, dst: p.Dst, proto: capture.UDP, ttl: p.TTL,
			noTime: p.NoTime, clipped: p.Missing > 0, hep: p.Tunnel == capture.TunnelHEP,
		}, b)
	}
}

// segment takes a piece of a TCP stream.
func (s *side) segment(p *capture.Packet) {
	m := message{
		time: p.Time, frame: p.Frame, input: p.Input, src: p.Src, dst: p.Dst, proto: capture.TCP, ttl: p.TTL,
		noTime: p.NoTime, clipped: p.Missing > 0, hep: p.Tunnel == capture.TunnelHEP,
	}
	if p.Conn == 0 { // a whole message by itself, from HEP
		if sipparse.Sniff(p.Payload) {
			s.take(&m, p.Payload)
		}
		return
	}
	k := connKey{p.Conn, p.Src}
	f := s.conns[k]
	if f == nil {
		if len(p.Payload) == 0 || len(s.conns) >= maxConns {
			return
		}
		f = &sipparse.Framer{}
		s.conns[k] = f
	}
	take := func(fr sipparse.Framed) bool {
		one := m
		one.frame, one.time, one.clipped = fr.Frame, fr.Time, fr.Cut
		s.take(&one, fr.Msg)
		return true
	}
	f.Write(p.Payload, p.Frame, p.Time, p.Gap, take)
	s.tls = s.tls || f.TLS()
	if p.Fin {
		f.Close(take)
		delete(s.conns, k)
	}
}

// take keeps a message, for which the oldest may have to go.
func (s *side) take(m *message, raw []byte) {
	if !s.reader.read(m, raw) {
		s.unread++
		return
	}
	m.order = s.total
	s.total++
	if m.clipped {
		s.clipped++
	}
	if m.hep {
		s.hep++
	}
	if s.known != nil && !s.knows(m) {
		s.spare = append(s.spare, m)
		s.other++
		if len(s.spare) > maxStrays {
			s.spare[0] = nil
			s.spare = s.spare[1:]
		}
		return
	}
	s.messages = append(s.messages, m)
	s.bytes += len(m.raw)
	for len(s.messages) > s.lim.Messages || s.bytes > s.lim.Bytes {
		s.bytes -= len(s.messages[0].raw)
		s.messages[0] = nil
		s.messages = s.messages[1:]
		s.dropped++
	}
}

func (s *side) knows(m *message) bool {
	for _, h := range [...]uint64{m.fromTag, m.branch, m.callUser} {
		if _, ok := s.known[h]; ok && h != 0 {
			return true
		}
	}
	return false
}

// finish puts what was kept in order.
func (s *side) finish() {
	s.other -= len(s.spare)
	s.strays, s.related = len(s.spare), len(s.messages)
	s.messages = append(s.messages, s.spare...)
	slices.SortFunc(s.messages, func(a, b *message) int { return a.order - b.order })
	s.spare, s.known, s.conns, s.reader = nil, nil, nil, nil
	s.tracks.finish()
}
