package capture

import (
	"slices"
	"testing"
	"unsafe"
)

// fuzzSeeds are whole frames of every kind.
func fuzzSeeds() []frame {
	v4 := ipUDP(testSrc, testDst, testSIP)
	v6 := ipUDP("[2001:db8::7]:5060", "[2001:db8::9]:5062", testSIP)
	seeds := []frame{
		frameOf(linkRadiotap, join(raw(0, 0, 17, 0), le32b(3), make([]byte, 9), raw(0x88, 2), make([]byte, 24), snap(etherIPv4, v4))),
		frameOf(linkNFLOG, join(raw(2, 0, 0, 0, byte(4+len(v4)), 0, 9, 0), v4)),
		frameOf(linkPPI, join(raw(0, 0, 8, 0), le32b(1), eth(0, v4))),
		frameOf(linkNull, join(le32b(30), v6)),
		hepFrame(hep3(testHEP...)),
		hepFrame(hep2(testSIP)),
		hepFrame(hep3(testHEPHead, chunk(0, 16, deflated(testSIP)))),
	}
	for n := range 12 {
		seeds = append(seeds, wrapLink(v4, n), wrapLink(v6, n))
	}
	for n := range 11 {
		seeds = append(seeds, frameOf(linkEthernet, eth(0, wrapIP(v4, n))), frameOf(linkEthernet, eth(0, wrapIP(v6, n))))
	}
	return seeds
}

// within tells whether the payload lies inside of one of the buffers.
func within(payload []byte, buffers ...[]byte) bool {
	if len(payload) == 0 {
		return true
	}
	at := uintptr(unsafe.Pointer(unsafe.SliceData(payload)))
	for _, b := range buffers {
		start := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
		if at >= start && at+uintptr(len(payload)) <= start+uintptr(cap(b)) {
			return true
		}
	}
	return false
}

// checkPacket checks what holds of every packet.
func checkPacket(t *testing.T, d *decoder, p *Packet) {
	t.Helper()
	if p.Missing < 0 || p.Frags < 0 || p.Frags > maxDatagramLen/8+1 {
		t.Fatalf("Missing %d, Frags %d", p.Missing, p.Frags)
	}
	if p.Proto != TCP && !within(p.Payload, d.f.data, d.frags.whole, d.inflater.out) {
		t.Fatalf("payload of %d bytes lies in no known buffer", len(p.Payload))
	}
	if p.Proto != ICMP && (p.ICMPType != 0 || p.Cause.Proto != 0) {
		t.Fatalf("ICMP fields on protocol %d", p.Proto)
	}
	if p.Tunnel == NoTunnel && (p.OuterSrc != Addr{} || p.OuterDst != Addr{}) {
		t.Fatalf("outer addresses without a tunnel: %v", p.OuterSrc)
	}
	if p.BadSum && (p.Missing != 0 || p.Frags != 0 || p.Proto != UDP) {
		t.Fatalf("BadSum on %+v", p)
	}
}

// FuzzFrame decodes one frame of any link type, twice: the second time is a
// copy with the same content, or nothing at all comes out again.
func FuzzFrame(f *testing.F) {
	for _, s := range fuzzSeeds() {
		f.Add(uint16(s.link), s.data, uint16(0))
		f.Add(uint16(s.link), s.data[:len(s.data)*3/4], uint16(len(s.data)/4))
	}
	f.Fuzz(func(t *testing.T, link uint16, data []byte, cut uint16) {
		var in Input
		d := newDecoder([]*Input{&in})
		fr := frameOf(LinkType(link), data)
		fr.wire += int(cut)
		before := slices.Clone(data)
		var first []Packet
		n := 0
		d.frame(&fr, func(p *Packet) bool {
			checkPacket(t, d, p)
			first = append(first, *p)
			return n < 1000
		})
		if in.Undecoded > 1 && len(d.hepTCP.streams) == 0 {
			t.Fatalf("one frame, Undecoded = %d", in.Undecoded)
		}
		if !slices.Equal(before, data) {
			t.Fatal("the frame was written to")
		}
		lost := in.FragmentsLost
		d.frame(&fr, func(p *Packet) bool {
			checkPacket(t, d, p)
			if n < len(first) && p.Proto != TCP {
				q := &first[n]
				if p.Src != q.Src || p.Dst != q.Dst || p.Proto != q.Proto || p.Tunnel != q.Tunnel || p.TTL != q.TTL ||
					len(p.Payload) != len(q.Payload) || p.Missing != q.Missing || p.BadSum != q.BadSum || p.Cause != q.Cause {
					t.Fatalf("second time %+v, first %+v", p, q)
				}
				if !p.Copy {
					t.Fatalf("second time is no copy: %+v", p)
				}
			}
			n++
			return true
		})
		checkFragBounds(t, &d.frags)
		d.flush(func(*Packet) bool { return true })
		if len(d.frags.open) != 0 || in.FragmentsLost < lost {
			t.Fatal("fragments are left after flush")
		}
	})
}

