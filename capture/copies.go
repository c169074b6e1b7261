package capture

import (
	"encoding/binary"
	"math/bits"
)

const (
	copySlots  = 8192
	copyWindow = 20e6 // ns
)

// copyTable remembers datagrams of the last milliseconds, so that one captured
// twice (both interfaces of a router, a mirror port, "-i any") can be told. A
// busy slot is overwritten: a copy follows within microseconds.
type copyTable struct {
	slots [copySlots]struct {
		hash uint64
		time int64
	}
}

// recent tells whether note was called with the same hash within copyWindow.
func (t *copyTable) recent(hash uint64, now int64) bool {
	s := &t.slots[hash>>(64-13)]
	// Unsigned: merged files may be a little out of order.
	return s.hash == hash|1 && uint64(now-s.time+copyWindow) <= 2*copyWindow
}

// note remembers a hash.
func (t *copyTable) note(hash uint64, now int64) {
	s := &t.slots[hash>>(64-13)]
	s.hash, s.time = hash|1, now
}

// markCopy sets Copy and counts, if the datagram with this hash was there
// before. Frames without a time are never copies.
func (d *decoder) markCopy(hash uint64) {
	if d.copies.recent(hash, d.pkt.Time) {
		d.countCopy()
	} else {
		d.copies.note(hash, d.pkt.Time)
	}
}

func (d *decoder) countCopy() {
	p := &d.pkt
	if p.NoTime {
		return
	}
	p.Copy = true
	d.inputs[p.Input].Copies++
}

// hashPayload hashes what tells datagrams of a flow apart: seed has addresses,
// ports, IP ID, length and checksum, which change with nearly every datagram;
// the ends of the payload are for those without ID and checksum. TTL and IP
// header checksum are left out: a router in between changes them.
func hashPayload(seed uint64, b []byte) uint64 {
	if len(b) < 16 {
		return hashShort(seed, b)
	}
	h := mix(seed, binary.LittleEndian.Uint64(b))
	return mix(h^binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[len(b)-8:]))
}

func hashShort(seed uint64, b []byte) uint64 {
	var short [16]byte
	copy(short[:], b)
	h := mix(seed, binary.LittleEndian.Uint64(short[:]))
	return mix(h^binary.LittleEndian.Uint64(short[8:]), uint64(len(b)))
}

// mix folds two words into one (the step of wyhash).
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0xa0761d6478bd642f, b^0xe7037ed1a0b428db)
	return hi ^ lo
}
