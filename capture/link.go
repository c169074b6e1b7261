package capture

import "encoding/binary"

// Link types that are decoded, by their LINKTYPE_ numbers
// (https://www.tcpdump.org/linktypes.html).
const (
	linkNull        LinkType = 0
	linkEthernet    LinkType = 1
	linkPPP         LinkType = 9
	linkRawBSD      LinkType = 12 // DLT_RAW of most systems, written by mistake
	linkRawOpenBSD  LinkType = 14
	linkPPPHDLC     LinkType = 50
	linkPPPoE       LinkType = 51
	linkRaw         LinkType = 101
	linkCHDLC       LinkType = 104
	linkWiFi        LinkType = 105
	linkLoop        LinkType = 108
	linkSLL         LinkType = 113
	linkPrism       LinkType = 119
	linkRadiotap    LinkType = 127
	linkAVS         LinkType = 163
	linkPPPD        LinkType = 166
	linkPPI         LinkType = 192
	linkPPPWithDir  LinkType = 204
	linkIPv4        LinkType = 228
	linkIPv6        LinkType = 229
	linkNFLOG       LinkType = 239
	linkPKTAP       LinkType = 258
	linkSLL2        LinkType = 276
	maxLLCLength             = 1500 // an ethertype up to here is a length (IEEE 802.3)
	ethernetLen              = 14
	maxVLANTags              = 8
	maxMPLSLabels            = 16
	pppoeSessionLen          = 6
)

// Ethertypes on the way to IP.
const (
	etherIPv4    = 0x0800
	etherARP     = 0x0806
	etherTEB     = 0x6558 // transparent Ethernet bridging (RFC 7637, RFC 8926)
	etherVLAN    = 0x8100
	etherIPv6    = 0x86dd
	etherPPP     = 0x880b
	etherMPLS    = 0x8847
	etherMPLSM   = 0x8848
	etherPPPoE   = 0x8864
	etherQinQ    = 0x88a8
	etherMACsec  = 0x88e5
	etherVNTag   = 0x8926
	etherQinQOld = 0x9100
	etherQinQ92  = 0x9200
	etherWCCP    = 0x883e
)

// linkLayer decodes a frame by its link type.
func (d *decoder) linkLayer(link LinkType, b []byte, cut, depth int) bool {
	if depth > maxNesting {
		return d.broken()
	}
	switch link {
	case linkEthernet:
		return d.ethernet(b, cut, depth)
	case linkSLL:
		return d.sll(b, cut, depth)
	case linkSLL2:
		return d.sll2(b, cut, depth)
	case linkRaw, linkRawBSD, linkRawOpenBSD, linkIPv4, linkIPv6:
		return d.ip(b, cut, depth)
	case linkNull, linkLoop:
		return d.bsdLoopback(b, cut, depth)
	case linkPPP, linkPPPHDLC:
		if len(b) > 0 && b[0]&^0x80 == 0x0f {
			return d.ciscoHDLC(b, cut, depth)
		}
		return d.ppp(b, cut, depth)
	case linkPPPD, linkPPPWithDir:
		return d.pppWithDirection(b, cut, depth)
	case linkPPPoE:
		return d.pppoe(b, cut, depth)
	case linkCHDLC:
		return d.ciscoHDLC(b, cut, depth)
	case linkWiFi:
		return d.wifi(b, cut, depth, false)
	case linkRadiotap:
		return d.radiotap(b, cut, depth)
	case linkPrism, linkAVS:
		return d.prism(b, cut, depth)
	case linkPPI, linkPKTAP:
		return d.nestedLink(link, b, cut, depth)
	case linkNFLOG:
		return d.nflog(b, cut, depth)
	}
	return d.broken()
}

// ethernet decodes an Ethernet frame without its preamble and checksum.
func (d *decoder) ethernet(b []byte, cut, depth int) bool {
	if len(b) < ethernetLen || depth > maxNesting {
		return d.broken()
	}
	return d.ethertype(binary.BigEndian.Uint16(b[12:]), b[ethernetLen:], cut, depth)
}

// ethertype decodes what an ethertype announces, tags first. What does not
// lead to IP (ARP, LLDP, EAPOL, …) is not ours, and is no defect either.
func (d *decoder) ethertype(et uint16, b []byte, cut, depth int) bool {
	for tags := 0; ; tags++ {
		skip := 0 // length of a tag: its last two bytes are the next ethertype
		switch et {
		case etherIPv4:
			return d.ipv4(b, cut, depth)
		case etherIPv6:
			return d.ipv6(b, cut, depth)
		case etherVLAN, etherQinQ, etherQinQOld, etherQinQ92:
			skip = 4
		case etherVNTag:
			skip = 6
		case etherMPLS, etherMPLSM:
			return d.mpls(b, cut, depth)
		case etherPPPoE:
			return d.pppoe(b, cut, depth)
		case etherPPP:
			return d.ppp(b, cut, depth)
		case etherTEB:
			return d.ethernet(b, cut, depth+1)
		case etherMACsec:
			return d.broken() // encrypted, or at least a header of its own
		default:
			if et <= maxLLCLength {
				return d.llc(trim(b, int(et)), cut, depth)
			}
			return true
		}
		if len(b) < skip || tags == maxVLANTags {
			return d.broken()
		}
		et, b = binary.BigEndian.Uint16(b[skip-2:]), b[skip:]
	}
}

