package rtpstats

// RTTTracker measures round trips as seen from the capture point (RFC 3550
// §6.4.1, LSR and DLSR): from the moment a sender report passes to the moment
// the report that answers it passes, less the time the answerer held it. That
// is the way from the capture point to the answerer and back; the ways of both
// ends add up to the whole. It remembers a fixed number of sender reports.
type RTTTracker struct {
	seen map[srKey]int64 // arrival, ns
	ring []srKey         // in order of arrival, from next on
	next int
	max  int
}

// srKey is a sender report as a reception report refers to it.
type srKey struct {
	ssrc uint32
	lsr  uint32
}

const (
	maxRTT    = 10e9 // ns; beyond it the clocks or the reports are wrong
	rttLeeway = 1e6  // ns below zero that rounding and coarse clocks excuse
)

// NewRTTTracker returns a tracker that remembers up to max sender reports, at
// least one.
func NewRTTTracker(max int) *RTTTracker {
	if max < 1 {
		max = 1
	}
	return &RTTTracker{seen: make(map[srKey]int64), max: max}
}

// Sent notes a sender report and when it passed, in ns. Of one seen twice the
// first passage counts.
func (t *RTTTracker) Sent(sr *SenderReport, arrival int64) {
	k := srKey{sr.SSRC, uint32(sr.NTP >> 16)}
	if _, ok := t.seen[k]; ok || k.lsr == 0 {
		return
	}
	if len(t.ring) < t.max {
		t.ring = append(t.ring, k)
	} else {
		delete(t.seen, t.ring[t.next])
		t.ring[t.next] = k
		t.next = (t.next + 1) % t.max
	}
	t.seen[k] = arrival
}

// Answered takes a reception report that passed at arrival and returns the
// round trip in ns between the capture point and the reporter, and false when
// it answers no report that is remembered or the figures make no sense.
func (t *RTTTracker) Answered(r *ReceptionReport, arrival int64) (int64, bool) {
	if r.LSR == 0 {
		return 0, false
	}
	sent, ok := t.seen[srKey{r.SSRC, r.LSR}]
	if !ok {
		return 0, false
	}
	held := int64(uint64(r.DLSR) * 1e9 >> 16)
	rtt := arrival - sent - held
	if rtt < -rttLeeway || rtt > maxRTT {
		return 0, false
	}
	return max(rtt, 0), true
}
