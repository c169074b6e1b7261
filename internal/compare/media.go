package compare

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/engine"
	"github.com/algsniff/algsniff/rtpstats"
)

// Stream is one RTP stream that both captures hold.
type Stream struct {
	SSRC    uint32
	Codec   string
	ToPhone bool
	Phone   Leg // as captured on the phone's side
	Server  Leg

	// Over the packets that both captures were running for:
	Common  int // sent, as far as the sequence numbers tell
	Before  int // lost before the first of the two captures
	Between int // seen by the first, and not by the second
	Skipped int // seen by the second only: the first capture missed them
}

// Leg is a stream as one capture has it.
type Leg struct {
	Src, Dst  netip.AddrPort
	Packets   int // with duplicates
	Doubled   int
	Lost      int
	LossPct   float64
	HasJitter bool
	JitterMS  float64 // mean
	MaxMS     float64
}

type trackKey struct {
	src, dst capture.Addr
	ssrc     uint32
}

// track remembers which packets of a stream were seen: one byte for each
// sequence number, made of the timestamp so that another stream, or another
// round of the numbers, is not mistaken for it; 0 for a packet not seen.
type track struct {
	key     trackKey
	base    uint16
	top     int // highest index seen
	marks   []byte
	packets int
	off     bool // no further: a restart, or no room
	order   int
}

// tracks are those of one capture.
type tracks struct {
	lim   Limits
	byKey map[trackKey]*track
	size  int // bytes of marks
	full  int // packets of streams left out
	short int // streams not followed to their end
	count int // streams so far
	swept int // count at the last sweep
}

func (t *tracks) init(lim Limits) {
	t.lim, t.byKey = lim, map[trackKey]*track{}
}

// maxJump is how far a sequence number may be ahead of the last one (RFC 3550
// A.1, MAX_DROPOUT).
const maxJump = 3000

func (t *tracks) add(p *capture.Packet) {
	if p.Payload[1]-192 < 32 { // RTCP (RFC 5761 §4)
		return
	}
	var h rtpstats.Header
	if !rtpstats.ParseHeader(p.Payload, &h) {
		return
	}
	k := trackKey{p.Src, p.Dst, h.SSRC}
	tr := t.byKey[k]
	if tr == nil {
		if len(t.byKey) >= t.lim.Streams && !t.sweep() {
			t.full++
			return
		}
		tr = &track{key: k, base: h.Seq, order: t.count}
		t.count++
		t.byKey[k] = tr
	}
	if tr.off {
		return
	}
	at := tr.top + int(int16(h.Seq-tr.base-uint16(tr.top)))
	switch {
	case at < 0 || at < tr.top-maxJump:
		return // older than the first: no room in front
	case at > tr.top+maxJump || t.size >= t.lim.Packets:
		tr.off = true
		t.short++
		return
	}
	if at >= len(tr.marks) {
		grown := max(at+1, 2*len(tr.marks), 64)
		t.size += grown - len(tr.marks)
		marks := make([]byte, grown)
		copy(marks, tr.marks)
		tr.marks = marks
	}
	if tr.marks[at] == 0 {
		tr.packets++
	}
	tr.marks[at] = mark(h.TS)
	tr.top = max(tr.top, at)
}

// mark makes a byte of a timestamp, never 0.
func mark(ts uint32) byte {
	return byte(ts*0x9e3779b1>>24)%255 + 1
}

// sweep drops what did not become a stream, but not for every newcomer.
func (t *tracks) sweep() bool {
	if t.count-t.swept < t.lim.Streams/2 {
		return false
	}
	t.swept = t.count
	for k, tr := range t.byKey {
		if tr.packets < minCommon {
			t.size -= len(tr.marks)
			delete(t.byKey, k)
		}
	}
	return len(t.byKey) < t.lim.Streams
}

func (t *tracks) finish() {
	for _, tr := range t.byKey {
		tr.marks = tr.marks[:min(tr.top+1, len(tr.marks))]
	}
}

