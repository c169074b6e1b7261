package capture

import "encoding/binary"

// UDP ports of tunnels. A port alone proves nothing: a phone may have chosen
// it for its media, so the content has to fit as well.
const (
	portGTPU      = 2152
	portVXLAN     = 4789
	portVXLANGPE  = 4790
	portGeneve    = 6081
	portVXLANOld  = 8472 // Linux before it had a number
	portTZSP      = 37008
	tunnelMinLen  = 8
	maxExtensions = 32
)

const (
	vxlanKey         = 0x08 // the only flag of RFC 7348
	vxlanGroupPolicy = 0x88
	vxlanGPE         = 0x0c // next protocol given
)

// udpTunnel decodes a UDP payload that is a tunnel by port and by content. ok
// is false, and nothing has happened, when it is not one.
func (d *decoder) udpTunnel(b []byte, miss, depth int) (more, ok bool) {
	if len(b) < tunnelMinLen {
		return true, false
	}
	var inner []byte
	tunnel, link := NoTunnel, linkEthernet
	switch d.pkt.Dst.Port {
	case portVXLAN, portVXLANOld, portVXLANGPE:
		inner, link = vxlanInner(b)
		tunnel = TunnelVXLAN
	case portGeneve:
		inner, link = geneveInner(b)
		tunnel = TunnelGeneve
	case portGTPU:
		inner, link = gtpuInner(b)
		tunnel = TunnelGTPU
	case portTZSP:
		inner, link = tzspInner(b)
		tunnel = TunnelTZSP
	default:
		return true, false
	}
	if inner == nil || !plausible(link, inner, miss) {
		return true, false
	}
	d.enter(tunnel)
	return d.linkLayer(link, inner, miss, depth+1), true
}

// vxlanInner returns what follows a VXLAN header (RFC 7348 §5).
//
//	flags(1) reserved or group policy(3) VNI(3) reserved(1)
func vxlanInner(b []byte) ([]byte, LinkType) {
	switch {
	case b[7] != 0:
	case b[0] == vxlanKey || b[0] == vxlanGroupPolicy:
		return b[8:], linkEthernet
	case b[0] == vxlanGPE && (b[3] == 1 || b[3] == 2):
		return b[8:], linkRaw
	case b[0] == vxlanGPE && b[3] == 3:
		return b[8:], linkEthernet
	}
	return nil, 0
}

// geneveInner returns what follows a Geneve header (RFC 8926 §3.4).
//
//	version(2 bits) options length(6) flags(8) protocol(2) VNI(3) reserved(1)
func geneveInner(b []byte) ([]byte, LinkType) {
	n := 8 + int(b[0]&0x3f)*4
	if b[0]>>6 != 0 || b[7] != 0 || n > len(b) {
		return nil, 0
	}
	switch binary.BigEndian.Uint16(b[2:]) {
	case etherTEB:
		return b[n:], linkEthernet
	case etherIPv4, etherIPv6:
		return b[n:], linkRaw
	}
	return nil, 0
}

// gtpuInner returns the user datagram of a GTP-U G-PDU (3GPP TS 29.281 §5.1).
//
//	version 1, type 1, E, S, PN(1) message type(1) length(2) TEID(4)
//	[sequence(2) N-PDU(1) next extension type(1)]
//	extension: length in words(1) content next extension type(1)
func gtpuInner(b []byte) ([]byte, LinkType) {
	const gPDU = 0xff
	if b[0]&0xf0 != 0x30 || b[1] != gPDU {
		return nil, 0
	}
	n := 8
	if b[0]&0x07 != 0 {
		n = 12
		for i := 0; b[0]&0x04 != 0 && n <= len(b) && b[n-1] != 0; i++ {
			if n == len(b) || b[n] == 0 || i == maxExtensions {
				return nil, 0
			}
			n += int(b[n]) * 4
		}
	}
	if n >= len(b) {
		return nil, 0
	}
	if v := b[n] >> 4; v == 4 || v == 6 {
		return b[n:], linkRaw
	}
	return b[n:], linkEthernet // 5G Ethernet sessions
}

// tzspInner returns the frame behind a TZSP header (as MikroTik and Aruba
// send it): version(1) type(1) protocol(2), then tags: 0 is padding, 1 the
// end, all others have length(1) and content.
func tzspInner(b []byte) ([]byte, LinkType) {
	if b[0] != 1 || b[1] > 1 {
		return nil, 0
	}
	var link LinkType
	switch binary.BigEndian.Uint16(b[2:]) {
	case 1:
		link = linkEthernet
	case 18:
		link = linkWiFi
	case 119:
		link = linkPrism
	case 127:
		link = linkAVS
	default:
		return nil, 0
	}
	for n := 4; n < len(b); {
		switch b[n] {
		case 0:
			n++
		case 1:
			return b[n+1:], link
		default:
			if n+1 == len(b) {
				return nil, 0
			}
			n += 2 + int(b[n+1])
		}
	}
	return nil, 0
}

