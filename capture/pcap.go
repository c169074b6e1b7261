package capture

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// A pcap file is a header and records (draft-ietf-opsawg-pcap):
//
//	magic | major, minor | 2 unused | snaplen | FCS bits and link type     24 bytes
//	seconds | fraction | captured length | length on the wire | data       16 bytes + data
//
// All in the byte order of the host that wrote it. The "modified" format of
// Alexey Kuznetsov has 8 more bytes in each record: interface, protocol, and
// the packet type of Linux.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34

	pcapHeaderLen   = 24
	pcapRecordLen   = 16
	pcapModifiedLen = 24

	// usualSnaplen is the longest record where the header says nothing more.
	usualSnaplen = 256 << 10
)

// pcapReader reads pcap files.
type pcapReader struct {
	swap   bool // the other byte order than little endian
	nano   bool
	record int    // length of the record header
	limit  uint32 // captured bytes of a record that can be true
	link   LinkType
}

// pcapOf tells the kind of pcap file from its first four bytes, read as little
// endian.
func pcapOf(magic uint32) (*pcapReader, bool) {
	p := &pcapReader{record: pcapRecordLen}
	for range 2 {
		switch magic {
		case magicMicro:
			return p, true
		case magicNano:
			p.nano = true
			return p, true
		case magicModified:
			p.record = pcapModifiedLen
			return p, true
		}
		magic, p.swap = bits.ReverseBytes32(magic), true
	}
	return nil, false
}

func (p *pcapReader) format() string {
	if p.nano {
		return "pcap-ns"
	}
	return "pcap"
}

func (p *pcapReader) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if p.swap {
		return bits.ReverseBytes32(v)
	}
	return v
}

// header reads the file header and returns its length.
func (p *pcapReader) header(b []byte, t *tally) (int, error) {
	if len(b) < pcapHeaderLen {
		return 0, fmt.Errorf("%w: %d bytes < %d", errHeaderCut, len(b), pcapHeaderLen)
	}
	p.limit = min(max(p.u32(b[16:]), usualSnaplen), maxRecord-pcapModifiedLen)
	p.link = LinkType(p.u32(b[20:]) & 0x03ffffff) // above are the FCS length and flags
	t.in.addLink(p.link)
	return pcapHeaderLen, nil
}

func (p *pcapReader) parse(b []byte, out []frame, t *tally) (used int64, n int, err error) {
	var (
		off, bytes = 0, 0
		scale      = uint32(1000)
		in         = t.in
		last       = t.last
	)
	if p.nano {
		scale = 1
	}
	t.need = p.record
	for n < len(out) && len(b)-off >= p.record {
		h := b[off : off+p.record : off+p.record]
		size := p.u32(h[8:])
		if size > p.limit {
			err = fmt.Errorf("frame %d: captured length %d is absurd (at most %d)", t.number+n+1, size, p.limit)
			break
		}
		end := off + p.record + int(size)
		if end > len(b) {
			t.need = end - off
			break
		}
		when := int64(p.u32(h))*1e9 + int64(p.u32(h[4:]))*int64(scale)
		if when < last {
			in.OutOfOrder++
		}
		last = when
		wire := int(p.u32(h[12:]))
		if wire > int(size) {
			in.Clipped++
		}
		f := &out[n]
		f.time, f.noTime = when, false
		f.data = b[off+p.record : end : end]
		f.wire = max(wire, int(size))
		f.link, f.input, f.number = p.link, t.index, t.number+n+1
		f.iface, f.dir = 0, DirUnknown
		if p.record == pcapModifiedLen {
			f.iface, f.dir = int(p.u32(h[16:])), packetType(h[22])
		}
		n++
		off = end
		bytes += int(size)
	}
	if n > 0 {
		t.last, t.timed = last, true
		t.number += n
		in.Packets += n
		in.Bytes += int64(bytes)
	}
	return int64(off), n, err
}

// packetType is the direction that Linux' sll_pkttype tells: 0 to us, 1
// broadcast, 2 multicast, 3 to another host, 4 sent by us.
func packetType(b byte) Direction {
	switch b {
	case 0, 1, 2:
		return DirIn
	case 4:
		return DirOut
	}
	return DirUnknown
}
