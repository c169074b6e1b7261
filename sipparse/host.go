package sipparse

import (
	"bytes"
	"net/netip"
)

// ParseHost reads host [":" port] of a sent-by or a URI (RFC 3261 §25.1), white
// space around the colon allowed. An IPv6 address counts as one only in
// brackets: without them its last group can't be told from a port (RFC 5118
// §4.2), and the Port is -1.
func ParseHost(raw []byte) Host {
	raw = trim(raw)
	if len(raw) == 0 {
		return Host{}
	}
	if raw[0] == '[' {
		n := bytes.IndexByte(raw, ']')
		if n < 0 {
			return Host{Name: raw, Port: -1}
		}
		rest := trimLeft(raw[n+1:])
		if len(rest) > 0 && rest[0] != ':' {
			return Host{Name: raw, Port: -1}
		}
		h := Host{Name: raw[:n+1]}
		h.IP, _ = parseIP6(dropZone(raw[1:n]))
		if len(rest) > 0 {
			h.Port = portNumber(trimLeft(rest[1:]))
		}
		return h
	}
	n := bytes.IndexByte(raw, ':')
	if n < 0 {
		h := Host{Name: raw}
		h.IP, _ = parseIP4(raw)
		return h
	}
	if bytes.IndexByte(raw[n+1:], ':') >= 0 {
		return Host{Name: raw, Port: -1}
	}
	h := Host{Name: trimRight(raw[:n]), Port: portNumber(trimLeft(raw[n+1:]))}
	h.IP, _ = parseIP4(h.Name)
	return h
}

// addrHost reads an address or name without a port, as SDP and received have
// it: IPv6 with or without brackets.
func addrHost(raw []byte) Host {
	if len(raw) == 0 {
		return Host{}
	}
	h := Host{Name: raw}
	if raw[0] == '[' {
		if raw[len(raw)-1] == ']' {
			h.IP, _ = parseIP6(dropZone(raw[1 : len(raw)-1]))
		}
		return h
	}
	if bytes.IndexByte(raw, ':') >= 0 {
		h.IP, _ = parseIP6(dropZone(raw))
		return h
	}
	h.IP, _ = parseIP4(raw)
	return h
}

func dropZone(b []byte) []byte {
	if n := bytes.IndexByte(b, '%'); n > 0 {
		return b[:n]
	}
	return b
}

// parseIP4 reads a dotted quad. Leading zeros make it none: some read them as
// octal.
func parseIP4(b []byte) (netip.Addr, bool) {
	var a [4]byte
	if len(b) < 7 || len(b) > 15 {
		return netip.Addr{}, false
	}
	octet, digits, v := 0, 0, 0
	for _, c := range b {
		if isDigit(c) {
			if digits > 0 && v == 0 {
				return netip.Addr{}, false
			}
			if v = v*10 + int(c-'0'); v > 255 {
				return netip.Addr{}, false
			}
			digits++
			continue
		}
		if c != '.' || digits == 0 || octet == 3 {
			return netip.Addr{}, false
		}
		a[octet] = byte(v)
		octet, digits, v = octet+1, 0, 0
	}
	if octet != 3 || digits == 0 {
		return netip.Addr{}, false
	}
	a[3] = byte(v)
	return netip.AddrFrom4(a), true
}

// parseIP6 reads an IPv6 address without brackets and zone. Three colons ahead
// of an embedded IPv4 address, which the grammar of RFC 3261 wants by mistake,
// are read as two (RFC 5118 §4.10).
func parseIP6(b []byte) (netip.Addr, bool) {
	var a [16]byte
	n, gap := 0, -1 // bytes of a filled, where :: stands
	if len(b) < 2 {
		return netip.Addr{}, false
	}
	if b[0] == ':' {
		if b[1] != ':' {
			return netip.Addr{}, false
		}
		gap, b = 0, b[2:]
	}
	for len(b) > 0 {
		if n == 16 {
			return netip.Addr{}, false
		}
		v, digits := hexGroup(b)
		switch {
		case digits < len(b) && b[digits] == '.':
			ip4, ok := parseIP4(b)
			if !ok || n > 12 {
				return netip.Addr{}, false
			}
			four := ip4.As4()
			copy(a[n:], four[:])
			n += 4
			b = nil
			continue
		case digits == 0:
			return netip.Addr{}, false
		}
		a[n], a[n+1] = byte(v>>8), byte(v)
		n += 2
		if b = b[digits:]; len(b) == 0 {
			break
		}
		if b[0] != ':' || len(b) == 1 {
			return netip.Addr{}, false
		}
		if b = b[1:]; b[0] == ':' {
			if gap >= 0 {
				return netip.Addr{}, false
			}
			gap, b = n, b[1:]
			if len(b) > 1 && b[0] == ':' && bytes.IndexByte(b, '.') > 0 {
				b = b[1:]
			}
		}
	}
	if gap < 0 {
		if n != 16 {
			return netip.Addr{}, false
		}
		return netip.AddrFrom16(a), true
	}
	if n == 16 {
		return netip.Addr{}, false
	}
	tail := n - gap
	copy(a[16-tail:], a[gap:n])
	clear(a[gap : 16-tail])
	return netip.AddrFrom16(a), true
}

// hexGroup reads up to four hex digits; digits is 0 when there are none or
// more.
func hexGroup(b []byte) (v uint16, digits int) {
	for digits < len(b) {
		d := hexDigit(b[digits])
		if d < 0 {
			break
		}
		if digits == 4 {
			return 0, 0
		}
		v = v<<4 | uint16(d)
		digits++
	}
	return v, digits
}

func hexDigit(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c|0x20-'a' < 6:
		return int(c|0x20-'a') + 10
	}
	return -1
}
