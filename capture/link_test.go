package capture

import "testing"

const (
	testSrc = "198.51.100.7:5060"
	testDst = "203.0.113.9:5062"
)

var testSIP = []byte("OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.1.5\r\n\r\n")

// sameAsPlain checks that p is the test datagram, whatever was around it.
func sameAsPlain(t *testing.T, p Packet) {
	t.Helper()
	if p.Proto != UDP || p.Src != addrOf(testSrc) || p.Dst != addrOf(testDst) {
		t.Errorf("got proto %d %v > %v, want UDP %s > %s", p.Proto, p.Src, p.Dst, testSrc, testDst)
	}
	if string(p.Payload) != string(testSIP) || p.Missing != 0 || p.BadSum || p.TTL != 64 {
		t.Errorf("got payload %q, missing %d, bad sum %v, TTL %d", p.Payload, p.Missing, p.BadSum, p.TTL)
	}
}

func TestLinkTypes(t *testing.T) {
	v4 := ipUDP(testSrc, testDst, testSIP)
	sll := func(kind int, protocol int, b []byte) []byte {
		return join(be16b(kind), be16b(1), be16b(6), make([]byte, 8), be16b(protocol), b)
	}
	wifi := func(fc0, fc1 byte, extra int, body []byte) []byte {
		return join(raw(fc0, fc1), make([]byte, 22+extra), body)
	}
	data := snap(etherIPv4, v4)
	subframe := join(make([]byte, 12), be16b(len(data)), data)
	tests := []struct {
		name string
		link LinkType
		data []byte
	}{
		{"ethernet", linkEthernet, eth(0, v4)},
		{"ethernet trailer", linkEthernet, join(eth(0, v4), make([]byte, 17))},
		{"802.3 snap", linkEthernet, join(eth(len(data), data), make([]byte, 5))},
		{"null little endian", linkNull, join(le32b(2), v4)},
		{"null big endian", linkNull, join(be32b(2), v4)},
		{"loop", linkLoop, join(be32b(2), v4)},
		{"raw 101", linkRaw, v4},
		{"raw 12", linkRawBSD, v4},
		{"raw 14", linkRawOpenBSD, v4},
		{"ipv4 228", linkIPv4, v4},
		{"sll", linkSLL, sll(0, etherIPv4, v4)},
		{"sll vlan", linkSLL, sll(0, etherVLAN, vlan(7, etherIPv4, v4))},
		{"sll llc", linkSLL, sll(0, 4, data)},
		{"sll2", linkSLL2, join(be16b(etherIPv4), be16b(0), be32b(3), be16b(1), raw(4, 6), make([]byte, 8), v4)},
		{"ppp", linkPPP, join(raw(0xff, 3), be16b(0x21), v4)},
		{"ppp no address", linkPPP, join(be16b(0x21), v4)},
		{"ppp compressed protocol", linkPPP, join(raw(0x21), v4)},
		{"ppp hdlc", linkPPPHDLC, join(raw(0xff, 3), be16b(0x21), v4)},
		{"ppp hdlc cisco", linkPPPHDLC, join(raw(0x0f, 0), be16b(etherIPv4), v4)},
		{"pppd", linkPPPD, join(raw(1, 3), be16b(0x21), v4)},
		{"ppp with direction", linkPPPWithDir, join(raw(0, 0xff, 3), be16b(0x21), v4)},
		{"pppoe", linkPPPoE, pppoeSession(join(be16b(0x21), v4))},
		{"chdlc", linkCHDLC, join(raw(0x0f, 0), be16b(etherIPv4), v4)},
		{"chdlc broadcast", linkCHDLC, join(raw(0x8f, 0), be16b(etherIPv4), v4)},
		{"802.11", linkWiFi, wifi(0x08, 2, 0, data)},
		{"802.11 with checksum", linkWiFi, join(wifi(0x08, 2, 0, data), make([]byte, 4))},
		{"802.11 qos", linkWiFi, wifi(0x88, 1, 2, data)},
		{"802.11 four addresses", linkWiFi, wifi(0x08, 3, 6, data)},
		{"802.11 qos, ht control, four addresses", linkWiFi, wifi(0x88, 0x83, 12, data)},
		{"802.11 decrypted", linkWiFi, wifi(0x08, 0x42, 0, data)},
		{"802.11 a-msdu", linkWiFi, join(raw(0x88, 1), make([]byte, 22), raw(0x80, 0), subframe)},
		{"radiotap", linkRadiotap, join(raw(0, 0, 8, 0), le32b(0), wifi(0x08, 2, 0, data))},
		{"radiotap tsft, flags, padding", linkRadiotap, join(raw(0, 0, 17, 0), le32b(3), make([]byte, 8), raw(0x20), wifi(0x88, 2, 2, join(raw(0, 0), data)))},
		{"radiotap two words", linkRadiotap, join(raw(0, 0, 13, 0), le32b(1<<31|2), le32b(0), raw(0x10), wifi(0x08, 2, 0, data))},
		{"prism", linkPrism, join(le32b(0x41), le32b(144), make([]byte, 136), wifi(0x08, 2, 0, data))},
		{"avs", linkAVS, join(be32b(0x80211001), be32b(64), make([]byte, 56), wifi(0x08, 2, 0, data))},
		{"ppi", linkPPI, join(raw(0, 0, 8, 0), le32b(105), wifi(0x08, 2, 0, data))},
		{"pktap", linkPKTAP, join(le32b(108), le32b(1), le32b(1), make([]byte, 96), eth(0, v4))},
		{"nflog", linkNFLOG, join(raw(2, 0, 0, 0, 5, 0, 10, 0, 0, 0, 0, 0, byte(4+len(v4)), 0, 9, 0), v4)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sameAsPlain(t, one(t, frameOf(tt.link, tt.data)))
		})
	}
}

