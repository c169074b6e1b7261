package capture

import "encoding/binary"

// icmp decodes ICMP and ICMPv6 errors (RFC 792, RFC 4443 §2.1); everything
// else about them is not ours.
//
//	type(1) code(1) checksum(2) unused(4) the datagram complained about
func (d *decoder) icmp(b []byte, v6 bool, seed uint64) bool {
	if len(b) < 8 {
		return d.broken()
	}
	switch {
	case v6 && b[0] >= 1 && b[0] <= 4:
	case !v6 && (b[0] == 3 || b[0] == 4 || b[0] == 5 || b[0] == 11 || b[0] == 12):
	default:
		return true
	}
	p := &d.pkt
	d.dirty = true
	p.Proto = ICMP
	p.ICMPType, p.ICMPCode, p.ICMPv6 = b[0], b[1], v6
	p.Payload, p.Missing = nil, 0
	p.Cause.Proto, p.Cause.Src, p.Cause.Dst = quoted(b[8:])
	d.markCopy(hashPayload(seed^be64(b), b))
	return d.emit(p)
}

// quoted reads protocol, addresses and, where they are there, ports of a
// datagram quoted in an ICMP error. It returns zero values when it can't.
func quoted(b []byte) (proto Proto, src, dst Addr) {
	switch {
	case len(b) >= ipv4MinLen && b[0]>>4 == 4:
		header := int(b[0]&0x0f) * 4
		proto = Proto(b[9])
		src = AddrFrom4(binary.BigEndian.Uint32(b[12:]), 0)
		dst = AddrFrom4(binary.BigEndian.Uint32(b[16:]), 0)
		if header < ipv4MinLen || header > len(b) || binary.BigEndian.Uint16(b[6:])&0x1fff != 0 {
			return proto, src, dst
		}
		b = b[header:]
	case len(b) >= ipv6Len && b[0]>>4 == 6:
		src = Addr{Hi: be64(b[8:]), Lo: be64(b[16:])}
		dst = Addr{Hi: be64(b[24:]), Lo: be64(b[32:])}
		var next uint8
		if next, b = quotedNext(b[6], b[ipv6Len:]); next == protoICMPv6 {
			next = uint8(ICMP)
		}
		proto = Proto(next)
	default:
		return 0, Addr{}, Addr{}
	}
	if (proto == UDP || proto == TCP || proto == SCTP) && len(b) >= 4 {
		src.Port, dst.Port = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	}
	return proto, src, dst
}

// quotedNext skips IPv6 extension headers. It returns no bytes when they end
// early or the quoted datagram is a later fragment.
func quotedNext(next uint8, b []byte) (uint8, []byte) {
	for {
		n := 0
		switch {
		case len(b) < 8:
			return next, b
		case next == protoFragment:
			if binary.BigEndian.Uint16(b[2:])&0xfff8 != 0 {
				return b[0], nil
			}
			n = fragHeaderLen
		case next == protoHopByHop || next == protoRouting || next == protoDstOpts:
			n = (int(b[1]) + 1) * 8
		default:
			return next, b
		}
		if n > len(b) {
			return b[0], nil
		}
		next, b = b[0], b[n:]
	}
}
