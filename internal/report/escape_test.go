package report

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	for _, test := range []struct {
		in   string
		max  int
		want string
	}{
		{"", 0, ""},
		{"sip:1001@pbx", 0, "sip:1001@pbx"},
		{"a\x1b[31mb", 0, `a\x1b[31mb`},
		{"\r\n\t\x00\x7f", 0, `\r\n\t\x00\x7f`},
		{`C:\x`, 0, `C:\\x`},
		{"\u0085\u009b", 0, `\u0085\u009b`},
		{"a\u202eb\u2069c\u200d\ufeff\u00ad", 0, `a\u202eb\u2069c\u200d\ufeff\u00ad`},
		{"\u2028\u2029\u00a0\u3000", 0, `\u2028\u2029\u00a0\u3000`},
		{"\U000e0041\ue000\u115f\u3164\ufe0f", 0, `\U000e0041\ue000\u115f\u3164\ufe0f`},
		{"caf\xe9 \xff\xf0\x9f", 0, `caf\xe9 \xff\xf0\x9f`},
		{"Zoë Ωmega 日本", 0, "Zoë Ωmega 日本"},
		{"e\u0301", 0, "e\u0301"},
		{"\u0301e", 0, `\u0301e`},
		{"e\u0301\u0301\u0301", 0, "e\u0301\u0301\\u0301"},
		{"\ufffd", 0, "\ufffd"},
		{"abcdef", 6, "abcdef"},
		{"abcdefg", 6, "abcde…"},
		{"abc\x1bdef", 6, "abc…"},
		{"ab\x1b", 6, `ab\x1b`},
		{"日本語", 6, "日本語"},
		{"日本語語", 6, "日本…"},
		{"abc", 1, "…"},
	} {
		if got := Escape(test.in, test.max); got != test.want {
			t.Errorf("Escape(%q, %d) = %q, want %q", test.in, test.max, got, test.want)
		}
	}
}

func TestMarkdownEscapes(t *testing.T) {
	for _, test := range []struct{ in, code, text string }{
		{"", "-", ""},
		{"plain words, 3.1 %", "`plain words, 3.1 %`", "plain words, 3.1 %"},
		{"a|b `c`", "`a\\x7cb \\x60c\\x60`", "`a\\x7cb` `\\x60c\\x60`"},
		{"<b> [x](y) *z* _u_", "`<b> [x](y) *z* _u_`", "`<b>` `[x](y)` `*z*` `_u_`"},
		{"see http://x WWW.y @z", "`see http://x WWW.y @z`", "see `http://x` `WWW.y` `@z`"},
		{"- 1. x", "`- 1. x`", "`-` 1. x"},
		{"1. x", "`1. x`", "`1.` x"},
		{"&lt;\x1b", "`&lt;\\x1b`", "`&lt;\\x1b`"},
	} {
		if got := mdCode(test.in, 0); got != test.code {
			t.Errorf("mdCode(%q) = %q, want %q", test.in, got, test.code)
		}
		if got := mdText(test.in, 0); got != test.text {
			t.Errorf("mdText(%q) = %q, want %q", test.in, got, test.text)
		}
	}
}

func TestCSVCell(t *testing.T) {
	for in, want := range map[string]string{
		"PCMU": "PCMU", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": `\t=1`, "\r=1": `\r=1`, "  =1": "'  =1",
		"＝1": "'＝1", "'": "'", "": "", "1=2": "1=2",
	} {
		if got := csvCell(in); got != want {
			t.Errorf("csvCell(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range poisons {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		if max > 1<<20 {
			return
		}
		got := Escape(s, max)
		checkPage(t, got)
		if max > 0 && textWidth(got) > max {
			t.Errorf("%d columns, not %d: %q", textWidth(got), max, got)
		}
		if strings.Contains(got, "\n") {
			t.Errorf("more than a line: %q", got)
		}
		if back, ok := unescape(Escape(s, 0)); !ok || back != s {
			t.Errorf("%q came back as %q", s, back)
		}
	})
}

// unescape undoes Escape: what was escaped can be told for certain.
func unescape(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			i++
			continue
		}
		if i+1 == len(s) {
			return "", false
		}
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[i+1]]
		if digits == 0 {
			c, ok := map[byte]byte{'\\': '\\', 'n': '\n', 'r': '\r', 't': '\t'}[s[i+1]]
			if !ok {
				return "", false
			}
			b.WriteByte(c)
			i += 2
			continue
		}
		if i+2+digits > len(s) {
			return "", false
		}
		r := rune(0)
		for _, c := range s[i+2 : i+2+digits] {
			r = r<<4 | rune(strings.IndexRune("0123456789abcdef", c))
		}
		if digits == 2 {
			b.WriteByte(byte(r))
		} else {
			b.WriteRune(r)
		}
		i += 2 + digits
	}
	return b.String(), true
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range poisons {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, cell := range []string{mdCode(s, 100), mdText(s, 100), mdCode(s, 0), mdText(s, 0), mdWord(s)} {
			checkPage(t, cell)
			checkMarkdown(t, "|---|\n| "+cell+" |")
			checkMarkdown(t, "- "+cell)
		}
	})
}

func FuzzCSV(f *testing.F) {
	for _, s := range poisons {
		f.Add(s, "x")
	}
	f.Fuzz(func(t *testing.T, codec, callID string) {
		r := &Report{Streams: []Stream{{Codec: codec, CallID: &callID}}}
		page := render(t, "csv", r, Options{})
		checkPage(t, page)
		checkCSV(t, page)
		rows, _ := csv.NewReader(strings.NewReader(page)).ReadAll()
		if len(rows) != 2 || len(rows[1]) != len(rows[0]) || rows[1][slices.Index(rows[0], "codec")] != csvCell(codec) {
			t.Errorf("rows %q", rows)
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, s := range poisons {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := &Report{Endpoints: []Endpoint{{AOR: s}}, Health: Health{Notes: []string{s}}}
		page := render(t, "json", r, Options{})
		checkPage(t, page)
		var back Report
		if err := json.Unmarshal([]byte(page), &back); err != nil {
			t.Fatal(err)
		}
		if want := strings.ToValidUTF8(s, "\ufffd"); utf8.ValidString(s) && (back.Endpoints[0].AOR != want || back.Health.Notes[0] != want) {
			t.Errorf("%q came back as %q", s, back.Endpoints[0].AOR)
		}
	})
}

func FuzzText(f *testing.F) {
	for i, s := range poisons {
		f.Add(s, 40+i)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		if width < 40 || width > 300 {
			return
		}
		r := &Report{
			Inputs:    []Input{{Name: s, Format: s, LinkTypes: []string{s}, Error: &s}},
			Endpoints: []Endpoint{{AOR: s, UserAgent: s, Source: []string{s}, Verdict: s, Reason: s, Advice: s, Tuple: Tuple{Via: Relation{Written: s}}, Findings: []Finding{{Class: s, Summary: s, Written: s}}}},
			Calls:     []Call{{From: s, To: s, State: s, Symptoms: []Symptom{{ID: s, Summary: s}}}},
			Streams:   []Stream{{Src: s, Dst: s, SSRC: s, Codec: s, Grade: s}},
			Health:    Health{Notes: []string{s}},
		}
		page := render(t, "text", r, Options{Width: width, Verbose: true})
		checkPage(t, page)
		checkWidth(t, page, width)
	})
}
