package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func pack(t testing.TB, kind string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	switch kind {
	case "":
		return b
	case "gzip":
		w := gzip.NewWriter(&out)
		w.Write(b)
		w.Close()
	case "zstd":
		w, err := zstd.NewWriter(&out)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(b)
		w.Close()
	}
	return out.Bytes()
}

func TestCompressed(t *testing.T) {
	const frames = 50000
	whole := write(t, "pcap", 1, binary.LittleEndian, numbered(frames))
	gz, zst := pack(t, "gzip", whole), pack(t, "zstd", whole)
	crc := slices.Clone(gz)
	crc[len(crc)-8] ^= 1
	for _, tt := range []struct {
		name     string
		data     []byte
		min, max int // frames
		cut      bool
		err      string
	}{
		{"gzip", gz, frames, frames, false, ""},
		{"zstd", zst, frames, frames, false, ""},
		{"two members", slices.Concat(pack(t, "gzip", whole[:1001]), pack(t, "gzip", whole[1001:])), frames, frames, false, ""},
		{"two zstd frames", slices.Concat(pack(t, "zstd", whole[:1001]), pack(t, "zstd", whole[1001:])), frames, frames, false, ""},
		{"skippable zstd frame", slices.Concat([]byte("\x50\x2a\x4d\x18\x03\x00\x00\x00abc"), zst), frames, frames, false, ""},
		{"bytes behind gzip", slices.Concat(gz, make([]byte, 512)), frames, frames, false, ""},
		{"gzip cut", gz[:len(gz)/2], frames / 4, frames - 1, true, ""},
		{"zstd cut", zst[:len(zst)/2], frames / 8, frames - 1, true, ""},
		{"gzip cut at the start", gz[:12], 0, 0, true, "gzip data cut off"},
		{"gzip header cut", gz[:5], 0, 0, true, "gzip file header cut off"},
		{"zstd cut at the start", zst[:7], 0, 0, true, "zstd data cut off"},
		{"gzip checksum", crc, frames, frames, false, "gzip: "},
		{"text", pack(t, "gzip", []byte("INVITE sip:bob@example.com SIP/2.0\r\n")), 0, 0, false, "gzip data: not a capture file: looks like text"},
		{"gzip twice", pack(t, "gzip", gz), 0, 0, false, "gzip data: not a capture file: looks like gzip data"},
		{"nothing inside", pack(t, "gzip", nil), 0, 0, false, "gzip data: empty file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			all, in := readStream(t, bytes.NewReader(tt.data), blockSize)
			if len(all) < tt.min || len(all) > tt.max || in.Packets != len(all) {
				t.Errorf("%d frames, %d counted, want %d to %d", len(all), in.Packets, tt.min, tt.max)
			}
			if in.Truncated != tt.cut {
				t.Errorf("truncated %v", in.Truncated)
			}
			if tt.err == "" && in.Err != nil || tt.err != "" && (in.Err == nil || !strings.HasPrefix(in.Err.Error(), tt.err)) {
				t.Errorf("error %v, want %q", in.Err, tt.err)
			}
		})
	}
}

// TestDamaged holds that what comes before damage is read, and that the damage
// is told one way or another: by a checksum, a wrong record, or a wrong end.
func TestDamaged(t *testing.T) {
	const frames = 50000
	whole := write(t, "pcap", 1, binary.LittleEndian, numbered(frames))
	for _, kind := range []string{"gzip", "zstd"} {
		b := pack(t, kind, whole)
		copy(b[len(b)*3/4:], "damage damage damage")
		all, in := readStream(t, bytes.NewReader(b), blockSize)
		if len(all) < frames/4 || in.Err == nil && !in.Truncated {
			t.Errorf("%s: %d frames, input %+v", kind, len(all), in)
		}
	}
}

// TestGreedyZstd holds that a frame can't make us allocate what it likes.
func TestGreedyZstd(t *testing.T) {
	// Window descriptor 0xff: 3.75 TB.
	_, in := readStream(t, bytes.NewReader([]byte("\x28\xb5\x2f\xfd\x00\xff\x01\x00\x00")), blockSize)
	if !errors.Is(in.Err, zstd.ErrWindowSizeExceeded) {
		t.Errorf("error %v", in.Err)
	}
}
