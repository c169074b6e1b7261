package rtpstats

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pion/rtcp"
)

func marshal(t testing.TB, packets ...rtcp.Packet) []byte {
	t.Helper()
	b, err := rtcp.Marshal(packets)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func voipBlock() *rtcp.VoIPMetricsReportBlock {
	return &rtcp.VoIPMetricsReportBlock{
		XRHeader: rtcp.XRHeader{BlockType: 7, BlockLength: 8},
		SSRC:     0x22222222, LossRate: 64, DiscardRate: 128, BurstDensity: 32, GapDensity: 16,
		BurstDuration: 120, GapDuration: 3000, RoundTripDelay: 80, EndSystemDelay: 45,
		Gmin: 16, RFactor: 88, ExtRFactor: 127, MOSLQ: 42, MOSCQ: 127, JBNominal: 60,
	}
}

func compound(t testing.TB) []byte {
	return marshal(
		t,
		&rtcp.SenderReport{
			SSRC: 0x11111111, NTPTime: 0xe0000000_80000000, RTPTime: 16000, PacketCount: 100, OctetCount: 16000,
			Reports: []rtcp.ReceptionReport{{
				SSRC: 0x22222222, FractionLost: 25, TotalLost: 0xfffffe, LastSequenceNumber: 0x10005,
				Jitter: 24, LastSenderReport: 0x12345678, Delay: 65536,
			}},
		},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
			Source: 0x11111111,
			Items: []rtcp.SourceDescriptionItem{
				{Type: rtcp.SDESCNAME, Text: "phone@192.168.1.10"}, {Type: rtcp.SDESTool, Text: "x"},
			},
		}}},
		&rtcp.ExtendedReport{SenderSSRC: 0x11111111, Reports: []rtcp.ReportBlock{
			&rtcp.ReceiverReferenceTimeReportBlock{NTPTimestamp: 5}, voipBlock(),
		}},
		&rtcp.Goodbye{Sources: []uint32{0x11111111, 0x33333333}, Reason: "bye"},
	)
}

func TestParseRTCP(t *testing.T) {
	b := compound(t)
	if !IsRTCP(b) {
		t.Error("not seen as RTCP")
	}
	var r RTCP
	if err := ParseRTCP(b, &r); err != nil {
		t.Fatal(err)
	}
	if r.SSRC != 0x11111111 || r.Truncated {
		t.Errorf("SSRC %#x, truncated %v", r.SSRC, r.Truncated)
	}
	if want := []SenderReport{{0x11111111, 0xe0000000_80000000, 16000, 100, 16000}}; !slices.Equal(r.Senders, want) {
		t.Errorf("senders %+v, want %+v", r.Senders, want)
	}
	if want := []ReceptionReport{{0x11111111, 0x22222222, 25, -2, 0x10005, 24, 0x12345678, 65536}}; !slices.Equal(r.Reports, want) {
		t.Errorf("reports %+v, want %+v", r.Reports, want)
	}
	if want := []VoIPMetrics{{
		Reporter: 0x11111111, SSRC: 0x22222222, LossPercent: 25, DiscardPercent: 50, BurstPercent: 12.5,
		GapPercent: 6.25, BurstMS: 120, GapMS: 3000, RoundTripMS: 80, EndSystemMS: 45, JitterBufferMS: 60,
		RFactor: 88, MOSLQ: 4.2, MOSCQ: 0,
	}}; !slices.Equal(r.VoIP, want) {
		t.Errorf("VoIP %+v, want %+v", r.VoIP, want)
	}
	if want := []CNAME{{0x11111111, "phone@192.168.1.10"}}; !slices.Equal(r.Names, want) {
		t.Errorf("names %+v, want %+v", r.Names, want)
	}
	if want := []uint32{0x11111111, 0x33333333}; !slices.Equal(r.Byes, want) {
		t.Errorf("byes %#x, want %#x", r.Byes, want)
	}

	// The next datagram leaves nothing of this one.
	if err := ParseRTCP(marshal(t, &rtcp.ReceiverReport{SSRC: 7}), &r); err != nil {
		t.Fatal(err)
	}
	if r.SSRC != 7 || len(r.Senders)+len(r.Reports)+len(r.VoIP)+len(r.Names)+len(r.Byes) != 0 {
		t.Errorf("left over: %+v", r)
	}
}

