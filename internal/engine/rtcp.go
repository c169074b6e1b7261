package engine

import (
	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/rtpstats"
)

// remote is what the receiver's RTCP says about a stream.
type remote struct {
	seen     bool // reception reports came
	reporter uint32
	lost     int32  // cumulative
	highest  uint32 // extended sequence number
	jitter   uint32 // timestamp units
	hasRTT   bool
	rtt      int64   // ns, the shortest seen, between the capture and the receiver
	mosLQ    float64 // 0: not told
	mosCQ    float64
}

// rtcpPacket takes a datagram that carries RTCP: the round trips it reveals, and
// what receivers report of the streams seen.
func (e *Engine) rtcpPacket(p *capture.Packet) {
	if !rtpstats.IsRTCP(p.Payload) && p.Missing == 0 || p.Copy {
		return
	}
	if rtpstats.ParseRTCP(p.Payload, &e.rtcp) != nil {
		return
	}
	e.health.RTCPPackets++
	if !p.NoTime {
		for i := range e.rtcp.Senders {
			e.rtt.Sent(&e.rtcp.Senders[i], p.Time)
		}
	}
	for i := range e.rtcp.Reports {
		rb := &e.rtcp.Reports[i]
		s := e.reportedStream(p, rb.SSRC)
		if s == nil {
			continue
		}
		r := s.remoteOf()
		r.seen, r.reporter = true, rb.Reporter
		r.lost, r.highest, r.jitter = rb.Lost, rb.HighestSeq, rb.Jitter
		if rtt, ok := e.rtt.Answered(rb, p.Time); ok && !p.NoTime && (!r.hasRTT || rtt < r.rtt) {
			r.rtt, r.hasRTT = rtt, true
		}
	}
	for i := range e.rtcp.VoIP {
		x := &e.rtcp.VoIP[i]
		if s := e.reportedStream(p, x.SSRC); s != nil {
			r := s.remoteOf()
			r.mosLQ, r.mosCQ = x.MOSLQ, x.MOSCQ
		}
	}
}

// reportedStream finds the stream that a receiver reports on: it flows the
// other way, on the same ports (RFC 5761) or the ones below (RFC 3550 §11).
func (e *Engine) reportedStream(p *capture.Packet, ssrc uint32) *stream {
	for _, d := range [...][2]uint16{{1, 1}, {0, 0}, {0, 1}, {1, 0}} {
		src, dst := p.Dst, p.Src
		src.Port -= d[0]
		dst.Port -= d[1]
		if s := e.streams.find(&src, &dst, ssrc); s != nil {
			return s
		}
	}
	return nil
}

func (s *stream) remoteOf() *remote {
	if s.remote == nil {
		s.remote = &remote{}
	}
	return s.remote
}

// icmpPacket ties a destination-unreachable to the media or SIP it is about.
func (e *Engine) icmpPacket(p *capture.Packet) {
	unreachable := !p.ICMPv6 && p.ICMPType == 3 || p.ICMPv6 && p.ICMPType == 1
	if !unreachable || p.Copy || p.Cause.Proto != capture.UDP {
		return
	}
	for _, a := range [2]capture.Addr{p.Cause.Dst, p.Cause.Src} {
		if r := e.media[a]; r != nil {
			if c := r.call; c.endTime == 0 || p.Time < c.endTime { // after the BYE a closed port is right
				c.noteICMP(icmpSeen{frame: p.Frame, n: 1, from: p.Src, to: p.Cause.Dst, typ: p.ICMPType, cod: p.ICMPCode})
			}
			return
		}
	}
}

// noteICMP keeps one entry per sender and target.
func (c *call) noteICMP(s icmpSeen) {
	for i := range c.icmp {
		if o := &c.icmp[i]; o.from.SameIP(s.from) && o.to == s.to {
			o.n++
			return
		}
	}
	if len(c.icmp) < 8 {
		c.icmp = append(c.icmp, s)
	}
}
