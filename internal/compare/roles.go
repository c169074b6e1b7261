package compare

import (
	"net/netip"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
)

// link is one conversation: its two ends as either capture has them. The ends
// are in an order of no meaning, the same for both directions.
type link struct {
	a, b  [2]capture.Addr
	proto capture.Proto
}

// linkOf returns the link of a pair, and which of its ends sent it.
func linkOf(p pair) (link, int) {
	l := link{[2]capture.Addr{p.a.src, p.a.dst}, [2]capture.Addr{p.b.src, p.b.dst}, p.a.proto}
	if less(l.a[1], l.a[0]) || l.a[0] == l.a[1] && less(l.b[1], l.b[0]) {
		l.a[0], l.a[1] = l.a[1], l.a[0]
		l.b[0], l.b[1] = l.b[1], l.b[0]
		return l, 1
	}
	return l, 0
}

func less(x, y capture.Addr) bool {
	switch {
	case x.Hi != y.Hi:
		return x.Hi < y.Hi
	case x.Lo != y.Lo:
		return x.Lo < y.Lo
	}
	return x.Port < y.Port
}

// conversation is what the pairs of a link tell.
type conversation struct {
	link
	phone     int // which end, 0 or 1
	pairs     []int
	registers [2]int
	requests  [2]int
	first     int // end that spoke first
	proxied   int
	hops      [2]int // pairs sent by each end whose TTL was higher in the first capture, less those where it was lower
	viaHost   [2]int // requests of each end whose Via names their source in the first capture only, less …
}

// conversations sorts the pairs by link, in order of appearance.
func conversations(pairs []pair) []*conversation {
	byLink := map[link]*conversation{}
	var list []*conversation
	for i, p := range pairs {
		l, from := linkOf(p)
		c := byLink[l]
		if c == nil {
			c = &conversation{link: l, first: from}
			byLink[l] = c
			list = append(list, c)
		}
		c.pairs = append(c.pairs, i)
		c.proxied += b2i(!sameHop(p))
		if p.a.ttl != 0 && p.b.ttl != 0 {
			c.hops[from] += sign(int(p.a.ttl) - int(p.b.ttl))
		}
		if !p.a.request {
			continue
		}
		c.requests[from]++
		if p.a.method == "REGISTER" {
			c.registers[from]++
		}
		if p.a.vias == 1 && p.b.vias == 1 && p.a.viaHost != p.b.viaHost {
			c.viaHost[from] += sign(b2i(p.a.viaHost) - b2i(p.b.viaHost))
		}
	}
	return list
}

// tellPhones finds for every link which end is the phone: who registers, or
// talks to somebody who is registered with, or what the engine made of the
// captures, or whose address a NAT changes.
func tellPhones(list []*conversation, a, b *side) {
	registrars := map[netip.Addr]bool{}
	for _, c := range list {
		for end := range 2 {
			if c.registers[end] > c.registers[1-end] {
				registrars[c.a[1-end].IP()] = true
				registrars[c.b[1-end].IP()] = true
			}
		}
	}
	phonesA, phonesB := phonesOf(a), phonesOf(b)
	for _, c := range list {
		score := func(end int) [5]bool {
			return [5]bool{
				c.registers[end] > c.registers[1-end],
				registrars[c.a[1-end].IP()] || registrars[c.b[1-end].IP()],
				phonesA[c.a[end].AddrPort()] || phonesB[c.b[end].AddrPort()],
				c.a[end] != c.b[end],
				c.a[1-end].Port == 5060,
			}
		}
		s0, s1 := score(0), score(1)
		c.phone = c.first
		for i := range s0 {
			if s0[i] != s1[i] {
				c.phone = b2i(s1[i])
				break
			}
		}
	}
}

// phonesOf returns the addresses that a capture alone shows to be phones'.
func phonesOf(s *side) map[netip.AddrPort]bool {
	set := map[netip.AddrPort]bool{}
	for i := range s.phones {
		for _, src := range s.phones[i].sources {
			set[src] = true
		}
	}
	return set
}

// Told is how it was told which capture is the phone's side.
type Told string

// The ways, best first.
const (
	ByAddress Told = "addresses"
	ByVia     Told = "via"
	ByTTL     Told = "ttl"
	ByTime    Told = "time"
	ByOrder   Told = "order" // of the arguments: nothing told it
)

// phoneFirst tells whether the first capture is the one nearer to the phones,
// and by what: the address a NAT hides, the Via, the TTL that every router
// lowers, the time on the way.
func phoneFirst(list []*conversation, pairs []pair) (bool, Told) {
	var address, via, hops int
	for _, c := range list {
		ph, sv := c.phone, 1-c.phone
		atPhone, atServer := inner(c.a[ph].IP(), c.b[ph].IP()), -inner(c.a[sv].IP(), c.b[sv].IP())
		if c.proxied > 0 && atPhone != 0 {
			atServer = 0 // on the phone's side it may be the proxy's
		}
		address += len(c.pairs) * (atPhone + atServer)
		via += c.viaHost[ph]
		hops += c.hops[ph] - c.hops[sv]
	}
	switch {
	case address != 0:
		return address > 0, ByAddress
	case via != 0:
		return via > 0, ByVia
	case hops != 0:
		return hops > 0, ByTTL
	}
	if there, back, ok := delays(list, pairs); ok && abs(there-back) > minPath {
		return there > back, ByTime
	}
	return true, ByOrder
}

// minPath is less than any router takes to hand on two messages, ns.
const minPath = 20_000

// inner is 1 where x is further inside than y, -1 where y is: an inside address
// is the one of a host behind the NAT, a carrier's (RFC 6598) is in between.
func inner(x, y netip.Addr) int {
	depth := func(ip netip.Addr) int {
		switch c := detectors.Classify(ip); {
		case c == detectors.CGN:
			return 1
		case c.Inside():
			return 2
		}
		return 0
	}
	if x == y {
		return 0
	}
	return sign(depth(x) - depth(y))
}

// delays returns the median time from the first capture to the second, of what
// the phones sent and of what they were sent. The clocks are in both.
func delays(list []*conversation, pairs []pair) (fromPhone, toPhone int64, ok bool) {
	var there, back []int64
	for _, c := range list {
		for _, i := range c.pairs {
			p := pairs[i]
			if p.a.noTime || p.b.noTime {
				continue
			}
			if _, from := linkOf(p); from == c.phone {
				there = append(there, p.b.time-p.a.time)
			} else {
				back = append(back, p.b.time-p.a.time)
			}
		}
	}
	return median(there), median(back), len(there) > 0 && len(back) > 0
}

// twins returns what a capture holds twice, before and behind a router, and
// should be left out: on the phone's side the leg at the phone counts, on the
// other that at the server.
func twins(s *side, atPhone bool, servers map[netip.Addr]bool) []*message {
	first := map[key]*message{}
	var list []*message
	for _, m := range s.messages {
		k, ok := fullKey(m)
		if !ok {
			continue
		}
		f := first[k]
		if f == nil || !m.noTime && m.time-f.time > second/5 {
			first[k] = m
			continue
		}
		if f.src == m.src && f.dst == m.dst {
			continue
		}
		// Sent by the phone it passes its side first, sent to it last.
		if fromPhone := servers[m.dst.IP()]; fromPhone == atPhone {
			list = append(list, m)
		} else {
			list = append(list, f)
			first[k] = m
		}
	}
	return list
}

func sign(n int) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
