package sipparse

import (
	"bytes"
	"iter"
)

// Vias returns every Via value from the top down: all header fields, all
// values in each. A value that can't be read is among them, with no Transport
// and no Host, so that the count stays right.
func (m *Message) Vias() iter.Seq[Via] {
	return func(yield func(Via) bool) {
		m.values(HdrVia, func(one []byte) bool {
			var v Via
			v.parse(one)
			v.Off = m.offset(one)
			return yield(v)
		})
	}
}

// TopVia returns the first Via value. It is false when there is none or it
// can't be read; Raw tells which.
func (m *Message) TopVia() (v Via, ok bool) {
	one := m.firstValue(HdrVia)
	if one == nil {
		return Via{}, false
	}
	ok = v.parse(one)
	v.Off = m.offset(one)
	return v, ok
}

// ParseVia reads one value of a Via header field. It is false when protocol or
// sent-by can't be read. Off is 0.
func ParseVia(raw []byte) (v Via, ok bool) {
	ok = v.parse(raw)
	return v, ok
}

// parse reads one value:
//
//	via-parm      =  sent-protocol LWS sent-by *( SEMI via-params )
//	sent-protocol =  protocol-name SLASH protocol-version SLASH transport
//
// where white space may stand around every slash, colon, semicolon and equals
// sign. It returns false when protocol or sent-by can't be read.
func (v *Via) parse(raw []byte) bool {
	v.Raw = raw
	rest := raw
	if semi := bytes.IndexByte(raw, ';'); semi >= 0 {
		rest, v.Params = raw[:semi], Params(raw[semi:])
		v.params()
	}
	name, rest, ok := protocolPart(rest)
	if !ok || !equalFold(name, "sip") {
		return false
	}
	if _, rest, ok = protocolPart(rest); !ok {
		return false
	}
	rest = trimLeft(rest)
	n := 0
	for n < len(rest) && isToken(rest[n]) {
		n++
	}
	if n == 0 || n == len(rest) || !isSpace(rest[n]) {
		return false
	}
	host := ParseHost(rest[n:])
	if len(host.Name) == 0 {
		return false
	}
	v.Transport, v.Host = rest[:n], host
	return true
}

// protocolPart cuts a token and the slash behind it off b.
func protocolPart(b []byte) (token, rest []byte, ok bool) {
	slash := bytes.IndexByte(b, '/')
	if slash < 0 {
		return nil, nil, false
	}
	token = trim(b[:slash])
	return token, b[slash+1:], isTokens(token)
}

// params fills in what is known by name. Of a parameter that stands twice the
// first counts.
func (v *Via) params() {
	received := false
	for p := v.Params; len(p) > 0; {
		var name, value []byte
		name, value, p = p.next()
		switch len(name) {
		case 5:
			if v.HasRPort || !equalFold(name, "rport") {
				continue
			}
			v.HasRPort = true
			if len(value) > 0 {
				v.RPort = portNumber(value)
			}
		case 6:
			if v.Branch == nil && equalFold(name, "branch") {
				v.Branch = value
			}
		case 8:
			if !received && equalFold(name, "received") {
				received = true
				v.Received = addrHost(value).IP
			}
		}
	}
}
