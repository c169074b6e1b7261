package engine_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
)

// numbering gives every IPv4 address another one of the same class that takes
// as many characters. Octets are turned each within those of the same length,
// so networks stay together.
type numbering struct {
	turn [4]int
	seen map[netip.Addr]netip.Addr
}

func newNumbering(rnd *rand.Rand) *numbering {
	n := &numbering{seen: map[netip.Addr]netip.Addr{}}
	for i := range n.turn {
		n.turn[i] = rnd.IntN(1000)
	}
	return n
}

func (n *numbering) addr(a netip.Addr) netip.Addr {
	if !a.Is4() {
		return a
	}
	if b, ok := n.seen[a]; ok {
		return b
	}
	n.seen[a] = n.of(a)
	return n.seen[a]
}

func (n *numbering) of(a netip.Addr) netip.Addr {
	from := 4 // the first octet that is turned
	switch o := a.As4(); detectors.Classify(a) {
	case detectors.Public:
		from = 1
		if o[0] >= 224 {
			return a
		}
	case detectors.Private:
		from = 2
		if o[0] == 10 {
			from = 1
		}
	case detectors.CGN, detectors.LinkLocal:
		from = 2
	}
	for ; from < 4; from++ {
		o := a.As4()
		for i := from; i < 4; i++ {
			o[i] = turned(o[i], n.turn[i])
		}
		if b := netip.AddrFrom4(o); detectors.Classify(b) == detectors.Classify(a) {
			return b
		}
	}
	return a
}

// turned moves an octet on by n among those with as many digits.
func turned(o byte, n int) byte {
	low, high := 1, 9
	switch {
	case o == 0 || o == 255:
		return o // of networks and broadcasts
	case o >= 100:
		low, high = 100, 254
	case o >= 10:
		low, high = 10, 99
	}
	return byte(low + (int(o)-low+n)%(high-low+1))
}

// clash tells whether two addresses became one.
func (n *numbering) clash() bool {
	taken := map[netip.Addr]bool{}
	for _, b := range n.seen {
		if taken[b] {
			return true
		}
		taken[b] = true
	}
	return false
}

var (
	quad    = regexp.MustCompile(`\b\d{1,3}[._]\d{1,3}[._]\d{1,3}[._]\d{1,3}\b`)
	letters = regexp.MustCompile(`@[A-J]{1,3}(\.[A-J]{1,3}){3}\b`) // Grandstream's, A for 0
	product = regexp.MustCompile(`(?mi)^(user-agent|server|s|x-[a-z-]*version)[ \t]*[:=].*$|"[^"\r\n]*"`)
)

// text renumbers what SIP and SDP write; the names of products, with their
// version numbers, and quoted strings stay.
func (n *numbering) text(b []byte) []byte {
	var out []byte
	at := 0
	for _, skip := range append(product.FindAllIndex(b, -1), []int{len(b), len(b)}) {
		part := quad.ReplaceAllFunc(b[at:skip[0]], func(m []byte) []byte {
			sep := "."
			if bytes.IndexByte(m, '_') >= 0 {
				sep = "_"
			}
			return []byte(n.quad(string(m), sep))
		})
		part = letters.ReplaceAllFunc(part, func(m []byte) []byte {
			digits := strings.Map(func(r rune) rune {
				if r >= 'A' && r <= 'J' {
					return r - 'A' + '0'
				}
				return r
			}, string(m[1:]))
			digits = strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r - '0' + 'A'
				}
				return r
			}, n.quad(digits, "."))
			return []byte("@" + digits)
		})
		out = append(append(out, part...), b[skip[0]:skip[1]]...)
		at = skip[1]
	}
	return out
}

func (n *numbering) quad(s, sep string) string {
	if strings.Count(s, sep) != 3 {
		return s
	}
	a, err := netip.ParseAddr(strings.ReplaceAll(s, sep, "."))
	if err != nil {
		return s
	}
	return strings.ReplaceAll(n.addr(a).String(), ".", sep)
}

