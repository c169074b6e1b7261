package compare

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/sipparse"
)

// How is what became of a message on its way.
type How string

// The ways. Proxied means that somebody who writes messages anew stands
// between, so that nothing follows from what differs.
const (
	Identical How = "identical"
	Same      How = "same" // other bytes, but SIP reads them as the same
	Changed   How = "changed"
	Proxied   How = "proxied"
	Unread    How = "unread"   // too little of it was captured
	Reported  How = "reported" // changed, but one side is what a HEP agent reports
)

// Change is one way in which messages were changed, as often as it was seen.
type Change struct {
	Field   string
	Kind    detectors.Change
	ToPhone bool // on the way to the phone, else from it
	Before  string
	After   string
	Added   bool // there is no Before
	Removed bool // there is no After
	Count   int  // messages
	Methods []string
	Frames  []Frames // of the first ones

	server, client int // addresses of either end among what changed
}

// Frames are the frame numbers of one message in both captures.
type Frames struct{ Phone, Server int }

const (
	maxChanges = 200 // distinct ones per phone
	maxShown   = 8   // frames, methods
	maxLine    = 1024
)

// comparer holds pairs of messages against each other.
type comparer struct {
	before, after sipparse.Message
}

// sameHop tells whether the two can be held against each other byte by byte:
// nobody put his Via into the message, or took part in the route. Where one is
// clipped it may lack the last of them.
func sameHop(p pair) bool {
	same := func(x, y uint16) bool {
		return x == y || p.a.clipped && x < y || p.b.clipped && y < x
	}
	return p.a.branch == p.b.branch && same(p.a.vias, p.b.vias) && same(p.a.routes, p.b.routes)
}

// compare returns what became of the message between before and after, and
// where it was changed. The differences alias the messages.
func (c *comparer) compare(before, after *message) (How, []detectors.Difference) {
	x, y := before.raw, after.raw
	if before.clipped || after.clipped {
		x, y = commonPart(before, after)
	}
	switch {
	case len(x) == 0 || len(y) == 0:
		return Unread, nil
	case bytes.Equal(x, y):
		return Identical, nil
	}
	if !c.before.Parse(x) || !c.after.Parse(y) {
		return Unread, nil
	}
	list := detectors.Differences(&c.before, &c.after)
	for i := range list {
		if list[i].Change != detectors.Harmless {
			return Changed, list
		}
	}
	return Same, list
}

// commonPart cuts both messages behind the last line that both have whole.
func commonPart(x, y *message) ([]byte, []byte) {
	a, b := x.raw, y.raw
	if x.clipped {
		a, b = cutLike(wholeLines(a), b)
	}
	if y.clipped {
		b, a = cutLike(wholeLines(b), a)
	}
	return a, b
}

// wholeLines drops a last line without an end.
func wholeLines(b []byte) []byte {
	return b[:bytes.LastIndexByte(b, '\n')+1]
}

// place is one line of a message: what it is held against another by, the
// same header field or kind of SDP line, counted from the start.
type place struct {
	name string
	nth  int
}

// cutLike cuts short and whole behind the last line of short that stands in
// both. Where short ends there, a continuation line (RFC 3261 §7.3.1) may have
// followed: whole gets no more lines of that field than short has.
func cutLike(short, whole []byte) ([]byte, []byte) {
	type stretch struct{ from, to int }
	where, last := map[place]stretch{}, 0
	eachPlace(whole, func(p place, end int) { where[p], last = stretch{last, end}, end })
	cutShort, cutWhole := 0, 0
	last = 0
	eachPlace(short, func(p place, end int) {
		if at, ok := where[p]; ok {
			cutShort, cutWhole = end, at.to
			if end == len(short) {
				cutWhole = behindLines(whole, at.from, bytes.Count(short[last:end], []byte{'\n'}), at.to)
			}
		}
		last = end
	})
	return short[:cutShort], whole[:cutWhole]
}

// behindLines is the offset behind n lines from the given one, at most limit.
func behindLines(b []byte, from, n, limit int) int {
	for ; n > 0 && from < limit; n-- {
		i := bytes.IndexByte(b[from:limit], '\n')
		if i < 0 {
			return limit
		}
		from += i + 1
	}
	return from
}

func eachPlace(b []byte, fn func(p place, end int)) {
	counts := map[string]int{}
	eachLine(b, func(line []byte, end int, body bool) {
		name := lineName(line, body)
		counts[name]++
		fn(place{name, counts[name]}, end)
	})
}

// eachLine calls fn for each line and its continuation lines, with the offset
// behind it, and whether it belongs to the body.
func eachLine(b []byte, fn func(line []byte, end int, body bool)) {
	body := false
	for pos := 0; pos < len(b); {
		end := len(b)
		for at := pos; ; {
			n := bytes.IndexByte(b[at:], '\n')
			if n < 0 {
				break
			}
			end = at + n + 1
			if body || end == len(b) || b[end] != ' ' && b[end] != '\t' || blank(b[pos:end]) {
				break
			}
			at = end
		}
		line := b[pos:end]
		fn(line, end, body)
		body = body || blank(line)
		pos = end
	}
}

