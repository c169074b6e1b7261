package rtpstats

import (
	"fmt"
	"math"
	"testing"
)

const ms = int64(1_000_000)

// steady makes n packets of 20 ms PCMU that arrive on time.
func steady(n int) []packet {
	packets := make([]packet, n)
	for i := range packets {
		packets[i] = packet{
			h:       Header{Seq: uint16(100 + i), TS: uint32(160 * i), SSRC: 1, HeaderLen: 12, PayloadLen: 160},
			arrival: 1_700_000_000e9 + int64(i)*20*ms,
		}
	}
	return packets
}

// without drops the packets with these indices.
func without(packets []packet, lost ...int) []packet {
	var kept []packet
	for i, p := range packets {
		drop := false
		for _, l := range lost {
			drop = drop || l == i
		}
		if !drop {
			kept = append(kept, p)
		}
	}
	return kept
}

// A.8 by hand: arrival in ms, timestamps 160 apart, J in timestamp units.
func TestJitterByHand(t *testing.T) {
	arrival := []int64{0, 20, 45, 60, 85, 100, 140, 141, 160, 180}
	want := []float64{0, 0, 2.5, 4.8438, 7.0410, 9.1010, 18.5321, 26.8739, 25.6943, 24.0884}
	s := new(Stream)
	for i, a := range arrival {
		h := Header{Seq: uint16(i), TS: uint32(160 * i), PayloadLen: 160}
		if i == 0 {
			s.Start(&h, a*ms, false)
			continue
		}
		s.Add(&h, a*ms, false)
		st := s.Stats()
		if got := st.JitterMS * 8; !near(got, want[i], 0.00006) {
			t.Errorf("after packet %d: J %.4f, want %.4f", i, got, want[i])
		}
	}
	st := s.Stats()
	if !near(st.JitterMS, 3.011, 0.0001) || !near(st.MaxDeltaMS, 40, 1e-9) {
		t.Errorf("jitter %v ms, max delta %v ms, want 3.011 and 40", st.JitterMS, st.MaxDeltaMS)
	}
}

// The Gilbert model by hand: losses at 10-12, 40, 70-71 of 100.
func TestBurstRatioByHand(t *testing.T) {
	s := feed(without(steady(100), 10, 11, 12, 40, 70, 71), nil, 0)
	st := s.Stats()
	if st.Expected != 100 || st.Lost != 6 || st.LongestLoss != 3 || !near(st.BurstRatio, 1.8788, 0.0001) {
		t.Errorf("expected %d lost %d longest %d burst ratio %.4f", st.Expected, st.Lost, st.LongestLoss, st.BurstRatio)
	}
	st = feed(without(steady(100), 10, 11, 12, 13), nil, 0).Stats()
	if st.BurstRatio != 1 || st.LongestLoss != 4 {
		t.Errorf("4 lost: burst ratio %v, longest %d, want 1 and 4", st.BurstRatio, st.LongestLoss)
	}
}

// A gap wider than the window, and one as wide as A.1 allows.
func TestLongLoss(t *testing.T) {
	for _, gap := range []int{1, 2, 126, 127, 128, 129, 200, 256, 1000, maxDropout - 2} {
		packets := steady(4000)
		packets = append(packets[:500:500], packets[500+gap:]...)
		st := feed(packets, nil, 0).Stats()
		if st.Lost != uint64(gap) || st.LongestLoss != uint64(gap) || st.Expected != 4000 || st.Restarts != 0 {
			t.Errorf("gap %d: lost %d longest %d expected %d restarts %d", gap, st.Lost, st.LongestLoss, st.Expected, st.Restarts)
		}
	}
	packets := steady(4000)
	packets = append(packets[:500:500], packets[500+maxDropout-1:]...)
	if st := feed(packets, nil, 0).Stats(); st.Lost != 0 || st.Restarts != 1 || st.Strays != 1 || st.Expected != 4000-maxDropout {
		t.Errorf("gap of MAX_DROPOUT: %+v", st)
	}
}

