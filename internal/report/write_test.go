package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func render(t testing.TB, format string, r *Report, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Writers[format](&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	empty := func() *Report {
		return &Report{Version: "v0.0.0-test", Inputs: []Input{{Name: "dns.pcap", Format: "pcap", LinkTypes: []string{"EN10MB"}, Packets: 3}}}
	}
	for _, test := range []struct {
		name, format string
		report       func() *Report
		o            Options
	}{
		{"sample.txt", "text", sample, Options{}},
		{"sample-verbose.txt", "text", sample, Options{Verbose: true}},
		{"sample-color-60.txt", "text", sample, Options{Width: 60, Color: true}},
		{"sample.json", "json", sample, Options{}},
		{"sample.csv", "csv", sample, Options{}},
		{"sample.md", "md", sample, Options{}},
		{"empty.txt", "text", empty, Options{}},
		{"empty.json", "json", empty, Options{}},
		{"empty.md", "md", empty, Options{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := render(t, test.format, test.report(), test.o)
			name := filepath.Join("testdata", test.name)
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got (go test -update writes it anew):\n%s", diff)
			}
		})
	}
}

// sgr is the only control sequence that we write ourselves.
var sgr = regexp.MustCompile("\x1b\\[[0-9;]+m")

// checkPage fails for control, format and invalid characters in an output,
// line feeds aside.
func checkPage(t testing.TB, page string) {
	t.Helper()
	if !utf8.ValidString(page) {
		t.Errorf("invalid UTF-8")
	}
	for i, r := range page {
		if r != '\n' && r != '\\' && !visible(r) {
			t.Fatalf("%U at %d: %q", r, i, page[max(0, i-40):min(len(page), i+40)])
		}
	}
}

func checkWidth(t testing.TB, page string, width int) {
	t.Helper()
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if n := textWidth(line); n > width || utf8.RuneCountInString(line) > width {
			t.Errorf("%d columns: %q", n, line)
		}
		if strings.HasSuffix(line, " ") {
			t.Errorf("space at the end of %q", line)
		}
	}
}

// poison sets every string of a report to s and makes its lists longer.
func poison(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		poison(v.Elem(), s)
	case reflect.Struct:
		for i := range v.NumField() {
			poison(v.Field(i), s)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		}
		for i := range v.Len() {
			poison(v.Index(i), s)
		}
	case reflect.Int, reflect.Int64:
		v.SetInt(math.MaxInt32)
	case reflect.Float64:
		v.SetFloat(-123456.789)
	}
}

var poisons = []string{
	"\x1b[2J\x1b]0;owned\x07", "\u202egnp.exe\u2069", "\x00\x7f\u0085\u009b31m", "a\u200b\u2028\ufeff\U000e0041b", "\xff\xfe\xc3",
	"| a | `b` | <b> [x](y) ![z](http://w) @octocat #1 http://evil www.evil.example", "=1+1", "+1", "-1", "@x", "\t=1", "\r\n", "  =1",
	strings.Repeat("a", 3000), strings.Repeat("日", 500), strings.Repeat("x ", 1000), "Z\u0335\u0337\u0338\u0336\u0334algo", "\u0301x", "\u115f\u3164\u2800",
	strings.Repeat("\\", 300), `\x1b`, "'", `"`, ",", "",
}

func TestHostileStrings(t *testing.T) {
	for _, s := range poisons {
		r := sample()
		poison(reflect.ValueOf(r).Elem(), s)
		for _, format := range Formats() {
			for _, verbose := range []bool{false, true} {
				page := render(t, format, r, Options{Verbose: verbose})
				checkPage(t, page)
				if format == "text" {
					checkWidth(t, page, 80)
				}
			}
		}
		checkPage(t, sgr.ReplaceAllString(render(t, "text", r, Options{Color: true}), ""))
		checkCSV(t, render(t, "csv", r, Options{}))
		checkMarkdown(t, render(t, "md", r, Options{}))
	}
}

func TestWidths(t *testing.T) {
	for _, width := range []int{0, 1, 40, 60, 80, 132} {
		want := width
		if width == 0 {
			want = 80
		}
		checkWidth(t, render(t, "text", sample(), Options{Width: width, Verbose: true}), max(want, 40))
	}
}

