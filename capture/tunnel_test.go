package capture

import (
	"testing"

	"pgregory.net/rapid"
)

const (
	outerA = "192.0.2.1"
	outerB = "192.0.2.2"
)

// udpTo makes an outer datagram to a tunnel's port.
func udpTo(port string, b []byte) []byte {
	return ipUDP(outerA+":40000", outerB+":"+port, b)
}

func vxlan(flags byte, b []byte) []byte { return join(raw(flags, 0, 0, 0, 0, 0, 7, 0), b) }

func geneve(proto int, options, b []byte) []byte {
	return join(raw(byte(len(options)/4), 0), be16b(proto), raw(0, 0, 7, 0), options, b)
}

func gtpu(flags byte, extra, b []byte) []byte {
	return join(raw(0x30|flags, 0xff), be16b(len(extra)+len(b)), be32b(9), extra, b)
}

func gre(flags, proto int, fields, b []byte) []byte {
	return join(be16b(flags), be16b(proto), fields, b)
}

func erspan2(b []byte) []byte {
	return gre(0x1000, 0x88be, be32b(1), join(raw(0x10, 1, 0, 1, 0, 0, 0, 2), b))
}

func erspan3(platform bool, b []byte) []byte {
	if platform {
		b = join(make([]byte, 8), b)
	}
	last := byte(0)
	if platform {
		last = 1
	}
	return gre(0x1000, 0x22eb, be32b(1), join(raw(0x20, 1, 0, 1, 0, 0, 0, 2, 0, 0, 0, last), b))
}

func tzsp(proto int, b []byte) []byte {
	return join(raw(1, 0), be16b(proto), raw(0, 10, 1, 0xc8, 1), b)
}

func TestTunnels(t *testing.T) {
	v4 := ipUDP(testSrc, testDst, testSIP)
	wire := eth(0, v4)
	tagged := eth(etherVLAN, vlan(5, etherIPv4, v4))
	wifi := join(raw(0x08, 2), make([]byte, 22), snap(etherIPv4, v4))
	outer := func(proto byte, b []byte) []byte { return ip4(outerA, outerB, proto, b) }
	tests := []struct {
		name   string
		tunnel Tunnel
		data   []byte
	}{
		{"ipip", TunnelIPIP, outer(4, v4)},
		{"mpls in ip", TunnelIPIP, outer(137, join(mplsLabel(17, true), v4))},
		{"etherip", TunnelIPIP, outer(97, join(raw(0x30, 0), wire))},
		{"gre", TunnelGRE, outer(47, gre(0, etherIPv4, nil, v4))},
		{"gre checksum, key, sequence", TunnelGRE, outer(47, gre(0xb000, etherIPv4, make([]byte, 12), v4))},
		{"gre routing", TunnelGRE, outer(47, gre(0x4000, etherIPv4, join(make([]byte, 4), raw(8, 0, 0, 4, 1, 2, 3, 4), make([]byte, 4)), v4))},
		{"gre teb", TunnelGRE, outer(47, gre(0, etherTEB, nil, wire))},
		{"nvgre", TunnelGRE, outer(47, gre(0x2000, etherTEB, make([]byte, 4), tagged))},
		{"gre mpls", TunnelGRE, outer(47, gre(0, etherMPLS, nil, join(mplsLabel(3, true), v4)))},
		{"gre wccp 1", TunnelGRE, outer(47, gre(0, etherWCCP, nil, v4))},
		{"gre wccp 2", TunnelGRE, outer(47, gre(0, etherWCCP, make([]byte, 4), v4))},
		{"pptp", TunnelGRE, outer(47, gre(0x3081, etherPPP, make([]byte, 12), join(raw(0xff, 3), be16b(0x21), v4)))},
		{"erspan 1", TunnelERSPAN, outer(47, gre(0, 0x88be, nil, wire))},
		{"erspan 2", TunnelERSPAN, outer(47, erspan2(wire))},
		{"erspan 2 vlan", TunnelERSPAN, outer(47, erspan2(tagged))},
		{"erspan 3", TunnelERSPAN, outer(47, erspan3(false, wire))},
		{"erspan 3 platform", TunnelERSPAN, outer(47, erspan3(true, wire))},
		{"vxlan", TunnelVXLAN, udpTo("4789", vxlan(0x08, wire))},
		{"vxlan old port", TunnelVXLAN, udpTo("8472", vxlan(0x08, wire))},
		{"vxlan vlan", TunnelVXLAN, udpTo("4789", vxlan(0x08, tagged))},
		{"vxlan group policy", TunnelVXLAN, udpTo("4789", join(raw(0x88, 0, 1, 2, 0, 0, 7, 0), wire))},
		{"vxlan gpe", TunnelVXLAN, udpTo("4790", join(raw(0x0c, 0, 0, 1, 0, 0, 7, 0), v4))},
		{"geneve ethernet", TunnelGeneve, udpTo("6081", geneve(etherTEB, nil, wire))},
		{"geneve options", TunnelGeneve, udpTo("6081", geneve(etherTEB, make([]byte, 12), wire))},
		{"geneve ip", TunnelGeneve, udpTo("6081", geneve(etherIPv4, nil, v4))},
		{"gtp-u", TunnelGTPU, udpTo("2152", gtpu(0, nil, v4))},
		{"gtp-u sequence", TunnelGTPU, udpTo("2152", gtpu(2, make([]byte, 4), v4))},
		{"gtp-u extensions", TunnelGTPU, udpTo("2152", gtpu(4, raw(0, 0, 0, 0x85, 1, 0, 0, 0xc0, 2, 0, 0, 0, 0, 0, 0, 0), v4))},
		{"tzsp", TunnelTZSP, udpTo("37008", tzsp(1, wire))},
		{"tzsp wifi", TunnelTZSP, udpTo("37008", tzsp(18, wifi))},
		{"6in4 over 4in6", TunnelIPIP, ip4("10.0.0.1", "10.0.0.2", 41, ip6("2001:db8::1", "2001:db8::2", 47, gre(0, etherIPv4, nil, ip4(outerA, outerB, 4, v4))))},
		{"ipip with ah", TunnelIPIP, outer(51, join(raw(4, 4), make([]byte, 22), v4))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := one(t, frameOf(linkEthernet, eth(0, tt.data)))
			sameAsPlain(t, p)
			if p.Tunnel != tt.tunnel || !p.OuterSrc.SameIP(addrOf(outerA)) || !p.OuterDst.SameIP(addrOf(outerB)) {
				t.Errorf("tunnel %d %v > %v, want %d %s > %s", p.Tunnel, p.OuterSrc, p.OuterDst, tt.tunnel, outerA, outerB)
			}
		})
	}
}