func TestLatePacketHealsLoss(t *testing.T) {
	for _, lag := range []int{1, 2, 63, 64, 65, 98, 99} {
		packets := steady(400)
		late := packets[150]
		packets = append(packets[:150:150], packets[151:]...)
		at := 150 + lag
		packets = append(packets[:at:at], append([]packet{late}, packets[at:]...)...)
		st := feed(packets, nil, 0).Stats()
		if st.Lost != 0 || st.Reordered != 1 || st.Duplicates != 0 || st.Expected != 400 {
			t.Errorf("%d late: %+v", lag, st)
		}
		// Once more is a duplicate.
		packets = append(packets[:at+1:at+1], append([]packet{late}, packets[at+1:]...)...)
		st = feed(packets, nil, 0).Stats()
		if st.Lost != 0 || st.Reordered != 1 || st.Duplicates != 1 || st.LostRFC != -1 {
			t.Errorf("%d late and doubled: %+v", lag, st)
		}
	}
}

// A single packet far off is a stray: not lost, not a restart, not jitter.
func TestStray(t *testing.T) {
	packets := steady(300)
	odd := packets[100]
	odd.h.Seq += 20000
	odd.h.TS += 1e6
	packets = append(packets[:100:100], append([]packet{odd}, packets[100:]...)...)
	st := feed(packets, nil, 0).Stats()
	if st.Packets != 301 || st.Expected != 300 || st.Lost != 0 || st.Strays != 1 || st.Restarts != 0 || st.MaxJitterMS > 1e-3 {
		t.Errorf("%+v", st)
	}
}

func TestRestartResetsTransit(t *testing.T) {
	for _, payloads := range [][]Payload{nil, {{PT: 96, Codec: "X", Clock: 8000}}} {
		packets := steady(300)
		for i := range packets {
			if payloads != nil {
				packets[i].h.PT = 96
			}
			if i >= 150 {
				packets[i].h.Seq += 30000
				packets[i].h.TS -= 5_000_000
			}
		}
		for _, at := range []int{0, 200, 300} {
			st := feed(packets, payloads, at).Stats()
			if st.Restarts != 1 || st.Strays != 1 || st.Expected != 299 || st.Lost != 0 || st.LostRFC != 0 || st.MaxJitterMS > 1e-3 {
				t.Errorf("sdp before %d: %+v", at, st)
			}
		}
	}
}

func TestNoTime(t *testing.T) {
	packets := without(steady(300), 17, 18)
	for i := range packets {
		packets[i].noTime, packets[i].arrival = true, 0
	}
	st := feed(packets, nil, 0).Stats()
	if st.Packets != 298 || st.Lost != 2 || st.HasTime || st.HasJitter || st.HasSkew || st.MaxDeltaMS != 0 {
		t.Errorf("%+v", st)
	}
	if st.PacketTimeMS != 20 {
		t.Errorf("packet time %v ms, want 20 from the timestamps alone", st.PacketTimeMS)
	}
	// One packet without time between others takes no part.
	packets = steady(300)
	packets[100].noTime, packets[100].arrival = true, 0
	st = feed(packets, nil, 0).Stats()
	if !st.HasTime || st.First != packets[0].arrival || st.Last != packets[299].arrival || st.MaxJitterMS > 1e-3 || st.MaxDeltaMS != 40 {
		t.Errorf("%+v", st)
	}
}

func TestPayloadChangeWithOtherClock(t *testing.T) {
	packets := steady(300)
	for i := 150; i < 300; i++ {
		packets[i].h.PT = 6 // DVI4, 16000 Hz
		packets[i].h.TS = uint32(7_000_000 + 320*(i-150))
	}
	packets[140].arrival += 8 * ms
	before := feed(packets[:150], nil, 0).Stats()
	st := feed(packets, nil, 0).Stats()
	if before.MaxJitterMS != st.MaxJitterMS {
		t.Errorf("max jitter %v ms, before the change %v", st.MaxJitterMS, before.MaxJitterMS)
	}
	if st.JitterMS <= 0 || st.JitterMS >= before.JitterMS {
		t.Errorf("jitter %v ms after the change, %v before: should go on and fall", st.JitterMS, before.JitterMS)
	}
	if fmt.Sprint(st.PayloadTypes) != "[0 6]" || st.PayloadType != 0 || st.Codec != "PCMU" {
		t.Errorf("types %v, main %d %s", st.PayloadTypes, st.PayloadType, st.Codec)
	}
}

