package detectors

import (
	"bytes"
	"net/netip"

	"github.com/algsniff/algsniff/sipparse"
)

// valueChange compares two values of a header field that are not the same
// bytes.
func valueChange(id sipparse.HeaderID, a, b []byte) Change {
	switch id {
	case sipparse.HdrVia:
		va, okA := sipparse.ParseVia(a)
		vb, okB := sipparse.ParseVia(b)
		if okA && okB {
			return viaChange(&va, &vb)
		}
	case sipparse.HdrFrom, sipparse.HdrTo, sipparse.HdrContact, sipparse.HdrRoute, sipparse.HdrRecordRoute,
		sipparse.HdrPath, sipparse.HdrServiceRoute, sipparse.HdrReferTo, sipparse.HdrReferredBy,
		sipparse.HdrPAssertedIdentity, sipparse.HdrRemotePartyID:
		na, okA := sipparse.ParseNameAddr(a)
		nb, okB := sipparse.ParseNameAddr(b)
		if okA && okB {
			return nameAddrChange(&na, &nb)
		}
	case sipparse.HdrContentLength:
		na, okA := number(a)
		nb, okB := number(b)
		switch {
		case !okA || !okB:
			return OtherChange
		case na == nb:
			return Harmless
		}
		return LengthChange
	case sipparse.HdrUserAgent, sipparse.HdrServer:
		return OtherChange // a version may look like an address
	}
	return textChange(a, b, -1)
}

// viaChange compares two Via values. received and rport that one of them lacks
// are what every server adds (RFC 3261 §18.2.1, RFC 3581 §4).
func viaChange(a, b *sipparse.Via) Change {
	c := hostChange(&a.Host, &b.Host)
	if !bytes.EqualFold(a.Transport, b.Transport) {
		c = max(c, OtherChange)
	}
	if a.Received.IsValid() && b.Received.IsValid() && a.Received.Unmap() != b.Received.Unmap() {
		c = max(c, AddressChange)
	}
	if a.RPort > 0 && b.RPort > 0 && a.RPort != b.RPort {
		c = max(c, PortChange)
	}
	return max(c, paramsChange(a.Params, b.Params, "received", "rport"))
}

// nameAddrChange compares two values of the name-addr kind. The display name
// is decoration.
func nameAddrChange(a, b *sipparse.NameAddr) Change {
	if a.Star != b.Star {
		return OtherChange
	}
	return max(uriChange(&a.URI, &b.URI), paramsChange(a.Params, b.Params))
}

func rawURIChange(a, b []byte) Change {
	ua, okA := sipparse.ParseURI(a)
	ub, okB := sipparse.ParseURI(b)
	if !okA || !okB {
		return textChange(a, b, -1)
	}
	return uriChange(&ua, &ub)
}

// uriChange compares two URIs as RFC 3261 §19.1.4 does; a port that is written
// is not the same as the default that is not.
func uriChange(a, b *sipparse.URI) Change {
	if len(a.Host.Name) == 0 || len(b.Host.Name) == 0 {
		return textChange(a.Raw, b.Raw, -1)
	}
	c := hostChange(&a.Host, &b.Host)
	if !bytes.EqualFold(a.Scheme, b.Scheme) || !sameUser(a.User, b.User) || !bytes.EqualFold(a.Headers, b.Headers) {
		c = max(c, OtherChange)
	}
	return max(c, paramsChange(a.Params, b.Params))
}

func hostChange(a, b *sipparse.Host) Change {
	switch {
	case sameHost(a, b):
		if a.Port != b.Port {
			return PortChange
		}
		return Harmless
	case a.IP.IsValid() || b.IP.IsValid():
		return AddressChange
	}
	return OtherChange
}

// sameHost compares addresses as numbers and names without case, whatever the
// port.
func sameHost(a, b *sipparse.Host) bool {
	if a.IP.IsValid() && b.IP.IsValid() {
		return a.IP.Unmap() == b.IP.Unmap()
	}
	return bytes.EqualFold(bytes.TrimRight(a.Name, "."), bytes.TrimRight(b.Name, "."))
}

// sameUser compares user parts, %xx and the character it stands for being the
// same.
func sameUser(a, b []byte) bool {
	for len(a) > 0 && len(b) > 0 {
		var x, y byte
		x, a = unescape(a)
		y, b = unescape(b)
		if x != y {
			return false
		}
	}
	return len(a) == len(b)
}

