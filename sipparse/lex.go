package sipparse

import "bytes"

// The characters of token (RFC 3261 §25.1) as bits: alphanumerics and
// - . ! % * _ + ` ' ~
const (
	tokenLo = 1<<'-' | 1<<'.' | 1<<'!' | 1<<'%' | 1<<'*' | 1<<'+' | 1<<'\'' | (1<<10-1)<<'0'
	tokenHi = 1<<('_'-64) | 1<<('`'-64) | 1<<('~'-64) | (1<<26-1)<<('A'-64) | (1<<26-1)<<('a'-64)
)

func isToken(c byte) bool {
	if c < 64 {
		return uint64(tokenLo)>>c&1 != 0
	}
	return c < 128 && uint64(tokenHi)>>(c-64)&1 != 0
}

func isTokens(b []byte) bool {
	for _, c := range b {
		if !isToken(c) {
			return false
		}
	}
	return len(b) > 0
}

// isSpace tells linear white space. The line ends of folding count: inside a
// header value they are nothing else.
func isSpace(c byte) bool { return c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n') }

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isDigit(c byte) bool { return c-'0' < 10 }

func isAlpha(c byte) bool { return c|0x20-'a' < 26 }

func trimLeft(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func trim(b []byte) []byte { return trimRight(trimLeft(b)) }

// equalFold compares b with an ASCII string in lower case, ignoring case.
func equalFold(b []byte, lower string) bool {
	return len(b) == len(lower) && prefixFold(b, lower)
}

func prefixFold(b []byte, lower string) bool {
	if len(b) < len(lower) {
		return false
	}
	for i := range len(lower) {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// decimal reads digits and nothing else, at most limit.
func decimal(b []byte, limit uint64) (uint64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		// limit is below 2^58 everywhere, so this can't wrap.
		if n = n*10 + uint64(c-'0'); n > limit {
			return 0, false
		}
	}
	return n, true
}

// portNumber reads a port: 1..65535, or -1 when it is none.
func portNumber(b []byte) int {
	n, ok := decimal(b, 65535)
	if !ok || n == 0 {
		return -1
	}
	return int(n)
}

// quotedEnd returns the index of the quote that ends the quoted string which
// begins at b[0], or -1.
func quotedEnd(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return -1
}

// nextValue cuts the first value off a comma-separated list. Commas in quoted
// strings and between < and > don't separate; a quote or bracket that is never
// closed makes the rest one value.
func nextValue(b []byte) (value, rest []byte) {
	if bytes.IndexByte(b, ',') < 0 {
		return trim(b), nil
	}
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case ',':
			return trim(b[:i]), b[i+1:]
		case '"':
			n := quotedEnd(b[i:])
			if n < 0 {
				return trim(b), nil
			}
			i += n
		case '<':
			n := bytes.IndexByte(b[i:], '>')
			if n < 0 {
				return trim(b), nil
			}
			i += n
		}
	}
	return trim(b), nil
}

// line finds the end of the line that begins at pos: b[pos:end] is its text,
// next the offset behind its end, which is CR LF, LF, a lone CR, or CRs before
// an LF. crlf tells whether it is CR LF. next is -1 when the line has no end.
// lf remembers the next line feed between calls; it starts as -1.
func line(b []byte, pos int, lf *int) (end, next int, crlf bool) {
	if *lf < pos {
		*lf = len(b)
		if i := bytes.IndexByte(b[pos:], '\n'); i >= 0 {
			*lf = pos + i
		}
	}
	text := b[pos:*lf]
	cr := bytes.IndexByte(text, '\r')
	switch {
	case cr == len(text)-1 && cr >= 0 && *lf < len(b):
		return pos + cr, *lf + 1, true
	case cr < 0:
		if *lf == len(b) {
			return len(b), -1, false
		}
		return *lf, *lf + 1, false
	}
	end = pos + cr
	for next = end + 1; next < *lf && b[next] == '\r'; next++ {
	}
	if next == *lf && next < len(b) {
		return end, next + 1, false
	}
	return end, end + 1, false
}

// values hands every non-empty value of the header fields of a kind to yield,
// in order, and returns false as soon as yield does.
func (m *Message) values(id HeaderID, yield func(value []byte) bool) bool {
	for i := int(m.first[id]) - 1; i >= 0 && i < len(m.Headers); i++ {
		if m.Headers[i].ID != id {
			continue
		}
		for rest := m.Headers[i].Value; len(rest) > 0; {
			var one []byte
			if one, rest = rest, nil; !single(id) {
				one, rest = nextValue(one)
			}
			if len(one) > 0 && !yield(one) {
				return false
			}
		}
	}
	return true
}

// firstValue is the first of values, or nil.
func (m *Message) firstValue(id HeaderID) (value []byte) {
	m.values(id, func(v []byte) bool {
		value = v
		return false
	})
	return value
}