func TestLinkIPv6(t *testing.T) {
	v6 := ipUDP("[2001:db8::7]:5060", "[2001:db8::9]:5062", testSIP)
	for name, f := range map[string]frame{
		"ethernet": frameOf(linkEthernet, eth(0, v6)),
		"ipv6 229": frameOf(linkIPv6, v6),
		"raw":      frameOf(linkRaw, v6),
		"freebsd":  frameOf(linkNull, join(le32b(28), v6)),
		"darwin":   frameOf(linkNull, join(le32b(30), v6)),
		"openbsd":  frameOf(linkLoop, join(be32b(24), v6)),
		"ppp":      frameOf(linkPPP, join(raw(0xff, 3), be16b(0x57), v6)),
	} {
		p := one(t, f)
		if p.Src != addrOf("[2001:db8::7]:5060") || p.Dst != addrOf("[2001:db8::9]:5062") || string(p.Payload) != string(testSIP) || p.BadSum {
			t.Errorf("%s: got %v > %v %q, bad sum %v", name, p.Src, p.Dst, p.Payload, p.BadSum)
		}
	}
}

func TestWayIn(t *testing.T) {
	v4 := ipUDP(testSrc, testDst, testSIP)
	ppp := join(be16b(0x21), v4)
	wire := eth(0, v4)
	tests := []struct {
		name string
		data []byte
	}{
		{"vlan", eth(etherVLAN, vlan(100, etherIPv4, v4))},
		{"priority tag", eth(etherVLAN, vlan(0xa000, etherIPv4, v4))},
		{"qinq 88a8", eth(etherQinQ, vlan(1, etherVLAN, vlan(2, etherIPv4, v4)))},
		{"qinq 9100", eth(etherQinQOld, vlan(1, etherVLAN, vlan(2, etherIPv4, v4)))},
		{"three tags", eth(etherQinQ, vlan(1, etherVLAN, vlan(2, etherVLAN, vlan(3, etherIPv4, v4))))},
		{"vlan snap", eth(etherVLAN, vlan(1, len(v4)+8, snap(etherIPv4, v4)))},
		{"vn-tag", eth(etherVNTag, join(make([]byte, 4), be16b(etherIPv4), v4))},
		{"pppoe", eth(etherPPPoE, pppoeSession(ppp))},
		{"vlan pppoe", eth(etherVLAN, vlan(7, etherPPPoE, pppoeSession(ppp)))},
		{"mpls", eth(etherMPLS, join(mplsLabel(17, true), v4))},
		{"mpls stack", eth(etherMPLS, join(mplsLabel(17, false), mplsLabel(18, false), mplsLabel(19, true), v4))},
		{"mpls pseudo-wire", eth(etherMPLS, join(mplsLabel(17, true), be32b(0), wire))},
		{"mpls pseudo-wire without control word", eth(etherMPLS, join(mplsLabel(17, true), wire))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := one(t, frameOf(linkEthernet, tt.data))
			sameAsPlain(t, p)
			if p.Tunnel != NoTunnel || p.OuterSrc.IsKnown() {
				t.Errorf("tunnel %d from %v, want none", p.Tunnel, p.OuterSrc)
			}
		})
	}
}

