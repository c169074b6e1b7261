package capture

import "slices"

// Bounds of fragment reassembly. What has to go is the oldest; a datagram that
// will become whole at all does so within milliseconds.
const (
	maxDatagrams   = 1024
	maxFragBytes   = 4 << 20
	maxFragParts   = 2048 // of one datagram: 64 KiB in the smallest useful pieces
	fragLifetime   = 30e9 // ns (RFC 1122 §3.3.2 has 60 to 120 s, Linux 30)
	maxDatagramLen = 65535
	maxFreeFrags   = 16
)

// fragKey is what the fragments of a datagram have in common (RFC 791 §3.2,
// RFC 8200 §4.5).
type fragKey struct {
	src, dst Addr
	id       uint32
	proto    uint8 // 0 for IPv6
	v6       bool
}

func (k *fragKey) hash() uint64 {
	h := mix(k.src.Hi^k.dst.Lo, k.src.Lo^uint64(k.id)<<8^uint64(k.proto))
	return mix(h, k.dst.Hi+1)
}

// fragPart is a piece of a datagram: n bytes that belong at off and lie in buf
// at the position at.
type fragPart struct{ off, n, at int }

// datagram is one that is not whole yet.
type datagram struct {
	key        fragKey
	first      int64 // time of the fragment that came first
	last       int64
	input      int
	end        int   // length of the whole, -1 while not known
	next       uint8 // protocol, from the fragment at offset 0
	count      int   // fragments in it
	parts      []fragPart
	buf        []byte
	older, new *datagram
}

// reassembler puts IP datagrams together from fragments. Where fragments
// overlap, the bytes that came first stay.
type reassembler struct {
	open           map[fragKey]*datagram
	oldest, newest *datagram
	bytes          int // held by all that are open
	free           []*datagram
	whole          []byte // the datagram put together last
}

// fragment takes one fragment and returns the datagram's payload and protocol
// when that made it whole; the payload is valid until the next call.
func (d *decoder) fragment(key fragKey, off int, more bool, next uint8, b []byte, miss int) (whole []byte, proto uint8, ok bool) {
	r, p := &d.frags, &d.pkt
	lost := func() ([]byte, uint8, bool) {
		d.inputs[p.Input].FragmentsLost++
		return nil, 0, false
	}
	end := off + len(b)
	if miss > 0 || len(b) == 0 || end > maxDatagramLen || more && len(b)%8 != 0 {
		return lost()
	}
	if !p.NoTime {
		for r.oldest != nil && p.Time-r.oldest.first > fragLifetime {
			r.evict(r.oldest, d.inputs)
		}
		if d.copies.recent(key.hash(), p.Time) { // of a datagram already whole
			d.inputs[p.Input].Copies++
			return nil, 0, false
		}
	}
	g := r.datagram(key, p, d.inputs)
	before := len(g.buf)
	switch {
	case !g.fits(off, end, more):
		lost()
	case !g.insert(off, b):
		lost()
	case len(g.buf) == before: // nothing new in it
		if !p.NoTime && p.Time-g.last <= copyWindow {
			d.inputs[p.Input].Copies++
		} else {
			g.count++
		}
	default:
		g.count++
		g.last = p.Time
		if !more {
			g.end = end
		}
		if off == 0 {
			g.next = next
		}
	}
	r.bytes += len(g.buf) - before
	if len(g.buf) == g.end {
		return d.complete(g)
	}
	for r.bytes > maxFragBytes {
		r.evict(r.oldest, d.inputs)
	}
	if g.count == 0 && r.open[key] == g { // only a refused fragment
		r.remove(g)
	}
	return nil, 0, false
}

// complete closes a datagram that is whole.
func (d *decoder) complete(g *datagram) ([]byte, uint8, bool) {
	r, p := &d.frags, &d.pkt
	r.whole = r.whole[:0]
	for _, part := range g.parts {
		r.whole = append(r.whole, g.buf[part.at:part.at+part.n]...)
	}
	d.dirty = true
	p.Frags = g.count
	if !p.NoTime {
		d.copies.note(g.key.hash(), p.Time)
	}
	next := g.next
	r.remove(g)
	return r.whole, next, true
}

// datagram returns the open datagram of a key, or opens one.
func (r *reassembler) datagram(key fragKey, p *Packet, inputs []*Input) *datagram {
	if g := r.open[key]; g != nil {
		return g
	}
	if r.open == nil {
		r.open = make(map[fragKey]*datagram)
	}
	if len(r.open) == maxDatagrams {
		r.evict(r.oldest, inputs)
	}
	var g *datagram
	if n := len(r.free); n > 0 {
		g, r.free = r.free[n-1], r.free[:n-1]
	} else {
		g = new(datagram)
	}
	*g = datagram{
		key: key, first: p.Time, last: p.Time, input: p.Input, end: -1,
		parts: g.parts[:0], buf: g.buf[:0], older: r.newest,
	}
	if r.newest != nil {
		r.newest.new = g
	} else {
		r.oldest = g
	}
	r.newest = g
	r.open[key] = g
	return g
}

// remove closes a datagram.
func (r *reassembler) remove(g *datagram) {
	delete(r.open, g.key)
	r.bytes -= len(g.buf)
	if g.older != nil {
		g.older.new = g.new
	} else {
		r.oldest = g.new
	}
	if g.new != nil {
		g.new.older = g.older
	} else {
		r.newest = g.older
	}
	g.older, g.new = nil, nil
	if len(r.free) < maxFreeFrags {
		r.free = append(r.free, g)
	}
}

// evict closes a datagram that never became whole, and counts its fragments.
func (r *reassembler) evict(g *datagram, inputs []*Input) {
	inputs[g.input].FragmentsLost += g.count
	r.remove(g)
}

func (r *reassembler) evictAll(inputs []*Input) {
	for r.oldest != nil {
		r.evict(r.oldest, inputs)
	}
}

// fits tells whether a fragment agrees with what is known of the length.
func (g *datagram) fits(off, end int, more bool) bool {
	if g.end >= 0 {
		return end <= g.end && (more || end == g.end)
	}
	if more || len(g.parts) == 0 {
		return true
	}
	last := g.parts[len(g.parts)-1]
	return last.off+last.n <= end
}

// insert keeps the bytes of a fragment that were not there yet. It returns
// false, having done nothing, when there are too many parts.
func (g *datagram) insert(off int, b []byte) bool {
	if len(g.parts) >= maxFragParts {
		return false
	}
	i := len(g.parts)
	for i > 0 && g.parts[i-1].off+g.parts[i-1].n > off { // nearly always in order
		i--
	}
	for end := off + len(b); off < end; {
		gap := end
		if i < len(g.parts) {
			if part := g.parts[i]; part.off <= off {
				skip := min(part.off+part.n, end) - off
				off, b = off+skip, b[skip:]
				i++
				continue
			}
			gap = min(end, g.parts[i].off)
		}
		n := gap - off
		g.parts = slices.Insert(g.parts, i, fragPart{off: off, n: n, at: len(g.buf)})
		g.buf = append(g.buf, b[:n]...)
		off, b = gap, b[n:]
		i++
	}
	return true
}