// checkCSV reads the table back and looks at every cell as a spreadsheet would.
func checkCSV(t testing.TB, page string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(page)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		for i, cell := range row {
			if cell = strings.TrimLeft(cell, " "); cell != "" && strings.ContainsAny(cell[:1], "=+@") {
				t.Errorf("%s: formula %q", rows[0][i], cell)
			}
		}
	}
}

// checkMarkdown looks at a page as a renderer would: outside of code spans
// there is nothing but letters and our own marks, and every row of a table has
// the cells of its head.
func checkMarkdown(t testing.TB, page string) {
	t.Helper()
	cells, inBlock := 0, false
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "```") {
			if line != map[bool]string{false: "```text", true: "```"}[inBlock] {
				t.Fatalf("fence: %q", line)
			}
			inBlock, cells = !inBlock, 0
			continue
		}
		if inBlock {
			if strings.Contains(line, "`") {
				t.Fatalf("backtick in a block: %q", line)
			}
			continue
		}
		parts := strings.Split(line, "`")
		if len(parts)%2 == 0 {
			t.Fatalf("open code span: %q", line)
		}
		outside := ""
		for i := 0; i < len(parts); i += 2 {
			outside += parts[i]
		}
		if bad := strings.ContainsAny(outside, "<>[]!\\@_~&$"); bad || strings.Contains(outside, "://") || strings.Contains(outside, "www.") {
			t.Fatalf("markup: %q", outside)
		}
		n := strings.Count(line, "|")
		switch {
		case !strings.HasPrefix(line, "|"):
			if n > 0 {
				t.Fatalf("bars outside of a table: %q", line)
			}
			cells = 0
		case cells == 0:
			cells = n
		case n != cells:
			t.Fatalf("%d bars, not %d: %q", n, cells, line)
		}
	}
}

func TestJSONSchema(t *testing.T) {
	page := render(t, "json", &Report{}, Options{})
	if strings.Contains(page, "null") {
		t.Errorf("null in an empty report:\n%s", page)
	}
	full := sample()
	poison(reflect.ValueOf(full).Elem(), "x")
	var back Report
	dec := json.NewDecoder(strings.NewReader(render(t, "json", full, Options{})))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full, &back); diff != "" {
		t.Error(diff)
	}
	// The piecewise encoding is what encoding/json makes of the whole.
	whole, err := json.MarshalIndent(full, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(whole)+"\n", render(t, "json", full, Options{})); diff != "" {
		t.Error(diff)
	}
}

func TestNormalize(t *testing.T) {
	r := &Report{
		Endpoints: []Endpoint{{P: math.NaN(), Findings: []Finding{{DB: math.Inf(1)}}}},
		Calls:     []Call{{Symptoms: []Symptom{{}}}},
		Streams:   []Stream{{JitterMS: ptr(math.NaN()), MOS: math.Inf(-1), Delay: &Delay{TotalMS: math.NaN()}, Remote: &Remote{MOSLQ: ptr(math.Inf(1))}}},
	}
	r.Normalize()
	var walk func(v reflect.Value, path string)
	walk = func(v reflect.Value, path string) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i), path+"."+v.Type().Field(i).Name)
			}
		case reflect.Slice:
			if v.IsNil() {
				t.Errorf("%s is nil", path)
			}
			for i := range v.Len() {
				walk(v.Index(i), path)
			}
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem(), path)
			}
		case reflect.Float64:
			if !finite(v.Float()) {
				t.Errorf("%s is %v", path, v.Float())
			}
		}
	}
	walk(reflect.ValueOf(r).Elem(), "report")
	if r.Streams[0].JitterMS != nil || r.Streams[0].Remote.MOSLQ != nil {
		t.Error("a figure that is not known became a number")
	}
}

func TestCSVColumns(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(render(t, "csv", sample(), Options{}))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	get := func(row int, column string) string {
		i := slices.Index(rows[0], column)
		if i < 0 {
			t.Fatalf("no column %s in %q", column, rows[0])
		}
		return rows[row][i]
	}
	for _, test := range []struct {
		row          int
		column, want string
	}{
		{1, "ssrc", "0x1234abcd"},
		{1, "clock_skew_ppm", "-12.5"},
		{1, "payload_types", "0 101"},
		{1, "delay.source", "rtcp"},
		{1, "remote.lost", "3"},
		{1, "remote.mos_lq", ""},
		{2, "codec", "'=opus\\x1b[2J|`x`"},
		{2, "remote.lost", ""},
		{2, "jitter_ms", ""},
		{3, "packets", "1234567"},
	} {
		if got := get(test.row, test.column); got != test.want {
			t.Errorf("row %d %s: %q, want %q", test.row, test.column, got, test.want)
		}
	}
}

