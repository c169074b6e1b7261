package sipparse

import "bytes"

// maxHeaders bounds Message.Headers; what stands behind is kept as one.
const maxHeaders = 4096

// Parse reads the SIP message that begins at b, after any number of line ends,
// and ends with it. It returns false, and leaves m as it was, when b is not SIP
// (see Sniff); otherwise everything that departs from the grammar is in
// m.Defects, as far as one scan shows it: Check looks into the values.
//
// The start line, the header fields' [Off,End) and the body, with the empty
// line before it, are m.Raw without a gap. A header field that b ends in has
// the ID HdrOther: its value may be cut, and no view reads it.
func (m *Message) Parse(b []byte) bool {
	b = skipLineEnds(b)
	var s startLine
	if !s.scan(b) {
		return false
	}
	m.begin(b, &s)
	if s.next < 0 {
		m.defect(DefectNoEmptyLine, len(b))
		return true
	}
	if !s.crlf || !m.cleanHeaders(s.next) {
		m.begin(b, &s)
		m.anyHeaders(&s)
	}
	m.finish()
	return true
}

// cleanHeaders reads header fields whose lines all end with CR LF, which saves
// looking for other line ends. It returns false when it finds one, or no empty
// line; what it read is void then.
func (m *Message) cleanHeaders(pos int) bool {
	b, start, lines := m.Raw, pos, 0
	for {
		n := bytes.IndexByte(b[pos:], '\n')
		if n <= 0 || b[pos+n-1] != '\r' {
			return false
		}
		lines++
		end, next := pos+n-1, pos+n+1
		if n == 1 {
			m.BodyOff, m.Body = next, b[next:]
			// A carriage return more is one inside a line.
			return bytes.Count(b[start:next], []byte{'\r'}) == lines
		}
		first := end
		for next < len(b) && isBlank(b[next]) {
			n = bytes.IndexByte(b[next:], '\n')
			if n < 0 || b[next+n-1] != '\r' {
				return false
			}
			lines++
			end, next = next+n-1, next+n+1
		}
		if len(m.Headers) == maxHeaders-1 {
			return false
		}
		m.header(pos, first, end, next)
		pos = next
	}
}

// anyHeaders reads header fields whatever their line ends.
func (m *Message) anyHeaders(s *startLine) {
	b, pos, lf := m.Raw, s.next, s.lf
	badEnd := -1
	if !s.crlf {
		badEnd = 0
	}
	for {
		if pos == len(b) {
			m.defect(DefectNoEmptyLine, pos)
			break
		}
		end, next, crlf := line(b, pos, &lf)
		if !crlf && next >= 0 && badEnd < 0 {
			badEnd = end
		}
		if end == pos {
			// next is not -1: the line is not at the end of b.
			m.BodyOff, m.Body = next, b[next:]
			break
		}
		first := end
		for next >= 0 && next < len(b) && isBlank(b[next]) {
			end, next, crlf = line(b, next, &lf)
			if !crlf && next >= 0 && badEnd < 0 {
				badEnd = end
			}
		}
		if len(m.Headers) == maxHeaders-1 {
			end, next = m.restOfHeaders(pos, next, &lf)
		}
		m.header(pos, first, end, next)
		if next < 0 {
			m.defect(DefectNoEmptyLine, len(b))
			break
		}
		pos = next
	}
	if badEnd >= 0 {
		m.defect(DefectLineEnding, badEnd)
	}
}

// begin takes over the start line and forgets the message before.
func (m *Message) begin(b []byte, s *startLine) {
	m.Raw = b
	m.Request, m.Method, m.URI, m.Version = s.request, s.method, s.uri, s.version
	m.Status, m.Reason = s.status, s.reason
	m.Headers = m.Headers[:0]
	m.Body, m.BodyOff, m.ContentLength = nil, -1, -1
	m.Defects = m.Defects[:0]
	m.first = [numHeaderIDs]int32{}
	if s.spacing {
		m.defect(DefectStartLine, 0)
	}
	if string(s.version) != "SIP/2.0" && !equalFold(s.version, "sip/2.0") {
		m.defect(DefectVersion, m.offset(s.version))
	}
	if !s.request {
		if s.status < 100 || s.status > 699 {
			m.defect(DefectStatus, m.offset(s.version)+len(s.version))
		}
		return
	}
	if len(s.uri) == 0 || bytes.IndexByte(s.uri, ' ') >= 0 {
		m.defect(DefectRequestURI, len(s.method))
	}
}