func unescape(b []byte) (byte, []byte) {
	if b[0] == '%' && len(b) > 2 {
		if hi, lo := hexDigit(b[1]), hexDigit(b[2]); hi >= 0 && lo >= 0 {
			return byte(hi<<4 | lo), b[3:]
		}
	}
	return b[0], b[1:]
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

const maxParams = 64

// paramsChange compares parameters in any order, those named in skip left out.
func paramsChange(a, b sipparse.Params, skip ...string) Change {
	if bytes.Equal(a, b) {
		return Harmless
	}
	return max(paramsLacking(a, b, skip), paramsLacking(b, a, skip))
}

// paramsLacking tells how the parameters of a stand in b.
func paramsLacking(a, b sipparse.Params, skip []string) Change {
	c, n := Harmless, 0
next:
	for name, va := range a.All() {
		if n++; n > maxParams {
			return max(c, OtherChange)
		}
		for _, s := range skip {
			if bytes.EqualFold(name, []byte(s)) {
				continue next
			}
		}
		vb, ok := b.Get(string(name))
		switch {
		case !ok:
			c = max(c, OtherChange)
		case !bytes.EqualFold(va, vb):
			c = max(c, textChange(va, vb, -1))
		}
	}
	return c
}

func number(b []byte) (n int, ok bool) {
	b = bytes.TrimSpace(b)
	for _, c := range b {
		if c < '0' || c > '9' || n > 1<<24 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(b) > 0
}

// textChange compares two texts word by word: by the addresses in each, and
// for the rest without case. portWord is the word that holds a port, -1 for
// none. Texts that differ in words and in no address are an OtherChange.
func textChange(a, b []byte, portWord int) Change {
	c := Harmless
	for i := 0; ; i++ {
		var wa, wb []byte
		wa, a = nextWord(a)
		wb, b = nextWord(b)
		if wa == nil || wb == nil {
			if wa != nil || wb != nil {
				return OtherChange // a word more
			}
			return c
		}
		if bytes.EqualFold(wa, wb) {
			continue
		}
		w := wordChange(wa, wb)
		if i == portWord && w == OtherChange {
			w = PortChange
		}
		c = max(c, w)
	}
}

// nextWord cuts the first word off b; nil when there is none.
func nextWord(b []byte) (word, rest []byte) {
	b = bytes.TrimLeft(b, " \t\r\n")
	if len(b) == 0 {
		return nil, nil
	}
	if i := bytes.IndexAny(b, " \t\r\n"); i >= 0 {
		return b[:i], b[i:]
	}
	return b, nil
}

// wordChange compares two words that differ: what stands in the place of an
// address in one must be an address in the other.
func wordChange(a, b []byte) Change {
	c := OtherChange
	for {
		ia, na, ipA, portA := nextAddress(a)
		ib, nb, ipB, portB := nextAddress(b)
		if !ipA.IsValid() || !ipB.IsValid() {
			return c
		}
		switch {
		case ipA != ipB:
			return AddressChange
		case portA != portB:
			c = PortChange
		}
		a, b = a[ia+na:], b[ib+nb:]
	}
}

// nextAddress finds the first IP address in a word, with the port behind it if
// there is one: 192.0.2.1, 192.0.2.1:5060, [2001:db8::1]:5060, 2001:db8::1.
func nextAddress(b []byte) (off, n int, ip netip.Addr, port int) {
	for i := 0; i < len(b); {
		if !isAddressByte(b[i]) {
			i++
			continue
		}
		end := i
		for end < len(b) && isAddressByte(b[end]) {
			end++
		}
		if ip, n, port = readAddress(b[i:end]); ip.IsValid() && !(i > 0 && isWordByte(b[i-1])) && !(end < len(b) && isWordByte(b[end])) {
			if end < len(b) && b[end] == ']' {
				n, port = bracketPort(b, i, end)
			}
			return i, n, ip, port
		}
		i = end
	}
	return 0, 0, netip.Addr{}, 0
}

// bracketPort reads the port behind an IPv6 reference that began at i and whose
// bracket closes at end.
func bracketPort(b []byte, i, end int) (n, port int) {
	p := end + 1
	if p >= len(b) || b[p] != ':' {
		return p - i, 0
	}
	for p++; p < len(b) && '0' <= b[p] && b[p] <= '9' && port < 1<<16; p++ {
		port = port*10 + int(b[p]-'0')
	}
	return p - i, port
}

// readAddress reads a run of digits, hexadecimal letters, dots and colons.
func readAddress(run []byte) (ip netip.Addr, n, port int) {
	if len(run) < 2 || len(run) > 45+6 {
		return netip.Addr{}, 0, 0
	}
	if h := sipparse.ParseHost(run); h.IP.IsValid() && h.Port >= 0 && h.IP.Is4() {
		return h.IP, len(run), h.Port
	}
	if bytes.Count(run, []byte{':'}) >= 2 {
		if ip, err := netip.ParseAddr(string(run)); err == nil {
			return ip.Unmap(), len(run), 0
		}
	}
	return netip.Addr{}, 0, 0
}

func isAddressByte(c byte) bool { return c == '.' || c == ':' || hexDigit(c) >= 0 }

func isWordByte(c byte) bool {
	return c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