func TestSeverity(t *testing.T) {
	order := []string{"CONFIRMED", "LIKELY", "POSSIBLE", "INCONCLUSIVE", "UNLIKELY", "NOT_APPLICABLE"}
	for i, v := range order {
		if got := Severity(v); got != len(order)-1-i {
			t.Errorf("Severity(%s) = %d", v, got)
		}
	}
	var got []string
	for _, e := range bySeverity(sample().Endpoints) {
		got = append(got, e.Verdict)
	}
	if diff := cmp.Diff([]string{"CONFIRMED", "POSSIBLE", "INCONCLUSIVE", "UNLIKELY", "NOT_APPLICABLE"}, got); diff != "" {
		t.Error(diff)
	}
}

type brokenWriter struct{ after int }

var errBroken = errors.New("broken")

func (w *brokenWriter) Write(b []byte) (int, error) {
	if w.after -= len(b); w.after < 0 {
		return 0, errBroken
	}
	return len(b), nil
}

func TestWriteErrors(t *testing.T) {
	big := sample()
	for len(big.Streams) < 500 {
		big.Streams = append(big.Streams, big.Streams...)
	}
	for _, format := range Formats() {
		for _, after := range []int{0, 1000} {
			if err := Writers[format](&brokenWriter{after}, big, Options{Verbose: true}); !errors.Is(err, errBroken) {
				t.Errorf("%s after %d bytes: %v", format, after, err)
			}
		}
	}
}

// TestLongLists: however much there is, the worst comes first, the page stays
// short, and it says what it leaves out.
func TestLongLists(t *testing.T) {
	r := sample()
	r.Endpoints = slices.Concat(slices.Repeat([]Endpoint{plainNAT()}, 5000), slices.Repeat([]Endpoint{confirmed()}, 300))
	r.Totals.Endpoints = VerdictCounts{Confirmed: 300, Unlikely: 5000}
	r.Totals.Calls = StateCounts{Answered: 123_456, Failed: 1000, InProgress: 1000}
	r.Totals.Streams = GradeCounts{Excellent: 250_000, Fair: 1000, TooShort: 1000}
	r.Calls = slices.Repeat(r.Calls, 1000)
	r.Streams = slices.Repeat(r.Streams, 1000)
	r.Inputs = slices.Repeat(r.Inputs, 100)
	r.Health.Notes = slices.Repeat(r.Health.Notes, 100)
	page := render(t, "text", r, Options{})
	checkWidth(t, page, 80)
	if n := strings.Count(page, "\n"); n > 1200 {
		t.Errorf("%d lines", n)
	}
	for _, want := range []string{
		"\n5,300 endpoints: 300 CONFIRMED, 5,000 UNLIKELY\n\nCONFIRMED", "\n   and 5,150 endpoints more; ", "\n   and 1,990 calls more; ",
		"\nCalls    123,456 answered, 1,000 failed, 1,000 in-progress\n",
		"\nStreams  252,000 RTP streams (1,000 FAIR, 250,000 EXCELLENT, 1,000 TOO_SHORT),",
		"\n   The worst 10; ", "\n   and 192 files more; ", "\n   and 80 notes more; ",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("does not say %q", want)
		}
	}
	verbose := render(t, "text", r, Options{Verbose: true})
	if got := strings.Count(verbose, "\nUNLIKELY "); got != 5000 {
		t.Errorf("-v shows %d endpoints of 5000", got)
	}
	page = render(t, "md", r, Options{})
	checkMarkdown(t, page)
	if n := strings.Count(page, "\n"); n > 2000 {
		t.Errorf("md has %d lines", n)
	}
}

// many is a report of a hundred thousand streams.
func many() *Report {
	r := sample()
	one := r.Streams[0]
	r.Streams = slices.Repeat([]Stream{one}, 100_000)
	return r
}

func BenchmarkWriters(b *testing.B) {
	r := many()
	for _, format := range Formats() {
		b.Run(format, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := Writers[format](io.Discard, r, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
