package engine_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/engine"
)

var every = flag.Bool("every", false, "try every variant of every capture, not a sample")

// guise is another way of capturing the same traffic; nil where it can't be
// done to a trace.
type guise struct {
	name string
	make func(t *trace, rnd *rand.Rand) *trace
}

func rewrapped(link uint32, header func(layer, []byte, int) []byte) func(*trace, *rand.Rand) *trace {
	return func(t *trace, _ *rand.Rand) *trace { return t.rewrap(link, header) }
}

var guises = []guise{
	{"ethernet", rewrapped(linkEthernet, ethernet)},
	{"vlan", rewrapped(linkEthernet, vlan)},
	{"qinq", rewrapped(linkEthernet, qinq)},
	{"sll", rewrapped(linkSLL, sll)},
	{"sll2", rewrapped(linkSLL2, sll2)},
	{"raw", rewrapped(linkRaw, rawIP)},
	{"vxlan", rewrapped(linkEthernet, vxlan)},
	{"years", years},
	{"twice", twice},
}

// years moves everything to another time.
func years(t *trace, rnd *rand.Rand) *trace {
	c := t.clone()
	by := int64(rnd.IntN(20*365*24*3600)-10*365*24*3600) * 1e9
	for i := range c.frames {
		if c.frames[i].time += by; c.frames[i].time < 0 || c.frames[i].time >= 1<<32*1e9 {
			return nil
		}
	}
	return c
}

// twice has every frame once more, before the next one comes, as a mirror port
// and "-i any" give it.
func twice(t *trace, rnd *rand.Rand) *trace {
	c := &trace{link: t.link, nano: t.nano}
	late := int64(rnd.IntN(300)) * 1000
	for i, f := range t.frames {
		c.frames = append(c.frames, f)
		f.time += late
		if i+1 < len(t.frames) {
			f.time = max(t.frames[i].time, min(f.time, t.frames[i+1].time))
		}
		c.frames = append(c.frames, f)
	}
	return c
}

// storage is another way of storing a trace in files.
type storage struct {
	name string
	make func(t *trace, rnd *rand.Rand) [][]byte
}

var storages = []storage{
	{"plain", func(t *trace, _ *rand.Rand) [][]byte { return [][]byte{t.file("")} }},
	{"pcapng", func(t *trace, _ *rand.Rand) [][]byte { return [][]byte{t.file("pcapng")} }},
	{"nanoseconds", func(t *trace, _ *rand.Rand) [][]byte { return [][]byte{t.file("pcap-ns")} }},
	{"gzip", func(t *trace, _ *rand.Rand) [][]byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(t.file(""))
		_ = z.Close()
		return [][]byte{b.Bytes()}
	}},
	{"split", func(t *trace, rnd *rand.Rand) [][]byte {
		at := rnd.IntN(len(t.frames) + 1)
		a, b := *t, *t
		a.frames, b.frames = t.frames[:at], t.frames[at:]
		files := [][]byte{a.file(""), b.file("")}
		if at > 0 && at < len(t.frames) && t.frames[at-1].time < t.frames[at].time && rnd.IntN(2) == 0 {
			slices.Reverse(files)
		}
		return files
	}},
	{"dealt", func(t *trace, rnd *rand.Rand) [][]byte { // as by two rings of a network card
		a, b := *t, *t
		a.frames, b.frames = nil, nil
		for i, f := range t.frames {
			if i > 0 && f.time <= t.frames[i-1].time {
				return nil // nothing but the file's order tells which came first
			}
			to := &a
			if rnd.IntN(2) == 0 {
				to = &b
			}
			to.frames = append(to.frames, f)
		}
		return [][]byte{a.file(""), b.file("")}
	}},
}

// sources are the captures of this repository, and those beside it where there
// are any.
func sources(t testing.TB) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{
		"../../testdata/pcaps/*.pcap",
		"../../../shared/alglab/*.pcap", "../../../shared/asterisk/pcaps/*.pcap",
		"../../../shared/captures/lab-alg/*.pcap", "../../../shared/captures/rtp-edge/*.pcap",
		"../../../shared/captures/public/*.pcap", "../../../shared/captures/variants/*.pcap",
	} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	if len(names) == 0 {
		t.Fatal("no captures")
	}
	if !strings.HasPrefix(names[len(names)-1], "../../../shared") {
		t.Log("SKIPPED: ../shared is not there; only testdata/pcaps is tried")
	}
	return names
}

