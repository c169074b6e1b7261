package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func open(t testing.TB, names ...string) *Files {
	t.Helper()
	f, err := OpenFiles(names, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestMerge holds that several files are one capture in time order: as one
// stable sort of all frames by time would have it.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		files := rapid.SampledFrom([]int{1, 2, 3, openAtOnce + 3}).Draw(rt, "files")
		var names []string
		var want []got
		for i := range files {
			now := rapid.Int64Range(0, 20).Draw(rt, "start") * 1000
			var records []Record
			for n := range rapid.IntRange(0, 12).Draw(rt, "frames") {
				now += rapid.Int64Range(0, 3).Draw(rt, "gap") * 1000
				data := fmt.Sprintf("%d of file %d", n+1, i)
				records = append(records, Record{Time: now, Data: []byte(data)})
				want = append(want, got{now, false, data, len(data), 1, i, n + 1, 0, DirUnknown})
			}
			names = append(names, filepath.Join(dir, fmt.Sprint(i)))
			b := write(t, rapid.SampledFrom([]string{"pcap", "pcapng"}).Draw(rt, "format"), 1, binary.LittleEndian, records)
			if err := os.WriteFile(names[i], b, 0o600); err != nil {
				rt.Fatal(err)
			}
		}
		slices.SortStableFunc(want, func(a, b got) int { return int(a.Time - b.Time) })
		f := open(t, names...)
		if d := cmp.Diff(want, collect(f)); d != "" {
			rt.Fatal(d)
		}
		read, total := f.Progress()
		if read != total || total == 0 {
			rt.Fatalf("read %d of %d bytes", read, total)
		}
		for i, in := range f.Inputs() {
			if in.Name != names[i] || in.Err != nil || in.Format == "" {
				rt.Fatalf("input %+v", in)
			}
		}
	})
}

// TestRotated holds that of many files only those stay open whose time has
// come, and that their memory is used again.
func TestRotated(t *testing.T) {
	dir := t.TempDir()
	const files, frames = 100, 50
	for i := range files {
		records := make([]Record, frames)
		for n := range records {
			records[n] = Record{Time: int64(i*frames+n) * 1e6, Data: []byte("x")}
		}
		b := write(t, "pcap", 1, binary.LittleEndian, records)
		// Names in the reverse of the order in time.
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.pcap", files-i)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, filepath.Join(dir, "*.pcap"))
	n, most := 0, 0
	f.runs(func(run []frame) bool {
		for i := range run {
			if run[i].time != int64(n)*1e6 {
				t.Fatalf("place %d: frame at %d", n, run[i].time)
			}
			n++
		}
		opened := 0
		for _, s := range f.sources {
			if s.file != nil {
				opened++
			}
		}
		most = max(most, opened)
		return true
	})
	if n != files*frames || most > 2 {
		t.Errorf("%d frames, want %d; %d files open at once", n, files*frames, most)
	}
	if have := len(f.sources[0].free.batches); have > 2 {
		t.Errorf("memory for %d inputs, want 2 at most", have)
	}
}

func TestNoTimeKeepsOrder(t *testing.T) {
	n := ng{binary.LittleEndian}
	b := slices.Concat(n.section(), n.iface(1),
		n.block(blockSimple, words(n, 1), []byte("a")),
		n.enhanced(0, 5000, "b", 1),
		n.block(blockSimple, words(n, 1), []byte("c")),
		n.enhanced(0, 4000, "d", 1),
		n.block(blockSimple, words(n, 1), []byte("e")),
		n.enhanced(0, 6000, "f", 1))
	all, in := readStream(t, bytes.NewReader(b), blockSize)
	order := ""
	for _, g := range all {
		order += g.Data
	}
	if order != "adebcf" {
		t.Errorf("order %s, want adebcf", order)
	}
	if in.First != 4_000_000 || in.Last != 6_000_000 || in.OutOfOrder != 1 {
		t.Errorf("input %+v", in)
	}
}

func TestNames(t *testing.T) {
	dir := t.TempDir()
	b := write(t, "pcap", 1, binary.LittleEndian, numbered(2))
	for _, name := range []string{"a.pcap", "b.pcap", "[c].pcap"} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name  string
		files []string // "" is the name itself, and an error
		err   string
	}{
		{"a.pcap", []string{"a.pcap"}, ""},
		{"?.pcap", []string{"a.pcap", "b.pcap"}, ""},
		{"*.pcap", []string{"[c].pcap", "a.pcap", "b.pcap"}, ""},
		{"[c].pcap", []string{"[c].pcap"}, ""},
		{"*.cap", []string{"*.cap"}, "no such file or directory"},
		{"[", []string{"["}, "no such file or directory"},
		{"none.pcap", []string{"none.pcap"}, "no such file or directory"},
		{".", []string{"."}, "is a directory"},
	} {
		f := open(t, filepath.Join(dir, tt.name))
		f.Packets(func(*Packet) bool { return true })
		var names []string
		for _, in := range f.Inputs() {
			if rel, err := filepath.Rel(dir, in.Name); err == nil {
				names = append(names, rel)
			}
			if tt.err == "" && (in.Err != nil || in.Packets != 2) || tt.err != "" && (in.Err == nil || in.Err.Error() != tt.err) {
				t.Errorf("%s: input %+v", tt.name, in)
			}
		}
		if !slices.Equal(names, tt.files) {
			t.Errorf("%s: %q, want %q", tt.name, names, tt.files)
		}
	}
	if _, err := OpenFiles(nil, Options{}); err == nil {
		t.Error("no names: no error")
	}
}

