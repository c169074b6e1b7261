package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// got is a frame as a test keeps it.
type got struct {
	Time   int64
	NoTime bool
	Data   string
	Wire   int
	Link   LinkType
	Input  int
	Number int
	Iface  int
	Dir    Direction
}

func collect(f *Files) []got {
	var all []got
	f.runs(func(frames []frame) bool {
		for _, r := range frames {
			all = append(all, got{r.time, r.noTime, string(r.data), r.wire, r.link, r.input, r.number, r.iface, r.dir})
		}
		return true
	})
	return all
}

// readStream reads one capture from r in blocks of the given size.
func readStream(t testing.TB, r io.Reader, block int) ([]got, *Input) {
	t.Helper()
	f, err := OpenFiles([]string{"-"}, Options{Stdin: r})
	if err != nil {
		t.Fatal(err)
	}
	f.sources[0].blockSize = block
	return collect(f), f.Inputs()[0]
}

// pieces gives a few bytes at a time, and sometimes none.
type pieces struct {
	r    io.Reader
	size int
	n    int
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.n++; p.n%3 == 0 {
		return 0, nil
	}
	return p.r.Read(b[:min(len(b), p.size)])
}

// write makes a capture file of the records.
func write(t testing.TB, format string, link LinkType, o order, records []Record) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := newWriter(&b, format, link, o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		if err := w.Write(&records[i]); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// numbered makes n records a millisecond apart.
func numbered(n int) []Record {
	all := make([]Record, n)
	for i := range all {
		all[i] = Record{Time: int64(i+1) * 1e6, Data: fmt.Appendf(nil, "frame %d", i+1), Wire: 60}
	}
	return all
}

func saved(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWrappings holds that frames come out the same in whatever format, byte
// order, compression and pieces they went in.
func TestWrappings(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(rt, "frames")
		link := LinkType(rapid.SampledFrom([]uint32{0, 1, 101, 113, 276}).Draw(rt, "link"))
		records := make([]Record, n)
		now := rapid.Int64Range(0, 1<<61).Draw(rt, "start") / 1000 * 1000
		var want []got
		for i := range records {
			now += rapid.Int64Range(0, 5e6).Draw(rt, "gap") * 1000
			r := &records[i]
			r.Time = now
			r.Data = rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(rt, "data")
			r.Wire = len(r.Data) + rapid.IntRange(0, 100).Draw(rt, "cut")
			want = append(want, got{now, false, string(r.Data), r.Wire, link, 0, i + 1, 0, DirUnknown})
		}
		o := rapid.SampledFrom([]order{binary.LittleEndian, binary.BigEndian}).Draw(rt, "order")
		format := rapid.SampledFrom([]string{"pcap", "pcap-ns", "pcapng"}).Draw(rt, "format")
		packed := rapid.SampledFrom([]string{"", "gzip", "zstd"}).Draw(rt, "packed")
		b := pack(t, packed, write(t, format, link, o, records))
		var r io.Reader = bytes.NewReader(b)
		if size := rapid.IntRange(0, 50).Draw(rt, "pieces"); size > 0 {
			r = &pieces{r: r, size: size}
		}
		all, in := readStream(t, r, rapid.SampledFrom([]int{64, 1000, 4096, blockSize}).Draw(rt, "block"))
		if d := cmp.Diff(want, all); d != "" {
			rt.Fatalf("%s %v %s: %s", format, o, packed, d)
		}
		if packed != "" {
			format += "+" + packed
		}
		if in.Format != format || in.Packets != n || in.Err != nil || in.Truncated {
			rt.Fatalf("input %+v", in)
		}
		if n > 0 && (in.First != want[0].Time || in.Last != want[n-1].Time) {
			rt.Fatalf("from %d to %d, want %d to %d", in.First, in.Last, want[0].Time, want[n-1].Time)
		}
	})
}

