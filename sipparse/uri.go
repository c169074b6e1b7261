package sipparse

import "bytes"

// ParseURI reads a URI as it stands in a Request-URI or between angle
// brackets. It is false when there is no scheme, or no host in a sip or sips
// URI; an unreadable port is Host.Port -1. Escapes (%41) stay as they are.
func ParseURI(raw []byte) (u URI, ok bool) {
	raw = trim(raw)
	u.Raw = raw
	colon := bytes.IndexByte(raw, ':')
	if colon <= 0 || !isScheme(raw[:colon]) {
		return u, false
	}
	u.Scheme = raw[:colon]
	rest := raw[colon+1:]
	if !equalFold(u.Scheme, "sip") && !equalFold(u.Scheme, "sips") {
		if semi := bytes.IndexByte(rest, ';'); semi >= 0 && equalFold(u.Scheme, "tel") {
			u.Params = Params(rest[semi:])
		}
		return u, len(rest) > 0
	}
	if at := userEnd(rest); at >= 0 {
		u.User = rest[:at]
		if pw := bytes.IndexByte(u.User, ':'); pw >= 0 {
			u.User = u.User[:pw]
		}
		rest = rest[at+1:]
	}
	if q := bytes.IndexByte(rest, '?'); q >= 0 {
		rest, u.Headers = rest[:q], rest[q+1:]
	}
	if semi := bytes.IndexByte(rest, ';'); semi >= 0 {
		rest, u.Params = rest[:semi], Params(rest[semi:])
	}
	u.Host = ParseHost(rest)
	return u, len(u.Host.Name) > 0
}

// userEnd finds the "@" behind the user part, or -1. A well-formed URI has
// one. Of several, the last before any parameter counts (sip:a@b@host): only
// so is what follows a host.
func userEnd(b []byte) int {
	at := bytes.IndexByte(b, '@')
	if at < 0 {
		return -1
	}
	for i := at + 1; i < len(b); i++ {
		switch b[i] {
		case '@':
			at = i
		case ';', '?':
			return at
		}
	}
	return at
}

func isScheme(b []byte) bool {
	if !isAlpha(b[0]) {
		return false
	}
	for _, c := range b {
		if !isAlpha(c) && !isDigit(c) && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}