// An SDP that tells another clock than was assumed makes the past void.
func TestAssumedClockWithdrawn(t *testing.T) {
	packets := steady(2000)
	for i := range packets {
		packets[i].h.PT = 97
		packets[i].arrival += int64(i%3) * ms
	}
	s := feed(packets[:1000], nil, 0)
	if st := s.Stats(); st.Clock != 8000 || !st.ClockAssumed || !st.HasJitter {
		t.Fatalf("before: %+v", st)
	}
	s.SetPayloads([]Payload{{PT: 97, Codec: "X", Clock: 8000}})
	if st := s.Stats(); st.ClockAssumed || !st.HasJitter {
		t.Errorf("same clock told: %+v", st)
	}
	s = feed(packets[:1000], nil, 0)
	s.SetPayloads([]Payload{{PT: 97, Codec: "X", Clock: 8001}})
	if st := s.Stats(); st.ClockAssumed || st.HasJitter || st.Clock != 8001 {
		t.Errorf("other clock told: %+v", st)
	}
	for _, p := range packets[1000:] {
		s.Add(&p.h, p.arrival, false)
	}
	if st := s.Stats(); !st.HasJitter || st.PacketTimeMS != 160e3/8001. {
		t.Errorf("after more packets: %+v", st)
	}
}

// A rate that is none of the usual ones stays unknown, in bounded memory.
func TestUnusualClock(t *testing.T) {
	packets := steady(5000)
	for i := range packets {
		packets[i].h.PT = 97
		packets[i].h.TS = uint32(240 * i)
	}
	s := feed(packets, nil, 0)
	if s.waiting != nil {
		t.Errorf("%d packets wait", len(*s.waiting))
	}
	if st := s.Stats(); st.HasJitter || st.Clock != 0 || st.Lost != 0 || st.Packets != 5000 || st.MaxDeltaMS != 20 {
		t.Errorf("%+v", st)
	}
	s.SetPayloads([]Payload{{PT: 97, Codec: "X", Clock: 12000}})
	for i := range 100 {
		h := Header{PT: 97, Seq: uint16(5100 + i), TS: uint32(240 * (5000 + i)), PayloadLen: 160}
		s.Add(&h, packets[4999].arrival+int64(i+1)*20*ms, false)
	}
	if st := s.Stats(); !st.HasJitter || st.JitterMS > 1e-3 || st.Lost != 0 {
		t.Errorf("after the SDP: %+v", st)
	}
}

// A later SDP that leaves out a type in use does not make it unknown.
func TestLaterSDPLeavesOut(t *testing.T) {
	packets := steady(600)
	for i := range packets {
		packets[i].h.PT = 97
	}
	s := feed(packets[:300], []Payload{{PT: 97, Codec: "AMR", Clock: 8000}}, 0)
	s.SetPayloads([]Payload{{PT: 0, Codec: "PCMU", Clock: 8000}})
	for _, p := range packets[300:] {
		s.Add(&p.h, p.arrival, false)
	}
	if st := s.Stats(); st.Codec != "AMR" || st.Clock != 8000 || s.jitter.n != 599 {
		t.Errorf("%s/%d, %d values", st.Codec, st.Clock, s.jitter.n)
	}
}

// Static types must not pay for the wait of others.
func TestStaticDoesNotWait(t *testing.T) {
	s := feed(steady(300), nil, 0)
	if s.waiting != nil || s.doubled != nil {
		t.Error("a static stream holds more than itself")
	}
}

func TestEventFirst(t *testing.T) {
	packets := steady(300)
	for i := range 10 {
		packets[i].h.PT, packets[i].h.PayloadLen, packets[i].h.TS = 101, 4, 0
	}
	st := feed(packets, nil, 0).Stats()
	if st.Events != 10 || st.Codec != "PCMU" || st.MaxJitterMS > 1e-3 || st.Packets != 300 {
		t.Errorf("%+v", st)
	}
}

