package rtpstats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/pion/rtcp"
)

// ErrNotRTCP says that bytes are no RTCP packet.
var ErrNotRTCP = errors.New("not RTCP")

// RTCP is what one datagram of RTCP says.
type RTCP struct {
	SSRC      uint32 // of the first packet's sender
	Senders   []SenderReport
	Reports   []ReceptionReport // of SR and RR packets
	VoIP      []VoIPMetrics     // of XR packets
	Names     []CNAME
	Byes      []uint32 // SSRCs that leave
	Truncated bool     // the last packet is cut off, or there are more than a datagram should hold
}

// SenderReport is the sender's part of an SR packet (RFC 3550 §6.4.1).
type SenderReport struct {
	SSRC    uint32
	NTP     uint64 // s since 1900, 32 bits of it fraction
	TS      uint32 // the RTP timestamp of that moment
	Packets uint32
	Octets  uint32
}

// ReceptionReport is what a receiver says of one source (RFC 3550 §6.4.1).
type ReceptionReport struct {
	Reporter     uint32 // SSRC of who says it
	SSRC         uint32 // of whom
	FractionLost uint8  // of 256, since the report before
	Lost         int32  // cumulative; duplicates make it negative
	HighestSeq   uint32 // extended
	Jitter       uint32 // timestamp units
	LSR          uint32 // middle 32 bits of the last SR's NTP time; 0 for none
	DLSR         uint32 // since that SR, in 1/65536 s
}

// VoIPMetrics is the VoIP metrics block of an XR packet (RFC 3611 §4.7).
type VoIPMetrics struct {
	Reporter       uint32 // SSRC of who says it
	SSRC           uint32 // of whom
	LossPercent    float64
	DiscardPercent float64
	BurstPercent   float64 // lost or discarded within bursts
	GapPercent     float64 // lost or discarded between bursts
	BurstMS        uint16  // mean duration
	GapMS          uint16  // mean duration
	RoundTripMS    uint16  // 0 for not known
	EndSystemMS    uint16  // 0 for not known
	JitterBufferMS uint16  // nominal
	RFactor        uint8   // 0 to 100; 127 for not known
	MOSLQ          float64 // 1 to 5; 0 for not known
	MOSCQ          float64 // 1 to 5; 0 for not known
}

// CNAME is a source's canonical name (RFC 3550 §6.5.1).
type CNAME struct {
	SSRC uint32
	Name string // as sent: up to 255 bytes of anything
}

// RTCP packet types (RFC 3550 §12.1, RFC 3611 §2, RFC 4585 §6.1).
const (
	typeSR   = 200
	typeRR   = 201
	typeSDES = 202
	typeBYE  = 203
	typePSFB = 206
	typeXR   = 207
)

const (
	rtcpHeaderLen = 4
	reportLen     = 24
	senderInfoLen = 20
	voipBlockType = 7
	voipBlockLen  = 36

	maxRTCPPackets = 32 // in one datagram
	maxXRBlocks    = 64 // in one packet
)

// IsRTCP reports whether b passes RFC 3550 A.2: version 2, packet lengths that
// add up to the datagram's, padding in the last packet only. For RFC 5506 the
// first need not be a report.
func IsRTCP(b []byte) bool {
	if len(b) < 8 || b[1] < typeSR || b[1] > typeXR {
		return false
	}
	for len(b) >= rtcpHeaderLen {
		n := rtcpLen(b)
		if b[0]>>6 != 2 || b[1] < 192 || b[1] > 223 || n > len(b) {
			return false
		}
		if b[0]&0x20 != 0 && n != len(b) {
			return false
		}
		b = b[n:]
	}
	return len(b) == 0
}

// rtcpLen is the length in bytes that the header of b announces.
func rtcpLen(b []byte) int {
	return rtcpHeaderLen + 4*int(binary.BigEndian.Uint16(b[2:]))
}

// ParseRTCP reads a datagram of RTCP packets, compound or reduced-size, into
// r, reusing its slices. It takes what is whole and skips packets that are
// damaged or of other types; its error, ErrNotRTCP, says that the first is
// none.
func ParseRTCP(b []byte, r *RTCP) error {
	*r = RTCP{Senders: r.Senders[:0], Reports: r.Reports[:0], VoIP: r.VoIP[:0], Names: r.Names[:0], Byes: r.Byes[:0]}
	if len(b) < 8 {
		return fmt.Errorf("%w: %d bytes < 8", ErrNotRTCP, len(b))
	}
	if b[0]>>6 != 2 || b[1] < typeSR || b[1] > typeXR {
		return fmt.Errorf("%w: version %d, type %d", ErrNotRTCP, b[0]>>6, b[1])
	}
	r.SSRC = binary.BigEndian.Uint32(b[4:])
	for range maxRTCPPackets {
		if len(b) < rtcpHeaderLen || b[0]>>6 != 2 {
			break
		}
		n := rtcpLen(b)
		if n > len(b) {
			break
		}
		r.packet(b[:n])
		b = b[n:]
	}
	r.Truncated = len(b) != 0
	return nil
}

