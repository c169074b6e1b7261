package sipparse

// The departures from the grammar that Parse finds on its one way through the
// bytes, those that Check finds in the typed values, and those of SDP.
const (
	DefectNone DefectCode = iota

	// Parse.
	DefectStartLine
	DefectRequestURI
	DefectVersion
	DefectStatus
	DefectLineEnding
	DefectNoColon
	DefectHeaderName
	DefectCutHeader
	DefectNoEmptyLine
	DefectTooManyHeaders
	DefectMissingVia
	DefectMissingFrom
	DefectMissingTo
	DefectMissingCallID
	DefectMissingCSeq
	DefectDuplicateHeader
	DefectContentLength
	DefectContentLengthDiffers
	DefectBodyShorter
	DefectBodyLonger

	// Check.
	DefectControl
	DefectNotUTF8
	DefectUnterminatedQuote
	DefectVia
	DefectViaParam
	DefectNameAddr
	DefectURI
	DefectParam
	DefectDuplicateParam
	DefectCSeq
	DefectCSeqMethod
	DefectCallID
	DefectMaxForwards
	DefectExpires
	DefectDate
	DefectUnknownMethod

	// SDP.
	DefectSDPLine
	DefectSDPLineEnding
	DefectSDPCut
	DefectSDPVersion
	DefectSDPOrigin
	DefectSDPConn
	DefectSDPMedia
	DefectSDPPort
	DefectSDPClock
	DefectSDPAttr
	DefectSDPTooMany
	numDefects
)

// maxDefects bounds Message.Defects and SDP.Defects: a message of nothing but
// damage says no more with the hundredth.
const maxDefects = 100

// String returns the code's name, "bad-via" and so on.
func (c DefectCode) String() string {
	name, _ := c.text()
	return name
}

// Describe returns one line for people.
func (c DefectCode) Describe() string {
	_, line := c.text()
	return line
}

// Invalid tells whether RFC 3261 (RFC 4566 for SDP) calls a message with this
// defect malformed. The others are legal, or widely accepted, and still worth
// knowing.
func (c DefectCode) Invalid() bool {
	switch c {
	case DefectNone, DefectBodyLonger, DefectViaParam, DefectDuplicateParam, DefectTooManyHeaders,
		DefectUnknownMethod, DefectSDPLineEnding, DefectSDPTooMany:
		return false
	}
	return c < numDefects
}

func (c DefectCode) text() (name, line string) {
	switch c {
	case DefectNone:
		return "none", "no defect"
	case DefectStartLine:
		return "start-line", "white space in the start line is not single spaces between its parts"
	case DefectRequestURI:
		return "bad-request-uri", "the Request-URI can't be read or is not allowed there"
	case DefectVersion:
		return "bad-version", "the version is not SIP/2.0"
	case DefectStatus:
		return "bad-status", "the status code is not three digits from 100 to 699"
	case DefectLineEnding:
		return "line-ending", "a line does not end with CR LF"
	case DefectNoColon:
		return "no-colon", "a header line has no colon"
	case DefectHeaderName:
		return "bad-header-name", "a header name is empty or has characters that are not allowed in names"
	case DefectCutHeader:
		return "cut-header", "the message ends inside a header field"
	case DefectNoEmptyLine:
		return "no-empty-line", "the empty line after the header fields never came"
	case DefectTooManyHeaders:
		return "too-many-headers", "more header fields than are read one by one"
	case DefectMissingVia:
		return "missing-via", "no Via header field"
	case DefectMissingFrom:
		return "missing-from", "no From header field"
	case DefectMissingTo:
		return "missing-to", "no To header field"
	case DefectMissingCallID:
		return "missing-callid", "no Call-ID header field"
	case DefectMissingCSeq:
		return "missing-cseq", "no CSeq header field"
	case DefectDuplicateHeader:
		return "duplicate-header", "a header field that may stand once stands twice"
	case DefectContentLength:
		return "content-length-bad", "Content-Length is not a number that can be read"
	case DefectContentLengthDiffers:
		return "content-length-differs", "two Content-Length header fields disagree"
	case DefectBodyShorter:
		return "body-shorter", "content-length-mismatch: the body is shorter than Content-Length says"
	case DefectBodyLonger:
		return "body-longer", "content-length-mismatch: bytes follow behind the end that Content-Length gives"
	}
	return c.textTyped()
}

func (c DefectCode) textTyped() (name, line string) {
	switch c {
	case DefectControl:
		return "control-character", "a control character stands in a header field"
	case DefectNotUTF8:
		return "not-utf8", "a header field is not UTF-8"
	case DefectUnterminatedQuote:
		return "unterminated-quote", "a quoted string has no end"
	case DefectVia:
		return "bad-via", "a Via value can't be read: protocol, transport, sent-by or port"
	case DefectViaParam:
		return "bad-via-param", "received or rport of a Via can't be read"
	case DefectNameAddr:
		return "bad-name-addr", "display name, brackets or what is around them break the grammar"
	case DefectURI:
		return "bad-uri", "a URI can't be read"
	case DefectParam:
		return "bad-param", "a parameter has no name or an unreadable value"
	case DefectDuplicateParam:
		return "duplicate-param", "a parameter stands twice"
	case DefectCSeq:
		return "bad-cseq", "CSeq is not a number below 2^31 and a method"
	case DefectCSeqMethod:
		return "cseq-method-mismatch", "the method in CSeq is not the request's"
	case DefectCallID:
		return "bad-callid", "Call-ID is empty or has white space inside"
	case DefectMaxForwards:
		return "bad-max-forwards", "Max-Forwards is not a number from 0 to 255"
	case DefectExpires:
		return "bad-expires", "an expiry is not a number of seconds below 2^32"
	case DefectDate:
		return "bad-date", "Date is not of the form Sat, 13 Nov 2010 23:29:00 GMT"
	case DefectUnknownMethod:
		return "unknown-method", "the method is none of RFC 3261 and its extensions"
	case DefectSDPLine:
		return "sdp-bad-line", "a line of the session description is not of the form x=value"
	case DefectSDPLineEnding:
		return "sdp-line-ending", "a line of the session description does not end with CR LF"
	case DefectSDPCut:
		return "sdp-cut", "the session description ends inside a line"
	case DefectSDPVersion:
		return "sdp-bad-version", "the session description does not begin with v=0"
	case DefectSDPOrigin:
		return "sdp-bad-origin", "o= is missing or can't be read"
	case DefectSDPConn:
		return "sdp-bad-connection", "c= is missing or can't be read"
	case DefectSDPMedia:
		return "sdp-bad-media", "m= lacks a part"
	case DefectSDPPort:
		return "sdp-bad-port", "a port can't be read"
	case DefectSDPClock:
		return "sdp-bad-clock", "the clock rate of an rtpmap can't be true"
	case DefectSDPAttr:
		return "sdp-bad-attribute", "a known attribute can't be read"
	case DefectSDPTooMany:
		return "sdp-too-many", "more media sections, codecs or candidates than are read one by one"
	}
	return "unknown", "unknown defect"
}

func (m *Message) defect(c DefectCode, off int) {
	if len(m.Defects) < maxDefects {
		m.Defects = append(m.Defects, Defect{c, off})
	}
}

func (s *SDP) defect(c DefectCode, off int) {
	if len(s.Defects) < maxDefects {
		s.Defects = append(s.Defects, Defect{c, off})
	}
}
