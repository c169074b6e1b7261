package sipparse

import "bytes"

// attribute splits a=name:value.
func attribute(b []byte) (name, value []byte) {
	if colon := bytes.IndexByte(b, ':'); colon >= 0 {
		return trimRight(b[:colon]), trimLeft(b[colon+1:])
	}
	return b, nil
}

// sessionAttr reads an attribute ahead of all media. It tells whether it makes
// the media encrypted.
func (s *SDP) sessionAttr(attr []byte) (secure bool) {
	name, _ := attribute(attr)
	if d := direction(name); d != DirUnset {
		s.Dir = d
	}
	return equalFold(name, "fingerprint") || equalFold(name, "crypto")
}

func direction(name []byte) Direction {
	switch len(name) {
	case 8:
		switch {
		case equalFold(name, "sendrecv"):
			return DirSendRecv
		case equalFold(name, "sendonly"):
			return DirSendOnly
		case equalFold(name, "recvonly"):
			return DirRecvOnly
		case equalFold(name, "inactive"):
			return DirInactive
		}
	}
	return DirUnset
}

func (s *SDP) mediaAttr(md *Media, attr []byte) {
	name, value := attribute(attr)
	if d := direction(name); d != DirUnset {
		md.Dir = d
		return
	}
	ok := true
	switch {
	case equalFold(name, "rtpmap"):
		ok = s.rtpmap(md, value)
	case equalFold(name, "fmtp"):
		var pt [1][]byte
		_, rest := fields(value, pt[:])
		if c := md.codec(pt[0]); c != nil && c.FMTP == nil {
			c.FMTP = rest
		}
	case equalFold(name, "ptime"):
		var n uint64
		if n, ok = decimal(value, 10000); ok {
			md.PTime = int(n)
		}
	case equalFold(name, "rtcp"):
		ok = s.rtcp(md, value)
	case equalFold(name, "rtcp-mux"):
		md.RTCPMux = true
	case equalFold(name, "crypto"), equalFold(name, "fingerprint"):
		md.Crypto = true
	case equalFold(name, "candidate"):
		ok = s.candidate(md, value)
	}
	if !ok {
		s.defect(DefectSDPAttr, s.offset(attr))
	}
}

// codec returns the codec of a payload type that the m= line lists, or nil.
func (md *Media) codec(pt []byte) *Codec {
	n, ok := decimal(pt, 127)
	for i := range md.Codecs {
		if ok && md.Codecs[i].PT == uint8(n) {
			return &md.Codecs[i]
		}
	}
	return nil
}

// rtpmap reads <payload type> <encoding name>/<clock rate>[/<channels>].
// Of two for one payload type the first counts.
func (s *SDP) rtpmap(md *Media, value []byte) bool {
	var f [1][]byte
	n, rest := fields(value, f[:])
	slash := bytes.IndexByte(rest, '/')
	if n < 1 || slash <= 0 {
		return false
	}
	c := md.codec(f[0])
	if c == nil || c.Name != nil {
		return true
	}
	clock, channels := rest[slash+1:], []byte(nil)
	c.Name = rest[:slash]
	if slash = bytes.IndexByte(clock, '/'); slash >= 0 {
		clock, channels = clock[:slash], clock[slash+1:]
	}
	hz, ok := decimal(trim(clock), maxClock)
	if !ok || hz == 0 {
		s.defect(DefectSDPClock, s.offset(clock))
	}
	c.Clock = int(hz)
	if ch, ok := decimal(channels, 255); ok {
		c.Channels = int(ch)
	}
	return true
}

// rtcp reads <port> [IN <addrtype> <address>].
func (s *SDP) rtcp(md *Media, value []byte) bool {
	if md.RTCP.Raw != nil {
		return true
	}
	var f [4][]byte
	n, rest := fields(value, f[:])
	md.RTCP.Raw, md.RTCP.Off, md.RTCP.Port = value, s.offset(value), portNumber(f[0])
	if n == 4 && len(rest) == 0 && isAddrType(f[1], f[2]) {
		md.RTCP.Host = addrHost(f[3])
	} else if n != 1 {
		return false
	}
	return md.RTCP.Port > 0
}

// candidate reads <foundation> <component> <transport> <priority> <address>
// <port> typ <type> ...
func (s *SDP) candidate(md *Media, value []byte) bool {
	var f [8][]byte
	n, _ := fields(value, f[:])
	if n < 8 || !equalFold(f[6], "typ") {
		return false
	}
	if len(md.Candidate) == maxCandidates {
		s.defect(DefectSDPTooMany, s.offset(value))
		return true
	}
	h := addrHost(f[4])
	h.Port = portNumber(f[5])
	md.Candidate = append(md.Candidate, Candidate{Raw: value, Off: s.offset(value), Type: f[7], Host: h})
	return true
}
