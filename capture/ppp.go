package capture

import "encoding/binary"

// ppp decodes a PPP frame (RFC 1661), with or without address and control
// bytes, with the protocol field compressed to one byte or not.
func (d *decoder) ppp(b []byte, cut, depth int) bool {
	if len(b) >= 2 && b[0] == 0xff && b[1] == 0x03 {
		b = b[2:]
	}
	if len(b) < 2 {
		return d.broken()
	}
	protocol, n := binary.BigEndian.Uint16(b), 2
	if b[0]&1 != 0 {
		protocol, n = uint16(b[0]), 1
	}
	switch protocol {
	case 0x0021:
		return d.ipv4(b[n:], cut, depth)
	case 0x0057:
		return d.ipv6(b[n:], cut, depth)
	case 0x0281, 0x0283:
		return d.mpls(b[n:], cut, depth)
	}
	return true // LCP, IPCP, compressed, …
}

// pppWithDirection decodes PPP with a byte in front (or in place of the
// address byte) that is 0 for received and 1 for sent.
func (d *decoder) pppWithDirection(b []byte, cut, depth int) bool {
	if len(b) < 2 {
		return d.broken()
	}
	if b[0] <= 1 {
		if d.pkt.Dir == DirUnknown {
			d.pkt.Dir = DirIn + Direction(b[0])
		}
		b = b[1:]
		if b[0] == 0x03 { // the direction stood where the address byte was
			b = b[1:]
		}
	}
	return d.ppp(b, cut, depth)
}

// pppoe decodes a PPPoE session header (RFC 2516 §4).
//
//	version and type(1) code(1) session(2) length(2)
func (d *decoder) pppoe(b []byte, cut, depth int) bool {
	if len(b) < pppoeSessionLen || b[0] != 0x11 {
		return d.broken()
	}
	if b[1] != 0 {
		return true // discovery
	}
	length := int(binary.BigEndian.Uint16(b[4:]))
	return d.ppp(trim(b[pppoeSessionLen:], length), cut, depth)
}

// mpls decodes a label stack (RFC 3032) and guesses what is behind it, as
// every router does: IP by its version, else a pseudo-wire with or without
// control word (RFC 4448).
//
//	label(20 bits) traffic class(3) bottom of stack(1) TTL(8)
func (d *decoder) mpls(b []byte, cut, depth int) bool {
	for labels := 0; ; labels++ {
		if len(b) < 4 || labels == maxMPLSLabels {
			return d.broken()
		}
		bottom := b[2]&1 != 0
		b = b[4:]
		if bottom {
			break
		}
	}
	switch {
	case plausibleIP(b, cut):
		return d.ip(b, cut, depth)
	case len(b) > 4 && b[0]>>4 == 0 && plausibleEthernet(b[4:], cut):
		return d.ethernet(b[4:], cut, depth+1)
	case plausibleEthernet(b, cut):
		return d.ethernet(b, cut, depth+1)
	}
	return d.broken()
}
