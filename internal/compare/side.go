package compare

import (
	"hash/maphash"
	"net/netip"
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
	}{{&l.Messages, 200_000}, {&l.Bytes, 96 << 20}, {&l.Streams, 8192}, {&l.Packets, 48 << 20}} {
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
	kept     window     // while reading: those the other capture may know
	strays   window     // and those it can't
	total    int        // messages read, those not kept included
	dropped  int        // messages not kept, for there are too many
	other    int        // not kept because they have nothing to do with the other capture
	unread   int        // clipped within the start line, or without anything to match by
	clipped  int
	hep      int
	noTime   bool
	tls      bool
	tracks   tracks
	phones   []endpoint // as the engine sees them
	stats    map[trackKey]*engine.Stream
	first    int64 // of any packet
	last     int64
	lim      Limits
	known    map[uint64]struct{} // tags and Call-IDs of the other capture; nil: keep everything
	related  int                 // messages kept that the other capture may know
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
	// Its verdicts are not needed, only who the phones are, and the streams.
	e := engine.New(engine.Options{Local: o.Local, Servers: o.Servers, Limits: engine.Limits{
		Parties: 8192, Strangers: 1024, Attempts: 1024, Finished: s.lim.Streams,
	}})
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
	s.keep(e.Result(s.inputs))
	s.finish()
	return s
}

// endpoint is what the engine knows of a phone.
type endpoint struct {
	aor, userAgent, transport string
	sources                   []netip.AddrPort
}

// keep takes what is needed from the engine's result, which is much larger.
func (s *side) keep(r *engine.Result) {
	for i := range r.Endpoints {
		e := &r.Endpoints[i]
		s.phones = append(s.phones, endpoint{e.AOR, e.UserAgent, e.Transport, e.Sources})
	}
	s.stats = map[trackKey]*engine.Stream{}
	for i := range r.Streams {
		st := &r.Streams[i]
		k := trackKey{capture.AddrFrom(st.Src), capture.AddrFrom(st.Dst), st.SSRC}
		if s.tracks.byKey[k] == nil {
			continue
		}
		if o := s.stats[k]; o == nil || st.Stats.Packets > o.Stats.Packets {
			one := *st
			s.stats[k] = &one
		}
	}
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
		m := seen(p)
		s.take(&m, b)
	}
}

// seen returns a message with what its packet tells.
func seen(p *capture.Packet) message {
	return message{
		time: p.Time, frame: int32(p.Frame), src: p.Src, dst: p.Dst, proto: p.Proto, ttl: p.TTL,
		noTime: p.NoTime, clipped: p.Missing > 0, hep: p.Tunnel == capture.TunnelHEP,
	}
}

// segment takes a piece of a TCP stream.
func (s *side) segment(p *capture.Packet) {
	m := seen(p)
	if p.Conn == 0 { // a whole message by itself, from HEP
		if sipparse.Sniff(p.Payload) {
			s.take(&m, p.Payload)
		}
		return
	}
	k := connKey{p.Conn, p.Src}
	f := s.conns[k]
	if f == nil {
		if len(p.Payload) == 0 || len(s.conns) >= maxConns && !s.closeIdle() {
			return
		}
		f = &sipparse.Framer{}
		s.conns[k] = f
	}
	take := func(fr sipparse.Framed) bool {
		one := m
		one.frame, one.time, one.clipped = int32(fr.Frame), fr.Time, fr.Cut
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

// closeIdle forgets the streams that are between messages.
func (s *side) closeIdle() bool {
	for k, f := range s.conns {
		if f.Buffered() == 0 {
			delete(s.conns, k)
		}
	}
	return len(s.conns) < maxConns
}

// take keeps a message, for which the oldest may have to go.
func (s *side) take(m *message, raw []byte) {
	if !s.reader.read(m, raw) {
		s.unread++
		return
	}
	m.order = int32(s.total)
	s.total++
	s.clipped += b2i(m.clipped)
	s.hep += b2i(m.hep)
	if s.known != nil && !s.knows(m) {
		s.other++
		s.strays.push(m, maxStrays, s.lim.Bytes/8)
		return
	}
	s.dropped += s.kept.push(m, s.lim.Messages, s.lim.Bytes)
}

// window holds the newest messages. The memory of those that leave it serves
// those that come.
type window struct {
	list  []*message
	bytes int
}

// push adds a copy of m, and returns how many had to leave.
func (w *window) push(m *message, most, bytes int) (left int) {
	var spare *message
	for len(w.list) > 0 && (len(w.list) >= most || w.bytes+len(m.raw) > bytes) {
		spare = w.list[0]
		w.bytes -= len(spare.raw)
		w.list[0] = nil
		w.list = w.list[1:]
		left++
	}
	var room []byte
	if spare == nil {
		spare = &message{}
	} else if n := cap(spare.raw); n <= 4*len(m.raw) { // a huge one does not stay for small ones
		room = spare.raw[:0]
	}
	*spare = *m
	spare.raw = append(room, m.raw...)
	w.bytes += len(spare.raw)
	w.list = append(w.list, spare)
	return left
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
	s.related = len(s.kept.list)
	if s.dropped > 0 && s.related > 0 {
		s.first = s.kept.list[0].time // as if it had begun there
	}
	s.other -= len(s.strays.list)
	s.messages = append(s.kept.list, s.strays.list...)
	slices.SortFunc(s.messages, func(a, b *message) int { return int(a.order - b.order) })
	s.kept, s.strays, s.known, s.conns, s.reader = window{}, window{}, nil, nil, nil
	s.tracks.finish()
}

// holes says what of the traffic is not in the capture; "" for nothing known.
func (s *side) holes() string {
	fragments, dropped := 0, 0
	for _, in := range s.inputs {
		fragments += in.FragmentsLost
		dropped += in.KernelDropped
	}
	switch {
	case fragments > 0:
		return "datagrams in fragments that never became whole (a filter on ports lets only the first fragment pass)"
	case dropped > 0:
		return "packets that the capturing host dropped"
	}
	return ""
}
