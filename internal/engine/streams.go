package engine

import (
	"math/bits"
	"math/rand/v2"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/rtpstats"
)

// streamKey is a stream's identity: one SSRC on one flow.
type streamKey struct {
	src, dst capture.Addr
	ssrc     uint32
}

// stream is one live RTP stream. What every packet touches stands first.
type stream struct {
	key        streamKey
	lastFrame  int
	rtp        rtpstats.Stream
	call       *call
	remote     *remote // RTCP about it; nil until some came
	order      uint64  // of appearance; 0 for none
	firstFrame int
	input      int32
	toSide     side // which side of the call it flows to
	announced  bool
	ttl        uint8
}

// streamTable finds streams by key: open addressing over small index entries,
// the streams themselves in chunks that never move. It replaces a map because
// this look-up is paid for every RTP packet.
type streamTable struct {
	seed   [3]uint64
	index  []indexEntry
	chunks []*[chunkLen]stream
	free   []uint32
	n      int
}

type indexEntry struct {
	tag  uint32 // upper hash bits
	slot uint32 // 1 + number of the stream; 0 empty
}

const chunkLen = 256

func newStreamTable() *streamTable {
	t := &streamTable{index: make([]indexEntry, 256)}
	for i := range t.seed {
		t.seed[i] = rand.Uint64() | 1 // against chosen collisions; no result depends on it
	}
	return t
}

func (t *streamTable) hash(src, dst *capture.Addr, ssrc uint32) uint64 {
	hi, lo := bits.Mul64(src.Lo^src.Hi<<7^t.seed[0], dst.Lo^dst.Hi<<9^t.seed[1])
	x := hi ^ lo
	y := uint64(src.Port)<<48 | uint64(dst.Port)<<32 | uint64(ssrc)
	hi, lo = bits.Mul64(x^y, t.seed[2]^y>>7)
	return hi ^ lo
}

func (t *streamTable) at(slot uint32) *stream {
	slot--
	return &t.chunks[slot/chunkLen][slot%chunkLen]
}

// find returns the stream of a packet, or nil.
func (t *streamTable) find(src, dst *capture.Addr, ssrc uint32) *stream {
	h := t.hash(src, dst, ssrc)
	mask := uint64(len(t.index) - 1)
	tag := uint32(h >> 32)
	for i := h & mask; ; i = (i + 1) & mask {
		e := &t.index[i]
		if e.slot == 0 {
			return nil
		}
		if e.tag == tag {
			if s := t.at(e.slot); s.key.ssrc == ssrc && s.key.src == *src && s.key.dst == *dst {
				return s
			}
		}
	}
}

// add makes the stream of a key that find did not find.
func (t *streamTable) add(key streamKey) *stream {
	if (t.n+1)*4 > len(t.index)*3 {
		t.grow()
	}
	var slot uint32
	if n := len(t.free); n > 0 {
		slot = t.free[n-1]
		t.free = t.free[:n-1]
	} else {
		c := new([chunkLen]stream)
		t.chunks = append(t.chunks, c)
		first := uint32(len(t.chunks)-1)*chunkLen + 1
		for i := uint32(chunkLen - 1); i > 0; i-- {
			t.free = append(t.free, first+i)
		}
		slot = first
	}
	t.n++
	t.place(t.hash(&key.src, &key.dst, key.ssrc), slot)
	s := t.at(slot)
	s.key = key
	return s
}

func (t *streamTable) place(h uint64, slot uint32) {
	mask := uint64(len(t.index) - 1)
	i := h & mask
	for t.index[i].slot != 0 {
		i = (i + 1) & mask
	}
	t.index[i] = indexEntry{uint32(h >> 32), slot}
}

func (t *streamTable) grow() {
	old := t.index
	t.index = make([]indexEntry, 2*len(old))
	for _, e := range old {
		if e.slot != 0 {
			k := &t.at(e.slot).key
			t.place(t.hash(&k.src, &k.dst, k.ssrc), e.slot)
		}
	}
}

// remove forgets a stream; its memory is used again.
func (t *streamTable) remove(s *stream) {
	mask := uint64(len(t.index) - 1)
	h := t.hash(&s.key.src, &s.key.dst, s.key.ssrc)
	i := h & mask
	for t.index[i].slot == 0 || t.at(t.index[i].slot) != s {
		i = (i + 1) & mask
	}
	slot := t.index[i].slot
	// Backward shift: no tombstones, so look-ups stay short under churn.
	for j := i; ; {
		j = (j + 1) & mask
		e := t.index[j]
		if e.slot == 0 {
			break
		}
		k := &t.at(e.slot).key
		home := t.hash(&k.src, &k.dst, k.ssrc) & mask
		if (j-home)&mask >= (j-i)&mask {
			t.index[i] = e
			i = j
		}
	}
	t.index[i] = indexEntry{}
	*s = stream{}
	t.free = append(t.free, slot)
	t.n--
}

// each visits all live streams; fn may remove the one it was given.
func (t *streamTable) each(fn func(*stream)) {
	for _, c := range t.chunks {
		for i := range c {
			if s := &c[i]; s.order != 0 {
				fn(s)
			}
		}
	}
}

// idlest returns the longest idle of some streams, looking around hand.
func (t *streamTable) idlest(hand uint32) *stream {
	var worst *stream
	total := uint32(len(t.chunks) * chunkLen)
	for i := range uint32(32) {
		s := t.at((hand+i)%total + 1)
		if s.order != 0 && (worst == nil || s.rtp.Last() < worst.rtp.Last()) {
			worst = s
		}
	}
	return worst
}
