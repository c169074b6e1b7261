package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

const (
	hep3HeaderLen  = 6
	hepChunkLen    = 6
	maxHEPInflated = 128 << 10 // twice the longest datagram
)

// hepPacket is what a HEP packet reports.
type hepPacket struct {
	src, dst   Addr
	proto      uint8 // IP protocol; 0 when not said
	kind       uint8 // protocol type; 0 when not said
	compressed bool
	time       int64 // ns since the epoch; 0 when not said
	payload    []byte
	missing    int // payload bytes cut by the snaplen
}

// Protocol types of HEP3 that are handed on.
const (
	hepSIP  = 1
	hepRTP  = 4
	hepRTCP = 5
)

var errHEPTooLong = errors.New("HEP payload inflates to more than 128 KiB")

type hepResult uint8

const (
	notHEP hepResult = iota
	goodHEP
	brokenHEP
)

// parseHEP reads a HEP packet of any version that fills b.
func parseHEP(b []byte, miss int) (hepPacket, hepResult) {
	if isHEP3(b) {
		h, _, ok := parseHEP3(b, miss)
		if !ok {
			return h, brokenHEP
		}
		return h, goodHEP
	}
	if len(b) > 0 && (b[0] == 1 || b[0] == 2) {
		if h, ok := parseHEP2(b, miss); ok {
			return h, goodHEP
		}
	}
	return hepPacket{}, notHEP
}

// isHEP3 tells whether b begins as a HEP3 packet does; EEP1 is its first name.
func isHEP3(b []byte) bool {
	return len(b) >= hep3HeaderLen && (string(b[:4]) == "HEP3" || string(b[:4]) == "EEP1")
}

// parseHEP3 reads the HEP3 packet at the start of b, which miss more bytes
// followed on the wire, and returns its length. It is a list of chunks (HEP
// network protocol specification, rev. 36, §2).
//
//	"HEP3" total length(2), then chunks: vendor(2) type(2) length(2) content
func parseHEP3(b []byte, miss int) (h hepPacket, n int, ok bool) {
	n = int(binary.BigEndian.Uint16(b[4:]))
	if n < hep3HeaderLen || n > len(b)+miss {
		return h, 0, false
	}
	body := trim(b, n)[hep3HeaderLen:]
	miss = n - hep3HeaderLen - len(body)
	var sport, dport uint16
	var sec, usec uint32
	for len(body) >= hepChunkLen {
		vendor, kind := binary.BigEndian.Uint16(body), binary.BigEndian.Uint16(body[2:])
		length := int(binary.BigEndian.Uint16(body[4:]))
		if length < hepChunkLen || length > len(body)+miss {
			return h, 0, false
		}
		c := trim(body, length)[hepChunkLen:]
		short := length - hepChunkLen - len(c)
		body = body[length-short:]
		if vendor != 0 {
			continue
		}
		switch {
		case kind == 2 && len(c) == 1:
			h.proto = c[0]
		case kind == 3 && len(c) == 4, kind == 5 && len(c) == 16:
			h.src = hepAddr(c)
		case kind == 4 && len(c) == 4, kind == 6 && len(c) == 16:
			h.dst = hepAddr(c)
		case kind == 7 && len(c) == 2:
			sport = binary.BigEndian.Uint16(c)
		case kind == 8 && len(c) == 2:
			dport = binary.BigEndian.Uint16(c)
		case kind == 9 && len(c) == 4:
			sec = binary.BigEndian.Uint32(c)
		case kind == 10 && len(c) == 4:
			usec = binary.BigEndian.Uint32(c)
		case kind == 11 && len(c) == 1:
			h.kind = c[0]
		case kind == 15 || kind == 16:
			h.payload, h.missing, h.compressed = c, short, kind == 16
		}
	}
	if len(body) > 0 && miss == 0 {
		return h, 0, false
	}
	h.finish(sport, dport, sec, usec)
	return h, n, true
}

