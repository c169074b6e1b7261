package rtpstats

import "encoding/binary"

// Header is the fixed part of an RTP header (RFC 3550 §5.1) and what its
// optional parts take.
type Header struct {
	PT         uint8
	Marker     bool
	BadPadding bool // the padding count can't be true: not RTP, or cut by the snaplen
	Seq        uint16
	TS         uint32
	SSRC       uint32
	HeaderLen  int // bytes, with CSRCs and header extension
	PayloadLen int // bytes, without padding
}

const (
	fixedHeaderLen = 12
	plainVersion2  = 0x80 // V=2, no padding, no extension, no CSRC
)

// ParseHeader reads the RTP header of b into h (RFC 3550 §5.1) and reports
// whether there is one: false when b is not version 2 or is too short for the
// header it announces. It does not look into header extensions, so a damaged
// extension element does not lose the packet.
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|V=2|P|X|  CC   |M|     PT      |       sequence number         |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                           timestamp                           |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|           synchronization source (SSRC) identifier            |
//	+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
func ParseHeader(b []byte, h *Header) bool {
	if len(b) < fixedHeaderLen || b[0]>>6 != 2 {
		return false
	}
	h.PT = b[1] & 0x7f
	h.Marker = b[1]&0x80 != 0
	h.BadPadding = false
	h.Seq = binary.BigEndian.Uint16(b[2:])
	h.TS = binary.BigEndian.Uint32(b[4:])
	h.SSRC = binary.BigEndian.Uint32(b[8:])
	h.HeaderLen = fixedHeaderLen
	h.PayloadLen = len(b) - fixedHeaderLen
	if b[0] == plainVersion2 {
		return true
	}
	return parseOptional(b, h)
}

// parseOptional adds what CSRCs, header extension and padding take. pion's
// Header.Unmarshal would do, but it copies every extension element: hostile
// two-byte elements make a megabyte of one datagram. A test holds the two
// against each other.
func parseOptional(b []byte, h *Header) bool {
	n := fixedHeaderLen + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 {
		if len(b) < n+4 {
			return false
		}
		n += 4 + 4*int(binary.BigEndian.Uint16(b[n+2:]))
	}
	if len(b) < n {
		return false
	}
	h.HeaderLen = n
	h.PayloadLen = len(b) - n
	if b[0]&0x20 != 0 {
		padding := int(b[len(b)-1])
		if padding == 0 || padding > h.PayloadLen {
			h.BadPadding = true
		} else {
			h.PayloadLen -= padding
		}
	}
	return true
}
