package capture

import "testing"

func TestIPv4Length(t *testing.T) {
	v4 := ipUDP(testSrc, testDst, testSIP)
	tso := join(v4)
	tso[2], tso[3] = 0, 0
	withOptions := ip4("198.51.100.7", "203.0.113.9", 17, udpDatagram(testSrc, testDst, testSIP),
		ipOptions{id: 1, ttl: 64, options: raw(0x94, 4, 0, 0, 1, 1, 1, 0)})
	for name, data := range map[string][]byte{
		"options":        withOptions,
		"total length 0": tso,
	} {
		t.Run(name, func(t *testing.T) {
			sameAsPlain(t, one(t, frameOf(linkEthernet, eth(0, data))))
		})
	}
}

// Missing counts what the snaplen cut from the payload, and no trailer.
func TestMissing(t *testing.T) {
	whole := join(eth(0, ipUDP(testSrc, testDst, testSIP)), make([]byte, 10))
	for n := 42; n <= len(whole); n++ {
		f := frameOf(linkEthernet, whole[:n])
		f.wire = len(whole)
		p := one(t, f)
		have := min(n-42, len(testSIP))
		if len(p.Payload) != have || p.Missing != len(testSIP)-have || p.BadSum {
			t.Errorf("%d of %d bytes captured: payload %d, missing %d, bad sum %v", n, len(whole), len(p.Payload), p.Missing, p.BadSum)
		}
	}
}

func TestUDPLength(t *testing.T) {
	payload := []byte("1234567890")
	tests := []struct {
		name          string
		length        int // in the UDP header
		have, missing int
	}{
		{"right", 18, 10, 0},
		{"shorter than IP", 12, 4, 0},
		{"nothing", 8, 0, 0},
		{"zero", 0, 10, 0},
		{"longer than IP", 100, 10, 82},
	}
	for _, tt := range tests {
		u := udpDatagram(testSrc, testDst, payload)
		copy(u[4:], be16b(tt.length))
		p := one(t, frameOf(linkRaw, ip4("198.51.100.7", "203.0.113.9", 17, u)))
		if len(p.Payload) != tt.have || p.Missing != tt.missing {
			t.Errorf("%s: payload %d, missing %d; want %d, %d", tt.name, len(p.Payload), p.Missing, tt.have, tt.missing)
		}
	}
}

func TestIPv6Extensions(t *testing.T) {
	u := udpDatagram("[2001:db8::7]:5060", "[2001:db8::9]:5062", testSIP)
	ext := func(next byte) []byte { return raw(next, 0, 1, 4, 0, 0, 0, 0) }
	long := func(next byte) []byte { return join(raw(next, 2), make([]byte, 22)) }
	for name, data := range map[string][]byte{
		"hop by hop":         ip6("2001:db8::7", "2001:db8::9", 0, join(ext(17), u)),
		"routing":            ip6("2001:db8::7", "2001:db8::9", 43, join(long(17), u)),
		"destination":        ip6("2001:db8::7", "2001:db8::9", 60, join(long(17), u)),
		"authentication":     ip6("2001:db8::7", "2001:db8::9", 51, join(raw(17, 4), make([]byte, 22), u)),
		"atomic fragment":    ip6("2001:db8::7", "2001:db8::9", 44, join(ip6Frag(17, 9, 0, false, u))),
		"all":                ip6("2001:db8::7", "2001:db8::9", 0, join(ext(60), ext(43), long(44), ip6Frag(51, 9, 0, false, nil), raw(60, 1), make([]byte, 10), long(17), u)),
		"payload length 0":   join(ip6("2001:db8::7", "2001:db8::9", 17, nil), u),
		"trailer":            join(ip6("2001:db8::7", "2001:db8::9", 17, u), make([]byte, 9)),
		"jumbogram (option)": join(ip6("2001:db8::7", "2001:db8::9", 0, nil), raw(17, 0, 0xc2, 4), be32b(8+len(u)), u),
	} {
		t.Run(name, func(t *testing.T) {
			p := one(t, frameOf(linkRaw, data))
			if p.Src != addrOf("[2001:db8::7]:5060") || p.Dst != addrOf("[2001:db8::9]:5062") ||
				string(p.Payload) != string(testSIP) || p.BadSum || p.Frags != 0 || p.TTL != 64 {
				t.Errorf("got %+v", p)
			}
		})
	}
}