func blank(line []byte) bool { return len(bytes.TrimRight(line, "\r\n")) == 0 }

// lineName is what a line is held against another by.
func lineName(line []byte, body bool) string {
	if body {
		return "\n" + string(line[:min(2, len(line))])
	}
	if i := bytes.IndexByte(line, ':'); i >= 0 && !bytes.ContainsAny(line[:i], " \t") || blank(line) {
		return strings.ToLower(string(line[:max(i, 0)]))
	}
	return "start"
}

// changes collects what was changed, each distinct change once.
type changes struct {
	byKey map[string]int
	list  []Change
	minor int // of the list, that are no proof: they leave room for those that are
	more  int // that found no room
}

// add takes a difference of a message; ours are the addresses of its phone and
// of its server on both sides.
func (c *changes) add(d *detectors.Difference, m *message, f Frames, toPhone bool, ours *ends2) {
	gone, come := tokensApart(d.Before, d.After)
	key := d.Field + "\x00" + string(rune('0'+b2i(toPhone))) + strings.Join(gone, "\x00") + "\x01" + strings.Join(come, "\x00")
	if d.Change == detectors.LengthChange {
		key = d.Field + "\x00" + string(rune('0'+b2i(toPhone))) // follows the body
	}
	i, ok := c.byKey[key]
	if !ok {
		minor := d.Change < detectors.LengthChange
		if len(c.list) >= maxChanges || minor && c.minor >= maxChanges/2 {
			c.more++
			return
		}
		c.minor += b2i(minor)
		if c.byKey == nil {
			c.byKey = map[string]int{}
		}
		i = len(c.list)
		c.byKey[key] = i
		ch := Change{
			Field: d.Field, Kind: d.Change, ToPhone: toPhone, Added: d.Before == nil, Removed: d.After == nil,
			Before: clip(d.Before), After: clip(d.After),
		}
		for _, t := range append(gone, come...) {
			ch.server += b2i(ours.isServer(t))
			ch.client += b2i(ours.isPhone(t))
		}
		c.list = append(c.list, ch)
	}
	ch := &c.list[i]
	ch.Count++
	if len(ch.Frames) < maxShown {
		ch.Frames = append(ch.Frames, f)
	}
	what := m.what()
	for _, known := range ch.Methods {
		if known == what {
			return
		}
	}
	if len(ch.Methods) < maxShown {
		ch.Methods = append(ch.Methods, what)
	}
}

func clip(b []byte) string {
	if len(b) > maxLine {
		return string(b[:maxLine]) + "…"
	}
	return string(b)
}

// ends2 are the addresses of a phone and its server, on both sides.
type ends2 struct {
	phone, server [2]netip.Addr
}

func (e *ends2) isServer(token string) bool {
	return e.server[0] != e.server[1] && among(token, e.server)
}

func (e *ends2) isPhone(token string) bool {
	return e.phone[0] != e.phone[1] && among(token, e.phone)
}

func among(token string, list [2]netip.Addr) bool {
	ip, err := netip.ParseAddr(strings.Trim(token, "[]"))
	return err == nil && (ip == list[0] || ip == list[1])
}

const maxTokens = 256

// tokensApart returns the words of each value that the other does not have.
func tokensApart(before, after []byte) (gone, come []string) {
	a, b := tokens(before), tokens(after)
	count := make(map[string]int, len(a))
	for _, t := range b {
		count[t]++
	}
	for _, t := range a {
		if count[t] > 0 {
			count[t]--
		} else {
			gone = append(gone, t)
		}
	}
	clear(count)
	for _, t := range a {
		count[t]++
	}
	for _, t := range b {
		if count[t] > 0 {
			count[t]--
		} else {
			come = append(come, t)
		}
	}
	return gone, come
}

// tokens cuts a value into words, an address and its port apart.
func tokens(b []byte) []string {
	var out []string
	for _, word := range strings.FieldsFunc(string(b[:min(len(b), maxLine)]), func(r rune) bool {
		return strings.ContainsRune(" \t\r\n;,=<>\"@()/?", r)
	}) {
		if len(out) >= maxTokens {
			break
		}
		host, port, ok := word, "", false
		if i := strings.LastIndexByte(word, ']'); i >= 0 {
			host, port, ok = strings.Cut(word[i:], ":")
			host = word[:i] + host
			if s, h, found := strings.Cut(host, ":["); found { // sip:[…]
				out = append(out, s)
				host = "[" + h
			}
		} else if strings.Count(word, ":") <= 2 { // an IPv6 address has more, or "::"
			parts := strings.Split(word, ":")
			out = append(out, parts...)
			continue
		}
		out = append(out, host)
		if ok {
			out = append(out, port)
		}
	}
	return out
}
