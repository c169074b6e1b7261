package engine_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// datagram is a whole IP packet, taken apart.
type datagram struct {
	v6       bool
	proto    byte
	src, dst netip.AddrPort
	at       int  // where the transport header begins
	fragment bool // a piece: nothing below IP can be told
	first    bool // … the one that begins with the transport header
	clipped  bool
	payload  []byte // of UDP or TCP
}

// open takes an IP packet apart; ok is false for what is none.
func open(b []byte, wire int) (d datagram, ok bool) {
	be := binary.BigEndian
	var total int
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		d.at, d.proto = int(b[0]&15)*4, b[9]
		total = int(be.Uint16(b[2:]))
		frag := be.Uint16(b[6:]) & 0x3fff
		d.fragment, d.first = frag != 0, frag&0x1fff == 0
	case len(b) >= 40 && b[0]>>4 == 6:
		d.v6, d.at, d.proto = true, 40, b[6]
		total = 40 + int(be.Uint16(b[4:]))
		d.fragment = d.proto == 44
	default:
		return d, false
	}
	if d.at < 20 || d.at > len(b) || total < d.at {
		return d, false
	}
	d.clipped = total > len(b)
	b = b[:min(total, len(b))]
	src, dst := addressesOf(b, d.v6)
	var ports [2]uint16
	if !d.fragment && (d.proto == 17 || d.proto == 6) && len(b) >= d.at+8 {
		ports = [2]uint16{be.Uint16(b[d.at:]), be.Uint16(b[d.at+2:])}
		head := 8
		if d.proto == 6 && len(b) >= d.at+20 {
			head = int(b[d.at+12]>>4) * 4
		}
		if d.at+head <= len(b) {
			d.payload = b[d.at+head:]
		}
	}
	d.src, d.dst = netip.AddrPortFrom(src, ports[0]), netip.AddrPortFrom(dst, ports[1])
	return d, true
}

func addressesOf(b []byte, v6 bool) (src, dst netip.Addr) {
	if v6 {
		src, _ = netip.AddrFromSlice(b[8:24])
		dst, _ = netip.AddrFromSlice(b[24:40])
		return src, dst
	}
	src, _ = netip.AddrFromSlice(b[12:16])
	dst, _ = netip.AddrFromSlice(b[16:20])
	return src, dst
}

// seal makes the checksums and lengths of a packet right again, in place,
// those of UDP and TCP only where they are wanted and can be.
func seal(b []byte, transport bool) {
	be := binary.BigEndian
	v6 := b[0]>>4 == 6
	at := 40
	if v6 {
		be.PutUint16(b[4:], uint16(len(b)-40))
	} else {
		at = int(b[0]&15) * 4
		be.PutUint16(b[2:], uint16(len(b)))
		b[10], b[11] = 0, 0
		be.PutUint16(b[10:], internetSum(0, b[:at]))
	}
	d, _ := open(b, len(b))
	if !transport || d.fragment || d.proto != 17 && d.proto != 6 {
		return
	}
	sumAt := at + 16
	if d.proto == 17 {
		sumAt = at + 6
		be.PutUint16(b[at+4:], uint16(len(b)-at))
	}
	b[sumAt], b[sumAt+1] = 0, 0
	sum := transportSum(b, d)
	if sum == 0 && d.proto == 17 {
		sum = 0xffff
	}
	be.PutUint16(b[sumAt:], sum)
}

// transportSum is 0 for a packet whose checksum is right.
func transportSum(b []byte, d datagram) uint16 {
	src, dst := addressesOf(b, d.v6)
	sum := uint64(d.proto) + uint64(len(b)-d.at)
	for _, a := range [][]byte{src.AsSlice(), dst.AsSlice()} {
		for i := 0; i < len(a); i += 2 {
			sum += uint64(binary.BigEndian.Uint16(a[i:]))
		}
	}
	return internetSum(sum, b[d.at:])
}

// hasSum tells whether a packet has a checksum for UDP or TCP that is right.
func hasSum(b []byte, d datagram) bool {
	if d.fragment || d.clipped || d.proto == 17 && len(b) >= d.at+8 && b[d.at+6] == 0 && b[d.at+7] == 0 {
		return false
	}
	return transportSum(b, d) == 0
}

// eachIP calls f for the IP packet in every frame and puts what it returns in
// its place; nil leaves it as it is. The bytes given are f's to change.
func (t *trace) eachIP(f func(i int, ip []byte, d datagram) []byte) *trace {
	c := t.clone()
	for i := range c.frames {
		fr := &c.frames[i]
		l, ok := c.unwrap(fr)
		if !ok || l.etherType != 0x0800 && l.etherType != 0x86dd {
			continue
		}
		ip := slices.Clone(fr.data[l.header:])
		d, ok := open(ip, fr.wire-l.header)
		if !ok {
			continue
		}
		if !d.clipped { // without what Ethernet pads short frames with
			total := int(binary.BigEndian.Uint16(ip[2:]))
			if d.v6 {
				total = 40 + int(binary.BigEndian.Uint16(ip[4:]))
			}
			ip = ip[:total]
		}
		if out := f(i, ip, d); out != nil {
			fr.wire += len(out) - len(fr.data[l.header:])
			fr.data = slices.Concat(fr.data[:l.header], out)
		}
	}
	return c
}

// replaced puts another payload into a UDP packet.
func replaced(ip []byte, d datagram, payload []byte) []byte {
	summed := hasSum(ip, d)
	out := slices.Concat(ip[:len(ip)-len(d.payload)], payload)
	if !summed {
		out[d.at+6], out[d.at+7] = 0, 0
		binary.BigEndian.PutUint16(out[d.at+4:], uint16(len(out)-d.at))
	}
	seal(out, summed)
	return out
}

// udpFrame makes an Ethernet frame of a datagram, IPv4 only.
func udpFrame(time int64, src, dst netip.AddrPort, payload []byte) traceFrame {
	be := binary.BigEndian
	ip := []byte{0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0}
	be.PutUint16(ip[4:], uint16(time>>10))
	ip = slices.Concat(ip, src.Addr().AsSlice(), dst.Addr().AsSlice())
	ip = be.AppendUint16(ip, src.Port())
	ip = be.AppendUint16(ip, dst.Port())
	ip = append(ip, 0, 0, 0, 0)
	ip = append(ip, payload...)
	seal(ip, true)
	data := slices.Concat(macA, macB, []byte{8, 0}, ip)
	return traceFrame{time: time, data: data, wire: len(data)}
}
