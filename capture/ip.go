package capture

import "encoding/binary"

// IP protocol numbers and IPv6 extension headers on the way to a transport.
const (
	protoHopByHop  = 0
	protoIPv4      = 4
	protoIPv6      = 41
	protoRouting   = 43
	protoFragment  = 44
	protoGRE       = 47
	protoAH        = 51
	protoICMPv6    = 58
	protoNone      = 59
	protoDstOpts   = 60
	protoEtherIP   = 97
	protoMobility  = 135
	protoMPLS      = 137
	protoHIP       = 139
	protoShim6     = 140
	ipv4MinLen     = 20
	ipv6Len        = 40
	fragHeaderLen  = 8
	moreFragments4 = 0x2000
)

// ipv4 decodes an IPv4 header (RFC 791 §3.1).
//
//	version and length(1) TOS(1) total length(2) ID(2) flags and offset(2)
//	TTL(1) protocol(1) checksum(2) source(4) destination(4) options
func (d *decoder) ipv4(b []byte, cut, depth int) bool {
	if len(b) < ipv4MinLen || b[0]>>4 != 4 || depth > maxNesting {
		return d.broken()
	}
	header := int(b[0]&0x0f) * 4
	total := int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 { // left to the network card (TSO)
		total = len(b) + cut
	}
	if header < ipv4MinLen || header > len(b) || total < header {
		return d.broken()
	}
	miss := total - len(b)
	if miss <= 0 {
		b, miss = b[:total], 0
	}

	p := &d.pkt
	proto := b[9]
	addrs := binary.BigEndian.Uint64(b[12:])
	id := binary.BigEndian.Uint16(b[4:])
	p.TTL = b[8]
	p.Src = Addr{Lo: v4Mapped | addrs>>32}
	p.Dst = Addr{Lo: v4Mapped | addrs&0xffffffff}
	seed := addrs ^ uint64(id)<<17 ^ uint64(proto)

	if frag := binary.BigEndian.Uint16(b[6:]) & 0x3fff; frag != 0 {
		key := fragKey{src: p.Src, dst: p.Dst, id: uint32(id), proto: proto}
		more := frag&moreFragments4 != 0
		whole, _, ok := d.fragment(key, int(frag&0x1fff)*8, more, proto, b[header:], miss)
		if !ok {
			return true
		}
		return d.transport(proto, whole, 0, seed, depth)
	}
	if proto == uint8(UDP) {
		return d.udp(b[header:], miss, seed, depth)
	}
	return d.transport(proto, b[header:], miss, seed, depth)
}

// ipv6 decodes an IPv6 header (RFC 8200 §3).
//
//	version, class, flow(4) payload length(2) next header(1) hop limit(1)
//	source(16) destination(16)
func (d *decoder) ipv6(b []byte, cut, depth int) bool {
	if len(b) < ipv6Len || b[0]>>4 != 6 || depth > maxNesting {
		return d.broken()
	}
	next := b[6]
	total := ipv6Len + int(binary.BigEndian.Uint16(b[4:]))
	if total == ipv6Len && next != protoNone { // jumbogram, or left to the network card
		total = len(b) + cut
	}
	miss := total - len(b)
	if miss <= 0 {
		b, miss = b[:total], 0
	}
	p := &d.pkt
	p.TTL = b[7]
	p.Src = Addr{Hi: be64(b[8:]), Lo: be64(b[16:])}
	p.Dst = Addr{Hi: be64(b[24:]), Lo: be64(b[32:])}
	seed := mix(p.Src.Hi^p.Dst.Lo, p.Src.Lo^p.Dst.Hi)
	return d.ip6Next(next, b[ipv6Len:], miss, seed, depth)
}

// ip6Next walks the extension headers (RFC 8200 §4) to the transport.
func (d *decoder) ip6Next(next uint8, b []byte, miss int, seed uint64, depth int) bool {
	for {
		n := 0
		switch next {
		case protoHopByHop, protoRouting, protoDstOpts, protoMobility, protoHIP, protoShim6, protoFragment, protoAH:
			if len(b) < fragHeaderLen {
				return d.broken()
			}
		default:
			return d.transport(next, b, miss, seed, depth)
		}
		switch next {
		case protoFragment:
			offset := binary.BigEndian.Uint16(b[2:])
			if offset&0xfff9 != 0 { // else whole all the same (RFC 6946)
				key := fragKey{src: d.pkt.Src, dst: d.pkt.Dst, id: binary.BigEndian.Uint32(b[4:]), v6: true}
				whole, first, ok := d.fragment(key, int(offset&0xfff8), offset&1 != 0, b[0], b[fragHeaderLen:], miss)
				if !ok {
					return true
				}
				if first == protoFragment {
					return d.broken()
				}
				next, b, miss = first, whole, 0
				continue
			}
			n = fragHeaderLen
		case protoAH:
			n = (int(b[1]) + 2) * 4
		default:
			n = (int(b[1]) + 1) * 8
		}
		if n > len(b) {
			return d.broken()
		}
		next, b = b[0], b[n:]
	}
}

// transport decodes what an IP header carries. A protocol that neither is a
// tunnel nor carries SIP or RTP is not ours.
func (d *decoder) transport(proto uint8, b []byte, miss int, seed uint64, depth int) bool {
	switch proto {
	case uint8(UDP):
		return d.udp(b, miss, seed, depth)
	case uint8(TCP):
		return d.tcpSegment(b, miss, seed)
	case uint8(ICMP):
		return d.icmp(b, false, seed)
	case protoICMPv6:
		return d.icmp(b, true, seed)
	case protoIPv4:
		d.enter(TunnelIPIP)
		return d.ipv4(b, miss, depth+1)
	case protoIPv6:
		d.enter(TunnelIPIP)
		return d.ipv6(b, miss, depth+1)
	case protoMPLS:
		d.enter(TunnelIPIP)
		return d.mpls(b, miss, depth+1)
	case protoGRE:
		return d.gre(b, miss, depth)
	case protoEtherIP: // RFC 3378: version 3, then Ethernet
		if len(b) < 2 || b[0]>>4 != 3 {
			return d.broken()
		}
		d.enter(TunnelIPIP)
		return d.ethernet(b[2:], miss, depth+1)
	case protoAH: // over IPv4; integrity only, the payload is readable (RFC 4302)
		if len(b) < 8 || (int(b[1])+2)*4 > len(b) || depth > maxNesting {
			return d.broken()
		}
		return d.transport(b[0], b[(int(b[1])+2)*4:], miss, seed, depth+1)
	}
	return true
}