// A datagram cut by the snaplen gives what is whole.
func TestParseRTCPClipped(t *testing.T) {
	b := compound(t)
	var r RTCP
	for n := range b {
		err := ParseRTCP(b[:n], &r)
		if n < 8 && !errors.Is(err, ErrNotRTCP) || n >= 8 && err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		ends := IsRTCP(b[:n])
		if err == nil && r.Truncated == ends {
			t.Fatalf("%d bytes: truncated %v, lengths add up %v", n, r.Truncated, ends)
		}
		if n >= 52 && (len(r.Senders) != 1 || len(r.Reports) != 1) {
			t.Fatalf("%d bytes: the sender report is lost", n)
		}
	}
}

func TestIsRTCP(t *testing.T) {
	rr := marshal(t, &rtcp.ReceiverReport{SSRC: 7})
	change := func(at int, v byte) []byte {
		b := bytes.Clone(rr)
		b[at] = v
		return b
	}
	padded := append(change(0, 0xa0), rr...)
	for name, c := range map[string]struct {
		b    []byte
		want bool
	}{
		"receiver report":          {rr, true},
		"two":                      {append(bytes.Clone(rr), rr...), true},
		"padding before the end":   {padded, false},
		"version 1":                {change(0, 0x40), false},
		"type of RTP":              {change(1, 0), false},
		"length past the datagram": {change(3, 2), false},
		"length short of it":       {change(3, 0), false},
		"rest of 3 bytes":          {append(bytes.Clone(rr), 0x80, 201, 0), false},
		"feedback alone":           {[]byte{0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, true},
		"RTP":                      {headerSeeds["plain"], false},
		"STUN":                     {append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 12)...), false},
		"empty":                    {nil, false},
	} {
		if got := IsRTCP(c.b); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Counts that the bytes can't hold, and blocks without end.
func TestParseRTCPHostile(t *testing.T) {
	header := func(count, kind byte, words int, body ...byte) []byte {
		b := []byte{0x80 | count, kind, 0, 0}
		binary.BigEndian.PutUint16(b[2:], uint16(words))
		return append(b, body...)
	}
	body := make([]byte, 4*40)
	var r RTCP
	for kind := 200; kind <= 207; kind++ {
		for words := 1; words <= 40; words++ {
			b := header(31, byte(kind), words, body[:4*words]...)
			if err := ParseRTCP(b, &r); err != nil {
				t.Fatalf("type %d, %d words: %v", kind, words, err)
			}
			if len(r.Reports) != 0 {
				t.Fatalf("type %d, %d words: 31 reports were read", kind, words)
			}
		}
	}
	many := bytes.Repeat(marshal(t, &rtcp.ReceiverReport{SSRC: 7, Reports: []rtcp.ReceptionReport{{SSRC: 8}}}), 2000)
	if err := ParseRTCP(many, &r); err != nil || !r.Truncated || len(r.Reports) != maxRTCPPackets {
		t.Errorf("%v, truncated %v, %d reports", err, r.Truncated, len(r.Reports))
	}
	x := header(0, typeXR, 1+9*200, 0, 0, 0, 7)
	block := marshal(t, &rtcp.ExtendedReport{Reports: []rtcp.ReportBlock{voipBlock()}})[8:]
	x = append(x, bytes.Repeat(block, 200)...)
	if err := ParseRTCP(x, &r); err != nil || len(r.VoIP) != maxXRBlocks {
		t.Errorf("%v, %d blocks", err, len(r.VoIP))
	}
}

func FuzzParseRTCP(f *testing.F) {
	f.Add(compound(f))
	f.Add(marshal(f, &rtcp.ReceiverReport{SSRC: 7}))
	f.Add([]byte{0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2})
	f.Add([]byte{0x9f, 202, 0, 3, 0, 0, 0, 1, 1, 255, 'a', 'b', 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		var r RTCP
		err := ParseRTCP(b, &r)
		if !bytes.Equal(b, before) {
			t.Fatal("input changed")
		}
		if IsRTCP(b) && err != nil {
			t.Fatalf("passes A.2, but: %v", err)
		}
		if err != nil && !errors.Is(err, ErrNotRTCP) {
			t.Fatal(err)
		}
		if 24*len(r.Reports) > len(b) || 28*len(r.Senders) > len(b) || 36*len(r.VoIP) > len(b) || 4*len(r.Byes) > len(b) {
			t.Fatalf("more read than %d bytes hold: %+v", len(b), r)
		}
		for _, n := range r.Names {
			if len(n.Name) > 255 || !strings.Contains(string(b), n.Name) {
				t.Fatalf("name %q is not in the packet", n.Name)
			}
		}
		for _, v := range r.VoIP {
			if v.LossPercent < 0 || v.LossPercent > 100 || v.MOSLQ < 0 || v.MOSLQ > 5 || v.MOSCQ < 0 || v.MOSCQ > 5 {
				t.Fatalf("%+v", v)
			}
		}
		// What pion reads of a whole datagram, we read too.
		if err != nil || r.Truncated || !IsRTCP(b) {
			return
		}
		packets, perr := rtcp.Unmarshal(b)
		if perr != nil {
			return
		}
		reports, byes := 0, 0
		for _, p := range packets {
			switch p := p.(type) {
			case *rtcp.SenderReport:
				reports += len(p.Reports)
			case *rtcp.ReceiverReport:
				reports += len(p.Reports)
			case *rtcp.Goodbye:
				byes += len(p.Sources)
			}
		}
		if reports != len(r.Reports) || byes != len(r.Byes) {
			t.Fatalf("%d reports, %d byes; pion %d, %d", len(r.Reports), len(r.Byes), reports, byes)
		}
	})
}

func TestRTTTracker(t *testing.T) {
	tr := NewRTTTracker(4)
	sr := SenderReport{SSRC: 1, NTP: 0xe0000001_80001234}
	lsr := uint32(0x0001_8000)
	tr.Sent(&sr, 1000*ms)
	tr.Sent(&sr, 1001*ms) // seen again further on
	answer := func(l, dlsr uint32, at int64) (int64, bool) {
		return tr.Answered(&ReceptionReport{SSRC: 1, LSR: l, DLSR: dlsr}, at)
	}
	if rtt, ok := answer(lsr, 2*65536, 3045*ms); !ok || rtt != 45*ms {
		t.Errorf("%v, %v, want 45 ms", rtt, ok)
	}
	if rtt, ok := answer(lsr, 65536/2, 1500*ms+3); !ok || rtt != 3 {
		t.Errorf("%v, %v, want 3 ns", rtt, ok)
	}
	if rtt, ok := answer(lsr, 65536/2, 1499*ms+ms/2); !ok || rtt != 0 {
		t.Errorf("half a ms below zero: %v, %v, want 0: clocks are coarse", rtt, ok)
	}
	for name, c := range map[string]struct {
		lsr, dlsr uint32
		at        int64
	}{
		"no report received": {0, 0, 1045 * ms},
		"other report":       {lsr + 1, 0, 1045 * ms},
		"before it was sent": {lsr, 65536, 1045 * ms},
		"held for hours":     {lsr, 0xffffffff, 1045 * ms},
		"after a minute":     {lsr, 0, 61_000 * ms},
	} {
		if rtt, ok := answer(c.lsr, c.dlsr, c.at); ok {
			t.Errorf("%s: %v", name, rtt)
		}
	}

	for i := range 1000 {
		tr.Sent(&SenderReport{SSRC: uint32(i), NTP: uint64(i+1) << 20}, 0)
	}
	if len(tr.seen) != 4 || len(tr.ring) != 4 {
		t.Errorf("%d and %d remembered, want 4", len(tr.seen), len(tr.ring))
	}
	if _, ok := tr.Answered(&ReceptionReport{SSRC: 999, LSR: 1000 << 4}, ms); !ok {
		t.Error("the newest is forgotten")
	}
	if _, ok := answer(lsr, 0, 1001*ms); ok {
		t.Error("the oldest is remembered")
	}
	NewRTTTracker(-1).Sent(&sr, 0)
}

func BenchmarkParseRTCP(b *testing.B) {
	b.ReportAllocs()
	data := compound(b)
	var r RTCP
	for b.Loop() {
		if err := ParseRTCP(data, &r); err != nil {
			b.Fatal(err)
		}
	}
}
