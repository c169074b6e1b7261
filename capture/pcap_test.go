package capture

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// words are 32-bit numbers in the given byte order.
func words(o order, v ...uint32) []byte {
	var b []byte
	for _, w := range v {
		b = o.AppendUint32(b, w)
	}
	return b
}

func TestPcapHeader(t *testing.T) {
	for _, o := range []order{binary.LittleEndian, binary.BigEndian} {
		for _, tt := range []struct {
			magic  uint32
			link   uint32
			record []byte
			format string
			want   got
		}{
			{
				magicMicro, 1, slices.Concat(words(o, 7, 5, 3, 9), []byte("abc")), "pcap",
				got{Time: 7e9 + 5000, Data: "abc", Wire: 9, Link: 1, Number: 1},
			},
			{
				magicNano, 276, slices.Concat(words(o, 7, 5, 3, 3), []byte("abc")), "pcap-ns",
				got{Time: 7e9 + 5, Data: "abc", Wire: 3, Link: 276, Number: 1},
			},
			{ // 4 bytes of FCS, and the flag that says so
				magicMicro, 0x24000001, slices.Concat(words(o, 4294967295, 999999, 3, 3), []byte("abc")), "pcap",
				got{Time: 4294967295999999000, Data: "abc", Wire: 3, Link: 1, Number: 1},
			},
			{ // less on the wire than captured
				magicMicro, 101, slices.Concat(words(o, 0, 0, 3, 1), []byte("abc")), "pcap",
				got{Data: "abc", Wire: 3, Link: 101, Number: 1},
			},
			{
				magicModified, 1, slices.Concat(words(o, 7, 5, 3, 3, 2), []byte("\x08\x00\x04\x00abc")), "pcap",
				got{Time: 7e9 + 5000, Data: "abc", Wire: 3, Link: 1, Number: 1, Iface: 2, Dir: DirOut},
			},
		} {
			b := slices.Concat(words(o, tt.magic, 0, 0, 0, 65535, tt.link), tt.record)
			all, in := readStream(t, bytes.NewReader(b), blockSize)
			if len(all) != 1 || all[0] != tt.want {
				t.Errorf("%v %#x: %+v, want %+v", o, tt.magic, all, tt.want)
			}
			if in.Format != tt.format || in.Err != nil || in.Truncated {
				t.Errorf("%v %#x: input %+v", o, tt.magic, in)
			}
		}
	}
}

func TestPcapRecordLength(t *testing.T) {
	le := binary.LittleEndian
	for _, tt := range []struct {
		name          string
		snaplen, size uint32
		data          int
		frames        int
		cut           bool
		err           string
	}{
		{"over a small snaplen", 60, 1500, 1500, 2, false, ""},
		{"largest", 65535, usualSnaplen, usualSnaplen, 2, false, ""},
		{"absurd", 65535, usualSnaplen + 1, usualSnaplen + 1, 1, false, "frame 2: captured length 262145 is absurd (at most 262144)"},
		{"absurd, all ones", 65535, 1<<32 - 1, 100, 1, false, "frame 2: captured length 4294967295 is absurd (at most 262144)"},
		{"large snaplen", 500000, 500000, 500000, 2, false, ""},
		{"absurd snaplen", 1<<32 - 1, 1 << 30, 100, 1, false, "frame 2: captured length 1073741824 is absurd"},
		{"cut", 65535, 1500, 1499, 1, true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := slices.Concat(words(le, magicMicro, 0, 0, 0, tt.snaplen, 1),
				words(le, 1, 0, 1, 1), []byte("x"),
				words(le, 1, 0, tt.size, tt.size), make([]byte, tt.data))
			for _, block := range []int{100, blockSize} {
				all, in := readStream(t, bytes.NewReader(b), block)
				if len(all) != tt.frames || in.Truncated != tt.cut {
					t.Errorf("%d frames, truncated %v", len(all), in.Truncated)
				}
				if tt.err == "" && in.Err != nil || tt.err != "" && (in.Err == nil || !strings.HasPrefix(in.Err.Error(), tt.err)) {
					t.Errorf("error %v, want %q", in.Err, tt.err)
				}
			}
		})
	}
}

func TestAbsurdFirstRecord(t *testing.T) {
	b := words(binary.LittleEndian, magicMicro, 0, 0, 0, 65535, 1, 0, 0, 1<<31, 0)
	_, in := readStream(t, bytes.NewReader(b), blockSize)
	if in.Err == nil || in.Truncated {
		t.Errorf("input %+v", in)
	}
}

func TestNotCapture(t *testing.T) {
	for _, tt := range []struct{ data, err string }{
		{"", "empty file"},
		{"abc", "not a capture file: 3 bytes"},
		{"\xd4\xc3\xb2\xa1\x02\x00", "file header cut off: 6 bytes < 24"},
		{"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00", "file header cut off: 8 bytes < 28"},
		{"\n\r\r\nhello, world, how are you?", "not a capture file: looks like text"},
		{"REGISTER sip:example.com SIP/2.0\r\n", "not a capture file: looks like text"},
		{"\x7fELF\x02\x01\x01", "not a capture file: looks like an ELF program"},
		{"PK\x03\x04\x00\x00", "not a capture file: looks like a zip archive"},
		{"\xfd7zXZ\x00\x00", "not a capture file: looks like xz data"},
		{"snoop\x00\x00\x00\x00\x00\x00\x02", "not a capture file: looks like a Solaris snoop capture"},
		{strings.Repeat("\x00", 257) + "ustar\x0000", "not a capture file: looks like a tar archive"},
		{"\x00\x01\x02\x03\x04", "not a capture file: starts with 00 01 02 03"},
	} {
		all, in := readStream(t, strings.NewReader(tt.data), blockSize)
		if len(all) != 0 || in.Err == nil || in.Err.Error() != tt.err {
			t.Errorf("%.10q: %d frames, error %v, want %q", tt.data, len(all), in.Err, tt.err)
		}
	}
}
