package sipparse

import "bytes"

// CSeq returns number and method of the CSeq header field. It is false when
// either can't be read.
func (m *Message) CSeq() (c CSeq, ok bool) {
	v := m.Value(HdrCSeq)
	n := 0
	for n < len(v) && isDigit(v[n]) {
		n++
	}
	seq, ok := decimal(v[:n], 1<<32-1)
	if !ok || n == len(v) || !isSpace(v[n]) {
		return CSeq{}, false
	}
	method := trimLeft(v[n:])
	if !isTokens(method) {
		return CSeq{}, false
	}
	return CSeq{Seq: uint32(seq), Method: method}, true
}

// CallID returns the Call-ID as written, or nil.
func (m *Message) CallID() []byte { return m.Value(HdrCallID) }

// UserAgent returns the User-Agent as written, else the Server, or nil.
func (m *Message) UserAgent() []byte {
	if v := m.Value(HdrUserAgent); v != nil {
		return v
	}
	return m.Value(HdrServer)
}

// Expires returns the Expires header field in seconds. It is false when it is
// missing or no number below 2^32. The expires parameter of a Contact is not
// looked at.
func (m *Message) Expires() (seconds int, ok bool) {
	return deltaSeconds(m.Value(HdrExpires))
}

func deltaSeconds(b []byte) (int, bool) {
	n, ok := decimal(b, 1<<32-1)
	if s := int(n); ok && s >= 0 {
		return s, true
	}
	return 0, false
}

// Digest returns the parameters of the first header field of a kind that has
// the Digest scheme: Authorization, Proxy-Authorization or a challenge.
func (m *Message) Digest(id HeaderID) (d Digest, ok bool) {
	for i := int(m.first[id]) - 1; i >= 0 && i < len(m.Headers); i++ {
		h := &m.Headers[i]
		if h.ID == id && d.parse(h.Value) {
			return d, true
		}
	}
	return Digest{}, false
}

func (d *Digest) parse(v []byte) bool {
	if len(v) < 8 || !prefixFold(v, "digest") || !isSpace(v[6]) {
		return false
	}
	for rest := v[7:]; rest != nil; {
		var one []byte
		one, rest = nextValue(rest)
		eq := bytes.IndexByte(one, '=')
		if eq < 0 {
			continue
		}
		name, value := trimRight(one[:eq]), trimLeft(one[eq+1:])
		if len(value) > 0 && value[0] == '"' {
			if quotedEnd(value) != len(value)-1 {
				continue // never closed, or bytes behind the closing quote
			}
			value = value[1 : len(value)-1]
		}
		for _, f := range [...]struct {
			name  string
			field *[]byte
		}{
			{"username", &d.Username},
			{"realm", &d.Realm},
			{"nonce", &d.Nonce},
			{"uri", &d.URI},
			{"response", &d.Response},
			{"algorithm", &d.Algorithm},
			{"opaque", &d.Opaque},
			{"qop", &d.QOP},
			{"nc", &d.NC},
			{"cnonce", &d.CNonce},
		} {
			if *f.field == nil && equalFold(name, f.name) {
				*f.field = value
			}
		}
	}
	return true
}
