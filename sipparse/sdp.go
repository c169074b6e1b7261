package sipparse

import "bytes"

// Bounds of what one session description can make us keep.
const (
	maxMedia      = 1024
	maxCandidates = 128 // per media section
	maxClock      = 100_000_000
)

// Parse reads a session description. It takes any line ending, missing and
// misplaced lines; what can't be read is a defect. Offsets count from b. It is
// false when no line is of the form x=value.
func (s *SDP) Parse(b []byte) bool { return s.parse(b, 0, false) }

// parse reads raw, which begins at offset base of the message. cut: the last
// line, if it has no end, is not whole.
func (s *SDP) parse(raw []byte, base int, cut bool) bool {
	*s = SDP{Raw: raw, Off: base, Media: s.Media[:0], Defects: s.Defects[:0]}
	if !looksSDP(raw) {
		s.defect(DefectSDPVersion, base)
	}
	found, secure, badEnd := false, false, false
	var md *Media
	for pos, lf := 0, -1; pos < len(raw); {
		end, next, crlf := line(raw, pos, &lf)
		if !crlf && next >= 0 && !badEnd {
			badEnd = true
			s.defect(DefectSDPLineEnding, base+pos)
		}
		if next < 0 {
			next = len(raw)
			if cut {
				s.defect(DefectSDPCut, base+pos)
				break
			}
		}
		text := raw[pos:end]
		pos = next
		if len(trim(text)) == 0 {
			continue
		}
		if len(text) < 2 || text[1] != '=' || !isAlpha(text[0]) {
			s.defect(DefectSDPLine, s.offset(text))
			continue
		}
		found = true
		value := trim(text[2:])
		switch text[0] {
		case 'm':
			if md = s.addMedia(); md == nil {
				s.defect(DefectSDPTooMany, s.offset(value))
				s.finish(secure)
				return true
			}
			s.media(md, value)
		case 'a':
			if md != nil {
				s.mediaAttr(md, value)
			} else if s.sessionAttr(value) {
				secure = true
			}
		default:
			s.sessionLine(text[0], value, md)
		}
	}
	s.finish(secure)
	return found
}

// finish checks what shows only at the end, and hands what the session says
// for all media down to them.
func (s *SDP) finish(secure bool) {
	if s.Origin.Raw == nil {
		s.defect(DefectSDPOrigin, s.Off)
	}
	for i := range s.Media {
		md := &s.Media[i]
		md.Crypto = md.Crypto || secure
		if md.Conn.Raw == nil && s.Conn.Raw == nil {
			s.defect(DefectSDPConn, md.Off)
		}
	}
}

// offset returns where v begins in Message.Raw; see Message.offset.
func (s *SDP) offset(v []byte) int { return s.Off + cap(s.Raw) - cap(v) }

func (s *SDP) sessionLine(kind byte, value []byte, md *Media) {
	switch kind {
	case 'o':
		if s.Origin.Raw == nil && md == nil {
			s.origin(value)
		}
	case 'c':
		switch {
		case md != nil && md.Conn.Raw == nil:
			md.Conn = s.conn(value)
		case md == nil && s.Conn.Raw == nil:
			s.Conn = s.conn(value)
		}
	case 's':
		if s.Session == nil && md == nil {
			s.Session = value
		}
	case 'i':
		if s.Info == nil && md == nil {
			s.Info = value
		}
	}
}

// origin reads <username> <sess-id> <sess-version> IN <addrtype> <address>.
func (s *SDP) origin(value []byte) {
	o := &s.Origin
	o.Raw, o.Off = value, s.offset(value)
	var f [6][]byte
	n, rest := fields(value, f[:])
	if n < 6 || len(rest) > 0 {
		s.defect(DefectSDPOrigin, o.Off)
		return
	}
	o.User, o.SessID, o.SessVersion = f[0], f[1], f[2]
	if !isAddrType(f[3], f[4]) {
		s.defect(DefectSDPOrigin, o.Off)
		return
	}
	o.Host = addrHost(f[5])
}

// conn reads IN <addrtype> <address>[/<ttl>][/<number of addresses>].
func (s *SDP) conn(value []byte) Conn {
	c := Conn{Raw: value, Off: s.offset(value)}
	var f [3][]byte
	n, rest := fields(value, f[:])
	if n < 3 || len(rest) > 0 || !isAddrType(f[0], f[1]) {
		s.defect(DefectSDPConn, c.Off)
		return c
	}
	addr := f[2]
	if slash := bytes.IndexByte(addr, '/'); slash >= 0 {
		addr = addr[:slash]
	}
	c.Host = addrHost(addr)
	return c
}

func isAddrType(net, typ []byte) bool {
	return equalFold(net, "in") && (equalFold(typ, "ip4") || equalFold(typ, "ip6"))
}

// fields cuts b at white space into f and returns how many there were and what
// follows the last.
func fields(b []byte, f [][]byte) (n int, rest []byte) {
	for b = trimLeft(b); n < len(f) && len(b) > 0; n++ {
		end := 0
		for end < len(b) && !isSpace(b[end]) {
			end++
		}
		f[n], b = b[:end], trimLeft(b[end:])
	}
	return n, b
}

// addMedia makes room for one more section, reusing the slices of an earlier
// description; nil when there are too many.
func (s *SDP) addMedia() *Media {
	n := len(s.Media)
	if n == maxMedia {
		return nil
	}
	if n == cap(s.Media) {
		s.Media = append(s.Media, Media{})
		return &s.Media[n]
	}
	s.Media = s.Media[:n+1]
	md := &s.Media[n]
	*md = Media{Codecs: md.Codecs[:0], Candidate: md.Candidate[:0]}
	return md
}

// media reads <media> <port>[/<number of ports>] <proto> <fmt> ...
func (s *SDP) media(md *Media, value []byte) {
	md.Raw, md.Off = value, s.offset(value)
	var f [3][]byte
	n, formats := fields(value, f[:])
	md.Type, md.Proto, md.Formats = f[0], f[2], formats
	if n < 3 || len(formats) == 0 {
		s.defect(DefectSDPMedia, md.Off)
	}
	port := f[1]
	if slash := bytes.IndexByte(port, '/'); slash >= 0 {
		port = port[:slash]
	}
	if p, ok := decimal(port, 65535); ok {
		md.Port = int(p)
	} else {
		md.Port = -1
		if n >= 2 {
			s.defect(DefectSDPPort, s.offset(f[1]))
		}
	}
	md.Crypto = hasFold(md.Proto, "savp")
	var seen [2]uint64
	for len(formats) > 0 {
		var one [1][]byte
		_, formats = fields(formats, one[:])
		pt, ok := decimal(one[0], 127)
		if !ok || seen[pt>>6]>>(pt&63)&1 != 0 {
			continue
		}
		seen[pt>>6] |= 1 << (pt & 63)
		md.Codecs = append(md.Codecs, Codec{PT: uint8(pt)})
	}
}

// hasFold tells whether b contains an ASCII string in lower case, ignoring case.
func hasFold(b []byte, lower string) bool {
	for len(b) >= len(lower) {
		if prefixFold(b, lower) {
			return true
		}
		b = b[1:]
	}
	return false
}
