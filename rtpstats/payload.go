package rtpstats

import "strings"

// Payload is what SDP (or RFC 3551) says of a payload type.
type Payload struct {
	PT       uint8
	Codec    string // encoding name as written in a=rtpmap
	Clock    uint32 // Hz; 0 for not known
	Event    bool   // telephone-event (RFC 4733)
	Channels int
}

// ptComfortNoise is the static payload type of comfort noise (RFC 3389).
const ptComfortNoise = 13

// firstDynamic is the lowest payload type of the dynamic range (RFC 3551 §6).
const firstDynamic = 96

// StaticPayload returns the payload type's assignment in RFC 3551 tables 4
// and 5, and false for one that is unassigned, reserved or dynamic.
func StaticPayload(pt uint8) (Payload, bool) {
	p := Payload{PT: pt, Clock: 8000, Channels: 1}
	switch pt {
	case 0:
		p.Codec = "PCMU"
	case 3:
		p.Codec = "GSM"
	case 4:
		p.Codec = "G723"
	case 5:
		p.Codec = "DVI4"
	case 6:
		p.Codec, p.Clock = "DVI4", 16000
	case 7:
		p.Codec = "LPC"
	case 8:
		p.Codec = "PCMA"
	case 9:
		p.Codec = "G722" // samples at 16 kHz, but its RTP clock is 8 kHz (RFC 3551 §4.5.2)
	case 10:
		p.Codec, p.Clock, p.Channels = "L16", 44100, 2
	case 11:
		p.Codec, p.Clock = "L16", 44100
	case 12:
		p.Codec = "QCELP"
	case ptComfortNoise:
		p.Codec = "CN"
	case 14:
		p.Codec, p.Clock = "MPA", 90000
	case 15:
		p.Codec = "G728"
	case 16:
		p.Codec, p.Clock = "DVI4", 11025
	case 17:
		p.Codec, p.Clock = "DVI4", 22050
	case 18:
		p.Codec = "G729"
	case 25:
		p.Codec = "CelB"
	case 26:
		p.Codec = "JPEG"
	case 28:
		p.Codec = "nv"
	case 31:
		p.Codec = "H261"
	case 32:
		p.Codec = "MPV"
	case 33:
		p.Codec = "MP2T"
	case 34:
		p.Codec = "H263"
	default:
		return Payload{}, false
	}
	if pt >= 25 {
		p.Clock, p.Channels = 90000, 0
	}
	return p, true
}

// isEvent reports whether p is a telephone-event, by flag or by name.
func (p *Payload) isEvent() bool {
	return p.Event || strings.EqualFold(p.Codec, "telephone-event")
}

// lookupPayload finds pt in an SDP's list, and failing that, or where the list
// does not tell a clock, in the static table.
func lookupPayload(list []Payload, pt uint8) (Payload, bool) {
	for i := range list {
		if list[i].PT != pt {
			continue
		}
		p := list[i]
		if p.Clock == 0 || p.Codec == "" {
			if s, ok := StaticPayload(pt); ok {
				return s, true
			}
		}
		return p, true
	}
	return StaticPayload(pt)
}
