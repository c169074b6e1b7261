package engine

import "time"

// Limits bounds every table. The zero value means the defaults.
type Limits struct {
	Streams    int // live RTP streams
	Candidates int // packets that look like RTP and belong to nothing yet
	Finished   int // ended streams, and ended calls, kept for the report
	Parties    int // senders that were answered or sent often
	Strangers  int // senders that were not (scanners, spoofed sources)
	Calls      int // live calls
	Attempts   int // INVITEs without any answer
	TCP        int // byte streams with SIP or TLS inside
}

// DefaultKept is how many ended calls, and ended streams, a report lists: the
// memory must not grow with the length of a capture.
const DefaultKept = 4000

var defaultLimits = Limits{
	Streams:    131072,
	Candidates: 65536,
	Finished:   DefaultKept,
	Parties:    65536,
	Strangers:  8192,
	Calls:      65536,
	Attempts:   8192,
	TCP:        16384,
}

func (l Limits) orDefaults() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&l.Streams, defaultLimits.Streams)
	def(&l.Candidates, defaultLimits.Candidates)
	def(&l.Finished, defaultLimits.Finished)
	def(&l.Parties, defaultLimits.Parties)
	def(&l.Strangers, defaultLimits.Strangers)
	def(&l.Calls, defaultLimits.Calls)
	def(&l.Attempts, defaultLimits.Attempts)
	def(&l.TCP, defaultLimits.TCP)
	return l
}

const (
	second = int64(time.Second)

	sweepEvery    = 5 * second
	callLinger    = 40 * second       // after BYE: 64·T1 of retransmissions (RFC 3261 §17)
	callIdle      = 4 * 3600 * second // a call with no SIP and no RTP at all
	attemptIdle   = 180 * second      // Timer C (RFC 3261 §16.6)
	streamLinger  = 30 * second       // silence after the call's end
	streamIdle    = 600 * second      // silence without a call: holds and long pauses
	candidateIdle = 10 * second
	maxText       = 256 // bytes kept of any one string from a packet
	maxCallID     = 512
	maxSources    = 64 // per endpoint in the report
	maxFrames     = 16 // per finding or symptom
)
