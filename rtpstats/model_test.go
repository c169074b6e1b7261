package rtpstats

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// model reckons A.1 and A.3 the slow way: every number ever received, kept.
type model struct {
	parts      []map[int64]bool // of one part between restarts, by extended number
	base, max  []int64
	bad        int
	duplicates uint64
	reordered  uint64
	strays     uint64
}

func (m *model) begin(seq uint16) {
	m.parts = append(m.parts, map[int64]bool{int64(seq): true})
	m.base = append(m.base, int64(seq))
	m.max = append(m.max, int64(seq))
	m.bad = -1
}

func (m *model) add(seq uint16) {
	if len(m.parts) == 0 {
		m.begin(seq)
		return
	}
	part := len(m.parts) - 1
	top := m.max[part]
	delta := int64(seq - uint16(top))
	n := top + delta
	if delta > 65536-100 {
		n -= 65536
	} else if delta >= 3000 {
		if int(seq) == m.bad {
			m.begin(seq)
			return
		}
		m.bad = int(seq+1) % 65536
		m.strays++
		return
	}
	switch {
	case m.parts[part][n]:
		m.duplicates++
	case n < top:
		m.reordered++
	}
	m.parts[part][n] = true
	m.max[part] = max(top, n)
}

func (m *model) check(st *Stats, packets int) error {
	var expected, lost, longest, n01, n10, fromReceived, fromLost uint64
	for i, part := range m.parts {
		var run uint64
		expected += uint64(m.max[i] - m.base[i] + 1)
		for n := m.base[i]; n <= m.max[i]; n++ {
			if n < m.max[i] {
				switch here, next := part[n], part[n+1]; {
				case here && !next:
					n01++
					fromReceived++
				case here:
					fromReceived++
				case next:
					n10++
					fromLost++
				default:
					fromLost++
				}
			}
			if part[n] {
				run = 0
				continue
			}
			lost++
			run++
			longest = max(longest, run)
		}
	}
	burst := 1.0
	if lost >= 5 {
		burst = 1 / (float64(n01)/float64(fromReceived) + float64(n10)/float64(fromLost))
	}
	want := fmt.Sprint(expected, lost, longest, m.duplicates, m.reordered, m.strays, len(m.parts)-1,
		int64(expected)-(int64(packets)-int64(m.strays)))
	got := fmt.Sprint(st.Expected, st.Lost, st.LongestLoss, st.Duplicates, st.Reordered, st.Strays, st.Restarts, st.LostRFC)
	if got != want {
		return fmt.Errorf("expected, lost, longest, duplicates, reordered, strays, restarts, A.3: %s, want %s", got, want)
	}
	if math.Abs(st.BurstRatio-burst) > 1e-9 {
		return fmt.Errorf("burst ratio %v, want %v", st.BurstRatio, burst)
	}
	return nil
}

// jump is a step in sequence, mostly small, sometimes at A.1's limits.
func jump(t *rapid.T) uint16 {
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		return uint16(rapid.IntRange(-130, 200).Draw(t, "near"))
	case 1:
		return uint16(rapid.SampledFrom([]int{
			0, -1, -99, -100, -101, -127, -128, 2, 127, 128, 129, 256, 2999, 3000, 3001, 30000,
		}).Draw(t, "edge"))
	case 2:
		return uint16(rapid.IntRange(-3, 4).Draw(t, "close"))
	}
	return 1
}

func TestSequenceAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Stream
		var m model
		n := rapid.IntRange(1, 600).Draw(t, "packets")
		seq := rapid.Uint16().Draw(t, "first")
		for i := range n {
			if i > 0 {
				seq += jump(t)
			}
			s.Add(&Header{Seq: seq}, int64(i)*20*ms, false)
			m.add(seq)
		}
		st := s.Stats()
		if err := m.check(&st, n); err != nil {
			t.Fatal(err)
		}
	})
}

// randomCall is a call with loss, late packets, duplicates, jitter and silence.
func randomCall(t *rapid.T) []packet {
	n := rapid.IntRange(2, 400).Draw(t, "packets")
	pt := rapid.SampledFrom([]uint8{0, 8, 11, 97}).Draw(t, "pt")
	var packets []packet
	var ts uint32
	arrival := int64(0)
	for i := range n {
		if i > 0 {
			ts += 160
			arrival += 20 * ms
		}
		if rapid.IntRange(0, 30).Draw(t, "silence") == 0 {
			ts += 8000
			arrival += 1000 * ms
		}
		if i > 0 && rapid.IntRange(0, 15).Draw(t, "lost") == 0 {
			continue
		}
		packets = append(packets, packet{
			h:       Header{PT: pt, Seq: uint16(i), TS: ts, SSRC: 9, PayloadLen: 160},
			arrival: arrival + rapid.Int64Range(0, 30*ms).Draw(t, "delay"),
		})
	}
	return packets
}

