package capture

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// sharedCaptures returns the folder of shared captures, or skips the test.
func sharedCaptures(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	shared := filepath.Join(dir, "..", "shared", "captures")
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("no shared captures: %v", err)
	}
	return shared
}

// classicFrames reads a classic pcap file the simplest way; nil for other formats.
func classicFrames(t testing.TB, name string) []frame {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) < 24 {
		return nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	unit := int64(1000)
	switch binary.BigEndian.Uint32(b) {
	case 0xa1b2c3d4:
		order = binary.BigEndian
	case 0xa1b23c4d:
		order, unit = binary.BigEndian, 1
	case 0x4d3cb2a1:
		unit = 1
	case 0xd4c3b2a1:
	default:
		return nil
	}
	link := LinkType(order.Uint32(b[20:]))
	var frames []frame
	for b = b[24:]; len(b) >= 16; {
		n, wire := int(order.Uint32(b[8:])), int(order.Uint32(b[12:]))
		if n > len(b)-16 {
			break
		}
		frames = append(frames, frame{
			time: int64(order.Uint32(b))*1e9 + int64(order.Uint32(b[4:]))*unit,
			data: b[16 : 16+n : 16+n], wire: wire, link: link, number: len(frames) + 1,
		})
		b = b[16+n:]
	}
	return frames
}