// trace renumbers a capture; nil where it can't be done for certain.
func (n *numbering) trace(t *trace) *trace {
	safe := true
	c := t.eachIP(func(_ int, ip []byte, d datagram) []byte {
		if d.v6 {
			return nil
		}
		if d.fragment || d.payload == nil && d.proto != 1 {
			safe = safe && !d.fragment
		}
		summed := hasSum(ip, d)
		zero := d.proto == 17 && len(ip) >= d.at+8 && ip[d.at+6] == 0 && ip[d.at+7] == 0
		n.header(ip)
		if d.proto == 1 && len(ip) >= d.at+8+20 && ip[d.at+8]>>4 == 4 && (ip[d.at] == 3 || ip[d.at] == 11) {
			n.header(ip[d.at+8:])
		}
		if isText(d.payload) {
			if end := d.payload[len(d.payload)-1]; d.proto == 6 && (end >= '0' && end <= '9' || end == '.') {
				safe = false // an address may go on in the next segment
			}
			copy(d.payload, n.text(d.payload))
		}
		if d.clipped { // what is missing is in the checksum too
			return ip
		}
		switch {
		case summed:
			seal(ip, true)
		case !zero && d.proto == 17 && len(ip) >= d.at+8:
			seal(ip, true) // it was wrong, and stays so
			ip[d.at+6] ^= 0x55
		default:
			seal(ip, false)
		}
		return ip
	})
	if !safe || n.clash() {
		return nil
	}
	return c
}

func (n *numbering) header(ip []byte) {
	src, dst := addressesOf(ip, false)
	copy(ip[12:], n.addr(src).AsSlice())
	copy(ip[16:], n.addr(dst).AsSlice())
	at := int(ip[0]&15) * 4
	if at <= len(ip) {
		ip[10], ip[11] = 0, 0
		binary.BigEndian.PutUint16(ip[10:], internetSum(0, ip[:at]))
	}
}

// isText tells SIP, or a piece of it, from media and STUN.
func isText(b []byte) bool {
	return len(b) >= 2 && b[0] >= '\t' && b[0] <= '~' && b[1] >= '\t' && b[1] <= '~'
}

// lines renumbers a picture.
func (n *numbering) lines(lines []string) []string {
	var out []string
	for _, l := range lines {
		l = string(n.text([]byte(l)))
		out = append(out, sourceList.ReplaceAllStringFunc(l, func(list string) string {
			addrs := strings.Fields(list[1 : len(list)-len("] to ")])
			slices.Sort(addrs)
			return "[" + strings.Join(addrs, " ") + "] to "
		}))
	}
	return out
}

var sourceList = regexp.MustCompile(`\[[\d:. ]+\] to `)

// plain tells whether all that a capture has can be taken apart here: no
// tunnels, no HEP.
func (t *trace) plain(tb testing.TB) bool {
	tb.Helper()
	for i := range t.frames {
		l, ok := t.unwrap(&t.frames[i])
		if ok && l.etherType != 0x0800 && l.etherType != 0x86dd && l.etherType != 0x0806 {
			return false
		}
	}
	src, err := capture.OpenFiles([]string{"-"}, capture.Options{Stdin: bytes.NewReader(t.file(""))})
	if err != nil {
		tb.Fatal(err)
	}
	defer src.Close()
	ok := true
	src.Packets(func(p *capture.Packet) bool {
		ok = ok && p.Tunnel == capture.NoTunnel
		return ok
	})
	return ok
}

// TestSameWhateverTheNumbers: other addresses of the same class say the same.
func TestSameWhateverTheNumbers(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, name := range sources(t) {
		if !sampled(name, "renumbered") {
			continue
		}
		tr, r, ok := load(t, name)
		if !ok || !tr.plain(t) {
			continue
		}
		n := newNumbering(seeded(name))
		c := n.trace(tr)
		if c == nil {
			continue
		}
		tried++
		samePicture(t, name+" renumbered", n.lines(picture(r)), picture(analyzed(t, c.file(""))))
	}
	t.Logf("%d captures", tried)
}

func samePicture(t testing.TB, what string, want, got []string) {
	t.Helper()
	if lost, new := missing(want, got), missing(got, want); len(lost)+len(new) > 0 {
		t.Errorf("%s:%s\nbecame:%s", filepath.Base(what), indent(lost), indent(new))
	}
}