func TestBadSum(t *testing.T) {
	v4 := ipUDP(testSrc, testDst, testSIP)
	v6 := ipUDP("[2001:db8::7]:5060", "[2001:db8::9]:5062", append([]byte{'A'}, testSIP...))
	patched := func(b []byte, at int, v ...byte) []byte {
		b = join(b)
		copy(b[at:], v)
		return b
	}
	p := Packet{Src: addrOf(testSrc), Dst: addrOf(testDst)}
	pseudo := fold(p.Src.Lo&0xffffffff + p.Dst.Lo&0xffffffff + 17 + uint64(8+len(testSIP)))
	rtp := ipUDP(testSrc, testDst, raw(0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4))
	for name, tt := range map[string]struct {
		data []byte
		want bool
	}{
		"right":              {v4, false},
		"right, IPv6, odd":   {v6, false},
		"none":               {patched(v4, 26, 0, 0), false},
		"left to the card":   {patched(v4, 26, byte(pseudo>>8), byte(pseudo)), false},
		"payload changed":    {patched(v4, 40, 'x'), true},
		"last byte changed":  {patched(v6, len(v6)-1, 'x'), true},
		"address changed":    {patched(v4, 12, 10), true},
		"not text, not read": {patched(rtp, 39, 9), false},
	} {
		if p := one(t, frameOf(linkRaw, tt.data)); p.BadSum != tt.want {
			t.Errorf("%s: BadSum = %v, want %v", name, p.BadSum, tt.want)
		}
	}
}

func TestICMP(t *testing.T) {
	v4 := ipUDP(testSrc, testDst, testSIP)
	v6 := ipUDP("[2001:db8::7]:5060", "[2001:db8::9]:5062", testSIP)
	later := ip4("198.51.100.7", "203.0.113.9", 17, make([]byte, 32), ipOptions{id: 2, off: 1480, ttl: 9})
	v6frag := ip6("2001:db8::7", "2001:db8::9", 44, ip6Frag(17, 1, 0, true, udpDatagram("[2001:db8::7]:5060", "[2001:db8::9]:5062", testSIP)))
	icmp4 := func(kind, code byte, b []byte) []byte {
		return ip4("203.0.113.9", "198.51.100.7", 1, join(raw(kind, code, 0, 0, 0, 0, 0, 0), b))
	}
	icmp6 := func(kind, code byte, b []byte) []byte {
		return ip6("2001:db8::9", "2001:db8::7", 58, join(raw(kind, code, 0, 0, 0, 0, 0, 0), b))
	}
	tests := []struct {
		name       string
		data       []byte
		kind, code byte
		proto      Proto
		src, dst   Addr
	}{
		{"port unreachable", icmp4(3, 3, v4[:28]), 3, 3, UDP, addrOf(testSrc), addrOf(testDst)},
		{"time exceeded", icmp4(11, 0, v4), 11, 0, UDP, addrOf(testSrc), addrOf(testDst)},
		{"ports cut", icmp4(3, 1, v4[:20]), 3, 1, UDP, addrOf("198.51.100.7"), addrOf("203.0.113.9")},
		{"of a later fragment", icmp4(3, 1, later), 3, 1, UDP, addrOf("198.51.100.7"), addrOf("203.0.113.9")},
		{"nothing quoted", icmp4(3, 1, v4[:12]), 3, 1, 0, Addr{}, Addr{}},
		{"v6 port unreachable", icmp6(1, 4, v6), 1, 4, UDP, addrOf("[2001:db8::7]:5060"), addrOf("[2001:db8::9]:5062")},
		{"v6 of a first fragment", icmp6(1, 4, v6frag), 1, 4, UDP, addrOf("[2001:db8::7]:5060"), addrOf("[2001:db8::9]:5062")},
	}
	for _, tt := range tests {
		p := one(t, frameOf(linkRaw, tt.data))
		if p.Proto != ICMP || p.ICMPType != tt.kind || p.ICMPCode != tt.code || p.Cause.Proto != tt.proto || p.Cause.Src != tt.src || p.Cause.Dst != tt.dst {
			t.Errorf("%s: got %+v", tt.name, p)
		}
	}
	// The next packet has nothing left of it.
	got := decode(frameOf(linkRaw, tests[0].data), frameOf(linkRaw, v4))
	if p := got.packets[1]; p.ICMPType != 0 || p.Cause.Proto != 0 {
		t.Errorf("UDP packet after an ICMP error: %+v", p)
	}
}

func TestTCPSegmentHeader(t *testing.T) {
	syn := join(be16b(1000), be16b(5060), be32b(99), be32b(0), raw(0x50, 2), make([]byte, 6))
	data := join(be16b(1000), be16b(5060), be32b(100), be32b(0), raw(0x60, 0x10), make([]byte, 10), testSIP)
	got := decode(
		frameOf(linkRaw, ip4("198.51.100.7", "203.0.113.9", 6, syn)),
		frameOf(linkRaw, ip4("198.51.100.7", "203.0.113.9", 6, data)),
	)
	if len(got.packets) != 1 {
		t.Fatalf("%d packets, want 1", len(got.packets))
	}
	p := got.packets[0]
	if p.Proto != TCP || p.Conn == 0 || !p.First || string(p.Payload) != string(testSIP) || p.Src != addrOf("198.51.100.7:1000") {
		t.Errorf("got %+v", p)
	}
}