func TestNotOurs(t *testing.T) {
	for name, f := range map[string]frame{
		"arp":             frameOf(linkEthernet, eth(etherARP, make([]byte, 28))),
		"lldp":            frameOf(linkEthernet, eth(0x88cc, make([]byte, 46))),
		"eapol":           frameOf(linkEthernet, eth(0x888e, make([]byte, 46))),
		"stp":             frameOf(linkEthernet, eth(38, join(raw(0x42, 0x42, 3), make([]byte, 43)))),
		"unknown":         frameOf(linkEthernet, eth(0x9999, make([]byte, 46))),
		"cdp":             frameOf(linkEthernet, eth(40, join(raw(0xaa, 0xaa, 3, 0, 0, 12, 0x20, 0), make([]byte, 32)))),
		"pppoe discovery": frameOf(linkEthernet, eth(0x8863, make([]byte, 46))),
		"sctp":            frameOf(linkRaw, ip4("192.0.2.1", "192.0.2.2", 132, make([]byte, 40))),
		"ospf":            frameOf(linkRaw, ip4("192.0.2.1", "192.0.2.2", 89, make([]byte, 40))),
		"no next header":  frameOf(linkRaw, ip6("2001:db8::1", "2001:db8::2", 59, nil)),
		"echo request":    frameOf(linkRaw, ip4("192.0.2.1", "192.0.2.2", 1, raw(8, 0, 0, 0, 0, 0, 0, 0))),
		"neighbour":       frameOf(linkRaw, ip6("2001:db8::1", "2001:db8::2", 58, make([]byte, 24))),
		"lcp":             frameOf(linkPPP, join(raw(0xff, 3, 0xc0, 0x21), make([]byte, 8))),
		"beacon":          frameOf(linkWiFi, join(raw(0x80, 0), make([]byte, 60))),
		"wifi null":       frameOf(linkWiFi, join(raw(0x48, 1), make([]byte, 22))),
		"netlink":         frameOf(linkSLL, join(raw(0, 4, 3, 0x38), make([]byte, 60))),
		"null iso":        frameOf(linkNull, join(le32b(7), make([]byte, 20))),
	} {
		got := decode(f)
		if len(got.packets) != 0 || got.in.Undecoded != 0 || got.in.FragmentsLost != 0 {
			t.Errorf("%s: %d packets, %+v; want nothing", name, len(got.packets), got.in)
		}
	}
}

