package engine_test

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/internal/engine"
)

// manner is a way of writing SIP that RFC 3261 allows as well: it says nothing
// about who wrote the message.
type manner struct {
	name string
	// line rewrites a header line, name and value; request is the message it
	// stands in.
	line func(name, value string, rnd *rand.Rand) (string, string)
	// all rewrites the header lines as a whole.
	all func(lines []string, rnd *rand.Rand) []string
}

var compact = [][2]string{
	{"Via", "v"},
	{"From", "f"},
	{"To", "t"},
	{"Call-ID", "i"},
	{"Contact", "m"},
	{"Content-Type", "c"},
	{"Content-Length", "l"},
	{"Supported", "k"},
	{"Subject", "s"},
	{"Event", "o"},
	{"Content-Encoding", "e"},
}

// addressed are the headers whose value is an address with parameters behind it.
func addressed(name string) bool {
	switch longName(name) {
	case "from", "to", "contact", "record-route", "route":
		return true
	}
	return false
}

func longName(name string) string {
	name = strings.ToLower(name)
	for _, c := range compact {
		if name == c[1] {
			return strings.ToLower(c[0])
		}
	}
	return name
}

var manners = []manner{
	{name: "folding", line: func(name, value string, _ *rand.Rand) (string, string) {
		return name, outsideQuotes(value, func(c byte) string {
			if c == ';' && !strings.Contains(value, "<") || c == ',' {
				return string(c) + "\r\n "
			}
			return string(c)
		})
	}},
	{name: "compact forms", line: func(name, value string, rnd *rand.Rand) (string, string) {
		for _, c := range compact {
			if strings.EqualFold(name, c[0]) {
				return c[1], value
			}
			if strings.EqualFold(name, c[1]) {
				return c[0], value
			}
		}
		return name, value
	}},
	{name: "letter case of names", line: func(name, value string, rnd *rand.Rand) (string, string) {
		return anyCase(name, rnd), value
	}},
	{name: "letter case within", line: func(name, value string, rnd *rand.Rand) (string, string) {
		switch {
		case longName(name) == "via":
			return name, anyCaseOf(viaWords, value, rnd)
		case addressed(name):
			return name, anyCaseOf(uriWords, value, rnd)
		}
		return name, value
	}},
	{name: "spaces", line: func(name, value string, rnd *rand.Rand) (string, string) {
		pad := func() string { return []string{"", " ", "\t", "  "}[rnd.IntN(4)] }
		if longName(name) == "via" {
			head, params, _ := strings.Cut(value, ";")
			value = head + pad() + ";" + pad() + params
		}
		return name + pad(), pad() + value + pad()
	}},
	{name: "order of parameters", line: func(name, value string, rnd *rand.Rand) (string, string) {
		switch {
		case strings.Contains(value, ","):
		case longName(name) == "via":
			return name, shuffledParams(value, rnd)
		case addressed(name):
			if at := strings.LastIndexByte(value, '>'); at >= 0 {
				value = value[:at+1] + shuffledParams(value[at+1:], rnd)
				open := strings.LastIndexByte(value[:at], '<')
				if open >= 0 && !strings.Contains(value[open:at], "?") {
					value = value[:open+1] + shuffledParams(value[open+1:at], rnd) + value[at:]
				}
			}
		}
		return name, value
	}},
	{name: "display names", line: func(name, value string, rnd *rand.Rand) (string, string) {
		at := strings.IndexByte(value, '<')
		if !addressed(name) || strings.Contains(longName(name), "route") || at < 0 || strings.Contains(value, ",") {
			return name, value
		}
		return name, []string{"", `"Bob \"B\" Jones" `, "Bob "}[rnd.IntN(3)] + value[at:]
	}},
	{name: "brackets", line: func(name, value string, _ *rand.Rand) (string, string) {
		from, to := strings.IndexByte(value, '<'), strings.IndexByte(value, '>')
		l := longName(name)
		if l != "from" && l != "to" || from < 0 || to < from || strings.ContainsAny(value[from:to], ";?,") {
			return name, value
		}
		return name, value[from+1:to] + value[to+1:]
	}},
	{name: "order of headers", all: func(lines []string, rnd *rand.Rand) []string {
		var names []string
		by := map[string][]string{}
		for _, l := range lines {
			name, _, _ := strings.Cut(l, ":")
			name = longName(strings.TrimSpace(name))
			if by[name] == nil {
				names = append(names, name)
			}
			by[name] = append(by[name], l)
		}
		rnd.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		var out []string
		for _, name := range names {
			out = append(out, by[name]...)
		}
		return out
	}},
}