// minCommon is how many packets two tracks must share to be the same stream.
const minCommon = 10

// streams finds the streams that both captures hold, and where they lost
// packets. servers are the servers' addresses on either side.
func streams(phone, server *side, isServer func(netip.Addr) bool) (list []Stream, alone int) {
	bySSRC := map[uint32][]*track{}
	for _, tr := range sorted(&server.tracks) {
		bySSRC[tr.key.ssrc] = append(bySSRC[tr.key.ssrc], tr)
	}
	phoneStats, serverStats := phone.stats, server.stats
	used := map[*track]bool{}
	for _, a := range sorted(&phone.tracks) {
		sa := phoneStats[a.key]
		if sa == nil {
			continue // the engine did not take it for RTP
		}
		var best *track
		var shift, most int
		for _, b := range bySSRC[a.key.ssrc] {
			if used[b] {
				continue
			}
			// Of two legs in one capture the one behind the router says more.
			if by, n := overlap(a, b); n > most || n == most && n > 0 && best.key == a.key {
				best, shift, most = b, by, n
			}
		}
		sb := (*engine.Stream)(nil)
		if best != nil {
			sb = serverStats[best.key]
		}
		if most < minCommon || sb == nil {
			alone++
			continue
		}
		used[best] = true
		s := Stream{SSRC: a.key.ssrc, Codec: cmp.Or(sa.Stats.Codec, sb.Stats.Codec), Phone: legOf(sa), Server: legOf(sb)}
		s.ToPhone = isServer(a.key.src.IP()) || isServer(best.key.src.IP()) || a.key.dst != best.key.dst && a.key.src == best.key.src
		s.locate(a, best, shift)
		list = append(list, s)
	}
	for k := range serverStats {
		if tr := server.tracks.byKey[k]; tr != nil && !used[tr] {
			alone++
		}
	}
	return list, alone
}

func sorted(t *tracks) []*track {
	list := make([]*track, 0, len(t.byKey))
	for _, tr := range t.byKey {
		list = append(list, tr)
	}
	slices.SortFunc(list, func(a, b *track) int { return cmp.Compare(a.order, b.order) })
	return list
}

func legOf(s *engine.Stream) Leg {
	st := &s.Stats
	return Leg{
		Src: s.Src, Dst: s.Dst, Packets: int(st.Packets), Doubled: int(st.Duplicates), Lost: int(st.Lost), LossPct: st.LossPercent(),
		HasJitter: st.HasJitter, JitterMS: st.MeanJitterMS, MaxMS: st.MaxJitterMS,
	}
}

// maxRounds is how many times the sequence numbers may have gone round between
// the starts of two captures.
const maxRounds = 64

// overlap returns the shift with which b's indexes are a's, and how many
// packets are in both.
func overlap(a, b *track) (shift, common int) {
	d := int(int16(b.base - a.base))
	for round := -maxRounds; round <= maxRounds; round++ {
		by := d + round<<16
		from, to := max(0, by), min(len(a.marks), by+len(b.marks))
		if from >= to {
			continue
		}
		same, other := 0, 0
		for i := from; i < to; i++ {
			x, y := a.marks[i], b.marks[i-by]
			switch {
			case x == 0 || y == 0:
			case x == y:
				same++
			default:
				other++
			}
		}
		if same > common && other*10 <= same {
			shift, common = by, same
		}
	}
	return shift, common
}

// locate tells where packets were lost: a is the phone's side, b the server's.
func (s *Stream) locate(a, b *track, by int) {
	first, second := func(i int) bool { return a.marks[i] != 0 }, func(i int) bool { return b.marks[i-by] != 0 }
	if s.ToPhone {
		first, second = second, first
	}
	for i := max(0, by); i < min(len(a.marks), by+len(b.marks)); i++ {
		s.Common++
		switch x, y := first(i), second(i); {
		case !x && !y:
			s.Before++
		case x && !y:
			s.Between++
		case y && !x:
			s.Skipped++
		}
	}
}
