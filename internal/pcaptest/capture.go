package pcaptest

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Capture is a capture in memory, its frames in time order.
type Capture struct {
	LinkType uint32 // LINKTYPE_ number
	Snaplen  int
	Frames   []Frame
}

// Frame is one captured frame.
type Frame struct {
	Time int64  // ns since the Unix epoch
	Data []byte // captured bytes
	Wire int    // length on the wire, >= len(Data)
}

// pcapMagic is that of a little-endian file with microseconds.
const pcapMagic = 0xa1b2c3d4

// WriteTo writes the capture as a pcap file with microseconds.
func (c *Capture) WriteTo(w io.Writer) (int64, error) {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, pcapMagic)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(b, uint32(c.Snaplen))
	b = le.AppendUint32(b, c.LinkType)
	for _, f := range c.Frames {
		b = le.AppendUint32(b, uint32(f.Time/1e9))
		b = le.AppendUint32(b, uint32(f.Time%1e9/1e3))
		b = le.AppendUint32(b, uint32(len(f.Data)))
		b = le.AppendUint32(b, uint32(f.Wire))
		b = append(b, f.Data...)
	}
	n, err := w.Write(b)
	return int64(n), err
}

// Make returns the pcap file that a source text describes.
func Make(tb testing.TB, src string) []byte {
	tb.Helper()
	c, err := Parse("source", []byte(src))
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// File makes the pcap file that a source text describes in the test's own
// folder and returns its path.
func File(tb testing.TB, src string) string {
	tb.Helper()
	name := filepath.Join(tb.TempDir(), "capture.pcap")
	if err := os.WriteFile(name, Make(tb, src), 0o644); err != nil {
		tb.Fatal(err)
	}
	return name
}
