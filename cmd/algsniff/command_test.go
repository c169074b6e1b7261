package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/pcaptest"
	"github.com/algsniff/algsniff/internal/report"
)

// bench is a program on a table: its streams are buffers.
type bench struct {
	program
	out, err bytes.Buffer
	vars     map[string]string
}

func newBench(analyze analyzeFunc) *bench {
	b := &bench{vars: map[string]string{}}
	b.program = program{analyze: analyze, streams: streams{
		in: strings.NewReader(""), out: &b.out, err: &b.err,
		env: func(name string) string { return b.vars[name] },
	}}
	return b
}

// canned is an analysis with one LIKELY endpoint.
func canned(context.Context, analyzeOptions, func(func() (int64, int64))) (*report.Report, []*capture.Input, error) {
	return &report.Report{
		Inputs:    []report.Input{{Name: "x.pcap"}},
		Endpoints: []report.Endpoint{{AOR: "sip:1@pbx", Verdict: "LIKELY", Reason: strings.Repeat("word ", 60)}},
	}, []*capture.Input{{Name: "x.pcap"}}, nil
}

func TestColor(t *testing.T) {
	for _, test := range []struct {
		name string
		tty  bool
		vars map[string]string
		args []string
		want bool
	}{
		{"pipe", false, nil, nil, false},
		{"terminal", true, nil, nil, true},
		{"NO_COLOR", true, map[string]string{"NO_COLOR": "1"}, nil, false},
		{"dumb", true, map[string]string{"TERM": "dumb"}, nil, false},
		{"never", true, nil, []string{"--color=never"}, false},
		{"always", false, map[string]string{"NO_COLOR": "1"}, []string{"--color=always"}, true},
		{"json", true, nil, []string{"--format=json"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(canned)
			b.outTTY, b.vars = test.tty, test.vars
			if code := b.run(t.Context(), append(test.args, "x.pcap")); code != exitFound {
				t.Fatalf("exit code %d: %s", code, &b.err)
			}
			if got := strings.Contains(b.out.String(), "\x1b["); got != test.want {
				t.Errorf("colour %v:\n%s", got, &b.out)
			}
		})
	}
}

func TestWidth(t *testing.T) {
	for _, test := range []struct {
		columns int
		args    []string
		want    int
	}{
		{0, nil, 80},
		{200, nil, 80},
		{50, nil, 50},
		{10, nil, 40},
		{50, []string{"--width=120"}, 120},
	} {
		b := newBench(canned)
		b.outTTY, b.width = true, test.columns
		b.run(t.Context(), append(test.args, "--color=never", "x.pcap"))
		longest := 0
		for line := range strings.Lines(b.out.String()) {
			longest = max(longest, len(strings.TrimSuffix(line, "\n")))
		}
		if longest > test.want || longest < test.want-10 {
			t.Errorf("%d columns of terminal, %v: longest line %d, want %d", test.columns, test.args, longest, test.want)
		}
	}
}

func TestStdinTerminal(t *testing.T) {
	b := newBench(canned)
	b.inTTY = true
	if code := b.run(t.Context(), []string{"-"}); code != exitUsage || !strings.Contains(b.err.String(), "terminal") {
		t.Errorf("exit code %d: %s", code, &b.err)
	}
}

// failing is a writer that fails with err.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestStdoutFails(t *testing.T) {
	for _, args := range [][]string{{"x.pcap"}, {"-f", "json", "x.pcap"}, {"help"}, {"version"}, {"completion", "zsh"}} {
		b := newBench(canned)
		b.program.out = failing{&os.PathError{Op: "write", Path: "stdout", Err: syscall.EPIPE}}
		if code := b.run(t.Context(), args); code > exitFound || b.err.Len() > 0 {
			t.Errorf("%v into a closed pipe: exit code %d: %s", args, code, &b.err)
		}
		b.program.out = failing{&os.PathError{Op: "write", Path: "stdout", Err: syscall.ENOSPC}}
		if code := b.run(t.Context(), args); code != exitInternal || !twoLines.MatchString(b.err.String()) {
			t.Errorf("%v onto a full disk: exit code %d: %s", args, code, &b.err)
		}
	}
}

var twoLines = regexp.MustCompile(`\Aalgsniff: error: [^\n]+\nalgsniff: hint: [^\n]+\n\z`)

// TestAnyArguments types at random: whatever it is, the answer is a report, or
// two lines of printable characters, and an exit code that says which.
func TestAnyArguments(t *testing.T) {
	t.Chdir(t.TempDir())
	words := append(commandNames(), "--format", "--local", "--server", "-o", "--output=", "--color", "--fail-on", "--filter", "json", "possible", "-v",
		"-q", "--", "-", "--help", "--version", "10.0.0.0/8", "nothing.pcap", ".", "..", "*", "[", "--width", "80", "bash", "\x1b[2J", "\n", "\xff", "-\x1b", "--\x1b=")
	rapid.Check(t, func(t *rapid.T) {
		args := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(words), rapid.String()), 0, 6).Draw(t, "args")
		b := newBench(func(ctx context.Context, o analyzeOptions, watch func(func() (int64, int64))) (*report.Report, []*capture.Input, error) {
			if err := errors.Join(missingFile(o.names)...); err != nil {
				return nil, []*capture.Input{{Name: o.names[0], Err: err}}, nil
			}
			return canned(ctx, o, watch)
		})
		code := b.run(context.Background(), args)
		if code < exitClean || code > exitInternal {
			t.Fatalf("exit code %d", code)
		}
		talk := b.err.String()
		if code >= exitUsage && code != exitInconclusive && !twoLines.MatchString(talk) {
			t.Fatalf("exit code %d and %q", code, talk)
		}
		for _, r := range talk {
			if r != '\n' && (r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0) {
				t.Fatalf("%q", talk)
			}
		}
	})
}

