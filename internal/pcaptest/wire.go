package pcaptest

import (
	"encoding/binary"
	"net/netip"
)

var be = binary.BigEndian

// datagram is one transport payload and how it is to be put on the wire.
type datagram struct {
	proto    byte // 1 ICMP (58 is made of it for IPv6), 6 TCP, 17 UDP
	src, dst netip.AddrPort
	payload  []byte
	ttl      int
	frag     int    // bytes of IP payload per fragment, 0 for one packet
	sum      string // "", "bad", "zero"
	clip     int    // bytes captured, 0 for all

	seq, ack uint32 // TCP
	flags    byte

	icmpType, icmpCode byte
}

// TCP flags.
const (
	fin = 0x01
	syn = 0x02
	rst = 0x04
	psh = 0x08
	ack = 0x10
)

// ipPackets returns the datagram as one IP packet, or as its fragments.
func (d *datagram) ipPackets(id uint16) [][]byte {
	b := d.transport()
	if d.frag == 0 || len(b) <= d.frag {
		return [][]byte{d.ip(id, b, 0, false)}
	}
	size := max(d.frag&^7, 8)
	var packets [][]byte
	for off := 0; off < len(b); off += size {
		end := min(off+size, len(b))
		packets = append(packets, d.ip(id, b[off:end], off, end < len(b)))
	}
	return packets
}

func (d *datagram) is6() bool { return d.src.Addr().Is6() }

// transport returns the header of UDP, TCP or ICMP with the payload behind it.
func (d *datagram) transport() []byte {
	var b []byte
	sumAt := 0
	switch d.proto {
	case 17:
		b = be.AppendUint16(nil, d.src.Port())
		b = be.AppendUint16(b, d.dst.Port())
		b = be.AppendUint16(b, uint16(8+len(d.payload)))
		b, sumAt = append(b, 0, 0), 6
	case 6:
		b = be.AppendUint16(nil, d.src.Port())
		b = be.AppendUint16(b, d.dst.Port())
		b = be.AppendUint32(b, d.seq)
		b = be.AppendUint32(b, d.ack)
		b = append(b, 5<<4, d.flags, 0xfa, 0xf0, 0, 0, 0, 0)
		sumAt = 16
	case 1:
		b = []byte{d.icmpType, d.icmpCode, 0, 0, 0, 0, 0, 0}
		sumAt = 2
	}
	b = append(b, d.payload...)
	sum := d.checksum(b)
	switch {
	case d.sum == "bad":
		sum ^= 0x5555
	case d.sum == "zero":
		sum = 0
	case sum == 0 && d.proto == 17:
		sum = 0xffff // 0 means "no checksum" (RFC 768)
	}
	be.PutUint16(b[sumAt:], sum)
	return b
}

// checksum is the Internet checksum of a transport packet; all but ICMP for
// IPv4 have the addresses in it.
func (d *datagram) checksum(b []byte) uint16 {
	var pseudo []byte
	if d.is6() || d.proto != 1 {
		pseudo = append(pseudo, d.src.Addr().AsSlice()...)
		pseudo = append(pseudo, d.dst.Addr().AsSlice()...)
		pseudo = be.AppendUint32(pseudo, uint32(len(b)))
		pseudo = append(pseudo, 0, 0, 0, d.ipProto())
	}
	return internetSum(append(pseudo, b...))
}

func (d *datagram) ipProto() byte {
	if d.proto == 1 && d.is6() {
		return 58
	}
	return d.proto
}

// ip puts an IP header in front of a packet or fragment.
func (d *datagram) ip(id uint16, b []byte, off int, more bool) []byte {
	if d.is6() {
		return d.ip6(id, b, off, more)
	}
	flags := uint16(off / 8)
	if more {
		flags |= 0x2000
	}
	h := []byte{0x45, 0}
	h = be.AppendUint16(h, uint16(20+len(b)))
	h = be.AppendUint16(h, id)
	h = be.AppendUint16(h, flags)
	h = append(h, byte(d.ttl), d.proto, 0, 0)
	h = append(h, d.src.Addr().AsSlice()...)
	h = append(h, d.dst.Addr().AsSlice()...)
	be.PutUint16(h[10:], internetSum(h))
	return append(h, b...)
}

// ip6 writes a fragment header (RFC 8200 §4.5) only where there are fragments.
func (d *datagram) ip6(id uint16, b []byte, off int, more bool) []byte {
	next := d.ipProto()
	if off > 0 || more {
		bits := uint16(off)
		if more {
			bits |= 1
		}
		h := be.AppendUint16([]byte{next, 0}, bits)
		h = be.AppendUint32(h, uint32(id))
		b, next = append(h, b...), 44
	}
	h := []byte{0x60, 0, 0, 0}
	h = be.AppendUint16(h, uint16(len(b)))
	h = append(h, next, byte(d.ttl))
	h = append(h, d.src.Addr().AsSlice()...)
	h = append(h, d.dst.Addr().AsSlice()...)
	return append(h, b...)
}

// internetSum is the checksum of RFC 1071.
func internetSum(b []byte) uint16 {
	var sum uint64
	for ; len(b) >= 2; b = b[2:] {
		sum += uint64(be.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint64(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// LINKTYPE_ numbers by the names that tcpdump gives them.
var linkTypes = map[string]uint32{"EN10MB": 1, "RAW": 101, "LINUX_SLL": 113, "LINUX_SLL2": 276}

// linkFrame puts a link-layer header in front of an IP packet. host is the
// address of the machine that captures, for the direction in cooked headers.
func linkFrame(link uint32, src, dst, host netip.Addr, packet []byte) []byte {
	etherType := uint16(0x0800)
	if src.Is6() {
		etherType = 0x86dd
	}
	var kind byte // to us
	if host == src {
		kind = 4 // sent by us
	}
	var h []byte
	switch link {
	case linkTypes["EN10MB"]:
		h = append(mac(dst), mac(src)...)
		h = be.AppendUint16(h, etherType)
	case linkTypes["LINUX_SLL"]:
		h = append([]byte{0, kind, 0, 1, 0, 6}, mac(src)...)
		h = append(h, 0, 0)
		h = be.AppendUint16(h, etherType)
	case linkTypes["LINUX_SLL2"]:
		h = be.AppendUint16(nil, etherType)
		h = append(h, 0, 0, 0, 0, 0, 2, 0, 1, kind, 6)
		h = append(h, mac(src)...)
		h = append(h, 0, 0)
	}
	return append(h, packet...)
}

// mac makes a locally administered address from the last bytes of an IP.
func mac(ip netip.Addr) []byte {
	b := ip.AsSlice()
	return append([]byte{2, 0}, b[len(b)-4:]...)
}
