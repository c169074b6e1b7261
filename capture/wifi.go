package capture

import "encoding/binary"

// wifi decodes an IEEE 802.11 frame. Only data frames are ours; encrypted ones
// are counted as not decoded. padded tells that the header is padded to a
// multiple of four bytes (radiotap flag).
//
//	frame control(2) duration(2) address 1, 2, 3(18) sequence(2)
//	[address 4(6)] [QoS(2)] [HT control(4)]
func (d *decoder) wifi(b []byte, cut, depth int, padded bool) bool {
	const (
		typeData  = 2
		bothDS    = 0x03
		protected = 0x40
		order     = 0x80
		noData    = 0x04 // subtype bit: null function
		hasQoS    = 0x08 // subtype bit
		aMSDU     = 0x80 // QoS control bit
	)
	if len(b) < 2 || b[0]&3 != 0 {
		return d.broken()
	}
	subtype, flags := b[0]>>4, b[1]
	if b[0]>>2&3 != typeData || subtype&noData != 0 {
		return true
	}
	n := 24
	if flags&bothDS == bothDS {
		n += 6
	}
	qos := n
	if subtype&hasQoS != 0 {
		n += 2
		if flags&order != 0 {
			n += 4
		}
	}
	if padded {
		n = (n + 3) &^ 3
	}
	if len(b) < n || b[22]&0x0f != 0 { // a later fragment of an 802.11 frame
		return d.broken()
	}
	body := b[n:]
	// Some drivers hand on what they decrypted with the flag still set.
	if flags&protected != 0 && !isSNAP(body) {
		return d.broken()
	}
	if subtype&hasQoS != 0 && b[qos]&aMSDU != 0 && !isSNAP(body) {
		return d.amsdu(body, cut, depth)
	}
	return d.llc(body, cut, depth)
}

func isSNAP(b []byte) bool {
	return len(b) >= 3 && b[0] == 0xaa && b[1] == 0xaa && b[2] == 0x03
}

// amsdu decodes an aggregate of several frames (IEEE 802.11 §9.3.2.2): each
// has destination(6), source(6), length(2), then LLC, padded to four bytes.
func (d *decoder) amsdu(b []byte, cut, depth int) bool {
	for first := true; len(b) >= ethernetLen; first = false {
		length := int(binary.BigEndian.Uint16(b[12:]))
		rest := b[ethernetLen:]
		if length < 3 {
			if first {
				return d.broken()
			}
			return true
		}
		if !first {
			d.begin(d.f)
		}
		over := 0
		if length >= len(rest) {
			over = cut
		}
		if !d.llc(trim(rest, length), over, depth) {
			return false
		}
		b = rest[min(len(rest), (ethernetLen+length+3)&^3-ethernetLen):]
	}
	return true
}

// radiotap decodes the header that most systems put before 802.11 frames
// (https://www.radiotap.org): version(1) pad(1) length(2) present(4, and more
// while bit 31 is set), then fields in the order of their bits.
func (d *decoder) radiotap(b []byte, cut, depth int) bool {
	const (
		hasTSFT  = 1 << 0
		hasFlags = 1 << 1
		more     = 1 << 31
		padded   = 0x20
		badFCS   = 0x40
	)
	if len(b) < 8 || b[0] != 0 {
		return d.broken()
	}
	length := int(binary.LittleEndian.Uint16(b[2:]))
	if length < 8 || length > len(b) {
		return d.broken()
	}
	present := binary.LittleEndian.Uint32(b[4:])
	at := 8
	for word := present; word&more != 0; at += 4 {
		if at+4 > length {
			return d.broken()
		}
		word = binary.LittleEndian.Uint32(b[at:])
	}
	var flags byte
	if present&hasFlags != 0 {
		if present&hasTSFT != 0 {
			at = (at+7)&^7 + 8
		}
		if at < length {
			flags = b[at]
		}
	}
	if flags&badFCS != 0 {
		return d.broken()
	}
	return d.wifi(b[length:], cut, depth, flags&padded != 0)
}

// prism decodes the headers of old wireless drivers: AVS says so in its first
// four bytes, Prism is 144 bytes long and says its length in host byte order.
func (d *decoder) prism(b []byte, cut, depth int) bool {
	if len(b) < 8 {
		return d.broken()
	}
	length := binary.BigEndian.Uint32(b[4:])
	if binary.BigEndian.Uint32(b)&0xfffff000 != 0x80211000 && length > 0xffff {
		length = binary.LittleEndian.Uint32(b[4:])
	}
	if length < 8 || uint64(length) > uint64(len(b)) {
		return d.broken()
	}
	return d.wifi(b[length:], cut, depth, false)
}

// nestedLink decodes headers that name another link type behind them: PPI
// (length at 2, type at 4) and Apple's PKTAP (length at 0, type at 8).
func (d *decoder) nestedLink(link LinkType, b []byte, cut, depth int) bool {
	if len(b) < 12 {
		return d.broken()
	}
	length, inner := uint32(binary.LittleEndian.Uint16(b[2:])), binary.LittleEndian.Uint32(b[4:])
	if link == linkPKTAP {
		length, inner = binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[8:])
	}
	if length < 8 || uint64(length) > uint64(len(b)) {
		return d.broken()
	}
	return d.linkLayer(LinkType(inner), b[length:], cut, depth+1)
}

// nflog decodes Linux netfilter log messages: family(1) version(1) resource(2),
// then attributes of length(2), type(2) in host byte order, padded to four.
func (d *decoder) nflog(b []byte, cut, depth int) bool {
	const payload = 9
	if len(b) < 4 || b[1] != 0 {
		return d.broken()
	}
	for b = b[4:]; len(b) >= 4; {
		length, kind := int(binary.LittleEndian.Uint16(b)), binary.LittleEndian.Uint16(b[2:])
		if length < 4 {
			return d.broken()
		}
		if kind == payload {
			return d.ip(trim(b, length)[4:], cut, depth)
		}
		b = b[min(len(b), (length+3)&^3):]
	}
	return d.broken()
}