// packet reads one packet whose length is right. Counts are held against the
// length before pion reads it.
func (r *RTCP) packet(b []byte) {
	count, body := int(b[0]&0x1f), len(b)-rtcpHeaderLen
	switch b[1] {
	case typeSR:
		var p rtcp.SenderReport
		if body < 4+senderInfoLen+count*reportLen || p.Unmarshal(b) != nil {
			return
		}
		r.Senders = append(r.Senders, SenderReport{p.SSRC, p.NTPTime, p.RTPTime, p.PacketCount, p.OctetCount})
		r.reports(p.SSRC, p.Reports)
	case typeRR:
		var p rtcp.ReceiverReport
		if body < 4+count*reportLen || p.Unmarshal(b) != nil {
			return
		}
		r.reports(p.SSRC, p.Reports)
	case typeSDES:
		var p rtcp.SourceDescription
		if body < 4*count || p.Unmarshal(b) != nil {
			return
		}
		r.names(p.Chunks)
	case typeBYE:
		var p rtcp.Goodbye
		if body < 4*count || p.Unmarshal(b) != nil {
			return
		}
		r.Byes = append(r.Byes, p.Sources...)
	case typeXR:
		r.extended(b)
	}
}

func (r *RTCP) reports(reporter uint32, list []rtcp.ReceptionReport) {
	r.Reports = slices.Grow(r.Reports, len(list))
	for i := range list {
		p := &list[i]
		r.Reports = append(r.Reports, ReceptionReport{
			Reporter: reporter, SSRC: p.SSRC,
			FractionLost: p.FractionLost,
			Lost:         int32(p.TotalLost<<8) >> 8, // 24 bits with a sign
			HighestSeq:   p.LastSequenceNumber, Jitter: p.Jitter,
			LSR: p.LastSenderReport, DLSR: p.Delay,
		})
	}
}

func (r *RTCP) names(chunks []rtcp.SourceDescriptionChunk) {
	for i := range chunks {
		for _, item := range chunks[i].Items {
			if item.Type == rtcp.SDESCNAME {
				r.Names = append(r.Names, CNAME{SSRC: chunks[i].Source, Name: item.Text})
			}
		}
	}
}

// extended walks the blocks of an XR packet and hands only VoIP metrics on:
// pion reads by reflection, and the other blocks can be long.
func (r *RTCP) extended(b []byte) {
	if len(b) < 8 {
		return
	}
	reporter := binary.BigEndian.Uint32(b[4:])
	rest := b[8:]
	for range maxXRBlocks {
		if len(rest) < rtcpHeaderLen {
			return
		}
		n := rtcpLen(rest) // a block's header has its length where a packet's has
		if n > len(rest) {
			return
		}
		if rest[0] == voipBlockType && n == voipBlockLen {
			r.voip(reporter, rest[:n])
		}
		rest = rest[n:]
	}
}

func (r *RTCP) voip(reporter uint32, block []byte) {
	packet := [8 + voipBlockLen]byte{0: 0x80, 1: typeXR, 3: (8+voipBlockLen)/4 - 1}
	copy(packet[8:], block)
	var x rtcp.ExtendedReport
	if x.Unmarshal(packet[:]) != nil || len(x.Reports) != 1 {
		return
	}
	v, ok := x.Reports[0].(*rtcp.VoIPMetricsReportBlock)
	if !ok {
		return
	}
	r.VoIP = append(r.VoIP, VoIPMetrics{
		Reporter: reporter, SSRC: v.SSRC,
		LossPercent: percentOf256(v.LossRate), DiscardPercent: percentOf256(v.DiscardRate),
		BurstPercent: percentOf256(v.BurstDensity), GapPercent: percentOf256(v.GapDensity),
		BurstMS: v.BurstDuration, GapMS: v.GapDuration,
		RoundTripMS: v.RoundTripDelay, EndSystemMS: v.EndSystemDelay, JitterBufferMS: v.JBNominal,
		RFactor: v.RFactor, MOSLQ: mosOf(v.MOSLQ), MOSCQ: mosOf(v.MOSCQ),
	})
}

func percentOf256(v uint8) float64 { return 100 * float64(v) / 256 }

// mosOf reads a MOS in tenths; 127 says that there is none (RFC 3611 §4.7.5).
func mosOf(v uint8) float64 {
	if v < 10 || v > 50 {
		return 0
	}
	return float64(v) / 10
}