func missingFile(names []string) (errs []error) {
	for _, name := range names {
		if _, err := os.Stat(name); err != nil && name != "-" {
			errs = append(errs, err)
		}
	}
	return errs
}

func TestServersAndPrefixes(t *testing.T) {
	var s servers
	for _, text := range []string{"198.51.100.10", "198.51.100.10:5060", "2001:db8::1", "[2001:db8::1]:5061,[2001:db8::2]", "::ffff:198.51.100.1"} {
		if err := s.Set(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	want := servers{
		netip.MustParseAddrPort("198.51.100.10:0"), netip.MustParseAddrPort("198.51.100.10:5060"), netip.MustParseAddrPort("[2001:db8::1]:0"),
		netip.MustParseAddrPort("[2001:db8::1]:5061"), netip.MustParseAddrPort("[2001:db8::2]:0"), netip.MustParseAddrPort("198.51.100.1:0"),
	}
	if diff := cmp.Diff(want, s, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"", "pbx", "1.2.3.4:", "1.2.3.4:70000", ":5060", "::", "1.2.3.4,"} {
		if err := s.Set(text); err == nil {
			t.Errorf("%q: taken", text)
		}
	}
	var p prefixes
	for _, text := range []string{"192.168.1.7/24", "10.1.2.3", "fd00::/8,2001:db8::5"} {
		if err := p.Set(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	wantP := prefixes{
		netip.MustParsePrefix("192.168.1.0/24"), netip.MustParsePrefix("10.1.2.3/32"),
		netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("2001:db8::5/128"),
	}
	if diff := cmp.Diff(wantP, p, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Error(diff)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"format", "output", "fail-on", "filter", "color"}
	for word, want := range map[string]string{
		"fromat": "format", "outptu": "output", "failon": "fail-on", "colour": "color", "Format": "format", "zzz": "", "": "",
		strings.Repeat("format", 100): "",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// safeBuffer may be written while it is read.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestProgress(t *testing.T) {
	var screen safeBuffer
	bar := &progressBar{w: &screen, after: time.Millisecond, every: time.Millisecond}
	bar.watch(func() (int64, int64) { return 25e6, 100e6 })
	for !strings.Contains(screen.String(), "25 % of 100 MB") {
		time.Sleep(time.Millisecond)
	}
	bar.done()
	if got := screen.String(); !strings.HasSuffix(got, "\r\x1b[K") {
		t.Errorf("not cleared: %q", got)
	}

	var still safeBuffer
	bar = &progressBar{w: &still, after: time.Hour, every: time.Millisecond}
	bar.watch(func() (int64, int64) { return 0, 0 })
	bar.done()
	if got := still.String(); got != "" {
		t.Errorf("quick work drew %q", got)
	}

	var none *progressBar
	none.watch(nil)
	none.done()
	for _, test := range []struct {
		read, total int64
		want        string
	}{{12e6, 0, "12 MB read"}, {0, 5e6, "0 % of 5 MB"}, {7e6, 5e6, "100 % of 5 MB"}} {
		if got := progressText(test.read, test.total); got != test.want {
			t.Errorf("%d of %d: %q, want %q", test.read, test.total, got, test.want)
		}
	}
}

// TestInterrupt stops in the middle of a capture that comes in slowly.
func TestInterrupt(t *testing.T) {
	file := pcaptest.Make(t, "@0 udp $P:5060 > $S:5060 register\n@1 rtp $P:4000 > $S:4000 count=40000\n")
	ctx, cancel := context.WithCancel(t.Context())
	b := newBench(analyzeFiles)
	b.in = io.MultiReader(bytes.NewReader(file[:len(file)/2]), callReader(cancel), bytes.NewReader(file[len(file)/2:]))
	code := b.run(ctx, []string{"-"})
	if code != exitInconclusive || b.err.String() != "algsniff: warning: interrupted; the report covers what was read until then\n" {
		t.Errorf("exit code %d: %s", code, &b.err)
	}
	if !strings.Contains(b.out.String(), "Capture  not complete: reading was interrupted;") {
		t.Errorf("report:\n%s", &b.out)
	}
}

// callReader calls f when it is read from, and is empty.
type callReader func()

func (f callReader) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "report.txt")
	if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	err := writeFile(name, func(w io.Writer) error {
		io.WriteString(w, "half")
		return boom
	})
	var f *failure
	if !errors.As(err, &f) || f.code != exitInternal || !strings.Contains(f.what, "boom") {
		t.Errorf("%v", err)
	}
	if b, _ := os.ReadFile(name); string(b) != "old" {
		t.Errorf("half a report: %q", b)
	}
	err = writeFile(name, func(w io.Writer) error {
		_, err := io.WriteString(w, "new")
		return err
	})
	if err != nil {
		t.Error(err)
	}
	b, _ := os.ReadFile(name)
	info, err := os.Stat(name)
	if err != nil || string(b) != "new" || info.Mode().Perm() != 0o600 {
		t.Errorf("%q, mode %v, %v", b, info.Mode(), err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}
