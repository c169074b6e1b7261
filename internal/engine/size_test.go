package engine

import (
	"testing"
	"unsafe"
)

// A stream takes whole cache lines, so that the key and what every packet
// touches fall on as few as can be.
func TestStreamSize(t *testing.T) {
	if n := unsafe.Sizeof(stream{}); n > 512 || n%64 != 0 {
		t.Errorf("stream takes %d bytes, want a multiple of 64 and at most 512", n)
	}
}
