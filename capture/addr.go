package capture

import "net/netip"

// Addr is an IP address and port as a small comparable value without pointers,
// so that tables of a million flows cost the garbage collector nothing.
// IPv4 is kept in its IPv4-mapped IPv6 form. The zero Addr means "not known":
// HEP may leave an address unspecified, and that is never a mismatch.
type Addr struct {
	Hi, Lo uint64 // the 128 address bits, big endian
	Port   uint16 // 0 where the protocol has no ports (ICMP)
}

const v4Mapped = 0xffff << 32

// AddrFrom converts an address and port of package netip. An invalid or
// unspecified address gives an Addr whose IsKnown is false.
func AddrFrom(ap netip.AddrPort) Addr {
	if !ap.Addr().IsValid() || ap.Addr().IsUnspecified() {
		return Addr{Port: ap.Port()}
	}
	b := ap.Addr().As16()
	return Addr{Hi: be64(b[0:]), Lo: be64(b[8:]), Port: ap.Port()}
}

// AddrFrom4 makes an Addr from the four bytes of an IPv4 address.
func AddrFrom4(ip uint32, port uint16) Addr {
	return Addr{Lo: v4Mapped | uint64(ip), Port: port}
}

// IsKnown tells whether the address part is there at all.
func (a Addr) IsKnown() bool { return a.Hi != 0 || a.Lo != 0 }

// Is4 tells whether the address is an IPv4 address.
func (a Addr) Is4() bool { return a.Hi == 0 && a.Lo>>32 == 0xffff }

// SameIP tells whether both have the same address, whatever the ports.
func (a Addr) SameIP(b Addr) bool { return a.Hi == b.Hi && a.Lo == b.Lo }

// IP returns the address without the port; the zero netip.Addr when unknown.
func (a Addr) IP() netip.Addr {
	if !a.IsKnown() {
		return netip.Addr{}
	}
	var b [16]byte
	put64(b[0:], a.Hi)
	put64(b[8:], a.Lo)
	return netip.AddrFrom16(b).Unmap()
}

// AddrPort returns the address and port; the zero netip.AddrPort when unknown.
func (a Addr) AddrPort() netip.AddrPort {
	if !a.IsKnown() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.IP(), a.Port)
}

// String returns "ip:port", "[ip6]:port", or "unknown".
func (a Addr) String() string {
	if !a.IsKnown() {
		return "unknown"
	}
	return a.AddrPort().String()
}

func be64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[7]) | uint64(b[6])<<8 | uint64(b[5])<<16 | uint64(b[4])<<24 |
		uint64(b[3])<<32 | uint64(b[2])<<40 | uint64(b[1])<<48 | uint64(b[0])<<56
}

func put64(b []byte, v uint64) {
	_ = b[7]
	b[0], b[1], b[2], b[3] = byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32)
	b[4], b[5], b[6], b[7] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
}
