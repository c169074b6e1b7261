package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// sniffLen is how much of a file tells its format, compression included.
const sniffLen = 4096

// Errors of a file that is no capture at all.
var (
	ErrEmpty      = errors.New("empty file")
	ErrNotCapture = errors.New("not a capture file")

	errHeaderCut = errors.New("file header cut off")
)

// newReader tells the format from the first bytes and reads the file header.
// It returns the header's length and the name of the format, the latter also
// with an error where it is certain.
func newReader(b []byte, t *tally) (r reader, format string, used int, err error) {
	if len(b) == 0 {
		return nil, "", 0, ErrEmpty
	}
	if len(b) < 4 {
		return nil, "", 0, fmt.Errorf("%w: %d bytes", ErrNotCapture, len(b))
	}
	if p, ok := pcapOf(binary.LittleEndian.Uint32(b)); ok {
		if used, err = p.header(b, t); err != nil {
			return nil, p.format(), 0, err
		}
		return p, p.format(), used, nil
	}
	if binary.LittleEndian.Uint32(b) == blockSection {
		p := &pcapngReader{}
		if err = p.check(b); err == nil || errors.Is(err, errHeaderCut) {
			return p, "pcapng", 0, err
		}
	}
	if what := looksLike(b); what != "" {
		return nil, "", 0, fmt.Errorf("%w: looks like %s", ErrNotCapture, what)
	}
	return nil, "", 0, fmt.Errorf("%w: starts with % x", ErrNotCapture, b[:4])
}

// looksLike names other kinds of files that are handed in by mistake.
func looksLike(b []byte) string {
	for _, k := range []struct{ magic, what string }{
		{"\x1f\x8b", "gzip data"},
		{"\x28\xb5\x2f\xfd", "zstd data"},
		{"BZh", "bzip2 data"},
		{"\xfd7zXZ\x00", "xz data"},
		{"\x04\x22\x4d\x18", "lz4 data"},
		{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
		{"PK\x03\x04", "a zip archive"},
		{"\x7fELF", "an ELF program"},
		{"MZ", "a Windows program"},
		{"snoop\x00\x00\x00", "a Solaris snoop capture"},
		{"btsnoop\x00", "a Bluetooth snoop capture"},
		{"TRSNIFF data", "a Sniffer capture"},
		{"XCP\x00", "a NetXRay capture"},
		{"GMBU", "a Network Monitor capture"},
		{"RIFF", "audio or video"},
		{"%PDF", "a PDF document"},
		{"SQLite format 3\x00", "a database"},
	} {
		if bytes.HasPrefix(b, []byte(k.magic)) {
			return k.what
		}
	}
	if len(b) > 262 && string(b[257:262]) == "ustar" {
		return "a tar archive"
	}
	if isText(b[:min(len(b), 512)]) {
		return "text"
	}
	return ""
}

// isText tells whether there is nothing but printable bytes and white space.
func isText(b []byte) bool {
	for _, c := range b {
		if c < ' ' && (c < '\t' || c > '\r') || c == 0x7f {
			return false
		}
	}
	return true
}
