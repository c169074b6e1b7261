package sipparse

import "bytes"

// match is an answer about bytes of which more may come.
type match uint8

const (
	no match = iota
	maybe
	yes
)

// atStart tells whether b begins with a start line.
func atStart(b []byte) match {
	i := bytes.IndexByte(b[:min(len(b), maxStartLine)], '\n')
	if i >= 0 {
		var s startLine
		if s.scan(b[:i+1]) {
			return yes
		}
		return no
	}
	if len(b) >= maxStartLine {
		return no
	}
	if len(b) >= 4 && prefixFold(b, "sip/") {
		return maybe
	}
	n := 0
	for n < len(b) && n <= maxMethod && isToken(b[n]) {
		n++
	}
	if n == len(b) || n > 0 && isBlank(b[n]) || n == 3 && b[3] == '/' && prefixFold(b, "sip") {
		return maybe
	}
	return no
}

const maxMethod = 64 // characters; no method comes near it

// startsMessage tells whether b begins with a start line and a header field.
// This is asked where a start line may stand by chance: a body may hold a
// status line (message/sipfrag), and a gap may end anywhere.
func startsMessage(b []byte) match {
	m := atStart(b)
	if m != yes {
		return m
	}
	b = b[bytes.IndexByte(b, '\n')+1:]
	n := 0
	for n < len(b) && n <= maxMethod && isToken(b[n]) {
		n++
	}
	for n > 0 && n < len(b) && n <= maxMethod && isBlank(b[n]) {
		n++
	}
	switch {
	case n == len(b):
		return maybe
	case n > 0 && b[n] == ':':
		return yes
	}
	return no
}

// startsKnown tells whether b begins with SIP/ or a known method, as what is
// left of a start line behind a gap does not.
func startsKnown(b []byte) bool {
	n := 0
	for n < len(b) && n <= maxMethod && isToken(b[n]) {
		n++
	}
	return n == len(b) || b[n] == '/' && n == 3 || knownMethod(b[:n])
}

// boundary tells whether a message may end before b.
func boundary(b []byte) bool {
	return len(b) == 0 || blankPrefix(b) > 0 || atStart(b) != no
}

// extent finds out how long a message is while its bytes arrive.
type extent struct {
	scan    int // offset of the line to look at next
	body    int // offset of the body, 0 when not reached
	fields  int // header lines seen
	length  int // Content-Length; -1 when missing or unreadable
	seen    bool
	pending bool // the value of Content-Length may be on the next line
	typed   bool // there is a Content-Type
	nests   bool // of a type that may hold SIP messages
}

// measure returns the length of the message that m begins with, or 0 where more
// bytes are needed; cut tells that it is incomplete. With final no more come.
// The length may be more than maxFramed.
func (e *extent) measure(m []byte, final bool) (n int, cut bool) {
	if e.body == 0 {
		if n := e.headers(m); n > 0 {
			return n, true
		}
		if e.body == 0 {
			return e.unfinished(m, final)
		}
		e.scan = e.body
	}
	if e.length < 0 {
		return e.unannounced(m, final)
	}
	end := e.body + e.length
	if end <= len(m) && end <= maxFramed {
		if boundary(m[end:]) {
			return end, false
		}
		if n := e.swallowed(m); n > 0 && n < end {
			return n, false
		}
		return end + strayBytes(m[end:]), false
	}
	// A length that can't be right is found out at once where no start line can
	// belong to the body; else only where the body is said to end.
	if final || !e.nests || end > maxFramed {
		if n := e.swallowed(m); n > 0 {
			return n, false
		}
	}
	return e.unfinished(m, final)
}

func (e *extent) unfinished(m []byte, final bool) (n int, cut bool) {
	if final || len(m) > maxFramed {
		return len(m), true
	}
	return 0, false
}

// headers goes through the header lines and sets body at their end. It returns
// the offset of a start line among them, where another message begins.
func (e *extent) headers(m []byte) int {
	for e.scan < len(m) {
		i := bytes.IndexByte(m[e.scan:], '\n')
		if i < 0 {
			return 0
		}
		line := m[e.scan : e.scan+i]
		if i > 0 && line[i-1] == '\r' {
			line = line[:i-1]
		}
		if len(line) == 0 {
			e.body = e.scan + i + 1
			return 0
		}
		if e.scan > 0 {
			if mayStart(line) && atStart(m[e.scan:]) == yes {
				return e.scan
			}
			e.field(line)
		}
		e.scan += i + 1
	}
	return 0
}

// mayStart is a cheap test that sorts out nearly all header lines.
func mayStart(line []byte) bool {
	n := len(line)
	return n > 7 && (line[3] == '/' || line[n-4] == '/')
}

// field looks at one header line.
func (e *extent) field(line []byte) {
	e.fields++
	if isBlank(line[0]) {
		if e.pending {
			e.setLength(line)
		}
		return
	}
	e.pending = false
	switch line[0] {
	case 'C', 'c', 'L', 'l':
	default:
		return
	}
	i := bytes.IndexByte(line, ':')
	if i < 0 {
		return
	}
	switch headerID(trimRight(line[:i])) {
	case HdrContentLength:
		if !e.seen {
			e.setLength(line[i+1:])
		}
	case HdrContentType:
		v := trimLeft(line[i+1:])
		e.typed = true
		e.nests = !prefixFold(v, "application/sdp")
	}
}

func (e *extent) setLength(v []byte) {
	v = trim(v)
	e.pending = len(v) == 0
	e.seen = true
	if n, ok := decimal(v, 1<<30); ok {
		e.length = int(n)
	}
}

// swallowed looks for the start of a message inside the body and returns its
// offset, or 0.
func (e *extent) swallowed(m []byte) int {
	for e.scan < len(m) {
		switch startsMessage(m[e.scan:]) {
		case yes:
			return e.scan
		case maybe:
			return 0
		}
		i := bytes.IndexByte(m[e.scan:], '\n')
		if i < 0 {
			return 0
		}
		e.scan += i + 1
	}
	return 0
}

// unannounced measures a message without a readable Content-Length: it ends
// with its header unless a Content-Type says that there is a body, which then
// goes to the next start line or the end of the write.
func (e *extent) unannounced(m []byte, final bool) (n int, cut bool) {
	rest := m[e.body:]
	if !e.typed && boundary(rest) {
		return e.body, false
	}
	switch atStart(rest) {
	case yes:
		return e.body, false
	case maybe:
		return e.unfinished(m, final)
	}
	return e.body + strayBytes(rest), false
}

// strayBytes returns how far b goes on with no message beginning.
func strayBytes(b []byte) int {
	n := 0
	for n < len(b) {
		i := bytes.IndexByte(b[n:], '\n')
		if i < 0 {
			return len(b)
		}
		n += i + 1
		if n < len(b) && startsMessage(b[n:]) != no {
			return n
		}
	}
	return n
}