// A phone may use any port; what is not the tunnel stays a datagram.
func TestTunnelPortIsNotEnough(t *testing.T) {
	rtp := join(raw(0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4), make([]byte, 160))
	payloads := map[string][]byte{
		"rtp":           rtp,
		"rtp csrc":      join(raw(0x88), rtp[1:], make([]byte, 32)),
		"sip":           testSIP,
		"stun":          join(be16b(1), be16b(0), be32b(0x2112a442), make([]byte, 12)),
		"zeroes":        make([]byte, 100),
		"empty":         nil,
		"short":         raw(8, 0, 0, 0),
		"vxlan-like":    vxlan(8, make([]byte, 100)),
		"geneve-like":   geneve(etherIPv4, nil, make([]byte, 100)),
		"gtp-like":      gtpu(4, raw(0, 0, 0, 0x85, 0), make([]byte, 100)),
		"tzsp-like":     tzsp(1, make([]byte, 100)),
		"gtp echo":      raw(0x32, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0),
		"inner too big": vxlan(8, eth(0, ipUDP(testSrc, testDst, testSIP))[:60]),
	}
	for name, payload := range payloads {
		for _, port := range []string{"4789", "8472", "4790", "6081", "2152", "37008"} {
			p := one(t, frameOf(linkEthernet, eth(0, udpTo(port, payload))))
			if p.Tunnel != NoTunnel || string(p.Payload) != string(payload) || p.Dst != addrOf(outerB+":"+port) {
				t.Errorf("%s to port %s: tunnel %d, %d bytes to %v", name, port, p.Tunnel, len(p.Payload), p.Dst)
			}
		}
	}
}

