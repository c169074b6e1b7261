package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func FuzzPcap(f *testing.F) {
	for _, o := range []order{binary.LittleEndian, binary.BigEndian} {
		for _, format := range []string{"pcap", "pcap-ns"} {
			b := write(f, format, 1, o, numbered(3))
			f.Add(b)
			f.Add(b[:len(b)-2])
		}
		f.Add(slices.Concat(words(o, magicModified, 0, 0, 0, 96, 1, 7, 5, 1, 1, 2), []byte("\x08\x00\x04\x00x")))
	}
	addVariants(f, "*.pcap")
	f.Fuzz(readFuzzed)
}

func FuzzPcapng(f *testing.F) {
	for _, o := range []order{binary.LittleEndian, binary.BigEndian} {
		n := ng{o}
		f.Add(write(f, "pcapng", 276, o, numbered(3)))
		f.Add(slices.Concat(n.section(), n.iface(1, n.option(9, 0x8a), n.option(14, n.u64(9)...)),
			n.enhanced(0, 1<<33, "abc", 9, n.option(2, 1, 0, 0, 0), n.option(4, n.u64(2)...)),
			n.block(blockPacket, n.halves(0, 3), words(n, 0, 7, 4, 99), []byte("five")),
			n.block(blockSimple, words(n, 8), []byte("sixth...")),
			n.block(blockStats, words(n, 0, 0, 0), n.option(5, n.u64(10)...)),
			n.block(blockCustom, []byte("abcd")), n.section(), n.enhanced(0, 1, "x", 1)))
	}
	addVariants(f, "*.pcapng")
	f.Fuzz(readFuzzed)
}

// addVariants adds the small captures beside the repository, if there.
func addVariants(f *testing.F, pattern string) {
	names, _ := filepath.Glob(filepath.Join("..", "..", "shared", "captures", "variants", pattern))
	for _, name := range names {
		if b, err := os.ReadFile(name); err == nil {
			f.Add(b[:min(len(b), 2000)])
		}
	}
}

// readFuzzed reads the bytes in three ways and holds what must be true of any.
func readFuzzed(t *testing.T, b []byte) {
	whole, in := readChecked(t, b, len(b)+1, 4096)
	again, in2 := readChecked(t, b, 3, 4096)
	if !slices.Equal(whole, again) || fmt.Sprint(*in) != fmt.Sprint(*in2) {
		t.Fatalf("read in pieces: %d frames %+v, else %d frames %+v", len(again), in2, len(whole), in)
	}
	small, in3 := readChecked(t, b, len(b)+1, 64)
	if fmt.Sprint(*in) != fmt.Sprint(*in3) {
		t.Fatalf("in small blocks: %+v, else %+v", in3, in)
	}
	byNumber := func(a, b got) int { return a.Number - b.Number }
	slices.SortFunc(whole, byNumber)
	slices.SortFunc(small, byNumber)
	if !slices.Equal(whole, small) {
		t.Fatalf("in small blocks: %+v, else %+v", small, whole)
	}
}

func readChecked(t *testing.T, b []byte, piece, block int) ([]got, *Input) {
	f, err := OpenFiles([]string{"-"}, Options{Stdin: &pieces{r: bytes.NewReader(b), size: piece}})
	if err != nil {
		t.Fatal(err)
	}
	s := f.sources[0]
	s.blockSize = block
	var all []got
	total := 0
	seen := make(map[int]bool)
	f.runs(func(frames []frame) bool {
		if have := len(s.blk.buf) + len(s.blk.old); have > 2*max(block, maxRecord) {
			t.Fatalf("%d bytes of buffers", have)
		}
		for _, r := range frames {
			if r.wire < len(r.data) || len(r.data) > maxRecord || r.time < -1 || r.time > maxTime {
				t.Fatalf("frame %d: %d of %d bytes at %d", r.number, len(r.data), r.wire, r.time)
			}
			if r.number < 1 || seen[r.number] {
				t.Fatalf("frame number %d twice", r.number)
			}
			seen[r.number] = true
			total += len(r.data)
			all = append(all, got{r.time, r.noTime, string(r.data), r.wire, r.link, r.input, r.number, r.iface, r.dir})
		}
		return true
	})
	in := f.Inputs()[0]
	packed := len(in.Format) > len("pcap+") && in.Format[len(in.Format)-5] == '+'
	if !packed && total > len(b) || int64(total) != in.Bytes || len(all) != in.Packets {
		t.Fatalf("%d bytes in %d frames out of %d, input %+v", total, len(all), len(b), in)
	}
	if in.First > in.Last || in.Clipped > in.Packets || in.OutOfOrder > in.Packets || in.KernelDropped < 0 {
		t.Fatalf("input %+v", in)
	}
	return all, in
}