func sameFigures(a, b *Stats) bool {
	x, y := *a, *b
	x.First, x.Last, y.First, y.Last = 0, 0, 0, 0
	x.SSRC, y.SSRC = 0, 0
	return fmt.Sprint(x) == fmt.Sprint(y)
}

// Where counters begin and when the capture was made changes nothing, so that
// every wrap of every counter is as good as none.
func TestShiftsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		packets := randomCall(t)
		want := feed(packets, nil, 0).Stats()
		seq := rapid.Uint16().Draw(t, "seq")
		ts := rapid.Uint32().Draw(t, "ts")
		hours := rapid.Int64Range(-1e6, 1e6).Draw(t, "hours")
		for i := range packets {
			packets[i].h.Seq += seq
			packets[i].h.TS += ts
			packets[i].arrival += hours * 3600e9
		}
		got := feed(packets, nil, 0).Stats()
		if !sameFigures(&got, &want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}

// Doubling packets hides no loss, and moving packets within A.1's bounds makes
// none.
func TestDuplicatesAndOrderLeaveLossAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		packets := randomCall(t)
		want := feed(packets, nil, 0).Stats()
		var doubled []packet
		for _, p := range packets {
			for range rapid.IntRange(1, 3).Draw(t, "times") {
				doubled = append(doubled, p)
			}
		}
		got := feed(doubled, nil, 0).Stats()
		if got.Lost != want.Lost || got.LongestLoss != want.LongestLoss || got.BurstRatio != want.BurstRatio ||
			got.Duplicates != uint64(len(doubled)-len(packets)) {
			t.Fatalf("doubled: %+v, want %+v", got, want)
		}

		moved := append([]packet(nil), packets...)
		for from := 1; from+2 < len(moved); { // the first stays: it is the base
			size := min(rapid.IntRange(1, 40).Draw(t, "block"), len(moved)-1-from)
			block := moved[from : from+size]
			for i := range block {
				k := rapid.IntRange(i, size-1).Draw(t, "swap")
				block[i], block[k] = block[k], block[i]
			}
			from += max(size, 1)
		}
		got = feed(moved, nil, 0).Stats()
		// The highest number may now stand before others, but is the same.
		if got.Lost != want.Lost || got.Expected != want.Expected || got.LongestLoss != want.LongestLoss ||
			got.BurstRatio != want.BurstRatio || got.Duplicates != 0 {
			t.Fatalf("moved: %+v, want %+v", got, want)
		}
	})
}

// Whenever the SDP comes and however often Stats is asked, the end is the same.
func TestSDPTimeChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		packets := randomCall(t)
		sdp := []Payload{{PT: 97, Codec: "X", Clock: 8000}}
		for i := range packets {
			packets[i].copied = i > 0 && rapid.IntRange(0, 9).Draw(t, "copy") == 0
		}
		want := feed(packets, sdp, 0).Stats()
		got := feed(packets, sdp, rapid.IntRange(0, len(packets)).Draw(t, "at")).Stats()
		// Skew alone is measured from where the last row of timestamps began.
		if !sameFigures(&got, &want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}

// checkInvariants holds for any packets whatever.
func checkInvariants(st *Stats) error {
	finite := true
	for _, v := range []float64{st.JitterMS, st.MeanJitterMS, st.MaxJitterMS, st.MaxDeltaMS, st.PacketTimeMS, st.BurstRatio} {
		finite = finite && v >= 0 && !math.IsInf(v, 0)
	}
	switch {
	case !finite || math.IsNaN(st.SkewPPM) || math.IsInf(st.SkewPPM, 0):
		return fmt.Errorf("not finite")
	case st.Lost > st.Expected || st.LongestLoss > st.Lost:
		return fmt.Errorf("lost %d, in a row %d, of %d", st.Lost, st.LongestLoss, st.Expected)
	case st.MaxJitterMS*(1+1e-9) < st.MeanJitterMS || st.MaxJitterMS < st.JitterMS:
		return fmt.Errorf("jitter max %v, mean %v, last %v", st.MaxJitterMS, st.MeanJitterMS, st.JitterMS)
	case st.LostRFC > int64(st.Lost):
		return fmt.Errorf("A.3 lost %d > %d that never came", st.LostRFC, st.Lost)
	case st.HasJitter && !st.HasTime:
		return fmt.Errorf("jitter without time")
	case st.Duplicates+st.Reordered+st.Strays > st.Packets || st.Events > st.Packets:
		return fmt.Errorf("more of a kind than packets")
	case st.Expected-st.Lost > st.Packets:
		return fmt.Errorf("%d came, of %d packets", st.Expected-st.Lost, st.Packets)
	case len(st.PayloadTypes) == 0 || len(st.PayloadTypes) > maxPayloadTypes:
		return fmt.Errorf("%d payload types", len(st.PayloadTypes))
	}
	return nil
}

