package capture

import (
	"encoding/binary"
	"math/bits"
)

const (
	udpHeaderLen = 8
	tcpMinLen    = 20
)

// udp decodes a UDP header (RFC 768) and hands on the payload, or what it is
// a tunnel for.
//
//	source port(2) destination port(2) length(2) checksum(2)
func (d *decoder) udp(b []byte, miss int, seed uint64, depth int) bool {
	if len(b) < udpHeaderLen {
		return d.broken()
	}
	p := &d.pkt
	head := binary.BigEndian.Uint64(b)
	payload := b[udpHeaderLen:]
	if length := int(head >> 16 & 0xffff); length >= udpHeaderLen {
		miss = length - len(b)
		if miss <= 0 {
			payload, miss = b[udpHeaderLen:length], 0
		}
	} else if length != 0 { // 0: jumbogram (RFC 2675), or left to the network card
		return d.broken()
	}
	p.Proto = UDP
	p.Src.Port, p.Dst.Port = uint16(head>>48), uint16(head>>32)
	p.Payload, p.Missing = payload, miss

	// RTP, the bulk of all traffic, passes this one test: version 2 sets the
	// top bit, and no tunnel does but VXLAN with a group policy.
	if len(payload) > 0 && (payload[0] < 0x80 || payload[0] == vxlanGroupPolicy) {
		return d.udpContent(b, seed^head, depth)
	}
	d.markCopy(hashPayload(seed^head, payload))
	return d.emit(p)
}

// udpContent hands on a datagram that may be a tunnel, HEP, or text. b has
// its header, the payload is in pkt already.
func (d *decoder) udpContent(b []byte, seed uint64, depth int) bool {
	p := &d.pkt
	payload := p.Payload
	if more, ok := d.udpTunnel(payload, p.Missing, depth); ok {
		return more
	}
	d.markCopy(hashPayload(seed, payload))
	if h, kind := parseHEP(payload, p.Missing); kind != notHEP {
		if kind == brokenHEP {
			return d.broken()
		}
		d.dirty = true
		return d.handHEP(p, &h)
	}
	if p.Missing == 0 && p.Frags == 0 && isLetter(payload[0]) {
		p.BadSum = badChecksum(p, b[:udpHeaderLen+len(payload)])
	}
	return d.emit(p)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// badChecksum tells whether a UDP datagram's checksum is there and wrong. The
// sum of the pseudo-header alone is what a host leaves to its network card to
// finish, and is not wrong.
func badChecksum(p *Packet, b []byte) bool {
	field := binary.BigEndian.Uint16(b[6:])
	if field == 0 {
		return false
	}
	pseudo := uint64(len(b)) + uint64(UDP)
	if p.Src.Is4() {
		pseudo += p.Src.Lo&0xffffffff + p.Dst.Lo&0xffffffff
	} else {
		pseudo = addCarry(pseudo, p.Src.Hi, p.Src.Lo, p.Dst.Hi, p.Dst.Lo)
	}
	if fold(pseudo) == field {
		return false
	}
	sum := pseudo
	for ; len(b) >= 32; b = b[32:] {
		var carry uint64
		sum, carry = bits.Add64(sum, binary.BigEndian.Uint64(b), 0)
		sum, carry = bits.Add64(sum, binary.BigEndian.Uint64(b[8:]), carry)
		sum, carry = bits.Add64(sum, binary.BigEndian.Uint64(b[16:]), carry)
		sum, carry = bits.Add64(sum, binary.BigEndian.Uint64(b[24:]), carry)
		sum = addCarry(sum, carry)
	}
	for ; len(b) >= 8; b = b[8:] {
		sum = addCarry(sum, binary.BigEndian.Uint64(b))
	}
	var rest [8]byte
	copy(rest[:], b)
	return fold(addCarry(sum, binary.BigEndian.Uint64(rest[:]))) != 0xffff
}

// addCarry adds in one's complement.
func addCarry(sum uint64, words ...uint64) uint64 {
	for _, w := range words {
		var carry uint64
		sum, carry = bits.Add64(sum, w, 0)
		sum += carry
	}
	return sum
}

// fold brings a one's complement sum down to 16 bits.
func fold(sum uint64) uint16 {
	sum = sum>>32 + sum&0xffffffff
	for sum>>16 != 0 {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// tcpSegment decodes a TCP header (RFC 9293 §3.1) for the assembler.
//
//	source port(2) destination port(2) sequence(4) acknowledgment(4)
//	offset and flags(2) window(2) checksum(2) urgent(2) options
func (d *decoder) tcpSegment(b []byte, miss int, seed uint64) bool {
	if len(b) < tcpMinLen {
		return d.broken()
	}
	p := &d.pkt
	d.dirty = true
	header := int(b[12]>>4) * 4
	if header < tcpMinLen || header > len(b)+miss {
		return d.broken()
	}
	if header > len(b) { // options cut by the snaplen
		miss -= header - len(b)
		header = len(b)
	}
	p.Proto = TCP
	p.Src.Port, p.Dst.Port = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	p.Payload, p.Missing = b[header:], miss
	flags := b[13]
	d.seg = segment{
		seq: binary.BigEndian.Uint32(b[4:]),
		fin: flags&0x01 != 0,
		syn: flags&0x02 != 0,
		rst: flags&0x04 != 0,
	}
	if flags&0x10 != 0 {
		d.seg.ack = binary.BigEndian.Uint32(b[8:])
	}
	h := mix(seed^be64(b), be64(b[8:]))
	d.markCopy(mix(h^uint64(len(b)), uint64(binary.BigEndian.Uint16(b[16:]))))
	evicted := d.tcp.evicted
	more := d.tcp.segment(p, &d.seg, d.fromTCP)
	d.inputs[d.f.input].Evicted += d.tcp.evicted - evicted
	return more
}
