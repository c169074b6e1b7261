package detectors

import (
	"bytes"
	"net/netip"

	"github.com/algsniff/algsniff/sipparse"
)

// CallIDFormat is what a Call-ID tells of the device that made it.
type CallIDFormat struct {
	Family string     // as Evidence.Family has it; "" where several families write this form
	IP     netip.Addr // the address written, in whatever spelling
	Port   uint16     // the port written; 0 for none
	MAC    [6]byte    // zero for none
	Local  bool       // the family writes its own local address there, not one that it was told
	Hidden bool       // spelled so that a search for dotted quads does not find it
}

// DecodeCallID reads the address that many phones write into their Call-ID
// (RFC 3261 §8.1.1.4 leaves it to them). It is false where there is none, as in
// the random ones of PJSIP, snom or Linphone. Whoever answers a request repeats
// the asker's Call-ID: only that of a dialog which the device itself began
// tells of the device.
func DecodeCallID(id []byte) (CallIDFormat, bool) {
	at := bytes.LastIndexByte(id, '@')
	if at < 0 || at+1 == len(id) || len(id) > 256 {
		return CallIDFormat{}, false
	}
	left, host := id[:at], id[at+1:]
	if ip, ok := letterQuad(host); ok {
		if port, ok := grandstreamPort(left); ok {
			return CallIDFormat{Family: "grandstream", IP: ip, Port: port, Local: true, Hidden: true}, true
		}
		return CallIDFormat{}, false
	}
	if ip, ok := underscoreQuad(host); ok {
		f := CallIDFormat{IP: ip, Hidden: true}
		if digits(left) {
			f.Family, f.Local = "gigaset", true
		}
		return f, true
	}
	h := sipparse.ParseHost(host)
	if !h.IP.IsValid() {
		return CallIDFormat{}, false
	}
	f := CallIDFormat{IP: h.IP, Port: uint16(max(h.Port, 0))}
	if f.Port == 0 {
		f.family(left)
	} else if len(left) == 32 && hexDigits(left) {
		f.Family = "chan_sip"
	}
	return f, true
}

// family tells who writes this form in front of "@a.b.c.d".
func (f *CallIDFormat) family(left []byte) {
	var lens [5]int
	sep, n := shape(left, &lens)
	switch {
	case n == 2 && sep == '_' && digitsAnd(left, '_'):
		f.Family, f.Local = "yealink", true
	case n == 2 && sep == '-' && digitsAnd(left, '-'):
		f.Local = true // Fanvil and SIPp alike, and now and then a Cisco SPA
	case n == 2 && sep == '-' && within(lens[:2], 6, 8) && lowerHexAnd(left, '-'):
		f.Family, f.Local = "cisco-spa", true
	case n == 3 && sep == '-' && within(lens[:3], 8, 8) && lowerHexAnd(left, '-'):
		f.Family, f.Local = "polycom", true
	case n == 4 && sep == '-' && within(lens[:4], 8, 8) && lowerHexAnd(left, '-'):
		f.Family, f.Local = "cisco-cp", true
		f.MAC = macOf(left)
	case n == 1 && len(left) == 16 && upperHex(left):
		f.Family = "fritzbox" // its WAN address
	case n == 1 && len(left) == 32 && hexDigits(left):
		f.Family = "chan_sip" // local, or externip
	}
}

// macOf reads the first twelve hexadecimal digits, without the dash among them.
func macOf(left []byte) (mac [6]byte) {
	n := 0
	for _, c := range left {
		if c == '-' {
			continue
		}
		v := c - '0'
		if c >= 'a' {
			v = c - 'a' + 10
		}
		mac[n/2] = mac[n/2]<<4 | v
		if n++; n == 12 {
			break
		}
	}
	return mac
}

// grandstreamPort reads <number>-<local port>-<number>.
func grandstreamPort(left []byte) (uint16, bool) {
	a, rest, ok := bytes.Cut(left, []byte{'-'})
	if !ok || !digits(a) {
		return 0, false
	}
	b, c, ok := bytes.Cut(rest, []byte{'-'})
	if !ok || !digits(b) || !digits(c) || len(b) > 5 {
		return 0, false
	}
	n := 0
	for _, d := range b {
		n = n*10 + int(d-'0')
	}
	return uint16(n), n > 0 && n <= 65535
}

// letterQuad reads an address with letters for digits, A for 0 to J for 9.
func letterQuad(b []byte) (netip.Addr, bool) { return quad(b, '.', 'A') }

// underscoreQuad reads an address with underscores for dots.
func underscoreQuad(b []byte) (netip.Addr, bool) { return quad(b, '_', '0') }

// quad reads four numbers below 256 of one to three digits each, no leading
// zeros; zero is the character that stands for 0.
func quad(b []byte, sep, zero byte) (netip.Addr, bool) {
	var a [4]byte
	part, n, v := 0, 0, 0
	for i := 0; i <= len(b); i++ {
		if i == len(b) || b[i] == sep {
			if n == 0 || part == 4 {
				return netip.Addr{}, false
			}
			a[part] = byte(v)
			part, n, v = part+1, 0, 0
			continue
		}
		d := int(b[i]) - int(zero)
		if d < 0 || d > 9 || n > 0 && v == 0 {
			return netip.Addr{}, false
		}
		if v, n = v*10+d, n+1; v > 255 {
			return netip.Addr{}, false
		}
	}
	return netip.AddrFrom4(a), part == 4
}

// shape tells how many parts there are between dashes, or between underscores
// where there is no dash, and how long each is.
func shape(b []byte, lens *[5]int) (sep byte, n int) {
	sep = '-'
	if bytes.IndexByte(b, '-') < 0 {
		sep = '_'
	}
	for {
		i := bytes.IndexByte(b, sep)
		if n == len(lens) {
			return sep, n
		}
		if i < 0 {
			lens[n] = len(b)
			return sep, n + 1
		}
		lens[n] = i
		n++
		b = b[i+1:]
	}
}

func within(lens []int, low, high int) bool {
	for _, n := range lens {
		if n < low || n > high {
			return false
		}
	}
	return true
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// digitsAnd tells two numbers with a separator between them.
func digitsAnd(b []byte, sep byte) bool {
	i := bytes.IndexByte(b, sep)
	return i >= 0 && digits(b[:i]) && digits(b[i+1:])
}

func lowerHexAnd(b []byte, sep byte) bool {
	for _, c := range b {
		if c != sep && (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func upperHex(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return len(b) > 0
}

func hexDigits(b []byte) bool {
	for _, c := range b {
		if c |= 0x20; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(b) > 0
}
