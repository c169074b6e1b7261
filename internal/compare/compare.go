package compare

import (
	"fmt"
	"hash/maphash"
	"net/netip"
	"slices"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/engine"
)

// Captures reads two captures of the same traffic to their ends and tells what
// was changed between them. Which is the phone's side is told by what is in
// them.
func Captures(first, second engine.Source, o Options) *Result {
	seed := maphash.MakeSeed() // no result depends on it: hashes are compared, never ordered
	var sides [2]*side
	// The smaller one first: of the other only what it knows is worth keeping.
	if size(first) <= size(second) {
		sides[0] = read(first, 0, o, seed, nil)
		sides[1] = read(second, 1, o, seed, sides[0])
	} else {
		sides[1] = read(second, 1, o, seed, nil)
		sides[0] = read(first, 0, o, seed, sides[1])
	}
	return hold(sides[0], sides[1])
}

// size returns how many bytes there are to read, where the source can tell.
func size(src engine.Source) int64 {
	if p, ok := src.(interface {
		Progress() (read, total int64)
	}); ok {
		_, total := p.Progress()
		return total
	}
	return 0
}

// hold matches the two captures, tells which is which, and judges.
func hold(a, b *side) *Result {
	j := &judge{}
	pairs, c := match(a.messages, b.messages)
	talks := conversations(pairs)
	tellPhones(talks, a, b)
	atPhone, told := phoneFirst(talks, pairs)
	twinsA, twinsB := twins(a, atPhone, serversOf(talks, 0)), twins(b, !atPhone, serversOf(talks, 1))
	// Two captures of the router itself are the same twice.
	if j.both = len(twinsA) > 0 && len(twinsB) > 0; !j.both && len(twinsA)+len(twinsB) > 0 {
		for _, m := range append(twinsA, twinsB...) {
			m.twin = true
		}
		pairs, c = match(a.messages, b.messages)
		talks = conversations(pairs)
		tellPhones(talks, a, b)
		atPhone, told = phoneFirst(talks, pairs)
	}
	if !atPhone {
		a, b = b, a
		for i := range pairs {
			pairs[i].a, pairs[i].b = pairs[i].b, pairs[i].a
		}
		c.turn()
		slices.SortStableFunc(pairs, func(x, y pair) int { return int(x.a.order - y.a.order) })
		talks = conversations(pairs)
		tellPhones(talks, a, b)
	}
	j.phone, j.server, j.pairs, j.talks, j.clock = a, b, pairs, talks, c
	j.result = &Result{Told: told, Swapped: a.given == 1}
	j.run()
	return j.result
}

// serversOf returns the servers' addresses as a capture has them: 0 the first.
func serversOf(talks []*conversation, which int) map[netip.Addr]bool {
	set := map[netip.Addr]bool{}
	for _, c := range talks {
		e := c.a
		if which == 1 {
			e = c.b
		}
		set[e[1-c.phone].IP()] = true
	}
	return set
}

// judge makes the result of what was matched.
type judge struct {
	phone, server *side
	pairs         []pair
	talks         []*conversation
	clock         *clock
	result        *Result

	both    bool // either capture holds both sides of a router
	crowded int  // conversations that went to the last phone
	phones  []*phoneState
	phoneOf []int                  // of each pair
	known   map[netip.AddrPort]int // index into phone.phones
}

func (j *judge) run() {
	r := j.result
	j.group()
	j.comparePairs()
	j.missing()
	isServer := serversOf(j.talks, 0)
	for ip := range serversOf(j.talks, 1) {
		isServer[ip] = true
	}
	r.Streams, r.StreamsAlone = streams(j.phone, j.server, func(ip netip.Addr) bool { return isServer[ip] })
	j.setClock()
	r.SamePlace = j.samePlace()
	for _, p := range j.phones {
		j.conclude(p)
		r.Phones = append(r.Phones, p.Phone)
	}
	for which, s := range [...]*side{j.phone, j.server} {
		out := &r.Phone
		if which == 1 {
			out = &r.Server
		}
		out.Given, out.Inputs, out.Messages = s.given+1, s.inputs, s.total
		out.Clipped, out.Unread, out.Dropped = s.clipped, s.unread, s.dropped
		out.Other += s.other
		for _, m := range s.messages {
			out.Matched += b2i(m.match != nil)
			out.Twins += b2i(m.twin)
		}
	}
	j.overall()
	j.notes()
}

func (j *judge) setClock() {
	c := &j.result.Clock
	c.Known = j.clock.known()
	if !c.Known {
		return
	}
	c.Pairs = len(j.clock.points)
	all := make([]int64, 0, c.Pairs)
	for _, p := range j.clock.points {
		all = append(all, p.ahead)
	}
	c.OffsetNS = median(all)
	if there, back, ok := delays(j.talks, j.pairs); ok {
		// What it takes there and back is not the clocks' doing.
		c.OffsetNS = back + (there-back)/2
		c.HasPath, c.PathNS = true, there-back
	}
	pts := j.clock.points
	c.DriftNS = j.clock.ahead(pts[len(pts)-1].at) - j.clock.ahead(pts[0].at)
}

