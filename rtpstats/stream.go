package rtpstats

import (
	"math"
	"slices"
)

// noPT stands where no payload type is meant.
const noPT = 0xff

// Stream is the receiver's view of one SSRC on one flow. The zero value is
// ready; it holds no reference to packets. It is not safe for concurrent use.
type Stream struct {
	// What every packet touches stands first and together.
	quick    uint8 // audio payload type whose packets take the short way; noPT for none
	started  bool
	quiet    bool // the packet before was comfort noise
	hasTime  bool
	gaveUp   bool // no clock rate fits the timestamps
	audio    uint8
	pt       uint8  // of the last packet
	slot     uint8  // where pt is counted
	slots    uint8  // of pts in use
	run      uint32 // packets of slot not in ptCounts yet
	assumed  uint32 // Hz; clock rate taken from the timestamps, 0 for none
	events   uint32
	packets  uint64
	bytes    uint64
	last     int64
	maxDelta int64
	seq      sequence
	jitter   timing
	step     stepper
	skew     skew

	first    int64
	ssrc     uint32
	copies   uint32
	pts      [maxPayloadTypes]uint8
	ptCounts [maxPayloadTypes + 1]uint32 // the last counts all others
	payloads []Payload
	waiting  *[]sample // packets that wait for their clock rate
	// doubled is the jitter with the copies in it, needed should they turn out
	// to be the network's; nil before the first copy.
	doubled *timing
}

// maxPayloadTypes is how many payload types of a stream are told apart.
const maxPayloadTypes = 6

// Start takes the stream's first packet; arrival is in ns, and noTime says that
// the capture holds no time for it.
func (s *Stream) Start(h *Header, arrival int64, noTime bool) {
	payloads := s.payloads
	*s = Stream{quick: noPT, audio: noPT, started: true, ssrc: h.SSRC, payloads: payloads}
	s.packets = 1
	s.bytes = uint64(max(h.PayloadLen, 0))
	s.seq.start(h.Seq)
	s.pt, s.pts[0], s.slots, s.ptCounts[0] = h.PT, h.PT, 1, 1
	if !noTime {
		s.first, s.last, s.hasTime = arrival, arrival, true
	}
	s.quiet = h.PT == ptComfortNoise
	s.media(h, arrival, noTime, inOrder)
}

// Add takes every further packet, in order of arrival.
func (s *Stream) Add(h *Header, arrival int64, noTime bool) {
	if !s.started {
		s.Start(h, arrival, noTime)
		return
	}
	s.packets++
	s.bytes += uint64(max(h.PayloadLen, 0))
	if h.PT != s.pt {
		s.ptCounts[s.slot] += s.run
		s.run = 0
		s.pt, s.slot = h.PT, s.slotOf(h.PT)
	}
	s.run++
	if !noTime {
		s.arrive(h, arrival)
	}

	got := inOrder
	if next := s.seq.max + 1; h.Seq == uint16(next) {
		word, bit := &s.seq.seen[next/64%2], uint64(1)<<(next%64)
		if *word&bit == 0 || s.seq.run != 0 {
			s.seq.retire(next - window)
		}
		*word |= bit
		s.seq.max = next
		s.seq.valid = true
	} else if got = s.seq.add(h.Seq); got == stray {
		return // A.1: not valid, so A.8 does not see it
	}

	if h.PT == s.quick && got != restart && !noTime {
		s.step.add(h.Seq, h.TS)
		s.clocked(h.TS, arrival, h.Marker)
		return
	}
	s.media(h, arrival, noTime, got)
}

// Last returns the arrival of the newest packet, in ns; 0 when no packet had a
// time.
func (s *Stream) Last() int64 { return s.last }

// arrive notes the time of a packet and the gap before it. A gap that the
// sender made, by silence suppression or comfort noise, is none.
func (s *Stream) arrive(h *Header, arrival int64) {
	if !s.hasTime {
		s.first, s.last, s.hasTime = arrival, arrival, true
	}
	quiet := h.PT == ptComfortNoise
	if gap := arrival - s.last; gap > s.maxDelta && !h.Marker && !quiet && !s.quiet {
		s.maxDelta = gap
	}
	s.quiet = quiet
	s.last = arrival
}

// slotOf returns where pt is counted.
func (s *Stream) slotOf(pt uint8) uint8 {
	for i := range s.slots {
		if s.pts[i] == pt {
			return i
		}
	}
	if s.slots == maxPayloadTypes {
		return maxPayloadTypes
	}
	s.pts[s.slots] = pt
	s.slots++
	return s.slots - 1
}

// media is the long way of a packet into the jitter: what is it, and is its
// clock rate known?
func (s *Stream) media(h *Header, arrival int64, noTime bool, got order) {
	if s.isEvent(h) {
		s.events++
		return
	}
	if got == restart {
		s.step.set = false
	}
	s.audio = h.PT
	s.step.add(h.Seq, h.TS)
	if !noTime {
		s.take(sample{arrival: arrival, ts: h.TS, pt: h.PT, marker: h.Marker, fresh: got == restart})
	}
}

// isEvent reports whether h carries a telephone-event. Where no SDP tells, one
// is known by its size and by a payload type that is not the audio's.
func (s *Stream) isEvent(h *Header) bool {
	if _, event, ok := lookupClock(s.payloads, h.PT); ok {
		return event
	}
	return h.PayloadLen == 4 && h.PT >= firstDynamic && h.PT != s.audio
}

