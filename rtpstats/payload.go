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
	p := Payload{PT: pt, Channels: 1}
	switch pt {
	case 0:
		p.Codec = "PCMU"
	case 3:
		p.Codec = "GSM"
	case 4:
		p.Codec = "G723"
	case 5, 6, 16, 17:
		p.Codec = "DVI4"
	case 7:
		p.Codec = "LPC"
	case 8:
		p.Codec = "PCMA"
	case 9:
		p.Codec = "G722" // samples at 16 kHz, but its RTP clock is 8 kHz (RFC 3551 §4.5.2)
	case 10:
		p.Codec, p.Channels = "L16", 2
	case 11:
		p.Codec = "L16"
	case 12:
		p.Codec = "QCELP"
	case ptComfortNoise:
		p.Codec = "CN"
	case 14:
		p.Codec = "MPA"
	case 15:
		p.Codec = "G728"
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
		p.Channels = 0 // pictures
	}
	p.Clock = staticClock(pt)
	return p, true
}

// isEvent reports whether p is a telephone-event, by flag or by name.
func (p *Payload) isEvent() bool {
	const name = "telephone-event"
	return p.Event || len(p.Codec) == len(name) && strings.EqualFold(p.Codec, name)
}

// lookupPayload finds pt in an SDP's list, and failing that, or where the list
// does not tell a clock, in the static table.
func lookupPayload(list []Payload, pt uint8) (Payload, bool) {
	static, ok := StaticPayload(pt)
	for i := range list {
		if list[i].PT == pt && (!ok || list[i].Clock != 0 && list[i].Codec != "") {
			return list[i], true
		}
	}
	return static, ok
}

// lookupClock is lookupPayload for the packet path: it moves no strings.
func lookupClock(list []Payload, pt uint8) (hz uint32, event, ok bool) {
	static := staticClock(pt)
	for i := range list {
		p := &list[i]
		if p.PT == pt && (static == 0 || p.Clock != 0 && p.Codec != "") {
			return p.Clock, p.isEvent(), true
		}
	}
	return static, false, static != 0
}

// staticClock is the clock rate StaticPayload gives; 0 for none.
func staticClock(pt uint8) uint32 {
	switch {
	case pt == 6:
		return 16000
	case pt == 10, pt == 11:
		return 44100
	case pt == 14, pt == 25, pt == 26, pt == 28, pt >= 31 && pt <= 34:
		return 90000
	case pt == 16:
		return 11025
	case pt == 17:
		return 22050
	case pt == 1, pt == 2, pt > 18:
		return 0
	}
	return 8000
}
