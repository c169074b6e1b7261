package sipparse

import (
	"bytes"
	"unicode/utf8"
)

// Check appends the defects of the typed values to m.Defects: what the views
// read, against the grammar of RFC 3261 §25. Parse must have come before; call
// it once.
func (m *Message) Check() {
	m.checkStart()
	for i := range m.Headers {
		m.checkHeader(&m.Headers[i])
	}
	if m.Request && !knownMethod(m.Method) {
		m.defect(DefectUnknownMethod, 0)
	}
	c, ok := m.CSeq()
	switch {
	case m.First(HdrCSeq) == nil:
	case !ok || c.Seq >= 1<<31:
		m.defect(DefectCSeq, m.offset(m.Value(HdrCSeq)))
	case m.Request && !bytes.Equal(c.Method, m.Method):
		m.defect(DefectCSeqMethod, m.offset(c.Method))
	}
}

func (m *Message) checkStart() {
	m.checkText(m.Reason)
	if !m.Request || len(m.URI) == 0 {
		return
	}
	u, ok := ParseURI(m.URI)
	// Header fields in a Request-URI: RFC 3261 §19.1.1.
	if !ok || !validURI(u) || u.Headers != nil {
		m.defect(DefectRequestURI, m.offset(m.URI))
	}
}

func (m *Message) checkHeader(h *Header) {
	if len(h.Name) > 0 && !isTokens(h.Name) {
		m.defect(DefectHeaderName, h.Off)
	}
	m.checkText(h.Value)
	off := m.offset(h.Value)
	switch h.ID {
	case HdrVia, HdrFrom, HdrTo, HdrContact, HdrRoute, HdrRecordRoute, HdrPath, HdrServiceRoute,
		HdrReferTo, HdrReferredBy, HdrPAssertedIdentity, HdrRemotePartyID:
		m.checkList(h)
	case HdrAuthorization, HdrProxyAuthorization, HdrWWWAuthenticate, HdrProxyAuthenticate:
		if quoteOpen(h.Value) {
			m.defect(DefectUnterminatedQuote, off)
		}
	case HdrCallID:
		if len(h.Value) == 0 || bytes.ContainsAny(h.Value, " \t\r\n") {
			m.defect(DefectCallID, off)
		}
	case HdrMaxForwards:
		if _, ok := decimal(h.Value, 255); !ok {
			m.defect(DefectMaxForwards, off)
		}
	case HdrExpires:
		if _, ok := deltaSeconds(h.Value); !ok {
			m.defect(DefectExpires, off)
		}
	case HdrDate:
		if !validDate(h.Value) {
			m.defect(DefectDate, off)
		}
	}
}

// checkText looks for control characters outside quoted pairs, and for bytes
// that are not UTF-8.
func (m *Message) checkText(v []byte) {
	for i, c := range v {
		if (c < 0x20 || c == 0x7f) && c != '\t' && c != '\r' && c != '\n' && (i == 0 || v[i-1] != '\\') {
			m.defect(DefectControl, m.offset(v)+i)
			break
		}
	}
	if !utf8.Valid(v) {
		m.defect(DefectNotUTF8, m.offset(v))
	}
}

// checkList looks at every value of a Via or an address header field.
func (m *Message) checkList(h *Header) {
	empty := DefectNameAddr
	if h.ID == HdrVia {
		empty = DefectVia
	}
	if quoteOpen(h.Value) {
		m.defect(DefectUnterminatedQuote, m.offset(h.Value))
	}
	for rest, more := h.Value, true; more; {
		one := rest
		if rest = nil; !single(h.ID) {
			one, rest = nextValue(one)
		}
		more = rest != nil
		switch {
		case len(one) == 0:
			m.defect(empty, m.offset(one))
		case h.ID == HdrVia:
			m.checkVia(one)
		default:
			m.checkNameAddr(h.ID, one)
		}
	}
}

func (m *Message) checkVia(raw []byte) {
	off := m.offset(raw)
	var v Via
	if !v.parse(raw) || v.Host.Port < 0 || !validHost(v.Host) {
		m.defect(DefectVia, off)
	}
	if r, ok := v.Params.Get("received"); ok && !v.Received.IsValid() {
		m.defect(DefectViaParam, m.offset(r))
	}
	if r, _ := v.Params.Get("rport"); r != nil && v.RPort <= 0 {
		m.defect(DefectViaParam, m.offset(r))
	}
	m.checkParams(v.Params, off)
}

func (m *Message) checkNameAddr(id HeaderID, raw []byte) {
	off := m.offset(raw)
	var a NameAddr
	if !a.parse(raw) || !validAround(&a) || (a.Star && id != HdrContact) {
		m.defect(DefectNameAddr, off)
	}
	if a.URI.Scheme != nil && !validURI(a.URI) {
		m.defect(DefectURI, m.offset(a.URI.Raw))
	}
	if e, ok := a.Params.Get("expires"); ok && id == HdrContact {
		if _, ok = deltaSeconds(e); !ok {
			m.defect(DefectExpires, off)
		}
	}
	m.checkParams(a.Params, off)
}

