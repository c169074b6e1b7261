package capture

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
)

// The builders below make frames from the inside out: each takes the bytes it
// wraps and returns new ones.

func be16b(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }
func be32b(v int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(v)) }
func le32b(v int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(v)) }

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

func raw(v ...byte) []byte { return v }

// addrOf parses "ip:port" or a lone address.
func addrOf(s string) Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return AddrFrom(ap)
	}
	return AddrFrom(netip.AddrPortFrom(netip.MustParseAddr(s), 0))
}

// udpDatagram returns a UDP datagram with its checksum.
func udpDatagram(src, dst string, payload []byte) []byte {
	s, d := addrOf(src), addrOf(dst)
	b := join(be16b(int(s.Port)), be16b(int(d.Port)), be16b(8+len(payload)), be16b(0), payload)
	p := Packet{Src: s, Dst: d}
	binary.BigEndian.PutUint16(b[6:], udpSum(&p, b))
	return b
}

// udpSum computes a UDP checksum the plain way.
func udpSum(p *Packet, b []byte) uint16 {
	sum := uint32(len(b)) + 17
	word := func(w uint16) { sum += uint32(w) }
	for _, a := range []Addr{p.Src, p.Dst} {
		ip := a.IP().AsSlice()
		for i := 0; i < len(ip); i += 2 {
			word(binary.BigEndian.Uint16(ip[i:]))
		}
	}
	for i := 0; i < len(b); i += 2 {
		if i == 6 {
			continue
		}
		if i+1 == len(b) {
			word(uint16(b[i]) << 8)
			break
		}
		word(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	if sum == 0xffff {
		return 0xffff
	}
	return ^uint16(sum)
}

type ipOptions struct {
	id      int
	off     int // of a fragment, in bytes
	more    bool
	ttl     byte
	options []byte
}

// ip4 wraps b into an IPv4 header.
func ip4(src, dst string, proto byte, b []byte, o ...ipOptions) []byte {
	opt := ipOptions{id: 1, ttl: 64}
	if len(o) > 0 {
		opt = o[0]
	}
	header := 20 + len(opt.options)
	frag := opt.off / 8
	if opt.more {
		frag |= moreFragments4
	}
	return join(raw(0x40|byte(header/4), 0), be16b(header+len(b)), be16b(opt.id), be16b(frag),
		raw(opt.ttl, proto), be16b(0), addrOf(src).IP().AsSlice(), addrOf(dst).IP().AsSlice(), opt.options, b)
}

// ip6 wraps b into an IPv6 header.
func ip6(src, dst string, next byte, b []byte) []byte {
	return join(raw(0x60, 0, 0, 0), be16b(len(b)), raw(next, 64), addrOf(src).IP().AsSlice(), addrOf(dst).IP().AsSlice(), b)
}

// ip6Frag makes a fragment header and its data.
func ip6Frag(next byte, id, off int, more bool, b []byte) []byte {
	if more {
		off |= 1
	}
	return join(raw(next, 0), be16b(off), be32b(id), b)
}

// ipUDP wraps a payload into UDP and IP of the addresses' version.
func ipUDP(src, dst string, payload []byte) []byte {
	u := udpDatagram(src, dst, payload)
	host := func(s string) string { return addrOf(s).IP().String() }
	if addrOf(src).Is4() {
		return ip4(host(src), host(dst), 17, u)
	}
	return ip6(host(src), host(dst), 17, u)
}

// eth wraps b into an Ethernet frame; ethertype 0 is that of b's IP version.
func eth(ethertype int, b []byte) []byte {
	if ethertype == 0 {
		ethertype = ipType(b)
	}
	return join(raw(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2), be16b(ethertype), b)
}

func ipType(b []byte) int {
	if b[0]>>4 == 6 {
		return etherIPv6
	}
	return etherIPv4
}

func vlan(id, ethertype int, b []byte) []byte { return join(be16b(id), be16b(ethertype), b) }

func snap(ethertype int, b []byte) []byte {
	return join(raw(0xaa, 0xaa, 3, 0, 0, 0), be16b(ethertype), b)
}

func pppProto(ip []byte) []byte {
	if ip[0]>>4 == 6 {
		return be16b(0x57)
	}
	return be16b(0x21)
}

func pppoeSession(b []byte) []byte { return join(raw(0x11, 0, 0, 7), be16b(len(b)), b) }

func mplsLabel(label int, bottom bool) []byte {
	v := label<<12 | 64
	if bottom {
		v |= 1 << 8
	}
	return be32b(v)
}

// decoded is what came out of frames.
type decoded struct {
	packets []Packet
	in      Input
}

// decode runs frames through a new decoder and keeps copies of the packets.
func decode(frames ...frame) decoded {
	var out decoded
	d := newDecoder([]*Input{&out.in})
	out.run(d, frames...)
	return out
}

func (out *decoded) run(d *decoder, frames ...frame) {
	emit := func(p *Packet) bool {
		q := *p
		q.Payload = slices.Clone(p.Payload)
		out.packets = append(out.packets, q)
		return true
	}
	for i := range frames {
		d.frame(&frames[i], emit)
	}
	d.flush(emit)
}

// frameOf makes a frame that was captured whole.
func frameOf(link LinkType, b []byte) frame {
	return frame{time: 1_700_000_000e9, data: b, wire: len(b), link: link, number: 1}
}

// one returns the only packet that frames gave.
func one(t *testing.T, frames ...frame) Packet {
	t.Helper()
	got := decode(frames...)
	if len(got.packets) != 1 {
		t.Fatalf("%d packets, want 1 (%+v)", len(got.packets), got.in)
	}
	if got.in.Undecoded != 0 {
		t.Errorf("Undecoded = %d, want 0", got.in.Undecoded)
	}
	return got.packets[0]
}
