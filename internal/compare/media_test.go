package compare

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/engine"
	"github.com/algsniff/algsniff/rtpstats"
)

// heard makes the tracks of one capture: a stream of n packets from sequence
// number seq on, of which skip never came.
func heard(t testing.TB, src, dst string, ssrc uint32, seq uint16, from, n int, skip ...int) *side {
	t.Helper()
	s := &side{stats: map[trackKey]*engine.Stream{}}
	s.tracks.init(Limits{}.orDefaults())
	p := capture.Packet{Proto: capture.UDP, Src: addrOf(t, src), Dst: addrOf(t, dst), Payload: make([]byte, 172)}
	p.Payload[0] = 0x80
	for i := from; i < from+n; i++ {
		if slices.Contains(skip, i) {
			continue
		}
		binary.BigEndian.PutUint16(p.Payload[2:], seq+uint16(i))
		binary.BigEndian.PutUint32(p.Payload[4:], 4_294_900_000+uint32(i)*160)
		binary.BigEndian.PutUint32(p.Payload[8:], ssrc)
		s.tracks.add(&p)
	}
	s.tracks.finish()
	k := trackKey{p.Src, p.Dst, ssrc}
	s.stats[k] = &engine.Stream{
		SSRC: ssrc, Src: netip.MustParseAddrPort(src), Dst: netip.MustParseAddrPort(dst),
		Stats: rtpstats.Stats{Packets: uint64(n - len(skip)), Codec: "PCMU"},
	}
	return s
}

func TestStreams(t *testing.T) {
	const mediaIn, mediaOut, mediaServer = "192.168.1.10:11780", "203.0.113.5:11780", "198.51.100.10:10000"
	ours := func(ip netip.Addr) bool { return ip.String() == "198.51.100.10" }
	for _, tt := range []struct {
		name       string
		phone, far *side
		want       Stream // the figures
		alone      int
	}{
		{
			name:  "nothing lost",
			phone: heard(t, mediaIn, mediaServer, 7, 65500, 0, 100), far: heard(t, mediaOut, mediaServer, 7, 65500, 0, 100),
			want: Stream{Common: 100},
		},
		{
			name:  "between, from the phone",
			phone: heard(t, mediaIn, mediaServer, 7, 65500, 0, 100), far: heard(t, mediaOut, mediaServer, 7, 65500, 0, 100, 10, 11, 50),
			want: Stream{Common: 100, Between: 3},
		},
		{
			name:  "before and between, to the phone",
			phone: heard(t, mediaServer, mediaIn, 7, 10, 0, 100, 10, 11, 50), far: heard(t, mediaServer, mediaOut, 7, 10, 0, 100, 10),
			want: Stream{Common: 100, Before: 1, Between: 2, ToPhone: true},
		},
		{
			name:  "missed by the first capture",
			phone: heard(t, mediaIn, mediaServer, 7, 10, 0, 100, 20), far: heard(t, mediaOut, mediaServer, 7, 10, 0, 100),
			want: Stream{Common: 100, Skipped: 1},
		},
		{
			name:  "only while both ran",
			phone: heard(t, mediaIn, mediaServer, 7, 10, 0, 300, 5, 100, 250), far: heard(t, mediaOut, mediaServer, 7, 10, 80, 150, 100, 120),
			want: Stream{Common: 150, Before: 1, Between: 1},
		},
		{
			name:  "sequence numbers went round twice before the second capture began",
			phone: heard(t, mediaIn, mediaServer, 7, 10, 0, 200_000), far: heard(t, mediaOut, mediaServer, 7, 10, 150_000, 50_000, 160_000),
			want: Stream{Common: 50_000, Between: 1},
		},
		{
			name:  "another SSRC",
			phone: heard(t, mediaIn, mediaServer, 7, 10, 0, 100), far: heard(t, mediaOut, mediaServer, 8, 10, 0, 100), alone: 2,
		},
		{
			name:  "the same SSRC later",
			phone: heard(t, mediaIn, mediaServer, 7, 10, 0, 100), far: heard(t, mediaOut, mediaServer, 7, 10, 500, 100), alone: 2,
		},
		{
			name:  "the same SSRC and numbers, other timestamps",
			phone: heard(t, mediaIn, mediaServer, 7, 10, 0, 100), far: heard(t, mediaOut, mediaServer, 7, 10, 65536, 100), alone: 2,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, alone := streams(tt.phone, tt.far, ours)
			if tt.want.Common == 0 {
				if len(list) > 0 || alone != tt.alone {
					t.Fatalf("%d streams, %d alone", len(list), alone)
				}
				return
			}
			if len(list) != 1 || alone != tt.alone {
				t.Fatalf("%d streams, %d alone", len(list), alone)
			}
			got := list[0]
			got.Phone, got.Server, got.SSRC, got.Codec = Leg{}, Leg{}, 0, ""
			if got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestTracksBounded(t *testing.T) {
	for _, tt := range []struct {
		lim              Limits
		left, unfinished bool
	}{
		{Limits{Streams: 4}, true, false},
		{Limits{Packets: 1000}, false, true},
	} {
		var tr tracks
		tr.init(tt.lim.orDefaults())
		p := capture.Packet{Proto: capture.UDP, Payload: make([]byte, 172)}
		p.Payload[0] = 0x80
		for i := range 50_000 {
			binary.BigEndian.PutUint32(p.Payload[8:], uint32(i/5000))
			binary.BigEndian.PutUint16(p.Payload[2:], uint16(i))
			tr.add(&p)
		}
		if len(tr.byKey) > tr.lim.Streams || tr.size > 2*tr.lim.Packets || tr.full > 0 != tt.left || tr.short > 0 != tt.unfinished {
			t.Errorf("%+v: %d streams, %d bytes, %d left out, %d not followed", tt.lim, len(tr.byKey), tr.size, tr.full, tr.short)
		}
	}
}

func BenchmarkTracks(b *testing.B) {
	var tr tracks
	tr.init(Limits{}.orDefaults())
	p := capture.Packet{Proto: capture.UDP, Payload: make([]byte, 172)}
	p.Payload[0] = 0x80
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		binary.BigEndian.PutUint16(p.Payload[2:], uint16(i))
		binary.BigEndian.PutUint32(p.Payload[8:], uint32(i>>16))
		tr.add(&p)
	}
}
