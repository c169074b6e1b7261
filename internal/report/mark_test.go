package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestComparison(t *testing.T) {
	for _, test := range []struct {
		name, written, seen string
		width               int
		want                string
	}{
		{"port added", "To: <sip:1001@203.0.113.7>", "To: <sip:1001@203.0.113.7:5060>", 0, `
written |To: <sip:1001@203.0.113.7>
seen    |To: <sip:1001@203.0.113.7:5060>
        |                         ^^^^^`},
		{"address and port replaced, as a whole", "192.168.1.50:5060;branch=z", "198.51.100.23:1027;branch=z", 0, `
written |192.168.1.50:5060;branch=z
        |^^^^^^^^^^^^ ^^^^
seen    |198.51.100.23:1027;branch=z
        |^^^^^^^^^^^^^ ^^^^`},
		{"two places", "o=- 1 1 IN IP4 10.0.0.5 c=IN IP4 10.0.0.5", "o=- 1 1 IN IP4 192.0.2.1 c=IN IP4 192.0.2.1", 0, `
written |o=- 1 1 IN IP4 10.0.0.5 c=IN IP4 10.0.0.5
        |               ^^^^^^^^          ^^^^^^^^
seen    |o=- 1 1 IN IP4 192.0.2.1 c=IN IP4 192.0.2.1
        |               ^^^^^^^^^          ^^^^^^^^^`},
		{"taken away", "a;rport", "a", 0, `
written |a;rport
        | ^^^^^^
seen    |a`},
		{"the same", "a", "a", 0, "\nwritten |a\nseen    |a"},
		{"one of them only", "", "Via: x", 0, "\nseen    |Via: x"},
		{"the other only", "Via: x", "", 0, "\nwritten |Via: x"},
		{"none", "", "", 0, ""},
		{"against the source, the same", "Via 192.0.2.1:5060", "source 192.0.2.1:5060", 0, "\nwritten |Via 192.0.2.1:5060\nseen    |source 192.0.2.1:5060"},
		{"against the source, another", "Via 10.0.0.5:5060", "source 192.0.2.1:5060", 0, `
written |Via 10.0.0.5:5060
        |    ^^^^^^^^
seen    |source 192.0.2.1:5060
        |       ^^^^^^^^^`},
		{"a port, and the tag that belongs there", "To: <sip:1@203.0.113.7>", "To: <sip:1@203.0.113.7:5060>;tag=x1", 0, `
written |To: <sip:1@203.0.113.7>
seen    |To: <sip:1@203.0.113.7:5060>;tag=x1
        |                      ^^^^^`},
		{"the same, without brackets", "To: sip:1@203.0.113.7", "To: sip:1@203.0.113.7:5060;tag=x1", 0, `
written |To: sip:1@203.0.113.7
seen    |To: sip:1@203.0.113.7:5060;tag=x1
        |                     ^^^^^`},
		{"another tag", "To: <sip:1@a>;tag=1", "To: <sip:1@a>;tag=2", 0, `
written |To: <sip:1@a>;tag=1
        |                  ^
seen    |To: <sip:1@a>;tag=2
        |                  ^`},
		{"different fields", "Call-ID 1@192.168.1.50", "Via 203.0.113.7:5060", 0, "\nwritten |Call-ID 1@192.168.1.50\nseen    |Via 203.0.113.7:5060"},
		{"different SDP lines", "a=rtcp:4001 IN IP4 10.0.0.5", "c=IN IP4 192.0.2.1", 0, "\nwritten |a=rtcp:4001 IN IP4 10.0.0.5\nseen    |c=IN IP4 192.0.2.1"},
		{"against the source, two fields", "Via and Contact 192.0.2.1:5060", "source 192.0.2.1:40100", 0, `
written |Via and Contact 192.0.2.1:5060
        |                          ^^^^
seen    |source 192.0.2.1:40100
        |                 ^^^^^`},
		{"against the source, more behind it", "Via 192.0.2.1:5060", "source 192.0.2.1:5060, first packet", 0, "\nwritten |Via 192.0.2.1:5060\nseen    |source 192.0.2.1:5060, first packet"},
		{"in pieces", "abcdefgh 1 z", "abcdefgh 22 z", 10, `
written |abcdefgh 1
        |         ^
seen    |abcdefgh 2
        |         ^
        | z
        |2 z
        |^`},
		{"wide letters", "日本 a", "日本 b", 0, `
written |日本 a
        |     ^
seen    |日本 b
        |     ^`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b strings.Builder
			for _, l := range comparison(test.written, test.seen, test.width) {
				b.WriteString("\n" + padded(l.label, 8) + "|" + l.text)
				if l.carets != "" {
					b.WriteString("\n        |" + l.carets)
				}
			}
			if diff := cmp.Diff(test.want, b.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestDifferingProperties: what is not marked is the same in both, in the same
// order, and equal texts have no marks.
func TestDifferingProperties(t *testing.T) {
	text := rapid.StringMatching(`[a-c.:;@< \\日]{0,40}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		if rapid.Bool().Draw(t, "long") {
			a, b = strings.Repeat(a, 20), strings.Repeat(b, 20)
		}
		inA, inB := differing(a, b)
		if x, y := without(a, inA), without(b, inB); x != y {
			t.Fatalf("kept %q and %q", x, y)
		}
		if (len(inA)+len(inB) == 0) != (a == b) {
			t.Fatalf("marks %v %v", inA, inB)
		}
	})
}

func without(s string, spans []stretch) string {
	var b strings.Builder
	at := 0
	for _, x := range spans {
		b.WriteString(s[at:x.from])
		at = x.to
	}
	return b.String() + s[at:]
}