func TestUndecoded(t *testing.T) {
	v4 := ipUDP(testSrc, testDst, testSIP)
	v6 := ipUDP("[2001:db8::7]:5060", "[2001:db8::9]:5062", testSIP)
	patched := func(b []byte, at int, v ...byte) []byte {
		b = join(b)
		copy(b[at:], v)
		return b
	}
	deep := v4
	for range 20 {
		deep = ip4("192.0.2.1", "192.0.2.2", protoIPv4, deep)
	}
	tags := v4
	for range 9 {
		tags = vlan(1, etherVLAN, tags)
	}
	for name, f := range map[string]frame{
		"unknown link type":  frameOf(147, v4),
		"empty":              frameOf(linkEthernet, nil),
		"short ethernet":     frameOf(linkEthernet, make([]byte, 13)),
		"short sll":          frameOf(linkSLL, make([]byte, 15)),
		"short sll2":         frameOf(linkSLL2, make([]byte, 19)),
		"short null":         frameOf(linkNull, make([]byte, 3)),
		"cut in IPv4":        frameOf(linkEthernet, eth(0, v4)[:33]),
		"cut in UDP":         frameOf(linkEthernet, eth(0, v4)[:41]),
		"cut in IPv6":        frameOf(linkRaw, v6[:39]),
		"version 5":          frameOf(linkRaw, patched(v4, 0, 0x55)),
		"IPv4 says IPv6":     frameOf(linkEthernet, eth(etherIPv4, v6)),
		"IHL 4":              frameOf(linkRaw, patched(v4, 0, 0x44)),
		"total < header":     frameOf(linkRaw, patched(v4, 2, 0, 19)),
		"UDP length 7":       frameOf(linkRaw, patched(v4, 24, 0, 7)),
		"too many tunnels":   frameOf(linkRaw, deep),
		"too many tags":      frameOf(linkEthernet, eth(etherVLAN, tags)),
		"mpls without end":   frameOf(linkEthernet, eth(etherMPLS, make([]byte, 100))),
		"encrypted wifi":     frameOf(linkWiFi, join(raw(0x08, 0x42), make([]byte, 22), raw(0, 0, 0, 0x20, 0, 0, 0, 0), v4)),
		"wifi fragment":      frameOf(linkWiFi, join(raw(0x08, 2), make([]byte, 20), raw(1, 0), v4)),
		"bad wifi checksum":  frameOf(linkRadiotap, join(raw(0, 0, 9, 0), le32b(2), raw(0x40), make([]byte, 60))),
		"macsec":             frameOf(linkEthernet, eth(etherMACsec, make([]byte, 60))),
		"IPv6 option beyond": frameOf(linkRaw, ip6("2001:db8::1", "2001:db8::2", 0, join(raw(17, 9), make([]byte, 40)))),
		"gre version 2":      frameOf(linkRaw, ip4("192.0.2.1", "192.0.2.2", 47, join(raw(0, 2), be16b(etherIPv4), v4))),
		"TCP offset 4":       frameOf(linkRaw, ip4("192.0.2.1", "192.0.2.2", 6, make([]byte, 40))),
	} {
		got := decode(f)
		if len(got.packets) != 0 || got.in.Undecoded != 1 {
			t.Errorf("%s: %d packets, Undecoded = %d; want 0 and 1", name, len(got.packets), got.in.Undecoded)
		}
	}
}

func TestCookedFields(t *testing.T) {
	v4 := ipUDP(testSrc, testDst, testSIP)
	sll2 := join(be16b(etherIPv4), be16b(0), be32b(42), be16b(1), raw(4, 6), make([]byte, 8), v4)
	if p := one(t, frameOf(linkSLL2, sll2)); p.Iface != 42 || p.Dir != DirOut {
		t.Errorf("SLL2: interface %d, direction %d; want 42, %d", p.Iface, p.Dir, DirOut)
	}
	for kind, want := range []Direction{DirIn, DirIn, DirIn, DirUnknown, DirOut} {
		b := join(be16b(kind), be16b(1), be16b(6), make([]byte, 8), be16b(etherIPv4), v4)
		if p := one(t, frameOf(linkSLL, b)); p.Dir != want {
			t.Errorf("SLL packet type %d: direction %d, want %d", kind, p.Dir, want)
		}
	}
}