// trim cuts b to n bytes where it is longer.
func trim(b []byte, n int) []byte {
	if n < len(b) {
		return b[:n]
	}
	return b
}

// llc decodes an IEEE 802.2 header; only SNAP with an ethertype leads to IP.
func (d *decoder) llc(b []byte, cut, depth int) bool {
	if len(b) < 3 {
		return d.broken()
	}
	if b[0] == 0x06 && b[1] == 0x06 && b[2] == 0x03 { // IP's own SAP
		return d.ipv4(b[3:], cut, depth)
	}
	if b[0] != 0xaa || b[1] != 0xaa || b[2] != 0x03 {
		return true // STP, IS-IS, …
	}
	if len(b) < 8 {
		return d.broken()
	}
	oui := uint32(b[3])<<16 | uint32(b[4])<<8 | uint32(b[5])
	et := binary.BigEndian.Uint16(b[6:])
	if oui != 0 && oui != 0x0000f8 || et <= maxLLCLength { // RFC 1042, IEEE 802.1H
		return true
	}
	return d.ethertype(et, b[8:], cut, depth)
}

// sll decodes a Linux cooked header, version 1.
//
//	packet type(2) ARPHRD_ type(2) address length(2) address(8) protocol(2)
func (d *decoder) sll(b []byte, cut, depth int) bool {
	if len(b) < 16 {
		return d.broken()
	}
	d.cookedDirection(b[1])
	return d.cooked(binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint16(b[14:]), b[16:], cut, depth)
}

// sll2 decodes a Linux cooked header, version 2.
//
//	protocol(2) reserved(2) interface(4) ARPHRD_ type(2) packet type(1)
//	address length(1) address(8)
func (d *decoder) sll2(b []byte, cut, depth int) bool {
	if len(b) < 20 {
		return d.broken()
	}
	d.pkt.Iface = int(binary.BigEndian.Uint32(b[4:]))
	d.cookedDirection(b[10])
	return d.cooked(binary.BigEndian.Uint16(b[8:]), binary.BigEndian.Uint16(b), b[20:], cut, depth)
}

// cookedDirection reads the packet type of a cooked header: 0 to us,
// 1 broadcast, 2 multicast, 3 to another host, 4 from us.
func (d *decoder) cookedDirection(kind byte) {
	switch {
	case d.pkt.Dir != DirUnknown:
	case kind <= 2:
		d.pkt.Dir = DirIn
	case kind == 4:
		d.pkt.Dir = DirOut
	}
}

// cooked decodes what is behind a cooked header by hardware type and protocol.
func (d *decoder) cooked(arphrd, protocol uint16, b []byte, cut, depth int) bool {
	const (
		arphrdWiFi     = 801
		arphrdRadiotap = 803
		arphrdNetlink  = 824
		sllNovell      = 0x0001 // 802.3 without LLC
		sllLLC         = 0x0004
	)
	switch {
	case arphrd == arphrdNetlink:
		return true
	case arphrd == arphrdRadiotap:
		return d.radiotap(b, cut, depth)
	case arphrd == arphrdWiFi:
		return d.wifi(b, cut, depth, false)
	case protocol == sllLLC:
		return d.llc(b, cut, depth)
	case protocol <= maxLLCLength:
		return true // CAN, IRDA, PPP control, …
	}
	return d.ethertype(protocol, b, cut, depth)
}

// bsdLoopback decodes the four bytes of BSD's loopback: an address family in
// the byte order of the capturing host, or of the network (link type loop).
func (d *decoder) bsdLoopback(b []byte, cut, depth int) bool {
	if len(b) < 4 {
		return d.broken()
	}
	family := binary.LittleEndian.Uint32(b)
	if family > 0xffff {
		family = binary.BigEndian.Uint32(b)
	}
	switch family {
	case 2, 10, 23, 24, 28, 30: // AF_INET everywhere; AF_INET6 differs by system
		return d.ip(b[4:], cut, depth)
	}
	return true
}

// ciscoHDLC decodes address(1) control(1) ethertype(2).
func (d *decoder) ciscoHDLC(b []byte, cut, depth int) bool {
	if len(b) < 4 {
		return d.broken()
	}
	et := binary.BigEndian.Uint16(b[2:])
	if et <= maxLLCLength {
		return true
	}
	return d.ethertype(et, b[4:], cut, depth)
}

// ip decodes an IP datagram of either version.
func (d *decoder) ip(b []byte, cut, depth int) bool {
	if len(b) == 0 {
		return d.broken()
	}
	switch b[0] >> 4 {
	case 4:
		return d.ipv4(b, cut, depth)
	case 6:
		return d.ipv6(b, cut, depth)
	}
	return d.broken()
}
