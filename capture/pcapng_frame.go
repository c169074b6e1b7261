package capture

import "math/bits"

// enhanced reads an enhanced packet block:
//
//	type | length | interface | time, high | time, low | captured | on the wire | data | options | length
//	0      4        8           12           16          20         24            28
func (p *pcapngReader) enhanced(b []byte, f *frame, t *tally) (bool, error) {
	if len(b) < 32 {
		return false, short(t, b, 32)
	}
	body := b[28 : len(b)-4]
	size := p.u32(b[20:])
	p.place(f, p.u32(b[8:]), p.u64time(b[12:]), t)
	if f.data = body; uint64(size) < uint64(len(body)) {
		f.data = body[:size:size]
		if left := body[min(int(size+3)&^3, len(body)):]; len(left) >= 4 {
			p.frameOptions(left, f, t)
		}
	}
	t.count(f, size, p.u32(b[24:]))
	return true, nil
}

// packet reads the obsolete packet block: as the enhanced one, but with the
// interface and a count of drops in 16 bits each.
func (p *pcapngReader) packet(b []byte, f *frame, t *tally) error {
	if len(b) < 32 {
		return short(t, b, 32)
	}
	body := b[28 : len(b)-4]
	size := p.u32(b[20:])
	p.place(f, uint32(p.u16(b[8:])), p.u64time(b[12:]), t)
	if f.data = body; uint64(size) < uint64(len(body)) {
		f.data = body[:size:size]
	}
	if drops := p.u16(b[10:]); drops != 0xffff {
		p.dropped(uint64(drops), t)
	}
	t.count(f, size, p.u32(b[24:]))
	return nil
}

// simple reads a simple packet block, which has no time and no captured length:
//
//	type | length | on the wire | data | length
func (p *pcapngReader) simple(b []byte, f *frame, t *tally) error {
	if len(b) < 16 {
		return short(t, b, 16)
	}
	body := b[12 : len(b)-4]
	wire := p.u32(b[8:])
	size := wire
	p.place(f, 0, 0, t)
	f.time, f.noTime = t.last, true
	if len(p.ifaces) > 0 && p.ifaces[0].snaplen > 0 {
		size = min(size, p.ifaces[0].snaplen)
	}
	size = min(size, uint32(len(body)))
	f.data = body[:size:size]
	t.count(f, size, wire)
	return nil
}

// u64time reads a time: the upper 32 bits come first in either byte order.
func (p *pcapngReader) u64time(b []byte) uint64 {
	return uint64(p.u32(b))<<32 | uint64(p.u32(b[4:]))
}

// place sets where and when the frame was captured. A frame of an interface
// that was never described has no link type and no time.
func (p *pcapngReader) place(f *frame, id uint32, ticks uint64, t *tally) {
	f.iface = p.before + int(id)
	f.dir = DirUnknown
	f.link, f.noTime = noLink, true
	f.time = t.last
	if uint64(id) >= uint64(len(p.ifaces)) {
		return
	}
	i := &p.ifaces[id]
	f.link = i.link
	if ns, ok := i.clock.ns(ticks); ok {
		f.time, f.noTime = ns, false
	}
}

// frameOptions reads the direction and the drops in front of the frame.
func (p *pcapngReader) frameOptions(b []byte, f *frame, t *tally) {
	p.options(b, func(code uint16, v []byte) {
		switch {
		case code == 2 && len(v) >= 4:
			switch p.u32(v) & 3 {
			case 1:
				f.dir = DirIn
			case 2:
				f.dir = DirOut
			}
		case code == 4 && len(v) >= 8:
			p.dropped(p.u64(v), t)
		}
	})
}

func (p *pcapngReader) dropped(n uint64, t *tally) {
	if n < 1<<32 {
		p.dropFrames += int(n)
		t.in.KernelDropped = max(p.dropStats, p.dropFrames)
	}
}

// count numbers the frame and adds it to the input's figures.
func (t *tally) count(f *frame, size, wire uint32) {
	t.number++
	f.number, f.input = t.number, t.index
	f.wire = max(int(wire), int(size), len(f.data))
	t.in.Packets++
	t.in.Bytes += int64(len(f.data))
	if f.wire > len(f.data) {
		t.in.Clipped++
	}
	if f.noTime {
		return
	}
	if t.timed && f.time < t.last {
		t.in.OutOfOrder++
	}
	t.last, t.timed = f.time, true
}

// clock turns the ticks of an interface into nanoseconds since the epoch.
type clock struct {
	mul, div uint64 // ns = ticks * mul / div
	shift    uint   // or ns = ticks * 1e9 >> shift, where binary
	binary   bool
	offset   int64 // ns
	limit    uint64
}

// maxTime is the last time that is believed, the end of 2261 in ns: so early that
// no sum with a duration overflows.
const maxTime = 1<<63 - 1<<53

const second = 1_000_000_000 // in ns

// newClock reads if_tsresol (10^-n, or 2^-n with the high bit) and if_tsoffset
// (seconds). Where they make no sense the clock has no time at all.
func newClock(resolution byte, offset int64) clock {
	n := uint(resolution & 0x7f)
	c := clock{mul: 1, div: 1, limit: maxTime}
	switch {
	case offset > maxTime/second || offset < -maxTime/second:
		return clock{}
	case resolution&0x80 != 0:
		if n > 63 {
			return clock{}
		}
		c.binary, c.shift, c.limit = true, n, 1<<64-1
	case n <= 9:
		for ; n < 9; n++ {
			c.mul *= 10
		}
		c.limit = maxTime / c.mul
	case n <= 19:
		for ; n > 9; n-- {
			c.div *= 10
		}
		c.limit = 1<<64 - 1
	default:
		return clock{}
	}
	c.offset = offset * second
	return c
}

// ns returns the time, and false where there is none that makes sense.
func (c *clock) ns(ticks uint64) (int64, bool) {
	if ticks > c.limit || c.limit == 0 {
		return 0, false
	}
	var ns uint64
	switch {
	case c.binary:
		hi, lo := bits.Mul64(ticks, 1e9)
		if hi>>c.shift != 0 {
			return 0, false
		}
		ns = lo >> c.shift
		if c.shift > 0 {
			ns |= hi << (64 - c.shift)
		}
	case c.div > 1:
		ns = ticks / c.div
	default:
		ns = ticks * c.mul
	}
	if ns > maxTime {
		return 0, false
	}
	if c.offset == 0 {
		return int64(ns), true
	}
	t := int64(ns) + c.offset // no overflow below: the offset is under maxTime
	if t < 0 || t > maxTime {
		return 0, false
	}
	return t, true
}