// header adds the header field whose first line is [pos,first) and whose last
// line ends at end, before next.
func (m *Message) header(pos, first, end, next int) {
	b := m.Raw
	n := len(m.Headers)
	if n < cap(m.Headers) {
		m.Headers = m.Headers[:n+1]
	} else {
		m.Headers = append(m.Headers, Header{})
	}
	h := &m.Headers[n]
	h.ID, h.Off, h.End = HdrOther, pos, next
	if next < 0 {
		h.End = len(b)
		m.defect(DefectCutHeader, pos)
	}
	colon := pos + bytes.IndexByte(b[pos:first], ':')
	if colon < pos || isBlank(b[pos]) {
		h.Name, h.Value = nil, trim(b[pos:end])
		m.defect(DefectNoColon, pos)
		return
	}
	nameEnd := colon
	for nameEnd > pos && isBlank(b[nameEnd-1]) {
		nameEnd--
	}
	value := colon + 1
	for value < end && isSpace(b[value]) {
		value++
	}
	for end > value && isSpace(b[end-1]) {
		end--
	}
	h.Name, h.Value = b[pos:nameEnd], b[value:end]
	if nameEnd == pos {
		m.defect(DefectHeaderName, pos)
		return
	}
	if next < 0 || n == maxHeaders-1 {
		return
	}
	h.ID = headerID(h.Name)
	if h.ID == HdrOther {
		return
	}
	if h.ID == HdrContentLength {
		m.contentLength(h)
	}
	if m.first[h.ID] == 0 {
		m.first[h.ID] = int32(n + 1)
		return
	}
	switch h.ID {
	case HdrFrom, HdrTo, HdrCallID, HdrCSeq, HdrMaxForwards:
		m.defect(DefectDuplicateHeader, pos)
	}
}

// restOfHeaders finds the empty line from next on and makes all before it one
// header field.
func (m *Message) restOfHeaders(pos, next int, lf *int) (end, after int) {
	m.defect(DefectTooManyHeaders, pos)
	end = len(m.Raw)
	for next >= 0 && next < len(m.Raw) {
		e, n, _ := line(m.Raw, next, lf)
		if e == next {
			return next, next
		}
		end, next = e, n
	}
	return end, next
}

// contentLength reads one Content-Length. The first that can be read counts.
func (m *Message) contentLength(h *Header) {
	n, ok := decimal(h.Value, 1<<31-1)
	switch {
	case !ok:
		m.defect(DefectContentLength, m.offset(h.Value))
	case m.ContentLength < 0:
		m.ContentLength = int(n)
	case m.ContentLength != int(n):
		m.defect(DefectContentLengthDiffers, m.offset(h.Value))
	}
}

// finish adds the defects that show only when all lines are read. What is
// missing in a cut message is not missed.
func (m *Message) finish() {
	if m.BodyOff < 0 {
		return
	}
	if m.first[HdrVia] == 0 {
		m.defect(DefectMissingVia, 0)
	}
	if m.first[HdrFrom] == 0 {
		m.defect(DefectMissingFrom, 0)
	}
	if m.first[HdrTo] == 0 {
		m.defect(DefectMissingTo, 0)
	}
	if m.first[HdrCallID] == 0 {
		m.defect(DefectMissingCallID, 0)
	}
	if m.first[HdrCSeq] == 0 {
		m.defect(DefectMissingCSeq, 0)
	}
	if n := m.ContentLength; n >= 0 {
		if len(m.Body) < n {
			m.defect(DefectBodyShorter, len(m.Raw))
		} else if len(m.Body) > n {
			m.defect(DefectBodyLonger, m.BodyOff+n)
		}
	}
}

// offset returns where v begins in m.Raw. Every slice that Parse and the views
// hand out is cut from m.Raw without limiting its capacity, which makes this
// a subtraction. The nil slice has no place and gives 0.
func (m *Message) offset(v []byte) int {
	if v == nil {
		return 0
	}
	return cap(m.Raw) - cap(v)
}
