package rtpstats

import "math"

// sample is a packet that waits for its clock rate.
type sample struct {
	arrival int64
	ts      uint32
	pt      uint8
	copied  bool // the capture saw the same frame before
	fresh   bool // first after a restart
	marker  bool
}

const (
	firstSamples = 4
	tryEstimate  = 64  // and at every power of two from there on
	maxSamples   = 512 // a power of two; then the clock rate is given up
)

// Bounds within which a clock rate is taken from the timestamps.
const (
	estimateMinSpan  = 1e9 // ns
	estimateMinPairs = 8
	estimateWithin   = 0.02
)

// estimateClock takes the clock rate of the samples whose payload type is not
// known from how far their timestamps advanced over time. It returns 0 when no
// usual rate fits within 2 %.
func estimateClock(samples []sample, known func(pt uint8) bool) uint32 {
	var span, ticks int64
	var pairs int
	last := -1
	for i := range samples {
		s := &samples[i]
		if s.copied || known(s.pt) {
			continue
		}
		if last >= 0 && samples[last].pt == s.pt {
			span += s.arrival - samples[last].arrival
			ticks += int64(int32(s.ts - samples[last].ts))
			pairs++
		}
		last = i
	}
	if pairs < estimateMinPairs || span < estimateMinSpan || ticks <= 0 {
		return 0
	}
	rate := float64(ticks) / (float64(span) / 1e9)
	for _, hz := range [...]uint32{8000, 16000, 24000, 32000, 44100, 48000, 90000} {
		if math.Abs(rate/float64(hz)-1) <= estimateWithin {
			return hz
		}
	}
	return 0
}