// Every rewrapping of one capture has the same packets.
func TestVariants(t *testing.T) {
	dir := filepath.Join(sharedCaptures(t), "variants")
	want := decode(classicFrames(t, filepath.Join(dir, "nat-call-big-endian.pcap"))...)
	if len(want.packets) != 195 {
		t.Fatalf("%d packets in the base, want 195", len(want.packets))
	}
	names, err := filepath.Glob(filepath.Join(dir, "nat-call-*.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		base := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "nat-call-"), ".pcap")
		t.Run(base, func(t *testing.T) {
			got := decode(classicFrames(t, name)...)
			if got.in.Undecoded != 0 || got.in.FragmentsLost != 0 {
				t.Errorf("Undecoded = %d, FragmentsLost = %d, want none", got.in.Undecoded, got.in.FragmentsLost)
			}
			switch base {
			case "hep3": // SIP only, with times from HEP
				compareHEP(t, got, want)
				return
			case "absurd-caplen", "empty", "truncated-file", "truncated-header", "zero-bytes", "frames-out-of-time-order":
				return // the reader's business
			case "every-frame-twice":
				if got.in.Copies != len(want.packets) || len(got.packets) != 2*len(want.packets) {
					t.Errorf("%d packets, %d copies", len(got.packets), got.in.Copies)
				}
				for i, p := range got.packets {
					if p.Copy != (i%2 == 1) {
						t.Fatalf("packet %d: Copy = %v", i, p.Copy)
					}
				}
				return
			}
			if len(got.packets) != len(want.packets) {
				t.Fatalf("%d packets, want %d", len(got.packets), len(want.packets))
			}
			for i, p := range got.packets {
				w := want.packets[i]
				payload := string(p.Payload)
				if strings.HasPrefix(base, "snap") {
					w.Payload = w.Payload[:len(payload)]
				}
				if p.Src != w.Src || p.Dst != w.Dst || payload != string(w.Payload) ||
					len(payload)+p.Missing != len(want.packets[i].Payload) {
					t.Fatalf("packet %d: %v > %v, %d bytes, %d missing; want %v > %v, %d bytes",
						i, p.Src, p.Dst, len(payload), p.Missing, w.Src, w.Dst, len(want.packets[i].Payload))
				}
				if p.BadSum && base != "bad-udp-checksum" {
					t.Errorf("packet %d: bad checksum", i)
				}
			}
		})
	}
}

func compareHEP(t *testing.T, got, want decoded) {
	t.Helper()
	n := 0
	for _, p := range want.packets {
		if !isLetter(append(p.Payload, 0)[0]) {
			continue
		}
		if n == len(got.packets) {
			t.Fatalf("%d messages, want more", n)
		}
		q := got.packets[n]
		n++
		if q.Src != p.Src || q.Dst != p.Dst || string(q.Payload) != string(p.Payload) || q.Tunnel != TunnelHEP || q.Time != p.Time {
			t.Errorf("message %d: %v > %v at %d, want %v > %v at %d", n, q.Src, q.Dst, q.Time, p.Src, p.Dst, p.Time)
		}
	}
	if n != len(got.packets) || n == 0 {
		t.Errorf("%d messages, want %d", len(got.packets), n)
	}
}

// Where gopacket decodes a frame down to UDP, so do we, to the same bytes.
func TestLikeGopacket(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(sharedCaptures(t), "*", "*.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, name := range names {
		frames := classicFrames(t, name)
		for i := range frames {
			f := &frames[i]
			want, ok := gopacketUDP(f)
			if !ok {
				continue
			}
			got := decode(*f)
			if len(got.packets) == 0 && got.in.Undecoded == 0 && isHEP3(want.Payload) {
				continue // not SIP
			}
			if len(got.packets) != 1 || got.in.Undecoded != 0 {
				t.Errorf("%s frame %d: %d packets, %+v", filepath.Base(name), f.number, len(got.packets), got.in)
				continue
			}
			p := got.packets[0]
			if p.Tunnel == TunnelHEP || p.Tunnel == TunnelTZSP { // gopacket knows neither
				p.Src, p.Dst, p.Payload = p.OuterSrc, p.OuterDst, want.Payload
			}
			if p.Src != want.Src || p.Dst != want.Dst || string(p.Payload) != string(want.Payload) {
				t.Errorf("%s frame %d: %v > %v, %d bytes; gopacket has %v > %v, %d bytes", filepath.Base(name), f.number,
					p.Src, p.Dst, len(p.Payload), want.Src, want.Dst, len(want.Payload))
			}
			compared++
		}
	}
	if compared < 1000 {
		t.Errorf("only %d frames compared", compared)
	}
	t.Logf("%d frames compared", compared)
}

// gopacketUDP decodes a frame with gopacket. ok tells that it came to the
// innermost UDP datagram without an error or a fragment on the way.
func gopacketUDP(f *frame) (p Packet, ok bool) {
	if f.link > 255 || f.link == linkWiFi { // it takes the last four bytes for a checksum
		return p, false
	}
	g := gopacket.NewPacket(f.data, layers.LinkType(f.link), gopacket.DecodeOptions{NoCopy: true})
	var udp *layers.UDP
	for _, l := range g.Layers() {
		switch l := l.(type) {
		case *layers.IPv4:
			if l.FragOffset != 0 || l.Flags&layers.IPv4MoreFragments != 0 {
				return p, false
			}
			p.Src = AddrFrom4(binary.BigEndian.Uint32(l.SrcIP.To4()), 0)
			p.Dst = AddrFrom4(binary.BigEndian.Uint32(l.DstIP.To4()), 0)
			udp = nil
		case *layers.IPv6:
			p.Src = Addr{Hi: be64(l.SrcIP), Lo: be64(l.SrcIP[8:])}
			p.Dst = Addr{Hi: be64(l.DstIP), Lo: be64(l.DstIP[8:])}
			udp = nil
		case *layers.IPv6Fragment:
			return p, false
		case *layers.UDP:
			udp = l
		}
	}
	if udp == nil {
		return p, false
	}
	if e := g.ErrorLayer(); e != nil { // of what is above UDP is no matter
		below := false
		for _, l := range g.Layers() {
			below = below || l.LayerType() == layers.LayerTypeUDP
		}
		if !below {
			return p, false
		}
	}
	p.Src.Port, p.Dst.Port, p.Payload = uint16(udp.SrcPort), uint16(udp.DstPort), udp.Payload
	return p, true
}

// Stopping means stopping.
func TestStop(t *testing.T) {
	wifi := func() []byte {
		data := snap(etherIPv4, ipUDP(testSrc, testDst, testSIP))
		sub := join(make([]byte, 12), be16b(len(data)), data)
		sub = join(sub, make([]byte, -len(sub)&3))
		return join(raw(0x88, 1), make([]byte, 22), raw(0x80, 0), sub, sub, sub)
	}
	f := frameOf(linkWiFi, wifi())
	if got := decode(f); len(got.packets) != 3 || got.in.Copies != 2 {
		t.Errorf("aggregate of three: %d packets, %+v", len(got.packets), got.in)
	}
	d, n := newDecoder([]*Input{{}}), 0
	if d.frame(&f, func(*Packet) bool { n++; return false }) || n != 1 {
		t.Errorf("frame went on after emit said no: %d packets", n)
	}
}
