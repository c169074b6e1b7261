package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func renderComparison(t testing.TB, format string, c *Comparison, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := CompareWriters[format](&b, c, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// compared is a comparison with a bit of everything.
func compared() *Comparison {
	side := func(given int, name string, missing int) ComparedSide {
		return ComparedSide{
			Given: given, Messages: 31, Matched: 31 - missing, Missing: missing, Outside: 1, Other: 2, Clipped: 1, Unread: 1, Dropped: 7, Doubled: 3,
			Inputs: []Input{{
				Name: name, Format: "pcap", LinkTypes: []string{"EN10MB"}, Packets: 1069,
				First: ptr("2026-01-15T09:00:00Z"), Last: ptr("2026-01-15T09:00:24.2Z"),
			}},
		}
	}
	leg := func(src, dst string, lost int) ComparedLeg {
		return ComparedLeg{
			Src: src, Dst: dst, Packets: 451 - lost, Duplicates: 2, Lost: lost, LossPercent: 100 * float64(lost) / 451,
			JitterMS: ptr(8.1), MaxJitterMS: ptr(29.2),
		}
	}
	frames := []ComparedFrames{{1, 1}, {3, 3}, {7, 9}, {20, 24}}
	return &Comparison{
		Version: "v0.0.0-test", Verdict: "CONFIRMED", Reason: "the first of 4 phones: rewritten on the way: Via and To in 29 of 29 messages",
		Swapped: true, ToldBy: "ttl", Phone: side(2, "phone.pcap", 5), Server: side(1, "evil\x1b]0;owned\x07.pcap", 0),
		Clock:   ComparedClock{ptr(10800123.5), ptr(-1500.0), ptr(1.25), 29},
		Matched: ComparedCounts{Messages: 60, Identical: 30, Changed: 29, Proxied: 1},
		Phones: []ComparedPhone{
			{
				ID: 1, AOR: "sip:1001@pbx", UserAgent: "Yealink SIP-T46U", Transport: "udp", PhoneSide: []string{"192.168.1.50:5060"},
				ServerSide: []string{"203.0.113.7:5060"}, Servers: []string{"198.51.100.10:5060"}, ServersBehind: []string{"198.51.100.10:5060"},
				Verdict: "CONFIRMED", Side: "client", Vendor: ptr("fortinet"), Reason: "rewritten on the way: Via and To in 29 of 29 messages", Innocent: "somebody edited a file", Advice: "switch it off",
				Matched: ComparedCounts{Messages: 29, Changed: 29}, MoreChanges: 2,
				Changes: []ComparedChange{
					{"Via", "address", "from-phone", ptr("SIP/2.0/UDP 192.168.1.50:5060;branch=z9hG4bK3132804324"), ptr("SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bK3132804324"), 29, []string{"REGISTER", "INVITE", "ACK", "BYE", "OPTIONS"}, frames},
					{"SDP i=", "other", "from-phone", nil, ptr("i=(o=IN IP4 192.168.1.50)"), 1, []string{"INVITE"}, frames[:1]},
					{"To", "port", "to-phone", ptr("\"`x`|\x1b[2J\" <sip:1001@203.0.113.7>"), ptr("<sip:1001@192.168.1.50:5060>"), 2, []string{"200 to OPTIONS"}, frames[:2]},
					{"X-Gone", "other", "to-phone", ptr("yes"), nil, 1, []string{"INVITE"}, nil},
				},
				Missing: []ComparedMissing{
					{"INVITE", 1, "from-phone", "phone", false, 5, 0, 7500.5, []int{19, 20, 21, 22, 27}},
					{"BYE", 2, "to-phone", "server", false, 3, 1, 500, []int{30}},
					{"486 to INVITE", 3, "to-phone", "phone", true, 1, 0, 0, []int{31}},
				},
				Notes: []string{"a note with a tab\there, and @someone in it"},
			},
			{ID: 2, AOR: "sip:1002@pbx", Transport: "tcp", PhoneSide: []string{"[2001:db8::5]:5060", "[2001:db8::5]:5062"}, ServerSide: []string{"[2001:db8::5]:5060"}, Verdict: "UNLIKELY", Side: "none", Reason: "nothing rewritten", Matched: ComparedCounts{Messages: 30, Identical: 28, Same: 1, Reported: 1}},
			{ID: 3, Verdict: "INCONCLUSIVE", Side: "proxy", Reason: "a SIP proxy stands between", Matched: ComparedCounts{Messages: 1, Proxied: 1}, Missing: []ComparedMissing{{"ACK", 2, "to-phone", "server", false, 5, 0, 500, []int{3}}}},
			{ID: 4, PhoneSide: []string{"192.168.1.60:5060"}, Verdict: "CONFIRMED", Side: "server", Reason: "rewritten on the way: To in 1 of 1 messages"},
		},
		Streams: []ComparedStream{
			{"0x95afaaa6", "PCMU", "from-phone", leg("192.168.1.50:11780", "198.51.100.10:13070", 0), leg("203.0.113.7:11780", "198.51.100.10:13070", 13), 451, 0, 13, 0, "between"},
			{"0x00000001", "", "to-phone", leg("[2001:db8:1234:5678:9abc:def0:1234:5678]:65535", "[2001:db8:1234:5678:9abc:def0:1234:ffff]:65534", 22), leg("198.51.100.10:1", "203.0.113.7:2", 14), 451, 14, 8, 1, "both"},
			{"0x00000002", "opus", "to-phone", leg("198.51.100.10:1", "203.0.113.7:2", 14), leg("198.51.100.10:1", "203.0.113.7:2", 14), 451, 14, 0, 0, "before"},
			{"0x00000003", "opus", "to-phone", leg("198.51.100.10:1", "203.0.113.7:2", 0), leg("198.51.100.10:1", "203.0.113.7:2", 0), 451, 0, 0, 0, "none"},
		},
		Alone: 2,
		Pairs: []ComparedPair{{"REGISTER", 1, "from-phone", ComparedFrames{1, 1}, "changed", false}},
		Notes: []string{"phone's side: reported by HEP"},
	}
}

func TestGoldenComparison(t *testing.T) {
	empty := func() *Comparison {
		return &Comparison{Version: "v0.0.0-test", Verdict: "INCONCLUSIVE", Reason: "no SIP in file 1", ToldBy: "order"}
	}
	for _, test := range []struct {
		name, format string
		c            func() *Comparison
		o            Options
	}{
		{"compare.txt", "text", compared, Options{}},
		{"compare-color-60.txt", "text", compared, Options{Width: 60, Color: true}},
		{"compare.md", "md", compared, Options{}},
		{"compare.json", "json", compared, Options{}},
		{"compare-empty.txt", "text", empty, Options{}},
		{"compare-empty.md", "md", empty, Options{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := renderComparison(t, test.format, test.c(), test.o)
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
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("not as in %s (-golden +now), -update writes it:\n%s", name, diff)
			}
		})
	}
}

func TestHostileComparison(t *testing.T) {
	for _, s := range poisons {
		c := compared()
		poison(reflect.ValueOf(c).Elem(), s)
		for _, format := range CompareFormats() {
			for _, verbose := range []bool{false, true} {
				page := renderComparison(t, format, c, Options{Verbose: verbose})
				checkPage(t, page)
				if format == "text" {
					checkWidth(t, page, 80)
				}
			}
		}
		checkPage(t, sgr.ReplaceAllString(renderComparison(t, "text", c, Options{Color: true}), ""))
		checkMarkdown(t, strings.ReplaceAll(renderComparison(t, "md", c, Options{}), "```diff\n", "```text\n"))
	}
}

func TestComparisonWidths(t *testing.T) {
	for _, width := range []int{0, 1, 40, 60, 80, 132} {
		want := width
		if width == 0 {
			want = 80
		}
		checkWidth(t, renderComparison(t, "text", compared(), Options{Width: width, Verbose: true}), max(want, 40))
	}
}

func TestComparisonJSON(t *testing.T) {
	full := compared()
	poison(reflect.ValueOf(full).Elem(), "x")
	var back Comparison
	dec := json.NewDecoder(strings.NewReader(renderComparison(t, "json", full, Options{})))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full, &back); diff != "" {
		t.Error(diff)
	}
}
