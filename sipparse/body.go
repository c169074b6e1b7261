package sipparse

import "bytes"

// maxMultipartDepth bounds how deep multipart bodies nest.
const maxMultipartDepth = 3

// IsSDP tells whether the message carries a session description: as its body,
// inside a multipart body, or without a Content-Type in a body that begins
// with v=0.
func (m *Message) IsSDP() bool { return m.findSDP() != nil }

// SDP reads the session description of the message into s. It is false when
// there is none. Of several in a multipart body the first counts. The last
// line is left out, with a defect, when it has no end and the body is shorter
// than Content-Length: it may be cut.
func (m *Message) SDP(s *SDP) bool {
	raw := m.findSDP()
	if raw == nil {
		return false
	}
	base := m.offset(raw)
	s.parse(raw, base, m.ContentLength > len(m.Body) && base+len(raw) == len(m.Raw))
	return true
}

func (m *Message) findSDP() []byte {
	if len(m.Body) == 0 {
		return nil
	}
	ct := m.First(HdrContentType)
	if ct == nil {
		if looksSDP(m.Body) {
			return m.Body
		}
		return nil
	}
	if m.first[HdrContentEncoding] != 0 && !looksSDP(m.Body) &&
		!equalFold(m.Value(HdrContentEncoding), "identity") {
		return nil
	}
	return sdpIn(ct.Value, m.Body, 0)
}

// looksSDP tells a body that plainly is a session description.
func looksSDP(b []byte) bool {
	return len(b) > 3 && string(b[:3]) == "v=0" && isSpace(b[3])
}

// sdpIn returns the session description in a body of a media type, or nil.
func sdpIn(mediaType, body []byte, depth int) []byte {
	typ, params := mediaType, Params(nil)
	if semi := bytes.IndexByte(mediaType, ';'); semi >= 0 {
		typ, params = mediaType[:semi], Params(mediaType[semi:])
	}
	slash := bytes.IndexByte(typ, '/')
	if slash < 0 {
		return nil
	}
	major, minor := trim(typ[:slash]), trim(typ[slash+1:])
	switch {
	case equalFold(major, "application") && equalFold(minor, "sdp"):
		return body
	case equalFold(major, "multipart") && depth < maxMultipartDepth:
		boundary, _ := params.Get("boundary")
		if len(boundary) == 0 {
			return nil
		}
		return sdpInParts(boundary, body, depth+1)
	}
	return nil
}

// sdpInParts looks through the parts of a multipart body (RFC 2046 §5.1.1).
func sdpInParts(boundary, body []byte, depth int) []byte {
	_, rest, more := nextDelimiter(boundary, body)
	for more {
		var part []byte
		part, rest, more = nextDelimiter(boundary, rest)
		typ, content := partHeader(part)
		if found := sdpIn(typ, content, depth); len(found) > 0 {
			return found
		}
	}
	return nil
}

// nextDelimiter splits b at the next line that is "--" and the boundary: what
// is before it without the line end, and what is behind its line. more is
// false behind the closing delimiter and when there is none.
func nextDelimiter(boundary, b []byte) (before, after []byte, more bool) {
	for i := 0; i < len(b); {
		n := bytes.Index(b[i:], boundary)
		if n < 0 {
			break
		}
		at := i + n
		i = at + len(boundary)
		if at < 2 || b[at-1] != '-' || b[at-2] != '-' || (at > 2 && b[at-3] != '\n' && b[at-3] != '\r') {
			continue
		}
		closing := bytes.HasPrefix(b[i:], []byte("--"))
		if closing {
			i += 2
		}
		for i < len(b) && isBlank(b[i]) {
			i++
		}
		if i < len(b) && b[i] != '\r' && b[i] != '\n' {
			continue // a longer boundary
		}
		end := at - 2
		if end > 0 && b[end-1] == '\n' {
			end--
		}
		if end > 0 && b[end-1] == '\r' {
			end--
		}
		if i < len(b) && b[i] == '\r' {
			i++
		}
		if i < len(b) && b[i] == '\n' {
			i++
		}
		return b[:end], b[i:], !closing
	}
	return b, nil, false
}

// partHeader returns the Content-Type of a body part and what follows the
// empty line.
func partHeader(part []byte) (mediaType, content []byte) {
	for pos, lf := 0, -1; pos < len(part); {
		end, next, _ := line(part, pos, &lf)
		if next < 0 {
			return nil, nil
		}
		if end == pos {
			return mediaType, part[next:]
		}
		for next >= 0 && next < len(part) && isBlank(part[next]) {
			end, next, _ = line(part, next, &lf)
		}
		if colon := bytes.IndexByte(part[pos:end], ':'); colon > 0 {
			if headerID(trimRight(part[pos:pos+colon])) == HdrContentType {
				mediaType = trim(part[pos+colon+1 : end])
			}
		}
		if next < 0 {
			return nil, nil
		}
		pos = next
	}
	return nil, nil
}
