package capture

import (
	"encoding/binary"
	"math/bits"
)

const (
	copySlots  = 2048 // 16 KiB: the table must not push the streams out of the cache
	copyShift  = 14   // of ns: the tick of about 16 µs in which slots keep time
	copyTicks  = 20e6 >> copyShift
	tickBits   = 24 // the ticks of 4.6 minutes
	tickMask   = 1<<tickBits - 1
	copyWindow = 20e6 // ns
)

// copyTable remembers datagrams of the last milliseconds, so that one captured
// twice (both interfaces of a router, a mirror port, "-i any") can be told. A
// busy slot is overwritten: a copy follows within microseconds. A slot holds 40
// bits of the hash, of which none is in the index, and the time.
type copyTable struct {
	slots [copySlots]uint64
}

// recent tells whether note was called with the same hash within copyWindow.
func (t *copyTable) recent(hash uint64, now int64) bool {
	return sameCopy(t.slots[hash>>(64-11)], hash, uint64(now)>>copyShift)
}

// note remembers a hash.
func (t *copyTable) note(hash uint64, now int64) {
	t.slots[hash>>(64-11)] = (hash|1)<<tickBits | uint64(now)>>copyShift&tickMask
}

func sameCopy(slot, hash, tick uint64) bool {
	if slot>>tickBits != (hash|1)&(1<<40-1) {
		return false
	}
	// Both ways: merged files may be a little out of order.
	age := (tick - slot) & tickMask
	return age <= copyTicks || age >= tickMask-copyTicks
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