// TestCutAnywhere holds that a file cut at any byte gives its whole records.
func TestCutAnywhere(t *testing.T) {
	records := numbered(5)
	for _, format := range []string{"pcap", "pcapng"} {
		whole := write(t, format, 1, binary.LittleEndian, records)
		seen := -1
		for n := range len(whole) + 1 {
			all, in := readStream(t, bytes.NewReader(whole[:n]), blockSize)
			if len(all) < seen {
				t.Fatalf("%s cut at %d: %d frames, had %d", format, n, len(all), seen)
			}
			boundary := len(all) > seen && seen >= 0
			seen = len(all)
			switch {
			case boundary && (in.Truncated || in.Err != nil):
				t.Errorf("%s cut behind frame %d: %+v", format, seen, in)
			case n < 4 && in.Err == nil:
				t.Errorf("%s cut at %d: no error", format, n)
			}
			if in.Packets != seen {
				t.Errorf("%s cut at %d: counted %d, want %d", format, n, in.Packets, seen)
			}
		}
		if seen != len(records) {
			t.Errorf("%s: %d frames, want %d", format, seen, len(records))
		}
	}
}

// TestOrder holds that frames that come out of order are sorted, also across
// blocks, and keep their numbers.
func TestOrder(t *testing.T) {
	for _, tt := range []struct {
		name  string
		block int
		reach int // how many places a frame may come late
	}{
		{"within a block", blockSize, 50},
		{"across blocks", 4096, 20},
		{"queue after queue", blockSize, 500},
	} {
		t.Run(tt.name, func(t *testing.T) {
			records := numbered(20000)
			for i := 0; i+tt.reach < len(records); i += tt.reach {
				slices.Reverse(records[i : i+tt.reach])
			}
			b := write(t, "pcap-ns", 1, binary.LittleEndian, records)
			all, in := readStream(t, bytes.NewReader(b), tt.block)
			if len(all) != len(records) {
				t.Fatalf("%d frames, want %d", len(all), len(records))
			}
			for i := range all {
				if all[i].Time != int64(i+1)*1e6 {
					t.Fatalf("place %d: frame %d at %d", i, all[i].Number, all[i].Time)
				}
				if r := records[all[i].Number-1]; r.Time != all[i].Time || string(r.Data) != all[i].Data {
					t.Fatalf("place %d: frame %d is not the file's", i, all[i].Number)
				}
			}
			if in.OutOfOrder < len(records)/2 || in.First != 1e6 || in.Last != int64(len(records))*1e6 {
				t.Errorf("input %+v", in)
			}
		})
	}
}

// TestFarFuture holds that one frame with an absurd time costs only itself.
func TestFarFuture(t *testing.T) {
	records := numbered(5000)
	records[2000].Time = 4e18
	b := write(t, "pcap-ns", 1, binary.LittleEndian, records)
	all, in := readStream(t, bytes.NewReader(b), 8192)
	late := 0
	for i := 1; i < len(all); i++ {
		if all[i].Time < all[i-1].Time {
			late++
		}
	}
	if len(all) != 5000 || late > 1 || in.OutOfOrder != 1 {
		t.Errorf("%d frames, %d late, input %+v", len(all), late, in)
	}
}

// TestNoAllocations holds that reading costs no memory per packet.
func TestNoAllocations(t *testing.T) {
	for _, format := range []string{"pcap", "pcapng"} {
		few := write(t, format, 1, binary.LittleEndian, numbered(1000))
		many := write(t, format, 1, binary.LittleEndian, numbered(60000))
		cost := func(b []byte) float64 {
			return testing.AllocsPerRun(3, func() {
				f, _ := OpenFiles([]string{"-"}, Options{Stdin: bytes.NewReader(b)})
				f.runs(func([]frame) bool { return true })
			})
		}
		if a, b := cost(few), cost(many); b > a+2 { // the second buffer comes late
			t.Errorf("%s: %v allocations for 1000 packets, %v for 60000", format, a, b)
		}
	}
}