// samePlace tells that nothing shows a router between the two captures: the
// addresses are the same, and no TTL was lowered.
func (j *judge) samePlace() bool {
	for _, c := range j.talks {
		if c.a != c.b || c.hops != [2]int{} {
			return false
		}
	}
	return len(j.talks) > 0 && j.result.Told != ByTime
}

// overall sums up the phones.
func (j *judge) overall() {
	r := j.result
	for i := range r.Phones {
		p := &r.Phones[i]
		c := &r.Counts
		c.Matched += p.Counts.Matched
		c.Identical += p.Counts.Identical
		c.Same += p.Counts.Same
		c.Changed += p.Counts.Changed
		c.Proxied += p.Counts.Proxied
		c.Unread += p.Counts.Unread
		c.Reported += p.Counts.Reported
		c.Clipped += p.Counts.Clipped
		c.Invites += p.Counts.Invites
		c.Registers += p.Counts.Registers
		if r.Verdict == "" || rank(p.Verdict) > rank(r.Verdict) {
			r.Verdict, r.Reason = p.Verdict, p.Reason
		}
	}
	slices.SortStableFunc(r.Phones, func(x, y Phone) int { return rank(y.Verdict) - rank(x.Verdict) })
	if n := len(r.Phones); n > 1 {
		r.Reason = fmt.Sprintf("the first of %d phones: %s", n, r.Phones[0].Reason)
	}
	if len(r.Phones) == 0 {
		r.Verdict, r.Reason = engine.Inconclusive, j.nothing()
	}
}

func rank(v engine.Verdict) int {
	return slices.Index([]engine.Verdict{engine.Inconclusive, engine.Unlikely, engine.Possible, engine.Likely, engine.Confirmed}, v)
}

// nothing says why nothing could be matched.
func (j *judge) nothing() string {
	clipped := false
	for _, s := range [...]*side{j.phone, j.server} {
		clipped = clipped || 2*(s.clipped+s.unread) > s.total
		if s.total+s.unread > 0 {
			continue
		}
		name := "file " + string(rune('1'+s.given))
		if s.tls {
			return "no SIP that can be read in " + name + ": it is encrypted (TLS), which no router can rewrite either"
		}
		return "no SIP in " + name
	}
	if clipped {
		return "no message is in both captures, as far as can be told: too little of them was captured (tcpdump -s 0 captures whole packets)"
	}
	if !j.phone.noTime && !j.server.noTime && (j.phone.last < j.server.first || j.server.last < j.phone.first) {
		return "no message is in both captures; by their clocks they were not taken at the same time"
	}
	return "no message is in both captures: they are of different calls, or somebody in between writes every message anew"
}

func (j *judge) notes() {
	r := j.result
	note := func(format string, args ...any) { r.Notes = append(r.Notes, fmt.Sprintf(format, args...)) }
	for _, s := range [...]*side{j.phone, j.server} {
		what := "phone's side: "
		if s == j.server {
			what = "server's side: "
		}
		if s.dropped > 0 {
			note("%sonly the newest %d messages that the other side may know were compared, %d older ones were not", what, s.related, s.dropped)
		}
		if s.hep > 0 {
			note("%sreported by HEP: an agent may report what it was about to send, or what it made of what it got", what)
		}
		if n := s.tracks.full + s.tracks.short; n > 0 {
			note("%snot every RTP stream was followed to its end", what)
		}
		if holes := s.holes(); holes != "" {
			note("%sthe capture lacks %s: what is missing there need not be lost", what, holes)
		}
	}
	if j.crowded > 0 {
		note("more than %d phones: %d conversations of further ones are counted with the last", maxPhones, j.crowded)
	}
	if j.both {
		note("each capture holds both sides of a router already: algsniff FILE finds what is changed in between")
	}
	if r.Phone.Twins > 0 {
		note("phone's side: the capture holds both sides of a router; of %d messages that are in it twice the one nearer to the phone counts", r.Phone.Twins)
	}
	if r.Server.Twins > 0 {
		note("server's side: the capture holds both sides of a router; of %d messages that are in it twice the one nearer to the server counts", r.Server.Twins)
	}
}

// ends2Of returns the addresses of a conversation.
func ends2Of(c *conversation) *ends2 {
	ph, sv := c.phone, 1-c.phone
	return &ends2{
		phone:  [2]netip.Addr{c.a[ph].IP(), c.b[ph].IP()},
		server: [2]netip.Addr{c.a[sv].IP(), c.b[sv].IP()},
	}
}

func appendNew(list []netip.AddrPort, a capture.Addr) []netip.AddrPort {
	if ap := a.AddrPort(); ap.IsValid() && !slices.Contains(list, ap) && len(list) < maxAddresses {
		return append(list, ap)
	}
	return list
}

const maxAddresses = 64
