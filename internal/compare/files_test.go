package compare

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/engine"
)

func open(t testing.TB, name string) *capture.Files {
	t.Helper()
	f, err := capture.OpenFiles([]string{name}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// shared returns captures that lie beside the repository, none where they do
// not.
func shared(t testing.TB, patterns ...string) []string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = filepath.Dir(dir)
	}
	var list []string
	for _, p := range patterns {
		found, err := filepath.Glob(filepath.Join(dir, "..", "shared", p))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, found...)
	}
	return list
}

// TestSelfFiles: no capture differs from itself.
func TestSelfFiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "pcaps", "*.pcap*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	files = append(files, shared(t, "captures/*/*.pcap*", "alglab/*.pcap", "asterisk/pcaps/*.pcap")...)
	for i, name := range files {
		if testing.Short() && i%10 > 0 {
			continue
		}
		r := Captures(open(t, name), open(t, name), Options{})
		if c := &r.Counts; c.Changed+c.Same+c.Proxied > 0 || r.Phone.Missing+r.Server.Missing > 0 {
			t.Errorf("%s: %+v, missing %d and %d", filepath.Base(name), *c, r.Phone.Missing, r.Server.Missing)
		}
		if r.Swapped {
			t.Errorf("%s: swapped with itself", filepath.Base(name))
		}
	}
}

// TestOtherCalls: captures of different calls have no message in common.
func TestOtherCalls(t *testing.T) {
	lans := shared(t, "alglab/d0*.lan.pcap")
	if len(lans) == 0 {
		t.Skip("no ../shared/alglab beside the repository")
	}
	for i, lan := range lans {
		wan := strings.TrimSuffix(lans[(i+1)%len(lans)], ".lan.pcap") + ".server.pcap"
		r := Captures(open(t, lan), open(t, wan), Options{})
		if r.Counts.Matched > 0 || r.Verdict != engine.Inconclusive {
			t.Errorf("%s and %s: %s, %+v", filepath.Base(lan), filepath.Base(wan), r.Verdict, r.Counts)
		}
	}
}

// TestBounds: of too many messages the newest are compared, and it is said.
func TestBounds(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "pcaps", "compare")
	r := Captures(open(t, filepath.Join(dir, "nat-call.lan.pcap")), open(t, filepath.Join(dir, "nat-call.server.pcap")), Options{Limits: Limits{Messages: 10}})
	if r.Counts.Matched != 10 || r.Phone.Dropped != 19 || r.Server.Dropped+r.Server.Outside != 19 || r.Server.Missing > 0 || r.Verdict != engine.Unlikely {
		t.Errorf("%s %+v %+v %+v", r.Verdict, r.Counts, r.Phone, r.Server)
	}
	if len(r.Notes) == 0 || !strings.Contains(r.Notes[0], "only the newest 10 messages") {
		t.Errorf("notes %q", r.Notes)
	}
}

func BenchmarkCaptures(b *testing.B) {
	dir := filepath.Join("..", "..", "testdata", "pcaps", "compare")
	b.ReportAllocs()
	for b.Loop() {
		Captures(open(b, filepath.Join(dir, "nat-call.lan.pcap")), open(b, filepath.Join(dir, "nat-call.server.pcap")), Options{})
	}
}