// TestOthersStillRead holds that a file that can't be read leaves the rest alone.
func TestOthersStillRead(t *testing.T) {
	good := saved(t, "good.pcap", write(t, "pcap", 1, binary.LittleEndian, numbered(3)))
	f := open(t, saved(t, "empty", nil), good, saved(t, "text", []byte("hello")), "-", "-")
	f.sources[3].stdin = strings.NewReader(string(write(t, "pcapng", 1, binary.LittleEndian, numbered(4))))
	if n := len(collect(f)); n != 7 {
		t.Errorf("%d frames, want 7", n)
	}
	want := []string{"empty file", "<nil>", "not a capture file: looks like text", "<nil>", "standard input is read once only"}
	for i, in := range f.Inputs() {
		if s := fmt.Sprint(in.Err); s != want[i] {
			t.Errorf("input %d: %s, want %s", i, s, want[i])
		}
	}
	if _, total := f.Progress(); total != 0 {
		t.Errorf("total %d with a pipe among them", total)
	}
}

func TestStopReading(t *testing.T) {
	path := saved(t, "a.pcap", write(t, "pcap", 1, binary.LittleEndian, numbered(5000)))
	f := open(t, path)
	calls := 0
	f.runs(func([]frame) bool { calls++; return false })
	if calls != 1 || f.sources[0].file != nil {
		t.Errorf("%d calls, file %v", calls, f.sources[0].file)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// TestPipe reads a pipe that is written slowly, as from tcpdump -w -.
func TestPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		b := write(t, "pcap", 1, binary.LittleEndian, numbered(100))
		for len(b) > 0 {
			n := min(len(b), 777)
			w.Write(b[:n])
			b = b[n:]
			time.Sleep(time.Millisecond)
		}
		w.Close()
	}()
	all, in := readStream(t, r, blockSize)
	if len(all) != 100 || in.Err != nil || in.Truncated {
		t.Errorf("%d frames, input %+v", len(all), in)
	}
}

// TestReadError holds that an error of the file itself is told, and what came
// before it counts.
func TestReadError(t *testing.T) {
	b := write(t, "pcap", 1, binary.LittleEndian, numbered(10))
	all, in := readStream(t, io.MultiReader(bytes.NewReader(b), &failing{}), blockSize)
	if len(all) != 10 || in.Err == nil || in.Err.Error() != "input/output error" || in.Truncated {
		t.Errorf("%d frames, input %+v", len(all), in)
	}
	all, in = readStream(t, &failing{}, blockSize)
	if len(all) != 0 || in.Err == nil {
		t.Errorf("%d frames, input %+v", len(all), in)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) {
	return 0, &os.PathError{Op: "read", Path: "x", Err: fmt.Errorf("input/output error")}
}

// TestFileVariants reads one call in many wrappings.
func TestFileVariants(t *testing.T) {
	dir := filepath.Join(sharedCaptures(t), "variants")
	read := func(name string) ([]got, *Input) {
		t.Helper()
		f := open(t, filepath.Join(dir, "nat-call-"+name))
		return collect(f), f.Inputs()[0]
	}
	base, in := read("nano.pcap")
	if len(base) != 195 || in.Err != nil {
		t.Fatalf("%d frames, input %+v", len(base), in)
	}
	for _, tt := range []struct{ name, format string }{
		{"big-endian.pcap", "pcap"},
		{"nano-big-endian.pcap", "pcap-ns"},
		{"gzip.pcap.gz", "pcap+gzip"},
		{"big-endian.pcapng", "pcapng"},
		{"two-sections.pcapng", "pcapng"},
	} {
		all, in := read(tt.name)
		for i := range all {
			all[i].Iface = 0
		}
		if !strings.HasPrefix(in.Format, tt.format) || in.Err != nil || in.Truncated || in.OutOfOrder != 0 {
			t.Errorf("%s: input %+v", tt.name, in)
		}
		if d := cmp.Diff(base, all); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
	for _, tt := range []struct {
		name                           string
		frames, clipped, outOfOrder, n int
		cut                            bool
		err                            string
	}{
		{name: "empty.pcap"},
		{name: "zero-bytes.pcap", err: "empty file"},
		{name: "truncated-file.pcap", frames: 194, cut: true},
		{name: "truncated-header.pcap", frames: 194, cut: true},
		{name: "absurd-caplen.pcap", frames: 20, err: "frame 21: captured length 2147483647 is absurd (at most 262144)"},
		{name: "snap60.pcap", frames: 195, clipped: 189},
		{name: "frames-out-of-time-order.pcap", frames: 195, outOfOrder: 12},
		{name: "simple-packets.pcapng", frames: 195},
		{name: "multi-if.pcapng", frames: 195},
		{name: "every-frame-twice.pcap", frames: 390},
	} {
		all, in := read(tt.name)
		if len(all) != tt.frames || in.Packets != tt.frames || in.Clipped != tt.clipped || in.OutOfOrder != tt.outOfOrder || in.Truncated != tt.cut {
			t.Errorf("%s: %d frames, input %+v", tt.name, len(all), in)
		}
		if (in.Err != nil || tt.err != "") && fmt.Sprint(in.Err) != tt.err {
			t.Errorf("%s: error %v, want %q", tt.name, in.Err, tt.err)
		}
		for i := 1; i < len(all); i++ {
			if all[i].Time < all[i-1].Time {
				t.Errorf("%s: frame %d goes back in time", tt.name, all[i].Number)
			}
		}
	}
}
