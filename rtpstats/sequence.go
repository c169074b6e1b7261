package rtpstats

// RFC 3550 A.1.
const (
	maxDropout  = 3000
	maxMisorder = 100
	seqMod      = 1 << 16
	noBadSeq    = seqMod // a value no 16-bit sequence number has
)

// window is how many sequence numbers stay open for late packets. A.1 takes
// nothing later than maxMisorder, so a late packet always finds its place.
const window = 128

// order is what A.1 makes of a packet.
type order uint8

const (
	inOrder  order = iota // the highest sequence number so far
	late                  // after one with a higher number
	repeated              // a number that came before
	stray                 // a jump nothing has confirmed yet
	restart               // the second packet after a jump: a new base
)

// sequence follows the sequence numbers of one source (RFC 3550 A.1, A.3) and
// which of them came. Numbers are extended to 64 bits, from base on.
//
// A number that leaves the window without having come is lost. The string of
// received and lost begins (base) and ends (max) with a packet received, hence
// the number of losses and of loss runs is all the Gilbert model needs.
type sequence struct {
	max     uint64
	seen    [window / 64]uint64 // bit n%window: number n came, for the last window numbers
	run     uint32              // length of the loss run at the window's trailing edge
	valid   bool                // two packets came in sequence
	base    uint64
	bad     uint32 // A.1 bad_seq
	lost    uint64 // left the window and never came
	runs    uint64
	longest uint32
	earlier uint64 // expected before the last restart

	duplicates uint32
	reordered  uint32
	strays     uint32
	restarts   uint32
}

func (q *sequence) start(seq uint16) {
	q.max = seqMod + uint64(seq) // room below for packets that overtook the base
	q.base = q.max
	q.bad = noBadSeq
	q.run = 0
	q.seen = [window / 64]uint64{}
	q.mark(q.max)
}

func (q *sequence) mark(n uint64)      { q.seen[n/64%2] |= 1 << (n % 64) }
func (q *sequence) came(n uint64) bool { return q.seen[n/64%2]&(1<<(n%64)) != 0 }

// add takes the next packet in order of arrival.
func (q *sequence) add(seq uint16) order {
	delta := seq - uint16(q.max)
	switch {
	case delta == 0:
		q.duplicates++
		return repeated
	case delta < maxDropout:
		q.valid = q.valid || delta == 1
		q.advance(uint64(delta))
		return inOrder
	case uint32(delta) > seqMod-maxMisorder:
		n := q.max - (seqMod - uint64(delta))
		if q.came(n) {
			q.duplicates++
			return repeated
		}
		q.mark(n)
		q.reordered++
		return late
	case uint32(seq) == q.bad:
		q.settle()
		q.earlier += q.max - q.base + 1
		q.start(seq)
		q.restarts++
		q.valid = true
		return restart
	default:
		q.bad = (uint32(seq) + 1) % seqMod
		q.strays++
		return stray
	}
}

// advance moves max on by d and settles what leaves the window.
func (q *sequence) advance(d uint64) {
	if d > window {
		q.settle()
		q.lose(d - window)
		q.seen = [window / 64]uint64{}
		q.max += d
		q.mark(q.max)
		return
	}
	for range d {
		q.max++
		q.retire(q.max - window)
		q.seen[q.max/64%2] &^= 1 << (q.max % 64)
	}
	q.mark(q.max)
}

// settle retires every number of the window.
func (q *sequence) settle() {
	for n := q.max - window + 1; n <= q.max; n++ {
		q.retire(n)
	}
}

func (q *sequence) retire(n uint64) {
	switch {
	case q.came(n):
		q.run = 0
	case n >= q.base:
		q.lose(1)
	}
}

func (q *sequence) lose(n uint64) {
	if q.run == 0 {
		q.runs++
	}
	q.run += uint32(n) // under maxDropout + window
	q.lost += n
	q.longest = max(q.longest, q.run)
}

// expected is A.3's, summed over restarts.
func (q *sequence) expected() uint64 { return q.earlier + q.max - q.base + 1 }

// burstRatio is 1/(p+q) of the two-state Gilbert model over a settled
// sequence: 1 for random loss, more for bursts. It is 1 for fewer than 5 lost.
func (q *sequence) burstRatio() float64 {
	if q.lost < 5 {
		return 1
	}
	// Each part between restarts is a string of its own, with one transition
	// fewer than symbols.
	transitions := q.expected() - uint64(q.restarts) - 1
	p := float64(q.runs) / float64(transitions-q.lost)
	r := float64(q.runs) / float64(q.lost)
	return 1 / (p + r)
}