// validAround checks what stands around the URI of a name-addr: the display
// name is tokens or one quoted string, no space inside the brackets, and only
// parameters behind. Without brackets the URI may hold no comma or question
// mark (RFC 3261 §20).
func validAround(a *NameAddr) bool {
	if a.Star {
		return len(a.Params) == 0
	}
	start := cap(a.Raw) - cap(a.URI.Raw)
	end := start + len(a.URI.Raw)
	if a.Display == nil && (start == 0 || a.Raw[start-1] != '<') {
		return start == 0 && !bytes.ContainsAny(a.URI.Raw, ",?")
	}
	if start == 0 || a.Raw[start-1] != '<' || end >= len(a.Raw) || a.Raw[end] != '>' {
		return false
	}
	if after := trimLeft(a.Raw[end+1:]); len(after) > 0 && after[0] != ';' {
		return false
	}
	display := trim(a.Raw[:start-1])
	if len(display) > 0 && display[0] == '"' {
		return quotedEnd(display) == len(display)-1
	}
	for _, c := range display {
		if !isToken(c) && !isSpace(c) {
			return false
		}
	}
	return true
}

// maxTwice bounds how many parameters are looked at for standing twice.
const maxTwice = 32

// checkParams wants every parameter to have a name, and a value behind "=".
func (m *Message) checkParams(p Params, off int) {
	bad, twice := false, false
	n := 0
	for rest := p; len(rest) > 0; n++ {
		before := rest
		var name, value []byte
		name, value, rest = rest.next()
		lead := trimLeft(before[1:])
		bad = bad || before[0] != ';' || (len(lead) > 0 && lead[0] == ';') || !isTokens(name) ||
			(value != nil && !validParamValue(value, before))
		if value != nil && n < maxTwice {
			first, _ := p.Get(string(name))
			twice = twice || cap(first) != cap(value)
		}
	}
	if bad {
		m.defect(DefectParam, off)
	}
	if twice {
		m.defect(DefectDuplicateParam, off)
	}
}

// validParamValue takes a token, a host or a quoted string. The quotes were
// cut already: the byte before value tells.
func validParamValue(value []byte, whole Params) bool {
	at := cap(whole) - cap(value)
	if at > 0 && whole[at-1] == '"' {
		return true
	}
	if len(value) == 0 {
		return false
	}
	for _, c := range value {
		if c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == '<' || c == '>' {
			return false
		}
	}
	return true
}

// quoteOpen tells whether a quoted string in v has no end.
func quoteOpen(v []byte) bool {
	for {
		i := bytes.IndexByte(v, '"')
		if i < 0 {
			return false
		}
		n := quotedEnd(v[i:])
		if n < 0 {
			return true
		}
		v = v[i+n+1:]
	}
}

// validURI checks characters and escapes and, for sip and sips, user, host,
// port and parameters. (userinfo "@" stands at most once.)
func validURI(u URI) bool {
	for i, c := range u.Raw {
		switch {
		case c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' ||
			c == '{' || c == '|' || c == '}':
			return false
		case c == '%':
			if i+2 >= len(u.Raw) || hexDigit(u.Raw[i+1]) < 0 || hexDigit(u.Raw[i+2]) < 0 {
				return false
			}
		}
	}
	if !equalFold(u.Scheme, "sip") && !equalFold(u.Scheme, "sips") {
		return true
	}
	if u.Host.Port < 0 || !validHost(u.Host) || bytes.Count(u.Raw, []byte("@")) > 1 ||
		(u.User != nil && len(u.User) == 0) {
		return false
	}
	for p := u.Params; len(p) > 0; {
		var name []byte
		lead := p[1:]
		if name, _, p = p.next(); len(name) == 0 || lead[0] == ';' {
			return false
		}
	}
	return true
}

// validHost takes an IP literal or a hostname whose last label begins with a
// letter: 192.0.2.999 is neither. Underscores are let through.
func validHost(h Host) bool {
	name := h.Name
	if h.IP.IsValid() {
		return bytes.IndexByte(name, '%') < 0
	}
	if n := len(name); n > 0 && name[n-1] == '.' {
		name = name[:n-1]
	}
	last := name[bytes.LastIndexByte(name, '.')+1:]
	if len(last) == 0 || !isAlpha(last[0]) || name[0] == '.' || bytes.Contains(name, []byte("..")) {
		return false
	}
	for _, c := range name {
		if !isAlpha(c) && !isDigit(c) && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return true
}

// validDate takes rfc1123-date: Sat, 13 Nov 2010 23:29:00 GMT.
func validDate(b []byte) bool {
	const form = "Aaa, 00 Aaa 0000 00:00:00 GMT"
	if len(b) != len(form) {
		return false
	}
	for i := range len(form) {
		c, ok := b[i], false
		switch f := form[i]; {
		case f == '0':
			ok = isDigit(c)
		case i < 25 && isAlpha(f):
			ok = isAlpha(c)
		default:
			ok = c == f
		}
		if !ok {
			return false
		}
	}
	return true
}
