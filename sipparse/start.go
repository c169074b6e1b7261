package sipparse

import "bytes"

// startLine is a request line or status line, as slices of the message.
type startLine struct {
	request              bool
	method, uri, version []byte
	status               int
	reason               []byte
	next                 int // offset behind the line; -1 when it has no end
	crlf                 bool
	spacing              bool // white space is not as it must be
	lf                   int  // see line
}

// Sniff tells whether b begins like a SIP message: a request line or a status
// line, after any number of line ends. A datagram cut inside its start line is
// recognised when method and scheme, or SIP/ and a digit, are there. HTTP,
// RTSP, keep-alives and binary protocols are not SIP.
func Sniff(b []byte) bool {
	// RTP, and STUN's requests, go no further than this line.
	if len(b) < 5 || b[0] >= 0x7f || b[0] < '\n' {
		return false
	}
	var s startLine
	return s.scan(skipLineEnds(b))
}

func skipLineEnds(b []byte) []byte {
	for len(b) > 0 && (b[0] == '\r' || b[0] == '\n') {
		b = b[1:]
	}
	return b
}

func (s *startLine) scan(b []byte) bool {
	if len(b) < 5 || !isToken(b[0]) {
		return false
	}
	if b[3] == '/' {
		return prefixFold(b, "sip/") && isDigit(b[4]) && s.scanStatus(b)
	}
	n := 1
	for n < len(b) && isToken(b[n]) {
		n++
	}
	if n == len(b) || !isBlank(b[n]) {
		return false
	}
	return s.scanRequest(b, n)
}

// scanRequest reads METHOD SP Request-URI SP SIP/x.y. A line with anything
// else in the place of the version is still a request when a known method
// stands before a sip, sips or tel URI.
func (s *startLine) scanRequest(b []byte, method int) bool {
	s.lf = -1
	end, next, crlf := line(b, 0, &s.lf)
	text := b[:end]
	s.request, s.method, s.next, s.crlf = true, b[:method], next, crlf

	trimmed := trimRight(text)
	v := len(trimmed)
	for v > method && !isBlank(trimmed[v-1]) {
		v--
	}
	uri := trimmed[method:v]
	if isVersion(trimmed[v:]) && len(trim(uri)) > 0 {
		s.version = trimmed[v:]
		s.uri = trim(uri)
		s.spacing = len(trimmed) != len(text) || len(uri) != len(s.uri)+2 || uri[0] != ' ' || uri[len(uri)-1] != ' '
		return true
	}

	rest := trimLeft(text[method:])
	if !knownMethod(s.method) || !plausibleURI(rest) {
		return false
	}
	if sp := bytes.IndexAny(rest, " \t"); sp >= 0 {
		s.uri, s.version = rest[:sp], trim(rest[sp:])
	} else if next >= 0 {
		s.uri = rest
	}
	return true
}

// scanStatus reads SIP/x.y SP Status-Code SP Reason-Phrase.
func (s *startLine) scanStatus(b []byte) bool {
	s.lf = -1
	end, next, crlf := line(b, 0, &s.lf)
	text := b[:end]
	s.next, s.crlf = next, crlf
	n := 0
	for n < len(text) && !isBlank(text[n]) {
		n++
	}
	s.version = text[:n]
	if n == len(text) && next < 0 {
		return true // cut inside the version
	}
	if !isVersion(s.version) {
		return false
	}
	code := trimLeft(text[n:])
	s.spacing = len(text)-n-len(code) != 1
	n = 0
	for n < len(code) && !isBlank(code[n]) {
		n++
	}
	if next < 0 && n == len(code) {
		return true // cut, and perhaps inside the code
	}
	if v, ok := decimal(code[:n], 999999); ok {
		s.status = int(v)
	}
	if n == len(code) {
		s.spacing = true // the space belongs there even without a phrase
		return true
	}
	s.reason = code[n+1:]
	return true
}

// isVersion tells SIP/x.y.
func isVersion(b []byte) bool {
	if len(b) < 7 || !prefixFold(b, "sip/") {
		return false
	}
	b = b[4:]
	dot := bytes.IndexByte(b, '.')
	return dot > 0 && dot < len(b)-1 && isDigits(b[:dot]) && isDigits(b[dot+1:])
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return len(b) > 0
}

func plausibleURI(b []byte) bool {
	return prefixFold(b, "sip:") || prefixFold(b, "sips:") || prefixFold(b, "tel:")
}

// knownMethod tells a method of RFC 3261 and its extensions. Methods are
// case-sensitive.
func knownMethod(b []byte) bool {
	switch string(b) {
	case "INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "INFO", "PRACK", "UPDATE",
		"SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE", "REFER":
		return true
	}
	return false
}
