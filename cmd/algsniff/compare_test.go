package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/algsniff/algsniff/internal/report"
)

// comparedPairs are the captures of testdata/pcaps/compare, NAME.lan.pcap and
// NAME.server.pcap, and the exit code of comparing them.
var comparedPairs = map[string]int{
	"alg-register":  exitFound,
	"alg-tcp":       exitFound,
	"alg-fragments": exitFound,
	"server-alg":    exitFound,
	"dropped":       exitFound,
	"rtp-loss":      exitFound,
	"nat-call":      exitClean,
	"nat-register":  exitClean,
	"proxy":         exitClean,
}

// TestGoldenCompare holds the reports of the pairs of testdata/pcaps/compare
// against those in its folder golden, whichever file is named first.
func TestGoldenCompare(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", "testdata", "pcaps", "compare"))
	lans, err := filepath.Glob("*.lan.pcap")
	if err != nil || len(lans) != len(comparedPairs) {
		t.Fatalf("%d pairs, want %d: %v", len(lans), len(comparedPairs), err)
	}
	for _, lan := range lans {
		name := strings.TrimSuffix(lan, ".lan.pcap")
		wan := name + ".server.pcap"
		t.Run(name, func(t *testing.T) {
			for _, format := range []string{"text", "json", "md"} {
				code, got := printed(t, "compare", "--format", format, lan, wan)
				if want := comparedPairs[name]; code != want {
					t.Errorf("exit code %d, want %d", code, want)
				}
				got = versionLine.ReplaceAll(got, []byte(`  "version": "",`))
				got = bytes.Replace(got, []byte("\nalgsniff "+buildVersion()+", "), []byte("\nalgsniff, "), 1)
				sameAsFile(t, filepath.Join("golden", name+"."+strings.Replace(format, "text", "txt", 1)), got)
			}
			checkSwapped(t, lan, wan)
		})
	}
}

func sameAsFile(t *testing.T, golden string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v: make captures writes it", err)
	}
	if diff := cmp.Diff(textLines(want), textLines(got)); diff != "" {
		t.Errorf("not as in %s (-golden +now):\n%s", golden, diff)
	}
}

// checkSwapped: the order of the files changes nothing but what is said of it.
func checkSwapped(t *testing.T, lan, wan string) {
	t.Helper()
	var c [2]report.Comparison
	for i, names := range [][]string{{lan, wan}, {wan, lan}} {
		_, out := printed(t, "compare", "--format", "json", names[0], names[1])
		if err := json.Unmarshal(out, &c[i]); err != nil {
			t.Fatal(err)
		}
	}
	if c[0].Swapped || !c[1].Swapped || c[1].Phone.Given != 2 || c[1].Server.Given != 1 {
		t.Errorf("swapped %v, then %v", c[0].Swapped, c[1].Swapped)
	}
	c[1].Swapped, c[1].Phone.Given, c[1].Server.Given = false, 1, 2
	if diff := cmp.Diff(c[0], c[1]); diff != "" {
		t.Errorf("with the files swapped (-as named +swapped):\n%s", diff)
	}
}

// TestCompareLabs holds the exit codes over all pairs of captures that lie
// beside the repository against what their manifests say.
func TestCompareLabs(t *testing.T) {
	found := false
	for _, dir := range []string{"alglab", "asterisk/pcaps"} {
		dir = filepath.Join("..", "..", "..", "shared", filepath.FromSlash(dir))
		b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
		if err != nil {
			continue
		}
		found = true
		var entries []struct {
			File, Side, Pair, Truth string
			Changed                 []string `json:"fields_changed"`
		}
		if err := json.Unmarshal(b, &entries); err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Side != "server" || e.Pair == "" {
				continue
			}
			want := exitFound
			if strings.HasPrefix(e.Truth, "none") {
				want = exitClean
			}
			code, _ := printed(t, "compare", "-q", filepath.Join(dir, e.Pair), filepath.Join(dir, e.File))
			if code != want && !(want == exitFound && len(e.Changed) == 0) {
				t.Errorf("%s: exit code %d, want %d", e.File, code, want)
			}
		}
	}
	labs, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "captures", "lab-alg", "*.phone.pcap"))
	for _, phone := range labs {
		found = true
		name := strings.TrimSuffix(phone, ".phone.pcap")
		want := exitClean
		if strings.Contains(name, "nat-alg") && !strings.Contains(name, "off-port") {
			want = exitFound
		}
		if code, out := printed(t, "compare", "-q", phone, name+".server.pcap"); code != want {
			t.Errorf("%s: exit code %d, want %d:\n%s", filepath.Base(name), code, want, fmt.Sprintf("%.400s", out))
		}
	}
	if !found {
		t.Skip("no captures in ../shared")
	}
}