// FuzzIP decodes a sequence of datagrams, each with its length in front, so
// that fragments and TCP segments meet each other.
func FuzzIP(f *testing.F) {
	pack := func(datagrams ...[]byte) (b []byte) {
		for _, d := range datagrams {
			b = join(b, be16b(len(d)), d)
		}
		return b
	}
	f.Add(pack(fragments4(1, textOf(600), 200)...))
	f.Add(pack(fragments6(1, textOf(600), 200)...))
	f.Add(pack(append(fragments6(1, textOf(90), 48), fragments4(2, textOf(64), 24)...)...))
	f.Add(pack(udpTo("4789", vxlan(8, eth(0, fragments4(1, testSIP, 32)[0]))), ipUDP(testSrc, testDst, testSIP)))
	f.Fuzz(func(t *testing.T, data []byte) {
		var in Input
		d := newDecoder([]*Input{&in})
		frames := 0
		emit := func(p *Packet) bool {
			checkPacket(t, d, p)
			return true
		}
		for len(data) >= 2 {
			n := int(data[0])<<8 | int(data[1])
			data = data[2:]
			n = min(n, len(data))
			fr := frameOf(linkRaw, data[:n:n])
			fr.time += int64(frames) * 1e9
			data = data[n:]
			d.frame(&fr, emit)
			checkFragBounds(t, &d.frags)
			frames++
		}
		d.flush(emit)
		if in.FragmentsLost > frames || in.Undecoded+in.FragmentsLost+in.Copies > 2*frames {
			t.Fatalf("%d frames, %+v", frames, in)
		}
	})
}

// FuzzHEP reads one payload as a HEP packet in a datagram, and as a piece of a
// TCP stream cut at any place; both find the same packets.
func FuzzHEP(f *testing.F) {
	for _, b := range [][]byte{hep3(testHEP...), hep2(testSIP), hep3(testHEPHead, chunk(0, 16, zipped(testSIP))), join(hep3(testHEP...), hep3(testHEP...))} {
		f.Add(b, uint16(50))
	}
	f.Fuzz(func(t *testing.T, data []byte, at uint16) {
		if h, kind := parseHEP(data, 0); kind == goodHEP {
			if !within(h.payload, data) || h.missing != 0 || len(h.payload) > len(data) {
				t.Fatalf("payload %d of %d bytes, %d missing", len(h.payload), len(data), h.missing)
			}
		}
		if !isHEP3(data) {
			return
		}
		cut := max(min(int(at), len(data)), hep3HeaderLen)
		stream := func(pieces ...[]byte) (out []string, undecoded int) {
			var in Input
			d := newDecoder([]*Input{&in})
			d.emit = func(p *Packet) bool {
				out = append(out, p.Src.String()+" "+p.Dst.String()+" "+string(p.Payload))
				return true
			}
			p := Packet{Proto: TCP, Conn: 1, Src: addrOf(testSrc), Dst: addrOf(testDst)}
			for _, b := range pieces {
				p.Payload = b
				d.tcpBytes(&p)
			}
			if len(d.hepTCP.streams) != 1 || len(d.hepTCP.streams[0].buf) > maxHEPLen {
				t.Fatal("stream buffers out of bounds")
			}
			return out, in.Undecoded
		}
		whole, bad := stream(data)
		parts, badParts := stream(data[:cut], data[cut:])
		if !slices.Equal(whole, parts) || bad != badParts {
			t.Fatalf("whole: %q, in two: %q", whole, parts)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	rtp := join(raw(0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4), make([]byte, 160))
	sip := join(testSIP, textOf(500))
	tcp := join(be16b(1000), be16b(5060), be32b(100), be32b(1), raw(0x50, 0x10), make([]byte, 6))
	frag := fragments4(1, textOf(2000), 1480)
	for _, bm := range []struct {
		name string
		link LinkType
		data []byte
	}{
		{"rtp", linkEthernet, eth(0, ipUDP("192.0.2.1:4000", "192.0.2.2:4002", rtp))},
		{"rtp6", linkEthernet, eth(0, ipUDP("[2001:db8::1]:4000", "[2001:db8::2]:4002", rtp))},
		{"rtp-vlan", linkEthernet, eth(etherVLAN, vlan(1, etherIPv4, ipUDP("192.0.2.1:4000", "192.0.2.2:4002", rtp)))},
		{"rtp-sll2", linkSLL2, join(be16b(etherIPv4), make([]byte, 18), ipUDP("192.0.2.1:4000", "192.0.2.2:4002", rtp))},
		{"rtp-vxlan", linkEthernet, eth(0, udpTo("4789", vxlan(8, eth(0, ipUDP("192.0.2.1:4000", "192.0.2.2:4002", rtp)))))},
		{"sip", linkEthernet, eth(0, ipUDP("192.0.2.1:5060", "192.0.2.2:5060", sip))},
		{"hep3", linkEthernet, eth(0, ipUDP("192.0.2.1:5060", "192.0.2.2:9060", hep3(testHEP...)))},
		{"tcp-ack", linkEthernet, eth(0, ip4("192.0.2.1", "192.0.2.2", 6, tcp))},
		{"arp", linkEthernet, eth(etherARP, make([]byte, 28))},
		{"fragment", linkRaw, frag[0]},
	} {
		b.Run(bm.name, func(b *testing.B) {
			d := newDecoder([]*Input{{}})
			f := frameOf(bm.link, bm.data)
			n := 0
			emit := func(p *Packet) bool { n += len(p.Payload); return true }
			b.ReportAllocs()
			for b.Loop() {
				f.time += copyWindow + 1
				d.frame(&f, emit)
			}
		})
	}
}
