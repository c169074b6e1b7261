package capture

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// ng builds pcapng files, also wrong ones.
type ng struct{ order }

func (n ng) block(kind uint32, body ...[]byte) []byte {
	b := slices.Concat(body...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	size := uint32(len(b) + 12)
	return slices.Concat(words(n, kind, size), b, words(n, size))
}

func (n ng) section() []byte {
	return n.block(blockSection, words(n, byteOrderMagic), n.halves(1, 0), words(n, math.MaxUint32, math.MaxUint32))
}

func (n ng) halves(v ...uint16) []byte {
	var b []byte
	for _, w := range v {
		b = n.AppendUint16(b, w)
	}
	return b
}

func (n ng) option(code uint16, value ...byte) []byte {
	b := append(n.halves(code, uint16(len(value))), value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func (n ng) iface(link uint16, options ...[]byte) []byte {
	return n.block(blockInterface, n.halves(link, 0), words(n, 0), slices.Concat(options...))
}

func (n ng) enhanced(id uint32, ticks uint64, data string, wire uint32, options ...[]byte) []byte {
	padded := []byte(data)
	for len(padded)%4 != 0 {
		padded = append(padded, 0)
	}
	return n.block(blockEnhanced, words(n, id, uint32(ticks>>32), uint32(ticks), uint32(len(data)), wire), padded, slices.Concat(options...))
}

func (n ng) u64(v uint64) []byte { return n.AppendUint64(nil, v) }

func TestPcapng(t *testing.T) {
	for _, o := range []order{binary.LittleEndian, binary.BigEndian} {
		n := ng{o}
		other := ng{binary.BigEndian}
		b := slices.Concat(
			n.section(),
			n.iface(1),
			n.iface(113, n.option(2, 'e', 't', 'h'), n.option(9, 9), n.option(14, n.u64(1000)...), n.option(0)),
			n.iface(101, n.option(9, 0x80|10)),
			n.enhanced(0, 1_000_001, "one", 60),
			n.block(4, words(n, 0)), // names
			n.enhanced(1, 5, "two", 3, n.option(1, 'h', 'i'), n.option(2, n.AppendUint32(nil, 1)...), n.option(0)),
			n.block(10, []byte("secret")),
			n.enhanced(2, 3<<9, "three", 5, n.option(2, n.AppendUint32(nil, 2)...)),
			n.block(blockCustom, []byte("abcdefgh")), // Wireshark calls it frame 4
			n.block(blockPacket, n.halves(0, 3), words(n, 0, 7, 4, 99), []byte("five")),
			n.block(blockSimple, words(n, 8), []byte("sixth...")),
			n.block(blockStats, words(n, 1, 0, 0), n.option(5, n.u64(10)...), n.option(7, n.u64(4)...)),
			n.block(blockStats, words(n, 1, 0, 0), n.option(5, n.u64(20)...), n.option(7, n.u64(math.MaxUint64)...)),
			other.section(),
			other.iface(0),
			other.enhanced(0, 9_000_000, "seven", 5),
		)
		want := []got{
			{Time: 7000, Data: "five", Wire: 99, Link: 1, Number: 5},
			{Time: 7000, NoTime: true, Data: "sixth...", Wire: 8, Link: 1, Number: 6},
			{Time: 1_000_001_000, Data: "one", Wire: 60, Link: 1, Number: 1},
			{Time: 1_500_000_000, Data: "three", Wire: 5, Link: 101, Number: 3, Iface: 2, Dir: DirOut},
			{Time: 9_000_000_000, Data: "seven", Wire: 5, Link: 0, Number: 7, Iface: 3},
			{Time: 1000_000_000_005, Data: "two", Wire: 3, Link: 113, Number: 2, Iface: 1, Dir: DirIn},
		}
		for _, block := range []int{64, blockSize} {
			all, in := readStream(t, bytes.NewReader(b), block)
			want := slices.Clone(want)
			if block != blockSize { // too small to bring all in order
				slices.SortFunc(all, func(a, b got) int { return a.Number - b.Number })
				slices.SortFunc(want, func(a, b got) int { return a.Number - b.Number })
			}
			if !slices.Equal(all, want) {
				t.Errorf("%v: got %+v\nwant %+v", o, all, want)
			}
			if in.Format != "pcapng" || in.Err != nil || in.Truncated || in.KernelDropped != 20 || in.Clipped != 2 || in.OutOfOrder != 2 {
				t.Errorf("%v: input %+v", o, in)
			}
			if !slices.Equal(in.LinkTypes, []string{"EN10MB", "LINUX_SLL", "RAW", "NULL"}) {
				t.Errorf("%v: link types %v", o, in.LinkTypes)
			}
		}
	}
}

func TestPcapngBroken(t *testing.T) {
	n := ng{binary.LittleEndian}
	start := slices.Concat(n.section(), n.iface(1), n.enhanced(0, 1, "abc", 3))
	mismatch := n.enhanced(0, 1, "abc", 3)
	mismatch[len(mismatch)-4]++
	for _, tt := range []struct {
		name   string
		tail   []byte
		frames int
		cut    bool
		err    string
	}{
		{"whole", nil, 1, false, ""},
		{"zero length", words(n, 6, 0, 0, 0), 1, false, "after frame 1: block length 0 is impossible"},
		{"no multiple of 4", words(n, 6, 33, 0, 0), 1, false, "after frame 1: block length 33 is impossible"},
		{"absurd", words(n, 6, 1<<31, 0, 0), 1, false, "after frame 1: block length 2147483648 is absurd (at most 1048576)"},
		{"mismatch", mismatch, 1, false, "after frame 1: block lengths 36 and 37 differ"},
		{"cut", n.enhanced(0, 1, "abc", 3)[:20], 1, true, ""},
		{"cut in what is passed over", words(n, 0x777, 1<<31, 0, 0), 1, true, ""},
		{"large block passed over", slices.Concat(n.block(0x777, make([]byte, 3<<20)), n.enhanced(0, 2, "x", 1)), 2, false, ""},
		{"short enhanced", n.block(6, words(n, 0, 0)), 1, false, "after frame 1: block length 20 < 32"},
		{"short simple", n.block(3), 1, false, "after frame 1: block length 12 < 16"},
		{"short interface", n.block(1, words(n, 0)), 1, false, "after frame 1: block length 16 < 20"},
		{"short section", words(n, blockSection, 16, byteOrderMagic, 16, 0, 0, 0), 1, false, "after frame 1: block length 16 < 28"},
		{"short statistics", n.block(5, words(n, 0)), 1, false, ""},
		{"second section without byte order", words(n, blockSection, 28, 1, 2, 3, 4, 28), 1, false, "section header without byte order"},
		{"version", n.block(blockSection, words(n, byteOrderMagic), n.halves(2, 0), words(n, 0, 0)), 1, false, "after frame 1: pcapng version 2, want 1"},
		{"captured more than the block", n.block(6, words(n, 0, 0, 0, 1000, 1000), []byte("abcd")), 2, false, ""},
		{"simple with more than the block", n.block(3, words(n, math.MaxUint32), []byte("abcd")), 2, false, ""},
		{"interface never described", n.enhanced(7, 1, "abc", 3), 2, false, ""},
		{"option longer than the block", n.enhanced(0, 1, "abc", 3, n.halves(1, 9999)), 2, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := slices.Concat(start, tt.tail)
			for _, block := range []int{64, blockSize} {
				all, in := readStream(t, bytes.NewReader(b), block)
				if len(all) != tt.frames || in.Truncated != tt.cut {
					t.Errorf("%d frames, truncated %v", len(all), in.Truncated)
				}
				if tt.err == "" && in.Err != nil || tt.err != "" && (in.Err == nil || in.Err.Error() != tt.err) {
					t.Errorf("error %v, want %q", in.Err, tt.err)
				}
			}
		})
	}
}

func TestInterfaceNeverDescribed(t *testing.T) {
	n := ng{binary.LittleEndian}
	all, _ := readStream(t, bytes.NewReader(slices.Concat(n.section(), n.enhanced(0, 1, "abc", 3))), blockSize)
	if len(all) != 1 || all[0].Link != noLink || !all[0].NoTime {
		t.Errorf("%+v", all)
	}
}

func TestTooManyInterfaces(t *testing.T) {
	n := ng{binary.LittleEndian}
	b := slices.Concat(n.section(), bytes.Repeat(n.iface(1), maxInterfaces+1))
	_, in := readStream(t, bytes.NewReader(b), blockSize)
	if in.Err == nil || !strings.Contains(in.Err.Error(), "interfaces") || len(in.LinkTypes) != 1 {
		t.Errorf("input %+v", in)
	}
}

func TestClock(t *testing.T) {
	for _, tt := range []struct {
		resolution byte
		offset     int64
		ticks      uint64
		want       int64
		ok         bool
	}{
		{6, 0, 1_525_968_127_476_575, 1_525_968_127_476_575_000, true},
		{9, 0, 1_525_968_127_476_575_001, 1_525_968_127_476_575_001, true},
		{0, 0, 1_525_968_127, 1_525_968_127_000_000_000, true},
		{3, 0, 1_525_968_127_476, 1_525_968_127_476_000_000, true},
		{12, 0, 1_525_968_127_476_575, 1_525_968_127_476, true},
		{19, 0, 1 << 63, 922_337_203, true},
		{6, 1_525_968_127, 476_575, 1_525_968_127_476_575_000, true},
		{6, -10, 11_000_000, 1_000_000_000, true},
		{0x80 | 20, 0, 3 << 19, 1_500_000_000, true},
		{0x80 | 32, 0, 1_525_968_127 << 32, 1_525_968_127_000_000_000, true},
		{0x80 | 63, 0, 1 << 62, 500_000_000, true},
		{0x80, 0, 5, 5_000_000_000, true},
		{6, -10, 9_000_000, 0, false},
		{6, 0, 1 << 63, 0, false},
		{9, 0, math.MaxInt64, 0, false},
		{9, maxTime / second, maxTime, 0, false},
		{0x80, 0, 1 << 40, 0, false},
		{6, math.MaxInt64, 0, 0, false},
		{6, math.MinInt64, 0, 0, false},
		{20, 0, 1, 0, false},
		{0xff, 0, 1, 0, false},
	} {
		c := newClock(tt.resolution, tt.offset)
		if got, ok := c.ns(tt.ticks); got != tt.want || ok != tt.ok {
			t.Errorf("resolution %#x, offset %d, %d ticks: %d %v, want %d %v", tt.resolution, tt.offset, tt.ticks, got, ok, tt.want, tt.ok)
		}
	}
}