// take plays a sample, or keeps it until its clock rate is known.
func (s *Stream) take(p sample) {
	if s.waiting == nil && (s.clockOf(p.pt) != 0 || s.gaveUp) {
		s.play(p)
		return
	}
	if s.waiting == nil {
		list := make([]sample, 0, firstSamples)
		s.waiting = &list
	}
	s.hold(p)
}

// hold keeps a sample, and looks from time to time whether the clock rate can
// be taken from what there is.
func (s *Stream) hold(p sample) {
	*s.waiting = append(*s.waiting, p)
	n := len(*s.waiting)
	if n < tryEstimate || n&(n-1) != 0 {
		return
	}
	// A clock rate that fits need not wait for an SDP to confirm it.
	s.assumed = estimateClock(*s.waiting, s.knowsClock)
	s.gaveUp = s.assumed == 0 && n >= maxSamples
	if s.assumed != 0 || s.gaveUp {
		s.replay()
	}
}

// clockOf returns the clock rate of pt, told or assumed; 0 for not known.
func (s *Stream) clockOf(pt uint8) uint32 {
	if hz, _, _ := lookupClock(s.payloads, pt); hz != 0 {
		return hz
	}
	return s.assumed
}

func (s *Stream) knowsClock(pt uint8) bool {
	hz, _, _ := lookupClock(s.payloads, pt)
	return hz != 0
}

// play lets a sample into the jitter.
func (s *Stream) play(p sample) {
	hz := s.clockOf(p.pt)
	if hz == 0 || p.fresh {
		s.unprime()
	}
	if hz == 0 {
		return
	}
	if s.doubled != nil {
		s.doubled.setClock(hz)
		s.doubled.add(p.ts, p.arrival, p.marker)
	}
	if p.copied {
		return
	}
	s.jitter.setClock(hz)
	s.clocked(p.ts, p.arrival, p.marker)
	if s.doubled == nil && s.waiting == nil {
		s.quick = p.pt
	}
}

// clocked is play for a packet whose clock rate is the one of the packet before.
func (s *Stream) clocked(ts uint32, arrival int64, marker bool) {
	t := &s.jitter
	if !t.primed {
		t.add(ts, arrival, marker)
		s.skew.begin(arrival)
		return
	}
	step := int32(ts - t.ts)
	d := t.difference(ts, arrival)
	t.update(d, marker, arrival-t.arrival)
	t.ts, t.arrival = ts, arrival
	if math.Abs(d) > skewJump {
		s.skew.begin(arrival)
		return
	}
	s.skew.add(arrival, step, t.nsPerTick)
}

// unprime makes the next packet's transit time the first of a new row.
func (s *Stream) unprime() {
	s.quick = noPT
	s.jitter.primed = false
	if s.doubled != nil {
		s.doubled.primed = false
	}
}

// replay plays what has waited.
func (s *Stream) replay() {
	list := *s.waiting
	s.waiting = nil
	for _, p := range list {
		s.play(p)
	}
}

// AddCopy says that the capture saw a packet of the stream once more, which
// was not given to Add. Stats decides whether the capture or the network
// doubled it.
func (s *Stream) AddCopy(h *Header, arrival int64, noTime bool) {
	if !s.started {
		s.Start(h, arrival, noTime)
		return
	}
	s.copies++
	if s.doubled == nil {
		t := s.jitter
		s.doubled = &t
		s.quick = noPT
	}
	if noTime || s.isEvent(h) {
		return
	}
	p := sample{arrival: arrival, ts: h.TS, pt: h.PT, marker: h.Marker, copied: true}
	if s.waiting == nil {
		s.play(p)
		return
	}
	s.hold(p)
}

// SetPayloads tells what an SDP says of the payload types; it may come before,
// during or after the media. The slice is shared and must not be changed.
func (s *Stream) SetPayloads(list []Payload) {
	old := s.payloads
	s.payloads = list
	if !s.started {
		return
	}
	for _, pt := range s.pts[:s.slots] {
		// A later SDP may leave out what an earlier one had explained.
		if _, ok := lookupPayload(list, pt); ok {
			continue
		}
		if p, ok := lookupPayload(old, pt); ok {
			s.payloads = append(slices.Clip(s.payloads), p)
		}
	}
	s.quick = noPT
	s.dropAssumed()
	if s.waiting != nil && s.resolved() {
		s.dropEvents()
		s.replay()
	}
}

// dropAssumed gives up a clock rate taken from the timestamps where the SDP
// now tells one; what was measured with a wrong rate goes with it.
func (s *Stream) dropAssumed() {
	if s.assumed == 0 || s.audio == noPT || !s.knowsClock(s.audio) {
		return
	}
	if s.clockOf(s.audio) != s.assumed {
		s.jitter = timing{}
		s.doubled = nil
		s.skew = skew{}
	}
	s.assumed = 0
}

// resolved reports whether every waiting sample's clock rate is known.
func (s *Stream) resolved() bool {
	for i := range *s.waiting {
		if !s.knowsClock((*s.waiting)[i].pt) {
			return false
		}
	}
	return true
}

// dropEvents takes those samples out which the SDP says are telephone-events.
func (s *Stream) dropEvents() {
	list := *s.waiting
	kept := list[:0]
	for _, p := range list {
		if _, event, _ := lookupClock(s.payloads, p.pt); event {
			if !p.copied {
				s.events++
			}
			continue
		}
		kept = append(kept, p)
	}
	*s.waiting = kept
}