// One packet, whatever the wrapping.
func TestSamePacketInAnyWrapping(t *testing.T) {
	v4s, v6s := "10.1.2.3:4000", "[2001:db8::5]:4000"
	v4d, v6d := "10.3.2.1:5060", "[2001:db8::6]:5060"
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "payload")
		if _, kind := parseHEP(payload, 0); kind != notHEP {
			t.Skip("HEP")
		}
		src, dst := v4s, v4d
		if rapid.Bool().Draw(t, "v6") {
			src, dst = v6s, v6d
		}
		plain := decode(frameOf(linkRaw, ipUDP(src, dst, payload)))
		ip, tunnels := ipUDP(src, dst, payload), 0
		for range rapid.IntRange(0, 6).Draw(t, "layers") {
			ip = wrapIP(ip, rapid.IntRange(0, 10).Draw(t, "tunnel"))
			tunnels++
		}
		f := wrapLink(ip, rapid.IntRange(0, 11).Draw(t, "link"))
		got := decode(f)
		if len(got.packets) != 1 || got.in.Undecoded != 0 {
			t.Fatalf("%d packets, %+v", len(got.packets), got.in)
		}
		p, want := got.packets[0], plain.packets[0]
		if p.Src != want.Src || p.Dst != want.Dst || string(p.Payload) != string(want.Payload) ||
			p.Missing != 0 || p.TTL != want.TTL || p.BadSum || p.Proto != UDP || p.Frags != 0 {
			t.Fatalf("got %+v, want %+v", p, want)
		}
		if tunnels > 0 != (p.Tunnel != NoTunnel) || tunnels > 0 != p.OuterSrc.IsKnown() {
			t.Fatalf("%d tunnels, but tunnel %d from %v", tunnels, p.Tunnel, p.OuterSrc)
		}
	})
}

// wrapIP puts a datagram into the tunnel of number n.
func wrapIP(ip []byte, n int) []byte {
	v := byte(protoIPv4)
	if ip[0]>>4 == 6 {
		v = protoIPv6
	}
	wire := eth(0, ip)
	switch n {
	case 0:
		return ip4(outerA, outerB, v, ip)
	case 1:
		return ip6("2001:db8::1", "2001:db8::2", v, ip)
	case 2:
		return ip4(outerA, outerB, 47, gre(0x2000, ipType(ip), make([]byte, 4), ip))
	case 3:
		return ip6("2001:db8::1", "2001:db8::2", 47, gre(0, etherTEB, nil, wire))
	case 4:
		return ip4(outerA, outerB, 47, erspan2(wire))
	case 5:
		return ip4(outerA, outerB, 47, erspan3(true, wire))
	case 6:
		return udpTo("4789", vxlan(8, wire))
	case 7:
		return ipUDP("[2001:db8::1]:9", "[2001:db8::2]:6081", geneve(etherTEB, make([]byte, 8), wire))
	case 8:
		return udpTo("2152", gtpu(0, nil, ip))
	case 9:
		return udpTo("37008", tzsp(1, wire))
	}
	return ip6("2001:db8::1", "2001:db8::2", protoDstOpts, join(raw(v, 0, 1, 4, 0, 0, 0, 0), ip))
}

// wrapLink puts a datagram into the link layer of number n.
func wrapLink(ip []byte, n int) frame {
	et := ipType(ip)
	switch n {
	case 0:
		return frameOf(linkEthernet, eth(0, ip))
	case 1:
		return frameOf(linkEthernet, eth(etherQinQ, vlan(1, etherVLAN, vlan(2, et, ip))))
	case 2:
		return frameOf(linkEthernet, eth(etherMPLS, join(mplsLabel(16, false), mplsLabel(17, true), ip)))
	case 3:
		return frameOf(linkEthernet, eth(etherVLAN, vlan(1, etherPPPoE, pppoeSession(join(pppProto(ip), ip)))))
	case 4:
		return frameOf(linkSLL, join(raw(0, 0, 0, 1, 0, 6), make([]byte, 8), be16b(et), ip))
	case 5:
		return frameOf(linkSLL2, join(be16b(et), make([]byte, 18), ip))
	case 6:
		return frameOf(linkPPP, join(raw(0xff, 3), pppProto(ip), ip))
	case 7:
		return frameOf(linkCHDLC, join(raw(0x0f, 0), be16b(et), ip))
	case 8:
		return frameOf(linkWiFi, join(raw(0x88, 1), make([]byte, 24), snap(et, ip)))
	case 9:
		return frameOf(linkEthernet, join(eth(0, ip), make([]byte, 30)))
	case 10:
		return frameOf(linkEthernet, eth(etherMPLS, join(mplsLabel(17, true), be32b(0), eth(0, ip))))
	}
	return frameOf(linkRaw, ip)
}
