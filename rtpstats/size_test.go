package rtpstats

import (
	"testing"
	"unsafe"
)

// A hundred thousand streams at once are no exception.
func TestStreamSize(t *testing.T) {
	if n := unsafe.Sizeof(Stream{}); n > 400 {
		t.Errorf("Stream takes %d bytes, want at most 400", n)
	}
}
