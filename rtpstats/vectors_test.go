package rtpstats

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// packet is one RTP packet as the capture saw it.
type packet struct {
	h       Header
	arrival int64
	noTime  bool
	copied  bool
}

// vector is a stream of testdata/rtp-edge.txt with the figures it must give.
type vector struct {
	name     string
	clock    uint32
	payloads []Payload
	want     map[string]float64
	packets  []packet
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	f, err := os.Open("testdata/rtp-edge.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var vectors []vector
	var step uint32
	for sc := bufio.NewScanner(f); sc.Scan(); {
		fields := strings.Fields(sc.Text())
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		switch fields[0] {
		case "stream":
			vectors = append(vectors, vector{name: fields[1]})
			readStreamLine(t, &vectors[len(vectors)-1], fields[2:])
		case "want":
			v := &vectors[len(vectors)-1]
			v.want = map[string]float64{}
			for _, f := range fields[1:] {
				key, value, _ := strings.Cut(f, "=")
				if v.want[key], err = strconv.ParseFloat(value, 64); err != nil {
					t.Fatal(err)
				}
			}
		default:
			v := &vectors[len(vectors)-1]
			for _, f := range fields {
				v.packets = append(v.packets, readPacket(t, f, v.packets, &step))
			}
		}
	}
	return vectors
}

func readStreamLine(t testing.TB, v *vector, fields []string) {
	for _, f := range fields {
		var p Payload
		if n, _ := fmt.Sscanf(f, "clock=%d", &v.clock); n == 1 {
			continue
		}
		parts := strings.Split(strings.TrimPrefix(f, "sdp="), "/")
		if len(parts) != 3 {
			t.Fatalf("sdp %q", f)
		}
		pt, _ := strconv.Atoi(parts[0])
		clock, _ := strconv.Atoi(parts[2])
		p.PT, p.Codec, p.Clock = uint8(pt), parts[1], uint32(clock)
		p.Event = p.Codec == "telephone-event"
		v.payloads = append(v.payloads, p)
	}
}

// readPacket reads one packet's token, described at the head of the file.
func readPacket(t testing.TB, token string, before []packet, step *uint32) packet {
	var p packet
	seqStep := int64(1)
	if n := len(before); n > 0 {
		p = before[n-1]
	}
	p.h.SSRC, p.h.HeaderLen, p.h.Marker = 0x11223344, 12, false
	for i := 0; i < len(token); {
		key := byte(0)
		if token[i] != '-' && (token[i] < '0' || token[i] > '9') {
			key = token[i]
			i++
		}
		end := i
		for end < len(token) && (token[end] == '-' || token[end] >= '0' && token[end] <= '9') {
			end++
		}
		value, err := strconv.ParseInt(token[i:end], 10, 64)
		if err != nil && key != 'm' {
			t.Fatalf("packet %q: %v", token, err)
		}
		i = end
		switch key {
		case 0:
			p.arrival += value * 1000
		case 's':
			seqStep = value
		case 't':
			*step = uint32(value)
		case 'p':
			p.h.PT = uint8(value)
		case 'l':
			p.h.PayloadLen = int(value)
		case 'm':
			p.h.Marker = true
		}
	}
	p.h.Seq += uint16(seqStep)
	p.h.TS += *step
	if len(before) == 0 {
		p.h.TS, *step = *step, 0
		p.arrival = 1_700_000_000e9
	}
	return p
}

// feed gives packets to a new stream, and the payloads of its SDP before
// packet number sdpAt.
func feed(packets []packet, payloads []Payload, sdpAt int) *Stream {
	s := new(Stream)
	for i := range packets {
		if i == sdpAt {
			s.SetPayloads(payloads)
		}
		p := &packets[i]
		switch {
		case i == 0:
			s.Start(&p.h, p.arrival, p.noTime)
		case p.copied:
			s.AddCopy(&p.h, p.arrival, p.noTime)
		default:
			s.Add(&p.h, p.arrival, p.noTime)
		}
	}
	if sdpAt >= len(packets) {
		s.SetPayloads(payloads)
	}
	return s
}

func checkVector(t *testing.T, v *vector, st *Stats) {
	t.Helper()
	for key, got := range map[string]float64{
		"packets": float64(st.Packets), "expected": float64(st.Expected), "lost_rfc": float64(st.LostRFC),
		"duplicates": float64(st.Duplicates), "lost": float64(st.Lost), "reordered": float64(st.Reordered),
		"restarts": float64(st.Restarts),
	} {
		if got != v.want[key] {
			t.Errorf("%s: %v, want %v", key, got, v.want[key])
		}
	}
	if v.want["restarts"] > 0 {
		return // the reference lets jitter run on over the jump
	}
	if !st.HasJitter {
		t.Error("no jitter")
	}
	for key, got := range map[string]float64{"last": st.JitterMS, "max": st.MaxJitterMS, "mean": st.MeanJitterMS} {
		if math.Abs(got-v.want[key]) > 1e-6 {
			t.Errorf("%s jitter: %v ms, want %v", key, got, v.want[key])
		}
	}
}

// The exact figures of an independent reckoning, whenever the SDP comes.
func TestVectors(t *testing.T) {
	vectors := readVectors(t)
	if len(vectors) != 34 {
		t.Fatalf("%d streams, want 34", len(vectors))
	}
	for i := range vectors {
		v := &vectors[i]
		for _, at := range []int{0, 1, len(v.packets) / 2, len(v.packets)} {
			t.Run(fmt.Sprintf("%s/sdp before packet %d", v.name, at), func(t *testing.T) {
				st := feed(v.packets, v.payloads, at).Stats()
				checkVector(t, v, &st)
				if st.Clock != v.clock || st.ClockAssumed {
					t.Errorf("clock %d, assumed %v, want %d", st.Clock, st.ClockAssumed, v.clock)
				}
			})
		}
	}
}

// Without SDP, static types have their clock, and usual clocks are found.
func TestVectorsWithoutSDP(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.name, func(t *testing.T) {
			s := feed(v.packets, nil, 0)
			st := s.Stats()
			if v.clock == 12000 {
				if st.HasJitter || st.Clock != 0 {
					t.Errorf("clock %d, jitter %v: 12000 is none of the usual rates", st.Clock, st.HasJitter)
				}
				return
			}
			checkVector(t, &v, &st)
			_, static := StaticPayload(v.packets[0].h.PT)
			if st.ClockAssumed == static {
				t.Errorf("assumed %v, want %v", st.ClockAssumed, !static)
			}
			if again := s.Stats(); again.JitterMS != st.JitterMS || again.Packets != st.Packets {
				t.Error("Stats changed the stream")
			}
		})
	}
}

// A few copies are the network's; all copies are the capture's.
func TestCopies(t *testing.T) {
	for _, v := range readVectors(t) {
		if v.want["duplicates"] == 0 {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			packets := append([]packet(nil), v.packets...)
			seen := map[uint16]bool{}
			for i := range packets {
				packets[i].copied = seen[packets[i].h.Seq]
				seen[packets[i].h.Seq] = true
			}
			for _, at := range []int{0, 150, 1000} {
				st := feed(packets, v.payloads, at).Stats()
				checkVector(t, &v, &st)
			}
		})
	}
	for _, v := range readVectors(t) {
		t.Run(v.name+"/every frame twice", func(t *testing.T) {
			var packets []packet
			for _, p := range v.packets {
				packets = append(packets, p)
				p.copied = true
				p.arrival += 20_000
				packets = append(packets, p)
			}
			for _, at := range []int{0, 300, 1000} {
				st := feed(packets, v.payloads, at).Stats()
				checkVector(t, &v, &st)
				if st.Copies != uint64(len(v.packets)) {
					t.Errorf("%d copies, want %d", st.Copies, len(v.packets))
				}
			}
		})
	}
}
