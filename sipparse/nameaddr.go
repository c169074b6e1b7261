package sipparse

import (
	"bytes"
	"iter"
)

// Contacts returns every Contact value in order; see NameAddrs.
func (m *Message) Contacts() iter.Seq[NameAddr] { return m.NameAddrs(HdrContact) }

// NameAddrs returns every value of a header field of addresses: Contact,
// Route, Record-Route, Path and their kin, over all its lines. A value that
// can't be read is among them with Raw and no URI.Scheme.
func (m *Message) NameAddrs(id HeaderID) iter.Seq[NameAddr] {
	return func(yield func(NameAddr) bool) {
		m.values(id, func(one []byte) bool {
			var a NameAddr
			a.parse(one)
			a.Off = m.offset(one)
			return yield(a)
		})
	}
}

// single tells header fields of one address, where a comma separates nothing.
func single(id HeaderID) bool {
	switch id {
	case HdrFrom, HdrTo, HdrReferTo, HdrReferredBy:
		return true
	}
	return false
}

// From returns the From value. It is false when the header field is missing or
// its URI can't be read; Raw tells which, and Params are there if they could
// be told apart.
func (m *Message) From() (NameAddr, bool) { return m.nameAddr(HdrFrom) }

// To returns the To value; see From.
func (m *Message) To() (NameAddr, bool) { return m.nameAddr(HdrTo) }

// Contact returns the first Contact value; see From. "*" is a value.
func (m *Message) Contact() (NameAddr, bool) { return m.nameAddr(HdrContact) }

func (m *Message) nameAddr(id HeaderID) (a NameAddr, ok bool) {
	one := m.firstValue(id)
	if one == nil {
		return NameAddr{}, false
	}
	ok = a.parse(one)
	a.Off = m.offset(one)
	return a, ok
}

// ParseNameAddr reads one value of From, To, Contact, Route and their kin. It is
// false when the URI can't be read. Off is 0.
func ParseNameAddr(raw []byte) (a NameAddr, ok bool) {
	ok = a.parse(raw)
	return a, ok
}

// parse reads one value:
//
//	( name-addr / addr-spec ) *( SEMI generic-param )
//	name-addr  =  [ display-name ] LAQUOT addr-spec RAQUOT
//
// Parameters behind a URI without brackets are the header field's (§20.10).
func (a *NameAddr) parse(raw []byte) bool {
	a.Raw = raw
	open := 0
scan:
	for ; open < len(raw); open++ {
		switch raw[open] {
		case '<':
			break scan
		case ';':
			return a.addrSpec(raw, open)
		case '"':
			n := quotedEnd(raw[open:])
			if n < 0 {
				return false
			}
			open += n
		}
	}
	if open == len(raw) {
		return a.addrSpec(raw, open)
	}
	end := bytes.IndexByte(raw[open:], '>')
	if end < 0 {
		return false
	}
	if open > 0 {
		a.Display = trimRight(raw[:open])
		if n := len(a.Display); n > 1 && a.Display[0] == '"' && quotedEnd(a.Display) == n-1 {
			a.Display = a.Display[1 : n-1]
		}
	}
	uri, rest := raw[open+1:open+end], raw[open+end+1:]
	if semi := bytes.IndexByte(rest, ';'); semi >= 0 {
		a.Params = Params(rest[semi:])
	}
	return a.uri(uri)
}

func (a *NameAddr) addrSpec(raw []byte, end int) bool {
	if end < len(raw) {
		a.Params = Params(raw[end:])
	}
	spec := trimRight(raw[:end])
	if len(spec) == 1 && spec[0] == '*' {
		a.Star = true
		return true
	}
	return a.uri(spec)
}

// uri keeps only what could be read: without a scheme there is no URI.
func (a *NameAddr) uri(raw []byte) bool {
	u, ok := ParseURI(raw)
	if !ok {
		a.URI.Raw = u.Raw
		return false
	}
	a.URI = u
	return true
}
