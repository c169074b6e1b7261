package rtpstats

import "math"

// timing is the interarrival jitter of RFC 3550 A.8. It is kept in
// nanoseconds, not in timestamp units, so that it survives a change of clock.
// Only differences of arrival times and timestamps become floats.
type timing struct {
	nsPerTick float64
	arrival   int64  // of the packet before
	ts        uint32 // of the packet before
	n         uint32 // J values so far
	resyncs   uint32
	peak      float32 // over those that are
	j         float64
	sum       float64 // over the n values of J
	max       float64 // over those that are not a sender's resync
	primed    bool    // arrival and ts hold
}

func (t *timing) setClock(hz uint32) {
	ns := 1e9 / float64(hz)
	if ns != t.nsPerTick {
		t.nsPerTick = ns
		t.primed = false
	}
}

// add takes the next packet in order of arrival.
func (t *timing) add(ts uint32, arrival int64, marker bool) {
	if t.primed {
		t.update(t.difference(ts, arrival), marker, arrival-t.arrival)
	}
	t.ts, t.arrival, t.primed = ts, arrival, true
}

// difference is D of A.8, in ns: how much longer this packet was on its way
// than the one before.
func (t *timing) difference(ts uint32, arrival int64) float64 {
	return float64(arrival-t.arrival) - float64(int32(ts-t.ts))*t.nsPerTick
}

// resync is the longest gap, in ns, before a packet with the marker bit that
// is not a talkspurt's silence: Asterisk sets the marker where it changes the
// source of a stream, and its timestamps do not account for the gap.
const resync = int64(1e9)

// update takes the next D; gap is the time since the packet before. J is
// A.8's to the letter. Its maximum, of which the RFC knows nothing, leaves out
// the packet with which a sender resynchronises, as Wireshark does: that jump
// is the sender's, not the network's.
func (t *timing) update(d float64, marker bool, gap int64) {
	t.j += (math.Abs(d) - t.j) / 16
	t.sum += t.j
	t.n++
	if marker && gap < resync {
		t.resyncs++
		t.peak = max(t.peak, float32(t.j))
	} else if t.j > t.max {
		t.max = t.j
	}
}

// maximum is the highest J, as update says, and never below the last; where the
// marker is nothing rare (video, some gateways), it is no sign of a resync and
// all values count.
func (t *timing) maximum() float64 {
	if t.resyncs > t.n/4 {
		return max(t.max, float64(t.peak), t.mean(), t.j)
	}
	return max(t.max, t.mean(), t.j)
}

func (t *timing) mean() float64 {
	if t.n == 0 {
		return 0
	}
	return t.sum / float64(t.n)
}

const (
	skewSecond   = 1e9   // ns
	skewMinSpan  = 10e9  // ns
	skewMinTimes = 8     // seconds with packets
	skewJump     = 500e6 // ns: no network makes this of one packet's D; the sender's timestamps jumped
)

// skew measures the sender's clock against the capture's: the slope of the
// transit time over time. Of every second only the packet with the shortest
// transit counts, for queues delay packets and never hasten them.
type skew struct {
	start  int64   // arrival of the first packet
	ticks  int64   // timestamps advanced since
	edge   int64   // end of the current second
	at     float64 // of the second's shortest transit, ns since start
	low    float64 // the second's shortest transit, ns against the first
	n      float64 // least squares over the seconds that ended, in s and ns
	st, sd float64
	stt    float64
	std    float64
}

func (k *skew) begin(arrival int64) {
	*k = skew{start: arrival, edge: arrival + skewSecond}
}

func (k *skew) add(arrival int64, step int32, nsPerTick float64) {
	k.ticks += int64(step)
	t := float64(arrival - k.start)
	if arrival >= k.edge {
		k.close()
		k.edge = arrival + skewSecond
	}
	if d := t - float64(k.ticks)*nsPerTick; d < k.low {
		k.low, k.at = d, t
	}
}

// close enters the second's shortest transit.
func (k *skew) close() {
	if math.IsInf(k.low, 1) {
		return
	}
	t := k.at / 1e9
	k.n++
	k.st += t
	k.sd += k.low
	k.stt += t * t
	k.std += t * k.low
	k.low = math.Inf(1)
}

// ppm is how much faster than nominal the sender's clock runs, in parts per
// million, and false with under 10 s of data.
func (k skew) ppm() (float64, bool) {
	k.close()
	span := k.at
	if k.n < skewMinTimes || span < skewMinSpan {
		return 0, false
	}
	den := k.n*k.stt - k.st*k.st
	if den <= 0 {
		return 0, false
	}
	slope := (k.n*k.std - k.st*k.sd) / den // ns per s
	ppm := -slope / 1e3
	if math.IsNaN(ppm) || math.IsInf(ppm, 0) {
		return 0, false
	}
	return ppm, true
}

// stepper finds the timestamp step that most packets make over the one before
// them in sequence (Boyer and Moore's majority vote): the packet time.
type stepper struct {
	ts    uint32
	step  uint32
	votes uint32
	seq   uint16
	set   bool // ts and seq hold
}

func (p *stepper) add(seq uint16, ts uint32) {
	if p.set && seq == p.seq+1 {
		switch step := ts - p.ts; {
		case step == p.step:
			p.votes++
		case p.votes == 0:
			p.step, p.votes = step, 1
		default:
			p.votes--
		}
	}
	p.seq, p.ts, p.set = seq, ts, true
}

// ticks is the step in timestamp units; 0 for not known, as with video, where
// the packets of a picture share a timestamp.
func (p *stepper) ticks() uint32 {
	if p.votes == 0 || int32(p.step) < 0 {
		return 0
	}
	return p.step
}
