package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden reports of testdata/pcaps anew")

// versionLine is what differs from build to build.
var versionLine = regexp.MustCompile(`(?m)^  "version": ".*",$`)

// TestGolden holds the JSON report of every capture of testdata/pcaps against
// the one in testdata/pcaps/golden. A difference is either a fault or a change
// to be looked at line by line, and then "make captures" writes it down.
func TestGolden(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", "testdata", "pcaps"))
	captures, err := filepath.Glob("*.pcap*")
	if err != nil || len(captures) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for _, name := range captures {
		t.Run(name, func(t *testing.T) {
			code, got := printed(t, "--format", "json", name)
			if !slices.Contains([]int{exitClean, exitFound, exitInconclusive}, code) {
				t.Errorf("exit code %d", code)
			}
			got = versionLine.ReplaceAll(got, []byte(`  "version": "",`))
			golden := goldenOf(name)
			if *update {
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
		})
	}
	goldens, _ := filepath.Glob(goldenOf("*"))
	for _, golden := range goldens {
		name := strings.TrimSuffix(filepath.Base(golden), ".json")
		if !slices.Contains(captures, name) {
			t.Errorf("%s: no capture of that name", golden)
		}
	}
}

// TestGoldenReadme holds the sample in README.md against what is printed today.
func TestGoldenReadme(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	const capture = "testdata/pcaps/demo.pcap"
	prompt := []byte("$ algsniff " + capture + "\n")
	_, got := printed(t, capture)
	before, after, found := bytes.Cut(readme, prompt)
	sample, rest, closed := bytes.Cut(after, []byte("```\n"))
	if !found || !closed {
		t.Fatalf("README.md has no sample: %s", prompt)
	}
	if *update {
		readme = slices.Concat(before, prompt, got, []byte("```\n"), rest)
		if err := os.WriteFile("README.md", readme, 0o644); err != nil {
			t.Fatal(err)
		}
		sample = got
	}
	if diff := cmp.Diff(textLines(sample), textLines(got)); diff != "" {
		t.Errorf("not as in README.md (-README.md +now), make captures writes it:\n%s", diff)
	}
}

func goldenOf(capture string) string { return filepath.Join("golden", capture+".json") }

func textLines(b []byte) []string { return strings.Split(string(b), "\n") }

// printed runs the command in this process, with nothing of the terminal's.
func printed(t *testing.T, args ...string) (code int, stdout []byte) {
	t.Helper()
	var out, talk bytes.Buffer
	p := &program{analyze: analyzeFiles, streams: streams{
		in: strings.NewReader(""), out: &out, err: &talk,
		env: func(string) string { return "" },
	}}
	code = p.run(context.Background(), args)
	if talk.Len() > 0 {
		t.Logf("stderr: %s", &talk)
	}
	return code, out.Bytes()
}
