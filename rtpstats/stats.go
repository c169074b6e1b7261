package rtpstats

import "slices"

// Stats are the figures of a stream. Times are ns, those ending in MS are
// milliseconds.
type Stats struct {
	SSRC         uint32
	PayloadType  uint8   // of most media packets
	PayloadTypes []uint8 // in order of appearance, six at most
	Codec        string  // empty for not known
	Clock        uint32  // Hz; 0 for not known
	ClockAssumed bool    // no SDP told the clock rate; it was taken from the timestamps

	First, Last int64 // arrival; 0 without HasTime
	HasTime     bool
	Valid       bool // two packets came in sequence (A.1)

	Packets    uint64 // all, with duplicates and events
	Bytes      uint64 // of payload
	Expected   uint64 // A.3, summed over restarts
	Lost       uint64 // numbers that never came; duplicates don't hide them
	LostRFC    int64  // A.3: expected less received; duplicates make it negative
	Duplicates uint64
	Reordered  uint64 // came after a packet with a higher number
	Events     uint64 // telephone-event (RFC 4733)
	Copies     uint64 // frames the capture saw twice; nowhere else counted
	Strays     uint64 // jumps in sequence that nothing confirmed (A.1)
	Restarts   uint64 // jumps that the next packet confirmed: a new base

	BurstRatio  float64 // Gilbert; 1 for fewer than 5 lost
	LongestLoss uint64  // packets in a row

	HasJitter    bool // at least two packets with time and a known clock
	JitterMS     float64
	MeanJitterMS float64 // over the values after each packet
	MaxJitterMS  float64
	MaxDeltaMS   float64 // largest gap between arrivals, silence excepted; 0 without HasTime
	PacketTimeMS float64 // 0 for not known
	HasSkew      bool    // at least 10 s
	SkewPPM      float64 // sender's clock against the capture's; above 0 it is fast
}

// Stats returns the figures so far. It may be called at any time and changes
// nothing.
func (s *Stream) Stats() Stats {
	if !s.started {
		return Stats{BurstRatio: 1}
	}
	st := Stats{
		SSRC: s.ssrc, HasTime: s.hasTime, First: s.first, Last: s.last,
		Packets: s.packets, Bytes: s.bytes, Events: uint64(s.events),
		PayloadTypes: slices.Clone(s.pts[:s.slots]),
		MaxDeltaMS:   float64(s.maxDelta) / 1e6,
	}
	received := s.countSequence(&st)
	// As many copies as packets are a mirror port's or `-i any`'s; a few are
	// packets the network doubled.
	artefact := 2*uint64(s.copies) >= s.packets
	if artefact {
		st.Copies = uint64(s.copies)
	} else {
		st.Packets += uint64(s.copies)
		st.Duplicates += uint64(s.copies)
		received += uint64(s.copies)
	}
	st.LostRFC = int64(st.Expected) - int64(received)

	t := s.resolveCopy()
	st.PayloadType = t.mainPT()
	if p, ok := lookupPayload(t.payloads, st.PayloadType); ok {
		st.Codec, st.Clock = p.Codec, p.Clock
	}
	if st.Clock == 0 {
		st.Clock, st.ClockAssumed = t.assumed, t.assumed != 0
	}
	st.Events = uint64(t.events)
	if st.Clock != 0 {
		st.PacketTimeMS = float64(t.step.ticks()) * 1e3 / float64(st.Clock)
	}
	j := &t.jitter
	if t.doubled != nil && !artefact {
		j = t.doubled
	}
	if j.n > 0 {
		st.HasJitter = true
		st.JitterMS, st.MeanJitterMS, st.MaxJitterMS = j.j/1e6, j.mean()/1e6, j.maximum()/1e6
		st.SkewPPM, st.HasSkew = t.skew.ppm()
	}
	return st
}

// countSequence fills in what the sequence numbers say and returns A.3's
// received.
func (s *Stream) countSequence(st *Stats) uint64 {
	q := s.seq
	q.settle()
	st.Valid = q.valid
	st.Expected = q.expected()
	st.Lost, st.LongestLoss, st.BurstRatio = q.lost, uint64(q.longest), q.burstRatio()
	st.Duplicates, st.Reordered = uint64(q.duplicates), uint64(q.reordered)
	st.Strays, st.Restarts = uint64(q.strays), uint64(q.restarts)
	return s.packets - uint64(q.strays)
}

// resolveCopy returns the stream, or where packets wait for a clock rate a
// copy of it that assumes one and has played them.
func (s *Stream) resolveCopy() *Stream {
	if s.waiting == nil {
		return s
	}
	t := *s
	if s.doubled != nil {
		d := *s.doubled
		t.doubled = &d
	}
	list := slices.Clone(*s.waiting)
	t.waiting = &list
	t.dropEvents()
	t.assumed = estimateClock(*t.waiting, t.knowsClock)
	t.replay()
	return &t
}

// mainPT is the payload type of most packets, events and comfort noise only
// where there is nothing else.
func (s *Stream) mainPT() uint8 {
	best, rank, count := s.pts[0], -1, uint32(0)
	for i, pt := range s.pts[:s.slots] {
		r := 1
		if p, ok := lookupPayload(s.payloads, pt); ok && p.isEvent() || pt == ptComfortNoise {
			r = 0
		}
		n := s.ptCounts[i]
		if i == int(s.slot) {
			n += s.run
		}
		if r > rank || r == rank && n > count {
			best, rank, count = pt, r, n
		}
	}
	return best
}

// LossPercent is the share of expected packets that never came.
func (st *Stats) LossPercent() float64 {
	if st.Expected == 0 {
		return 0
	}
	return 100 * float64(st.Lost) / float64(st.Expected)
}