// plausible tells whether b looks like a frame of the link type that leads to
// something known.
func plausible(link LinkType, b []byte, miss int) bool {
	switch link {
	case linkEthernet:
		return plausibleEthernet(b, miss)
	case linkRaw:
		return plausibleIP(b, miss)
	case linkWiFi:
		return len(b) >= 10 && b[0]&3 == 0
	}
	return len(b) >= 8
}

// plausibleEthernet tells whether b looks like an Ethernet frame with
// something in it that networks carry.
func plausibleEthernet(b []byte, miss int) bool {
	if len(b) < ethernetLen {
		return false
	}
	et, at := binary.BigEndian.Uint16(b[12:]), ethernetLen
	for tags := 0; et == etherVLAN || et == etherQinQ || et == etherQinQOld || et == etherQinQ92; tags++ {
		if len(b) < at+4 || tags == maxVLANTags {
			return false
		}
		et, at = binary.BigEndian.Uint16(b[at+2:]), at+4
	}
	switch et {
	case etherIPv4, etherIPv6:
		return plausibleIP(b[at:], miss) && int(b[at]>>4) == ipVersion(et)
	case etherARP, etherMPLS, etherMPLSM, etherPPPoE:
		return true
	}
	return et > 2 && et <= maxLLCLength && int(et) <= len(b)-at+miss
}

func ipVersion(et uint16) int {
	if et == etherIPv6 {
		return 6
	}
	return 4
}

// plausibleIP tells whether b looks like an IP datagram that fits into what
// carries it: b and miss bytes that were not captured.
func plausibleIP(b []byte, miss int) bool {
	switch {
	case len(b) >= ipv4MinLen && b[0]>>4 == 4:
		header, total := int(b[0]&0x0f)*4, int(binary.BigEndian.Uint16(b[2:]))
		return header >= ipv4MinLen && (total >= header && total <= len(b)+miss || total == 0)
	case len(b) >= ipv6Len && b[0]>>4 == 6:
		return ipv6Len+int(binary.BigEndian.Uint16(b[4:])) <= len(b)+miss
	}
	return false
}

const (
	greChecksum = 0x8000
	greRouting  = 0x4000
	greKey      = 0x2000
	greSequence = 0x1000
	greAck      = 0x0080
	greERSPAN2  = 0x88be
	greERSPAN3  = 0x22eb
)

// gre decodes a GRE header of any flags (RFC 1701, 2784, 2890; version 1 is
// PPTP's, RFC 2637) and the ERSPAN header behind it.
func (d *decoder) gre(b []byte, miss, depth int) bool {
	n := greHeaderLen(b)
	if n < 0 || n > len(b) {
		return d.broken()
	}
	flags, proto := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	b = b[n:]
	switch proto {
	case greERSPAN2:
		d.enter(TunnelERSPAN)
		if flags&greSequence != 0 { // else type I, which has no header
			return d.erspan(b, miss, depth)
		}
		return d.ethernet(b, miss, depth+1)
	case greERSPAN3:
		d.enter(TunnelERSPAN)
		return d.erspan(b, miss, depth)
	case etherWCCP: // an IP datagram, in version 2 behind four bytes
		if len(b) > 4 && b[0]>>4 != 4 {
			b = b[4:]
		}
		proto = etherIPv4
	}
	d.enter(TunnelGRE)
	return d.ethertype(proto, b, miss, depth+1)
}

// greHeaderLen returns the length of a GRE header, -1 when it is none.
//
//	flags and version(2) protocol(2) [checksum(2) offset(2)] [key(4)]
//	[sequence(4)] [acknowledgment(4)] [routing]
func greHeaderLen(b []byte) int {
	if len(b) < 4 {
		return -1
	}
	flags, n := binary.BigEndian.Uint16(b), 4
	version := flags & 7
	if flags&(greChecksum|greRouting) != 0 {
		n += 4
	}
	if flags&greKey != 0 {
		n += 4
	}
	if flags&greSequence != 0 {
		n += 4
	}
	if version == 1 && flags&greAck != 0 {
		n += 4
	}
	if version > 1 {
		return -1
	}
	for end := flags&greRouting == 0; !end; { // entries: family(2) offset(1) length(1) address
		if n+4 > len(b) {
			return -1
		}
		end = binary.BigEndian.Uint16(b[n:]) == 0 && b[n+3] == 0
		n += 4 + int(b[n+3])
	}
	return n
}

// erspan decodes the header of types II and III
// (draft-foschiano-erspan-03 §4.2, §4.3), told by the version in front.
func (d *decoder) erspan(b []byte, miss, depth int) bool {
	if len(b) < 12 {
		return d.broken()
	}
	n := 8
	switch b[0] >> 4 {
	case 1:
	case 2:
		n = 12
		if b[11]&1 != 0 { // platform specific part
			n = 20
		}
	default:
		return d.broken()
	}
	if n > len(b) {
		return d.broken()
	}
	b = b[n:]
	if plausibleIP(b, miss) && !plausibleEthernet(b, miss) { // type III may carry IP alone
		return d.ip(b, miss, depth+1)
	}
	return d.ethernet(b, miss, depth+1)
}