var (
	viaWords = regexp.MustCompile(`^SIP\s*/\s*2\.0\s*/\s*\w+|;\s*(branch|rport|received|ttl|maddr)\b|[a-zA-Z][\w-]*(\.[a-zA-Z][\w-]*)+`)
	uriWords = regexp.MustCompile(`\bsips?:|@[a-zA-Z][\w-]*(\.[a-zA-Z][\w-]*)+|;\s*(tag|expires|q|transport|lr)\b`)
)

func anyCase(s string, rnd *rand.Rand) string {
	b := []byte(s)
	for i, c := range b {
		if (c|0x20) >= 'a' && (c|0x20) <= 'z' && rnd.IntN(2) == 0 {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}

func anyCaseOf(words *regexp.Regexp, s string, rnd *rand.Rand) string {
	return words.ReplaceAllStringFunc(s, func(m string) string { return anyCase(m, rnd) })
}

func outsideQuotes(s string, f func(c byte) string) string {
	var b strings.Builder
	quoted := false
	for i := range len(s) {
		switch c := s[i]; {
		case quoted && c == '\\':
			return s // not worth the trouble
		case c == '"':
			quoted = !quoted
			b.WriteByte(c)
		case quoted:
			b.WriteByte(c)
		default:
			b.WriteString(f(c))
		}
	}
	return b.String()
}

// shuffledParams brings the parameters behind the first semicolon in another order.
func shuffledParams(s string, rnd *rand.Rand) string {
	if strings.Contains(s, `"`) {
		return s
	}
	parts := strings.Split(s, ";")
	rest := parts[1:]
	rnd.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	return strings.Join(parts, ";")
}

// received adds what a response may have behind its topmost Via: where the
// request came from.
func received(lines []string, asker netip.AddrPort) []string {
	for i, l := range lines {
		name, value, _ := strings.Cut(l, ":")
		if longName(strings.TrimSpace(name)) != "via" {
			continue
		}
		if strings.Contains(value, ",") || strings.Contains(strings.ToLower(value), ";received") {
			return lines
		}
		host := asker.Addr().String()
		l += ";received=" + host
		if !strings.Contains(strings.ToLower(value), "rport") {
			l += fmt.Sprintf(";rport=%d", asker.Port())
		}
		lines[i] = l
		return lines
	}
	return lines
}

// rewritten writes a SIP message in other manners; the same message and seed
// give the same bytes, so that a retransmission stays one. What has folded
// lines or line ends without CR stays as it is.
func rewritten(msg []byte, seed uint64, use []manner, asker netip.AddrPort) []byte {
	head, body, ok := bytes.Cut(msg, []byte("\r\n\r\n"))
	if !ok || bytes.Contains(head, []byte("\r\n ")) || bytes.Contains(head, []byte("\r\n\t")) ||
		bytes.Count(head, []byte("\n")) != bytes.Count(head, []byte("\r\n")) {
		return msg
	}
	h := fnv.New64a()
	h.Write(msg)
	rnd := rand.New(rand.NewPCG(h.Sum64(), seed))
	lines := strings.Split(string(head), "\r\n")
	start, lines := lines[0], lines[1:]
	if strings.HasPrefix(start, "SIP/2.0") && asker.IsValid() {
		lines = received(lines, asker)
	}
	for _, m := range use {
		if m.all != nil {
			lines = m.all(lines, rnd)
			continue
		}
		for i, l := range lines {
			name, value, ok := strings.Cut(l, ":")
			if !ok || strings.Contains(l, "\r\n") {
				continue
			}
			value = strings.TrimLeft(value, " ")
			name, value = m.line(name, value, rnd)
			lines[i] = name + ": " + value
		}
	}
	return slices.Concat([]byte(start+"\r\n"+strings.Join(lines, "\r\n")+"\r\n\r\n"), body)
}

// politely rewrites the messages of one side of every UDP flow. What a phone
// received came from the server's address; what a server received, only the
// server can tell.
func politely(t *trace, seed uint64, use []manner, phone bool, mine func(src netip.AddrPort) bool) (*trace, int) {
	n := 0
	c := t.eachIP(func(_ int, ip []byte, d datagram) []byte {
		if d.proto != 17 || d.fragment || d.clipped || !isText(d.payload) || !mine(d.src) {
			return nil
		}
		var asker netip.AddrPort
		if phone {
			asker = d.dst
		}
		out := rewritten(d.payload, seed, use, asker)
		if bytes.Equal(out, d.payload) || len(out) > 9000 {
			return nil
		}
		n++
		return replaced(ip, d, out)
	})
	return c, n
}

// TestHarmlessRewriting: what SIP allows is no sign of anything.
func TestHarmlessRewriting(t *testing.T) {
	t.Parallel()
	tried, messages := 0, 0
	for _, name := range sources(t) {
		if !sampled(name, "harmless") && !sampled(name, "harmless too") {
			continue
		}
		if base := filepath.Base(name); strings.Contains(base, "alg") || strings.Contains(base, "-emu-") {
			continue // rewritten by an ALG, whether that can be seen or not
		}
		tr, r, ok := load(t, name)
		if !ok || !tr.plain(t) || !clean(r) {
			continue
		}
		phones := map[netip.AddrPort]bool{}
		for _, e := range r.Endpoints {
			for _, s := range e.Sources {
				phones[s] = true
			}
		}
		sets := [][]manner{manners}
		for _, m := range manners {
			sets = append(sets, []manner{m})
		}
		for i, use := range sets {
			for _, side := range []bool{true, false} {
				rnd := seeded(fmt.Sprint(name, i, side))
				if i == 0 {
					use = slices.Clone(use)
					rnd.Shuffle(len(use), func(i, j int) { use[i], use[j] = use[j], use[i] })
				}
				c, n := politely(tr, rnd.Uint64(), use, side, func(src netip.AddrPort) bool { return phones[src] == side })
				if n == 0 {
					continue
				}
				tried++
				messages += n
				if bad := accusations(r, analyzed(t, c.file(""))); len(bad) > 0 {
					what := "all manners"
					if i > 0 {
						what = use[0].name
					}
					t.Errorf("%s, %s on the phone's side %v:%s", filepath.Base(name), what, side, indent(bad))
				}
			}
		}
	}
	t.Logf("%d variants, %d messages rewritten", tried, messages)
}

// clean tells whether nobody in a capture is suspected of anything.
func clean(r *engine.Result) bool {
	for _, e := range r.Endpoints {
		if e.Verdict == engine.Confirmed || e.Verdict == engine.Likely || e.Verdict == engine.Possible {
			return false
		}
	}
	return len(r.Endpoints) > 0
}

// accusations are verdicts above UNLIKELY, and findings above weak that were
// not there before.
func accusations(before, after *engine.Result) (bad []string) {
	known := map[string]bool{}
	for _, e := range before.Endpoints {
		for _, f := range e.Findings {
			known[f.ID] = known[f.ID] || f.Class == detectors.Strong || f.Class == detectors.Proof
		}
	}
	for _, e := range after.Endpoints {
		if e.Verdict == engine.Confirmed || e.Verdict == engine.Likely || e.Verdict == engine.Possible {
			bad = append(bad, fmt.Sprintf("%s %v: %s, %.3f", e.AOR, e.Sources, e.Verdict, e.P))
		}
		for _, f := range e.Findings {
			if (f.Class == detectors.Strong || f.Class == detectors.Proof) && !known[f.ID] {
				bad = append(bad, fmt.Sprintf("%s %v: %s %s: %q and %q", e.AOR, e.Sources, f.Class, f.ID, f.Written, f.Seen))
			}
		}
	}
	return bad
}
