package engine

import (
	"encoding/binary"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/rtpstats"
)

// rtpPacket takes a packet that has the RTP version bits.
func (e *Engine) rtpPacket(p *capture.Packet) {
	ssrc := binary.BigEndian.Uint32(p.Payload[8:])
	s := e.streams.find(&p.Src, &p.Dst, ssrc)
	if s == nil {
		e.newRTP(p, ssrc)
		return
	}
	var h rtpstats.Header
	if !rtpstats.ParseHeader(p.Payload, &h) {
		return
	}
	if p.Copy {
		s.rtp.AddCopy(&h, p.Time, p.NoTime)
		return
	}
	s.rtp.Add(&h, p.Time, p.NoTime)
	s.lastFrame = p.Frame
	e.health.RTPPackets++
}

// newRTP takes a packet of a stream not known yet. Where an SDP announced one
// of its addresses it is a stream at once; otherwise it has to prove by its
// sequence numbers and timestamps that it is RTP at all.
func (e *Engine) newRTP(p *capture.Packet, ssrc uint32) {
	var h rtpstats.Header
	if !rtpstats.ParseHeader(p.Payload, &h) {
		return
	}
	key := streamKey{p.Src, p.Dst, ssrc}
	smp := sample{h: h, time: p.Time, frame: p.Frame, noTime: p.NoTime, ttl: p.TTL}
	_, announced := e.mediaOf(&key)
	if announced && !p.Copy {
		e.startStream(key, []sample{smp}, nil, p.Input, true)
		return
	}
	c := e.candidates.get(key, p.Input, e.lim.Candidates, &e.health)
	c.last = p.Time
	if p.Copy {
		if len(c.copies) < candidatePackets {
			c.copies = append(c.copies, smp)
		}
		return
	}
	if c.add(smp) {
		samples, copies, input := c.samples[:c.n], c.copies, c.input
		e.startStream(key, samples, copies, input, announced)
		e.candidates.drop(key)
	}
}

func (e *Engine) startStream(key streamKey, samples, copies []sample, input int, announced bool) {
	if e.streams.n >= e.lim.Streams {
		if s := e.streams.idlest(e.hand); s != nil {
			e.finishStream(s)
			e.health.evict("stream")
		}
		e.hand += 32
	}
	s := e.streams.add(key)
	e.order++
	s.order = e.order
	s.announced = announced
	s.input = int32(input)
	s.toSide = sideUnknown
	for i := range samples {
		smp := &samples[i]
		if i == 0 {
			s.firstFrame, s.ttl = smp.frame, smp.ttl
			s.rtp.Start(&smp.h, smp.time, smp.noTime)
		} else {
			s.rtp.Add(&smp.h, smp.time, smp.noTime)
		}
		s.lastFrame = smp.frame
		e.health.RTPPackets++
	}
	for i := range copies {
		s.rtp.AddCopy(&copies[i].h, copies[i].time, copies[i].noTime)
	}
	e.joinStream(s)
}

// sample is one packet of a candidate.
type sample struct {
	h      rtpstats.Header
	time   int64
	frame  int
	noTime bool
	ttl    uint8
}

// candidate collects the first packets of what may be an RTP stream.
type candidate struct {
	samples [candidatePackets]sample
	n       int
	copies  []sample
	input   int
	last    int64
}

// candidatePackets is how many packets in a row must look like one RTP stream
// where no SDP announced it. Four continuous steps of a 16-bit sequence number
// and a 32-bit timestamp leave no room for chance.
const candidatePackets = 5

// add takes the next packet; true when the candidate is RTP. A packet that
// does not continue the ones before starts the count anew.
func (c *candidate) add(s sample) bool {
	if c.n > 0 && !continues(&c.samples[c.n-1], &s) {
		c.n = 0
		c.copies = c.copies[:0]
	}
	if c.n == candidatePackets { // continuous, but not plausible yet
		copy(c.samples[:], c.samples[1:])
		c.n--
	}
	c.samples[c.n] = s
	c.n++
	return c.n == candidatePackets && plausible(c.samples[:])
}

// continues tells whether b can follow a in one RTP stream.
func continues(a, b *sample) bool {
	step := b.h.Seq - a.h.Seq
	if step == 0 || step > 20 && step < 1<<16-20 { // a few lost or out of order
		return false
	}
	if gap := b.time - a.time; !a.noTime && !b.noTime && (gap > 5*second || gap < -second) {
		return false
	}
	if a.h.PayloadLen == 0 || b.h.PayloadLen == 0 {
		return false
	}
	advance := int32(b.h.TS - a.h.TS)
	return advance > -90000 && advance < 10*90000
}

// plausible looks at the collected packets as a whole: mostly one payload
// type, sequence numbers that rise by one, a timestamp that advances unless
// these are telephone-events (RFC 4733) or one video frame.
func plausible(s []sample) bool {
	ones, moved, samePT := 0, 0, 0
	for i := 1; i < len(s); i++ {
		if s[i].h.Seq-s[i-1].h.Seq == 1 {
			ones++
		}
		if s[i].h.TS != s[i-1].h.TS {
			moved++
		}
		if s[i].h.PT == s[0].h.PT {
			samePT++
		}
	}
	if ones < len(s)-2 || samePT < len(s)-2 {
		return false
	}
	if moved == 0 {
		for i := range s {
			if s[i].h.PT < 96 || s[i].h.PayloadLen != 4 {
				return false
			}
		}
	}
	return validPT(s[0].h.PT)
}

// validPT refuses payload types that nobody sends as RTP: those reserved so
// that RTP and RTCP stay apart (RFC 3551 §6, RFC 5761 §4).
func validPT(pt uint8) bool { return pt < 64 || pt >= 96 }

// candidateTable holds candidates in order of arrival; the oldest goes first.
type candidateTable struct {
	m     map[streamKey]*candidate
	queue []streamKey
	head  int
	pool  []*candidate
}

func (t *candidateTable) get(key streamKey, input, limit int, h *Health) *candidate {
	if t.m == nil {
		t.m = map[streamKey]*candidate{}
	}
	if c := t.m[key]; c != nil {
		return c
	}
	for len(t.m) >= limit {
		if !t.pop() {
			break
		}
		h.evict("candidate")
	}
	var c *candidate
	if n := len(t.pool); n > 0 {
		c = t.pool[n-1]
		t.pool = t.pool[:n-1]
	} else {
		c = new(candidate)
	}
	*c = candidate{input: input, copies: c.copies[:0]}
	t.m[key] = c
	t.queue = append(t.queue, key)
	return c
}

// pop drops the oldest candidate.
func (t *candidateTable) pop() bool {
	for t.head < len(t.queue) {
		k := t.queue[t.head]
		t.head++
		if t.head > 4096 && t.head*2 > len(t.queue) {
			t.queue = append(t.queue[:0], t.queue[t.head:]...)
			t.head = 0
		}
		if t.m[k] != nil {
			t.drop(k)
			return true
		}
	}
	return false
}

func (t *candidateTable) drop(k streamKey) {
	if c := t.m[k]; c != nil {
		delete(t.m, k)
		t.pool = append(t.pool, c)
	}
}

// sweep drops candidates that have been silent since before.
func (t *candidateTable) sweep(before int64) {
	for t.head < len(t.queue) {
		c := t.m[t.queue[t.head]]
		if c != nil && c.last >= before {
			return
		}
		if c != nil {
			t.drop(t.queue[t.head])
		}
		t.head++
	}
	t.queue, t.head = t.queue[:0], 0
}
