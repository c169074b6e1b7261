package capture

import "testing"

func TestCopies(t *testing.T) {
	v4 := ipUDP(testSrc, testDst, testSIP)
	hop := join(v4)
	hop[8]--
	otherID := join(v4)
	otherID[5]++
	nat := ipUDP("203.0.113.200:1024", testDst, testSIP)
	v6 := ipUDP("[2001:db8::7]:5060", "[2001:db8::9]:5062", testSIP)
	short := ipUDP(testSrc, testDst, []byte("\r\n\r\n"))
	shorter := ipUDP(testSrc, testDst, nil)
	unreachable := ip4("203.0.113.9", "198.51.100.7", 1, join(raw(3, 3, 0, 0, 0, 0, 0, 0), v4))
	hep := ipUDP("192.0.2.5:40000", "192.0.2.6:9060", hep3(testHEP...))
	tests := []struct {
		name string
		a, b frame
		gap  int64 // ns
		want bool
	}{
		{"same", frameOf(linkRaw, v4), frameOf(linkRaw, v4), 0, true},
		{"19 ms", frameOf(linkRaw, v4), frameOf(linkRaw, v4), 19e6, true},
		{"out of order", frameOf(linkRaw, v4), frameOf(linkRaw, v4), -5e6, true},
		{"21 ms", frameOf(linkRaw, v4), frameOf(linkRaw, v4), 21e6, false},
		{"one hop on", frameOf(linkRaw, v4), frameOf(linkRaw, hop), 1e6, true},
		{"another link layer", frameOf(linkRaw, v4), frameOf(linkEthernet, eth(etherVLAN, vlan(3, etherIPv4, v4))), 1e6, true},
		{"in a tunnel", frameOf(linkRaw, v4), frameOf(linkRaw, udpTo("4789", vxlan(8, eth(0, v4)))), 1e6, true},
		{"sent again", frameOf(linkRaw, v4), frameOf(linkRaw, otherID), 1e6, false},
		{"other side of a NAT", frameOf(linkRaw, v4), frameOf(linkRaw, nat), 1e6, false},
		{"IPv6", frameOf(linkRaw, v6), frameOf(linkRaw, v6), 1e6, true},
		{"keep-alive", frameOf(linkRaw, short), frameOf(linkRaw, short), 1e6, true},
		{"empty", frameOf(linkRaw, shorter), frameOf(linkRaw, shorter), 1e6, true},
		{"ICMP", frameOf(linkRaw, unreachable), frameOf(linkRaw, unreachable), 1e6, true},
		{"HEP twice", frameOf(linkRaw, hep), frameOf(linkRaw, hep), 1e6, true},
		{"HEP of it", frameOf(linkRaw, v4), frameOf(linkRaw, hep), 1e6, false},
	}
	for _, tt := range tests {
		tt.b.time = tt.a.time + tt.gap
		got := decode(tt.a, tt.b)
		n := 0
		if tt.want {
			n = 1
		}
		if len(got.packets) != 2 || got.packets[0].Copy || got.packets[1].Copy != tt.want || got.in.Copies != n {
			t.Errorf("%s: %d packets, Copies = %d, want a copy: %v", tt.name, len(got.packets), got.in.Copies, tt.want)
		}
	}
	a := frameOf(linkRaw, v4)
	a.noTime = true
	if got := decode(a, a); got.packets[1].Copy {
		t.Error("without time: Copy is set")
	}
	// What goes on steadily is not all copies of the first.
	frames := make([]frame, 10)
	for i := range frames {
		frames[i] = frameOf(linkRaw, v4)
		frames[i].time += int64(i) * 15e6
	}
	if got := decode(frames...); got.in.Copies != 5 {
		t.Errorf("every 15 ms: Copies = %d of 10, want 5", got.in.Copies)
	}
}

func TestCopiesTCP(t *testing.T) {
	seg := func(id int, seq int) frame {
		b := join(be16b(1000), be16b(5060), be32b(seq), be32b(1), raw(0x50, 0x10), make([]byte, 6), testSIP)
		return frameOf(linkRaw, ip4("198.51.100.7", "203.0.113.9", 6, b, ipOptions{id: id, ttl: 64}))
	}
	if got := decode(seg(1, 100), seg(1, 100)); got.in.Copies != 1 {
		t.Errorf("same segment twice: Copies = %d, want 1", got.in.Copies)
	}
	if got := decode(seg(1, 100), seg(2, 100)); got.in.Copies != 0 {
		t.Errorf("retransmission: Copies = %d, want 0", got.in.Copies)
	}
}