// parseHEP2 reads HEP 1 and 2, which have no magic: version, length, family
// and protocol have to agree, and SIP has to follow.
//
//	version(1) header length without time(1) family(1) protocol(1)
//	source port(2) destination port(2) source(4 or 16) destination(4 or 16)
//	version 2: seconds(4) microseconds(4) capture ID(2) padding(2), in the
//	sender's byte order
func parseHEP2(b []byte, miss int) (h hepPacket, ok bool) {
	const afInet, afInet6, timeLen = 2, 10, 12
	if len(b) < 16 {
		return h, false
	}
	size := 4
	switch {
	case b[2] == afInet && b[1] == 16:
	case b[2] == afInet6 && b[1] == 40:
		size = 16
	default:
		return h, false
	}
	n := int(b[1])
	if b[0] == 2 {
		n += timeLen
	}
	if n >= len(b) || !isLetter(b[n]) {
		return h, false
	}
	h.proto = b[3]
	if h.proto != uint8(UDP) && h.proto != uint8(TCP) && h.proto != uint8(SCTP) {
		return h, false
	}
	h.kind = hepSIP
	h.src, h.dst = hepAddr(b[8:8+size]), hepAddr(b[8+size:8+2*size])
	h.payload, h.missing = b[n:], miss
	var sec, usec uint32
	if b[0] == 2 {
		t := b[n-timeLen:]
		sec, usec = binary.LittleEndian.Uint32(t), binary.LittleEndian.Uint32(t[4:])
		if usec >= 1e6 {
			sec, usec = binary.BigEndian.Uint32(t), binary.BigEndian.Uint32(t[4:])
		}
	}
	h.finish(binary.BigEndian.Uint16(b[4:]), binary.BigEndian.Uint16(b[6:]), sec, usec)
	return h, true
}

// finish sets ports and time. An address that is not known has no port.
func (h *hepPacket) finish(sport, dport uint16, sec, usec uint32) {
	if h.src.IsKnown() {
		h.src.Port = sport
	}
	if h.dst.IsKnown() {
		h.dst.Port = dport
	}
	if sec != 0 {
		h.time = int64(sec) * 1e9
		if usec < 1e6 {
			h.time += int64(usec) * 1e3
		}
	}
}

// hepAddr reads an address of 4 or 16 bytes; an unspecified one is unknown.
func hepAddr(b []byte) Addr {
	var a Addr
	if len(b) == 4 {
		a = AddrFrom4(binary.BigEndian.Uint32(b), 0)
	} else {
		a = Addr{Hi: be64(b), Lo: be64(b[8:])}
	}
	if a.Hi == 0 && a.Lo == v4Mapped {
		return Addr{}
	}
	return a
}

// handHEP hands on what a HEP packet reports, as far as it is SIP, or raw RTP
// or RTCP; logs and statistics in JSON are not ours. p has the addresses of
// the HEP packet itself.
func (d *decoder) handHEP(p *Packet, h *hepPacket) bool {
	payload := h.payload
	if h.compressed {
		var err error
		if payload, err = d.inflater.inflate(payload); err != nil || h.missing > 0 {
			d.inputs[p.Input].Undecoded++
			return true
		}
	}
	switch h.kind {
	case 0, hepSIP:
	case hepRTP, hepRTCP:
		if len(payload) == 0 || payload[0]>>6 != 2 {
			return true
		}
	default:
		return true
	}
	if len(payload) == 0 {
		return true // keep-alive
	}
	p.OuterSrc, p.OuterDst, p.Tunnel = p.Src, p.Dst, TunnelHEP
	p.Src, p.Dst = h.src, h.dst
	switch Proto(h.proto) {
	case TCP, SCTP:
		p.Proto = Proto(h.proto)
	default:
		p.Proto = UDP
	}
	p.TTL, p.Frags = 0, 0
	p.Payload, p.Missing = payload, h.missing
	if h.time != 0 {
		p.Time, p.NoTime = h.time, false
	}
	return d.emit(p)
}

// inflater unpacks compressed payloads. Readers and buffer are reused.
type inflater struct {
	src  bytes.Reader
	gzip *gzip.Reader
	zlib io.ReadCloser
	out  []byte
}

// inflate unpacks gzip or zlib data, told apart by the first byte. The result
// is valid until the next call. More than maxHEPInflated bytes are an error.
func (x *inflater) inflate(b []byte) ([]byte, error) {
	x.src.Reset(b)
	var r io.Reader
	var err error
	switch {
	case len(b) > 0 && b[0] == 0x1f && x.gzip == nil:
		x.gzip, err = gzip.NewReader(&x.src)
		r = x.gzip
	case len(b) > 0 && b[0] == 0x1f:
		err = x.gzip.Reset(&x.src)
		r = x.gzip
	case x.zlib == nil:
		x.zlib, err = zlib.NewReader(&x.src)
		r = x.zlib
	default:
		err = x.zlib.(zlib.Resetter).Reset(&x.src, nil)
		r = x.zlib
	}
	if err != nil {
		return nil, err
	}
	if x.out == nil {
		x.out = make([]byte, maxHEPInflated)
	}
	n := 0
	for err == nil && n < len(x.out) {
		var m int
		m, err = r.Read(x.out[n:])
		n += m
	}
	if err == nil {
		return nil, errHEPTooLong
	}
	if err != io.EOF {
		return nil, err
	}
	return x.out[:n], nil
}
