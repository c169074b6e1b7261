package capture

import (
	"errors"
	"io"
)

const (
	// blockSize is how much is read at a time. It fits the second-level cache
	// together with the frames made from it; larger reads measured slower.
	blockSize     = 128 << 10
	blockSizeMany = 64 << 10 // with many inputs, so that memory stays in bounds

	// maxRecord bounds one record, whatever its length field says. libpcap
	// writes at most 256 KiB; the rest is for other writers and for options.
	maxRecord = 1 << 20
)

// block is a window on a byte stream that is read in large pieces. Records are
// parsed in place, so there are two buffers: frames that are held back for the
// sake of order lie in the older one while the newer one is filled.
type block struct {
	r      io.Reader
	buf    []byte // buf[lo:hi] is read and not yet parsed
	old    []byte // the buffer before, overwritten by the next call of more
	lo, hi int
	skip   int64 // bytes still to be passed over
	size   int
	err    error // why no more can be read; io.EOF at the end
}

// rest is what is read and not yet parsed.
func (b *block) rest() []byte { return b.buf[b.lo:b.hi] }

// advance takes n bytes as parsed; n may be more than there is.
func (b *block) advance(n int64) {
	if have := int64(b.hi - b.lo); n > have {
		b.skip += n - have
		n = have
	}
	b.lo += int(n)
}

// more moves the rest into the other buffer and fills that up, whatever pieces
// the reader gives: what is held back must not depend on them. It tells whether
// anything was added, and keeps the buffer of the last call as it is.
func (b *block) more(need int) bool {
	if b.err != nil {
		return false
	}
	b.buf, b.old = b.old, b.buf
	size := max(b.size, need, b.hi-b.lo)
	if len(b.buf) < size {
		b.buf = make([]byte, size)
	}
	b.hi = copy(b.buf, b.old[b.lo:b.hi])
	b.lo = 0
	for b.skip > 0 && b.err == nil { // skip > 0 means that nothing was left
		n := b.read(b.buf[:min(b.skip, int64(len(b.buf)))])
		b.skip -= int64(n)
	}
	was := b.hi
	for b.hi < len(b.buf) && b.err == nil {
		b.hi += b.read(b.buf[b.hi:])
	}
	return b.hi > was
}

// read reads once and sets err where there is nothing more.
func (b *block) read(p []byte) int {
	for range 100 {
		n, err := b.r.Read(p)
		if err != nil {
			b.err = err
		}
		if n > 0 || err != nil {
			return n
		}
	}
	b.err = io.ErrNoProgress
	return 0
}

// cut tells whether the stream ended where more was announced: in the middle
// of a record, of a block that was passed over, or of compressed data.
func (b *block) cut() bool {
	return b.lo < b.hi || b.skip > 0 || errors.Is(b.err, io.ErrUnexpectedEOF)
}