// FuzzStream drives a stream by a byte program: 8 bytes a packet.
func FuzzStream(f *testing.F) {
	f.Add([]byte("\x00\x00\x01\xa0\x00\x14\x00\x00\x00\x00\x01\xa0\x00\x14\x00\x00"), uint32(8000))
	f.Add([]byte("\x61\x00\x01\xa0\x00\x14\x00\x01\x61\x00\x01\xa0\x00\x14\x00\x05\x65\x00\x01\x00\x00\x14\x04\x20"), uint32(48000))
	f.Fuzz(func(t *testing.T, program []byte, clock uint32) {
		var s Stream
		var m model
		var h Header
		var arrival int64
		plain := 0
		copies := false
		sdp := []Payload{{PT: 97, Clock: clock}, {PT: 101, Codec: "telephone-event", Clock: clock}, {PT: 0, Clock: 0}}
		for ; len(program) >= 8; program = program[8:] {
			flags := program[7]
			h.PT = program[0] & 0x7f
			h.Marker = program[0]&0x80 != 0
			h.Seq += uint16(program[1])<<8 | uint16(program[2])
			h.TS += uint32(program[3]) << (flags & 0x18)
			arrival += int64(program[4])<<(8*(flags>>5)) + int64(program[5])*ms
			h.PayloadLen = int(program[6])
			switch {
			case flags&7 == 7:
				s.SetPayloads(sdp[:flags>>3%4])
			case flags&7 == 6 && plain > 0:
				s.AddCopy(&h, arrival, flags&8 != 0)
				copies = true
			default:
				s.Add(&h, arrival, flags&7 == 5)
				m.add(h.Seq)
				plain++
			}
			if s.waiting != nil && len(*s.waiting) >= maxSamples {
				t.Fatal("too many packets wait")
			}
		}
		if plain == 0 {
			return
		}
		st := s.Stats()
		if err := checkInvariants(&st); err != nil {
			t.Fatalf("%v: %+v", err, st)
		}
		if again := s.Stats(); fmt.Sprint(again) != fmt.Sprint(st) {
			t.Fatalf("Stats changed the stream: %+v, then %+v", st, again)
		}
		if !copies {
			if err := m.check(&st, plain); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkStreamAdd(b *testing.B) {
	for _, c := range []struct {
		name string
		pts  []uint8
	}{
		{"PCMU", []uint8{0}},
		{"comfort noise by turns", []uint8{0, 13}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var s Stream
			var h Header
			h.PayloadLen = 160
			arrival := int64(1_700_000_000e9)
			i := 0
			for b.Loop() {
				h.PT = c.pts[i%len(c.pts)]
				i++
				h.Seq++
				h.TS += 160
				arrival += 20*ms + int64(h.Seq%7)*100_000
				s.Add(&h, arrival, false)
			}
		})
	}
}

func BenchmarkStreamAddImpaired(b *testing.B) {
	b.ReportAllocs()
	var s Stream
	var h Header
	arrival := int64(1_700_000_000e9)
	for b.Loop() {
		h.Seq++
		switch h.Seq % 50 {
		case 10, 11, 12:
			h.Seq += 3 // lost
		case 20:
			h.Seq -= 2 // late or doubled
		}
		h.TS += 160
		arrival += 20 * ms
		s.Add(&h, arrival, false)
	}
}

// BenchmarkStreamAddWide goes round 100,000 streams, none of them in cache.
func BenchmarkStreamAddWide(b *testing.B) {
	b.ReportAllocs()
	streams := make([]Stream, 100_000)
	var h Header
	h.PayloadLen = 160
	arrival := int64(1_700_000_000e9)
	i := 0
	for b.Loop() {
		if i == len(streams) {
			i = 0
			h.Seq++
			h.TS += 160
			arrival += 20 * ms
		}
		streams[i].Add(&h, arrival, false)
		i++
	}
}

func BenchmarkStats(b *testing.B) {
	b.ReportAllocs()
	s := feed(steady(300), nil, 0)
	for b.Loop() {
		s.Stats()
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	s := feed(steady(3), nil, 0)
	h := steady(4)[3]
	if n := testing.AllocsPerRun(1000, func() {
		s.Add(&h.h, h.arrival, false)
		h.h.Seq++
		h.h.TS += 160
		h.arrival += 20 * ms
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
