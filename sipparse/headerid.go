package sipparse

import "iter"

// headerID finds the kind of a header field by length and first letter.
func headerID(name []byte) HeaderID {
	if len(name) < 3 || len(name) > 19 {
		return shortID(name)
	}
	want, id := "", HdrOther
	switch first := name[0] | 0x20; len(name) {
	case 3:
		want, id = "via", HdrVia
	case 4:
		switch first {
		case 'f':
			want, id = "from", HdrFrom
		case 'c':
			want, id = "cseq", HdrCSeq
		case 'p':
			want, id = "path", HdrPath
		case 'd':
			want, id = "date", HdrDate
		}
	case 5:
		switch first {
		case 'a':
			want, id = "allow", HdrAllow
		case 'e':
			want, id = "event", HdrEvent
		case 'r':
			want, id = "route", HdrRoute
		}
	case 6:
		switch first {
		case 's':
			want, id = "server", HdrServer
		case 'r':
			want, id = "reason", HdrReason
		}
	case 7:
		switch {
		case first == 'c' && name[4]|0x20 == '-':
			want, id = "call-id", HdrCallID
		case first == 'c':
			want, id = "contact", HdrContact
		case first == 'e':
			want, id = "expires", HdrExpires
		case first == 'w':
			want, id = "warning", HdrWarning
		}
	case 8:
		if name[5] == '-' {
			want, id = "refer-to", HdrReferTo
		} else {
			want, id = "replaces", HdrReplaces
		}
	case 9:
		switch first {
		case 's':
			want, id = "supported", HdrSupported
		case 't':
			want, id = "timestamp", HdrTimestamp
		}
	case 10:
		want, id = "user-agent", HdrUserAgent
	case 11:
		want, id = "referred-by", HdrReferredBy
	case 12:
		switch first {
		case 'm':
			want, id = "max-forwards", HdrMaxForwards
		case 'c':
			want, id = "content-type", HdrContentType
		case 'r':
			want, id = "record-route", HdrRecordRoute
		}
	default:
		want, id = longID(name)
	}
	if id != HdrOther && equalFold(name, want) {
		return id
	}
	return HdrOther
}

func longID(name []byte) (want string, id HeaderID) {
	switch first := name[0] | 0x20; len(name) {
	case 13:
		if first == 'a' {
			return "authorization", HdrAuthorization
		}
		return "service-route", HdrServiceRoute
	case 14:
		return "content-length", HdrContentLength
	case 15:
		return "remote-party-id", HdrRemotePartyID
	case 16:
		if first == 'w' {
			return "www-authenticate", HdrWWWAuthenticate
		}
		return "content-encoding", HdrContentEncoding
	case 18:
		return "proxy-authenticate", HdrProxyAuthenticate
	case 19:
		if name[1] == '-' {
			return "p-asserted-identity", HdrPAssertedIdentity
		}
		return "proxy-authorization", HdrProxyAuthorization
	}
	return "", HdrOther
}

// shortID knows "To" and the compact forms (RFC 3261 §7.3.3, RFC 6665,
// RFC 3515, RFC 3892).
func shortID(name []byte) HeaderID {
	if len(name) == 2 && equalFold(name, "to") {
		return HdrTo
	}
	if len(name) != 1 {
		return HdrOther
	}
	switch name[0] {
	case 'v', 'V':
		return HdrVia
	case 'f', 'F':
		return HdrFrom
	case 't', 'T':
		return HdrTo
	case 'i', 'I':
		return HdrCallID
	case 'm', 'M':
		return HdrContact
	case 'l', 'L':
		return HdrContentLength
	case 'c', 'C':
		return HdrContentType
	case 'e', 'E':
		return HdrContentEncoding
	case 'k', 'K':
		return HdrSupported
	case 'o', 'O':
		return HdrEvent
	case 'r', 'R':
		return HdrReferTo
	case 'b', 'B':
		return HdrReferredBy
	}
	return HdrOther
}

// longName returns the full name of the compact forms that have no HeaderID.
func longName(c byte) string {
	switch c | 0x20 {
	case 's':
		return "subject"
	case 'u':
		return "allow-events"
	case 'x':
		return "session-expires"
	case 'a':
		return "accept-contact"
	case 'j':
		return "reject-contact"
	case 'd':
		return "request-disposition"
	case 'y':
		return "identity"
	}
	return ""
}

// Named returns the header fields with a name, whatever its case, the compact
// forms of the name included, in the order of the message.
func (m *Message) Named(name string) iter.Seq[*Header] {
	return func(yield func(*Header) bool) {
		id := headerID([]byte(name))
		for i := range m.Headers {
			h := &m.Headers[i]
			if (id != HdrOther && headerID(h.Name) == id) || (id == HdrOther && sameName(h.Name, name)) {
				if !yield(h) {
					return
				}
			}
		}
	}
}

func sameName(written []byte, name string) bool {
	if len(written) == 0 {
		return false
	}
	if len(written) == len(name) {
		for i, c := range written {
			if lower(c) != lower(name[i]) {
				return false
			}
		}
		return true
	}
	if len(name) == 1 {
		return equalFold(written, longName(name[0])) && isAlpha(name[0])
	}
	if len(written) != 1 || !isAlpha(written[0]) {
		return false
	}
	full := longName(written[0])
	if full == "" || len(full) != len(name) {
		return false
	}
	for i := range len(full) {
		if full[i] != lower(name[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}