func TestClockSkew(t *testing.T) {
	for _, ppm := range []float64{-300, -40, 0, 40, 300} {
		packets := steady(3000)
		for i := range packets {
			packets[i].arrival = int64(float64(i) * 20e6 / (1 + ppm/1e6))
			packets[i].arrival += int64(i*7919%13) * ms / 10 // queues
		}
		st := feed(packets, nil, 0).Stats()
		if !st.HasSkew || !near(st.SkewPPM, ppm, 5) {
			t.Errorf("skew %v ppm (%v), want %v", st.SkewPPM, st.HasSkew, ppm)
		}
		if st := feed(packets[:400], nil, 0).Stats(); st.HasSkew {
			t.Errorf("skew after 8 s: %v ppm", st.SkewPPM)
		}
	}
}

func TestMaxDeltaSparesSilence(t *testing.T) {
	packets := steady(300)
	for i := 100; i < 300; i++ { // talk spurt after 3 s
		packets[i].arrival += 3000 * ms
		packets[i].h.TS += 24000
	}
	packets[100].h.Marker = true
	st := feed(packets, nil, 0).Stats()
	if st.MaxDeltaMS != 20 || st.MaxJitterMS > 1e-3 {
		t.Errorf("max delta %v ms, jitter %v", st.MaxDeltaMS, st.MaxJitterMS)
	}
	packets[100].h.Marker = false
	if st := feed(packets, nil, 0).Stats(); st.MaxDeltaMS != 3020 {
		t.Errorf("without marker: max delta %v ms, want 3020", st.MaxDeltaMS)
	}
}

func TestPacketTime(t *testing.T) {
	for _, v := range readVectors(t) {
		want := 20.0
		if v.clock == 90000 {
			want = 100.0 / 3
		}
		if got := feed(v.packets, v.payloads, 0).Stats().PacketTimeMS; !near(got, want, 0.05) {
			t.Errorf("%s: packet time %v ms, want %v", v.name, got, want)
		}
	}
}

func TestZeroStream(t *testing.T) {
	var s Stream
	if st := s.Stats(); st.Packets != 0 || st.HasJitter || st.LossPercent() != 0 || st.BurstRatio != 1 {
		t.Errorf("%+v", st)
	}
	s.AddCopy(&Header{Seq: 5}, 0, false)
	if st := s.Stats(); st.Packets != 1 || st.Expected != 1 || st.Valid {
		t.Errorf("%+v", st)
	}
	s = Stream{}
	s.Add(&Header{Seq: 5, SSRC: 7}, math.MinInt64, false)
	s.Add(&Header{Seq: 6, SSRC: 7}, math.MaxInt64, false)
	if st := s.Stats(); st.Packets != 2 || !st.Valid || math.IsNaN(st.JitterMS) || st.SSRC != 7 {
		t.Errorf("%+v", st)
	}
}

func TestStaticPayload(t *testing.T) {
	clocks := map[uint8]uint32{0: 8000, 6: 16000, 9: 8000, 11: 44100, 13: 8000, 14: 90000, 16: 11025, 17: 22050, 18: 8000, 31: 90000, 34: 90000}
	for pt, want := range clocks {
		if p, ok := StaticPayload(pt); !ok || p.Clock != want || p.PT != pt || p.Codec == "" {
			t.Errorf("%d: %+v, %v, want %d Hz", pt, p, ok, want)
		}
	}
	for pt := range 256 {
		if p, ok := StaticPayload(uint8(pt)); ok != (staticClock(uint8(pt)) != 0) || ok && p.Codec == "" {
			t.Errorf("%d: %+v, clock %d", pt, p, staticClock(uint8(pt)))
		}
	}
	for _, pt := range []uint8{1, 2, 19, 20, 24, 27, 29, 35, 72, 76, 95, 96, 127, 200, 255} {
		if p, ok := StaticPayload(pt); ok {
			t.Errorf("%d: %+v, want none", pt, p)
		}
	}
}

// More payload types than are told apart are still packets.
func TestManyPayloadTypes(t *testing.T) {
	packets := steady(400)
	for i := range packets {
		packets[i].h.PT = uint8(i % 40)
	}
	st := feed(packets, nil, 0).Stats()
	if st.Packets != 400 || st.Lost != 0 || len(st.PayloadTypes) != maxPayloadTypes {
		t.Errorf("%+v", st)
	}
}
