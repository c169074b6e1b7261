package engine

import (
	"net/netip"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/rtpstats"
	"github.com/algsniff/algsniff/sipparse"
)

// Options are what the user tells about the capture.
type Options struct {
	Local   []netip.Prefix   // networks on our side: hosts in them are servers, not phones
	Servers []netip.AddrPort // our servers; port 0 means every port
	Limits  Limits
}

// Source is where packets come from; capture.Files is one.
type Source interface {
	Packets(fn func(*capture.Packet) bool)
	Inputs() []*capture.Input
}

// Engine takes packets in capture order and can be asked for its Result at any
// time. It is not safe for concurrent use.
type Engine struct {
	opt Options
	lim Limits

	now       int64 // newest capture time seen
	nextSweep int64
	health    Health

	streams    *streamTable
	order      uint64 // appearance counter of streams
	hand       uint32 // where eviction looks next
	candidates candidateTable
	finished   finishedStreams
	rtt        *rtpstats.RTTTracker

	media   map[capture.Addr]*mediaRef
	waiting map[capture.Addr][]streamKey // streams without a call, by both their addresses
	codecs  codecTable

	parties  partyTable
	partyLRU [2]lru[party] // strangers, known
	calls    map[string]*call
	callLRU  [2]lru[call] // attempts, live
	ended    endedCalls
	txns     *txnTable
	silent   map[uint64][]Silent // lists that many endpoints have in common
	room     []Silent
	blank    []*detectors.Evidence
	texts    map[string]string

	tcp    map[tcpKey]*tcpStream
	tcpLRU lru[tcpStream]

	msg    sipparse.Message // scratch, reused for every message
	msg2   sipparse.Message // an earlier one that it is held against
	via    sipparse.Via     // the top one of msg
	given  []netip.Addr     // room for targets
	rec    detectors.Record
	noter  *noter
	hooks  hooks
	hasVia bool
	callID *detectors.CallIDFormat // of msg, where it tells of its sender
	sdp    sipparse.SDP
	rtcp   rtpstats.RTCP
}

// New returns an Engine.
func New(o Options) *Engine {
	return &Engine{
		opt:     o,
		lim:     o.Limits.orDefaults(),
		streams: newStreamTable(),
		rtt:     rtpstats.NewRTTTracker(8192),
		media:   map[capture.Addr]*mediaRef{},
		waiting: map[capture.Addr][]streamKey{},
		calls:   map[string]*call{},
		tcp:     map[tcpKey]*tcpStream{},
		txns:    &txnTable{},
		noter:   newNoter(),
		hooks:   newHooks(detectors.All),
	}
}

// Analyze reads a source to its end and returns what was found.
func Analyze(src Source, o Options) *Result {
	e := New(o)
	src.Packets(func(p *capture.Packet) bool {
		e.Packet(p)
		return true
	})
	return e.Result(src.Inputs())
}

// Packet takes one packet. Nothing of p is kept.
func (e *Engine) Packet(p *capture.Packet) {
	if p.Time > e.now {
		e.now = p.Time
		if e.now >= e.nextSweep {
			e.sweep()
		}
	}
	b := p.Payload
	if p.Proto == capture.UDP && len(b) >= 12 && b[0]>>6 == 2 {
		if b[1]-192 < 32 { // RFC 5761 §4: RTCP packet types among RTP
			e.rtcpPacket(p)
		} else {
			e.rtpPacket(p)
		}
		return
	}
	e.otherPacket(p)
}

// otherPacket takes everything that is not RTP or RTCP by its first bytes.
func (e *Engine) otherPacket(p *capture.Packet) {
	b := p.Payload
	switch {
	case p.Proto == capture.TCP:
		e.tcpPacket(p)
	case p.Proto == capture.ICMP:
		e.icmpPacket(p)
	case p.Proto != capture.UDP:
	case len(b) <= 4:
		e.keepAlive(p)
	case isSTUN(b):
		e.keepAlive(p)
		if !p.Copy {
			e.health.STUNPackets++
		}
	case sipparse.Sniff(b):
		e.sipMessage(&sipMeta{
			time: p.Time, noTime: p.NoTime, frame: p.Frame, input: p.Input, src: p.Src, dst: p.Dst,
			proto: capture.UDP, dir: p.Dir, ttl: p.TTL, hep: p.Tunnel == capture.TunnelHEP,
			copy: p.Copy, clipped: p.Missing > 0, cut: p.Missing > 0, frags: p.Frags,
		}, b)
	}
}

// isSTUN tells a STUN message by its class bits, length and magic cookie (RFC
// 8489 §5), or, without the cookie, by the length alone as in RFC 3489.
func isSTUN(b []byte) bool {
	if len(b) < 20 || b[0]>>6 != 0 {
		return false
	}
	n := int(b[2])<<8 | int(b[3])
	if n&3 != 0 || len(b) < 20+n {
		return false
	}
	if b[4] == 0x21 && b[5] == 0x12 && b[6] == 0xa4 && b[7] == 0x42 {
		return true
	}
	return len(b) == 20+n && b[0] <= 1 && b[1] >= 1 && b[1] <= 18
}

// sweep ends what has been idle for long.
func (e *Engine) sweep() {
	e.nextSweep = e.now + sweepEvery
	e.streams.each(func(s *stream) {
		idle := e.now - s.rtp.Last()
		if idle > streamIdle || idle > streamLinger && s.call != nil && s.call.endedBefore(e.now-callLinger) {
			e.finishStream(s)
		}
	})
	e.sweepCalls()
	e.candidates.sweep(e.now - candidateIdle)
}
