package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// A pcapng file is a row of blocks (draft-ietf-opsawg-pcapng):
//
//	type | total length | body, padded to 4 | total length again
//
// A section header starts a section, with its own byte order and interfaces.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockStats     = 5
	blockEnhanced  = 6
	blockJournal   = 9
	blockCustom    = 0x0bad
	blockCustomNC  = 0x40000bad // not to be copied

	byteOrderMagic = 0x1a2b3c4d

	// maxInterfaces bounds the table of a section.
	maxInterfaces = 1 << 16
)

// noLink is the link type of a frame whose interface was never described.
const noLink = LinkType(1<<32 - 1)

// pcapngReader reads pcapng files.
type pcapngReader struct {
	swap   bool
	ifaces []iface
	before int // interfaces of earlier sections

	dropStats  int // dropped packets by the interfaces' statistics
	dropFrames int // and by the frames' own counts; the larger one holds
}

// iface is what an interface description block says.
type iface struct {
	link    LinkType
	snaplen uint32
	clock   clock
	dropped uint64
}

func (p *pcapngReader) u16(b []byte) uint16 {
	v := binary.LittleEndian.Uint16(b)
	if p.swap {
		return bits.ReverseBytes16(v)
	}
	return v
}

func (p *pcapngReader) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if p.swap {
		return bits.ReverseBytes32(v)
	}
	return v
}

func (p *pcapngReader) u64(b []byte) uint64 {
	v := binary.LittleEndian.Uint64(b)
	if p.swap {
		return bits.ReverseBytes64(v)
	}
	return v
}

// check reads the byte order of the section header at the start of b.
func (p *pcapngReader) check(b []byte) error {
	if len(b) < 12 {
		return fmt.Errorf("%w: %d bytes < 28", errHeaderCut, len(b))
	}
	switch binary.LittleEndian.Uint32(b[8:]) {
	case byteOrderMagic:
		p.swap = false
	case bits.ReverseBytes32(byteOrderMagic):
		p.swap = true
	default:
		return errors.New("section header without byte order")
	}
	if len(b) < 28 {
		return fmt.Errorf("%w: %d bytes < 28", errHeaderCut, len(b))
	}
	return nil
}

func (p *pcapngReader) parse(b []byte, out []frame, t *tally) (used int64, n int, err error) {
	off := 0
	for n < len(out) {
		rest := b[off:]
		t.need = 12
		if len(rest) < 12 {
			break
		}
		kind := p.u32(rest)
		if kind == blockSection {
			t.need = 28
			if len(rest) < 28 {
				break
			}
			if err = p.check(rest); err != nil {
				break
			}
		}
		size := p.u32(rest[4:])
		if size < 12 || size%4 != 0 {
			err = fmt.Errorf("after frame %d: block length %d is impossible", t.number, size)
			break
		}
		if !wanted(kind) {
			if kind == blockCustom || kind == blockCustomNC || kind == blockJournal {
				t.number++ // Wireshark numbers them among the frames
			}
			if int64(size) > int64(len(rest)) {
				return int64(off) + int64(size), n, nil
			}
			off += int(size)
			continue
		}
		if size > maxRecord {
			err = fmt.Errorf("after frame %d: block length %d is absurd (at most %d)", t.number, size, maxRecord)
			break
		}
		if int(size) > len(rest) {
			t.need = int(size)
			break
		}
		body := rest[:size:size]
		if again := p.u32(body[size-4:]); again != size {
			err = fmt.Errorf("after frame %d: block lengths %d and %d differ", t.number, size, again)
			break
		}
		var got bool
		if kind == blockEnhanced {
			got, err = p.enhanced(body, &out[n], t)
		} else {
			got, err = p.other(kind, body, &out[n], t)
		}
		if err != nil {
			break
		}
		if got {
			n++
		}
		off += int(size)
	}
	return int64(off), n, err
}

func wanted(kind uint32) bool {
	switch kind {
	case blockEnhanced, blockSimple, blockPacket, blockInterface, blockStats, blockSection:
		return true
	}
	return false
}

// other reads every block but the usual one. It tells whether it was a frame.
func (p *pcapngReader) other(kind uint32, b []byte, f *frame, t *tally) (bool, error) {
	switch kind {
	case blockSection:
		if len(b) < 28 {
			return false, short(t, b, 28)
		}
		if major := p.u16(b[12:]); major != 1 {
			return false, fmt.Errorf("after frame %d: pcapng version %d, want 1", t.number, major)
		}
		p.before += len(p.ifaces)
		p.ifaces = p.ifaces[:0]
		return false, nil
	case blockInterface:
		return false, p.describe(b, t)
	case blockStats:
		p.statistics(b, t)
		return false, nil
	case blockSimple:
		return true, p.simple(b, f, t)
	}
	return true, p.packet(b, f, t)
}

// short is the error of a block that has no room for its fixed part.
func short(t *tally, b []byte, need int) error {
	return fmt.Errorf("after frame %d: block length %d < %d", t.number, len(b), need)
}

// describe reads an interface description:
//
//	type | length | link type, 2 reserved | snaplen | options | length
func (p *pcapngReader) describe(b []byte, t *tally) error {
	if len(b) < 20 {
		return short(t, b, 20)
	}
	if len(p.ifaces) == maxInterfaces {
		return fmt.Errorf("after frame %d: more than %d interfaces", t.number, maxInterfaces)
	}
	i := iface{link: LinkType(p.u16(b[8:])), snaplen: p.u32(b[12:])}
	resolution, offset := byte(6), int64(0)
	p.options(b[16:len(b)-4], func(code uint16, v []byte) {
		switch {
		case code == 9 && len(v) >= 1:
			resolution = v[0]
		case code == 14 && len(v) >= 8:
			offset = int64(p.u64(v))
		}
	})
	i.clock = newClock(resolution, offset)
	p.ifaces = append(p.ifaces, i)
	t.in.addLink(i.link)
	return nil
}

// options calls fn for each option until the end or the first impossible one.
func (p *pcapngReader) options(b []byte, fn func(code uint16, value []byte)) {
	for len(b) >= 4 {
		code, size := p.u16(b), int(p.u16(b[2:]))
		b = b[4:]
		if code == 0 || size > len(b) {
			return
		}
		fn(code, b[:size])
		b = b[min((size+3)&^3, len(b)):]
	}
}

// statistics reads what the capturing host says it dropped. The counts grow
// from the start of the capture, so only what is new is added.
func (p *pcapngReader) statistics(b []byte, t *tally) {
	if len(b) < 24 || uint64(p.u32(b[8:])) >= uint64(len(p.ifaces)) {
		return
	}
	i := &p.ifaces[p.u32(b[8:])]
	var sum uint64
	p.options(b[20:len(b)-4], func(code uint16, v []byte) {
		// isb_ifdrop and isb_osdrop; what can't be a count means "not known".
		if (code == 5 || code == 7) && len(v) >= 8 && p.u64(v) < 1<<48 {
			sum += p.u64(v)
		}
	})
	if sum > i.dropped {
		p.dropStats += int(sum - i.dropped)
		i.dropped = sum
	}
	t.in.KernelDropped = max(p.dropStats, p.dropFrames)
}