// sampled tells whether a variant of a capture is tried in a run of usual
// length; which ones is the same in every run.
func sampled(name, variant string) bool {
	if *every {
		return true
	}
	h := fnv.New32a()
	h.Write([]byte(filepath.Base(name) + variant))
	one := 4
	switch {
	case testing.Short():
		one = 24
	case strings.Contains(name, "shared"):
		one = 24
	}
	return h.Sum32()%uint32(one) == 0
}

// doubled tells whether the network, or the capture, doubled packets already.
func doubled(r *engine.Result) bool {
	return slices.ContainsFunc(r.Inputs, func(in *capture.Input) bool { return in.Copies > 0 }) ||
		slices.ContainsFunc(r.Streams, func(s engine.Stream) bool { return s.Stats.Duplicates > 0 })
}

// load reads a capture; ok is false where it is not for these tests.
func load(t testing.TB, name string) (tr *trace, r *engine.Result, ok bool) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if tr, ok = readTrace(b); !ok {
		return nil, nil, false
	}
	return tr, analyzed(t, b), true
}

func seeded(name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(h.Sum64(), 1))
}

// TestSameWhateverTheWrapping: link layers, file formats, times and the number
// of files say nothing about phones.
func TestSameWhateverTheWrapping(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, name := range sources(t) {
		var tr *trace
		var want []string
		again := false
		check := func(variant string, files func(tr *trace, rnd *rand.Rand) [][]byte) {
			if !sampled(name, variant) {
				return
			}
			if want == nil {
				var r *engine.Result
				var ok bool
				if tr, r, ok = load(t, name); !ok {
					return
				}
				want, again = picture(r), doubled(r)
			}
			made := files(tr, seeded(name+variant))
			if made == nil || variant == "twice" && again {
				return
			}
			tried++
			samePicture(t, name+" as "+variant, want, picture(analyzed(t, made...)))
		}
		for _, g := range guises {
			check(g.name, func(tr *trace, rnd *rand.Rand) [][]byte {
				if c := g.make(tr, rnd); c != nil {
					return [][]byte{c.file("")}
				}
				return nil
			})
		}
		for _, s := range storages {
			check(s.name, s.make)
		}
	}
	t.Logf("%d variants", tried)
}

// TestSameWhateverTheWrappings: and so do several of them, one within the
// other, in any order.
func TestSameWhateverTheWrappings(t *testing.T) {
	t.Parallel()
	names := slices.DeleteFunc(sources(t), func(name string) bool {
		fi, err := os.Stat(name)
		return err != nil || fi.Size() > 100<<10 // two analyses for every check
	})
	if testing.Short() {
		names = names[:10]
	}
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(names).Draw(rt, "capture")
		tr, r, ok := load(t, name)
		if !ok {
			rt.Skip("a format that is not taken apart here")
		}
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 2))
		steps := rapid.SliceOfN(rapid.IntRange(0, len(guises)-1), 1, 3).Draw(rt, "guises")
		var done []string
		for _, n := range steps {
			done = append(done, guises[n].name)
			if guises[n].name == "twice" && (doubled(r) || slices.Contains(done[:len(done)-1], "twice")) {
				rt.Skip("doubled already")
			}
			if tr = guises[n].make(tr, rnd); tr == nil {
				rt.Skip("can't be done to it")
			}
		}
		store := rapid.SampledFrom(storages).Draw(rt, "storage")
		files := store.make(tr, rnd)
		if files == nil {
			rt.Skip("can't be done to it")
		}
		want, got := picture(r), picture(analyzed(t, files...))
		if lost, new := missing(want, got), missing(got, want); len(lost)+len(new) > 0 {
			rt.Errorf("%s as %v, %s:%s\nbecame:%s", filepath.Base(name), done, store.name, indent(lost), indent(new))
		}
	})
}
