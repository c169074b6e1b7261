package rtpstats

import (
	"testing"
	"unsafe"
)

// A hundred thousand streams at once are no exception.
func TestStreamSize(t *testing.T) {
	if n := unsafe.Sizeof(Stream{}); n > 408 {
		t.Errorf("Stream takes %d bytes, want at most 408", n)
	}
}
