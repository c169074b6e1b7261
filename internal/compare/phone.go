package compare

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/internal/engine"
)

// phoneState is a phone while it is judged.
type phoneState struct {
	Phone
	talks   []*conversation
	changes changes
	reports changes    // of which one side is a HEP agent's word
	passed  [2][]int64 // times of messages that came through, from the phone and to it
}

// group gives every conversation to a phone. The engine knows which addresses
// are the same phone's; without it the IP address is the phone.
func (j *judge) group() {
	j.known = map[netip.AddrPort]int{}
	for i := range j.phone.phones {
		for _, src := range j.phone.phones[i].sources {
			if _, ok := j.known[src]; !ok {
				j.known[src] = i
			}
		}
	}
	type id struct {
		endpoint int
		ip       netip.Addr
	}
	byID := map[id]int{}
	j.phoneOf = make([]int, len(j.pairs))
	for _, c := range j.talks {
		ph, sv := c.phone, 1-c.phone
		k := id{endpoint: -1, ip: c.a[ph].IP()}
		e, ok := j.known[c.a[ph].AddrPort()]
		if ok {
			k = id{endpoint: e}
		}
		n, seen := byID[k]
		if !seen && len(j.phones) >= maxPhones {
			n, seen = maxPhones-1, true
			j.crowded++
		}
		if !seen {
			n = len(j.phones)
			byID[k] = n
			p := &phoneState{Phone: Phone{Transport: protoName(c.proto)}}
			if ok {
				e := &j.phone.phones[e]
				p.AOR, p.UserAgent, p.Transport = e.aor, e.userAgent, e.transport
			}
			j.phones = append(j.phones, p)
		}
		p := j.phones[n]
		p.talks = append(p.talks, c)
		p.PhoneSide = appendNew(p.PhoneSide, c.a[ph])
		p.ServerSide = appendNew(p.ServerSide, c.b[ph])
		p.Servers = appendNew(p.Servers, c.a[sv])
		p.ServersBehind = appendNew(p.ServersBehind, c.b[sv])
		for _, i := range c.pairs {
			j.phoneOf[i] = n
		}
	}
}

// maxPhones bounds how many are told apart; all further ones are the last.
const maxPhones = 5000

func protoName(p capture.Proto) string {
	if p == capture.TCP {
		return "tcp"
	}
	return "udp"
}

const maxPairs = 20_000

// comparePairs holds every pair against each other, in order.
func (j *judge) comparePairs() {
	talkOf := make([]*conversation, len(j.pairs))
	for _, c := range j.talks {
		for _, i := range c.pairs {
			talkOf[i] = c
		}
	}
	var cmp comparer
	for i, p := range j.pairs {
		t, ph := talkOf[i], j.phones[j.phoneOf[i]]
		_, from := linkOf(p)
		toPhone := from != t.phone
		before, after := p.a, p.b
		if toPhone {
			before, after = p.b, p.a
		}
		f := Frames{int(p.a.frame), int(p.b.frame)}
		how, list := Proxied, []detectors.Difference(nil)
		if sameHop(p) {
			how, list = cmp.compare(before, after)
		}
		into := &ph.changes
		if how == Changed && (p.a.hep || p.b.hep) {
			how, into = Reported, &ph.reports
		}
		ph.count(p, how, before.clipped || after.clipped)
		ph.passed[b2i(toPhone)] = append(ph.passed[b2i(toPhone)], before.time)
		ours := ends2Of(t)
		for k := range list {
			into.add(&list[k], p.a, f, toPhone, ours)
		}
		if len(j.result.Pairs) < maxPairs {
			j.result.Pairs = append(j.result.Pairs, Pair{
				Frames: f, What: p.a.what(), CSeq: p.a.cseq, ToPhone: toPhone, How: how,
				Clipped: before.clipped || after.clipped, Phone: j.phoneOf[i],
			})
		} else {
			j.result.MorePairs++
		}
	}
}

func (p *phoneState) count(x pair, how How, clipped bool) {
	c := &p.Counts
	c.Matched++
	switch how {
	case Identical:
		c.Identical++
	case Same:
		c.Same++
	case Changed:
		c.Changed++
	case Proxied:
		c.Proxied++
		return
	case Unread:
		c.Unread++
		return
	case Reported:
		c.Reported++
	}
	c.Clipped += b2i(clipped)
	if x.a.request && x.a.method == "REGISTER" {
		c.Registers++
	}
	if x.a.request && x.a.method == "INVITE" && x.a.sdp && x.b.sdp {
		c.Invites++
	}
}

// compared is how many messages were held against each other byte by byte.
func (c *Counts) compared() int { return c.Identical + c.Same + c.Changed + c.Reported }

// enough is how many messages, a REGISTER and an INVITE with SDP among them,
// rule out an ALG that rewrites.
const enough = 5

// conclude words the verdict about a phone.
func (j *judge) conclude(p *phoneState) {
	p.Side = "none"
	hearsay := len(p.changes.list) == 0
	if hearsay {
		p.changes = p.reports
	}
	p.Changes, p.MoreChanges = p.changes.list, p.changes.more
	slices.SortStableFunc(p.Changes, func(a, b Change) int {
		if d := b2i(a.Kind == detectors.Harmless) - b2i(b.Kind == detectors.Harmless); d != 0 {
			return d
		}
		return b2i(a.ToPhone) - b2i(b.ToPhone)
	})
	n := p.Counts.compared()
	switch {
	case hearsay && p.Counts.Reported > 0:
		p.Verdict = engine.Possible
		p.Reason = fmt.Sprintf("%d of %d messages differ, but one side is what a HEP agent reports", p.Counts.Reported, n)
		p.Innocent = "the agent reports what it was about to send, or what it made of what it got, and not what was on the wire"
		p.Advice = "capture the packets themselves on both sides (tcpdump -s 0) and compare those"
	case p.Counts.Changed > 0:
		p.changed(n)
	case n == 0:
		p.incomparable()
	case j.result.SamePlace:
		p.Verdict = engine.Inconclusive
		p.Reason = fmt.Sprintf("%s identical, but nothing shows a router between the two captures: the same addresses, and no TTL was lowered", messages(n))
		p.Advice = "capture one on the phone's side of the router, the other on the server"
	default:
		j.unchanged(p, n)
	}
	j.dropped(p)
	if p.Counts.Proxied > 0 && n > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("%s went through a SIP proxy or SBC between the two captures (Via, branch or Record-Route differ): no verdict rests on them", messages(p.Counts.Proxied)))
	}
	if p.Counts.Clipped > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("%s not whole: compared only as far as both captures go", messages(p.Counts.Clipped)))
	}
}

// changed words the verdict where something was changed.
func (p *phoneState) changed(n int) {
	var fields []string
	client, server := 0, 0
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Kind < detectors.LengthChange {
			continue
		}
		client += b2i(c.client > 0) * c.Count
		server += b2i(c.server > 0) * c.Count
		if !slices.Contains(fields, c.Field) {
			fields = append(fields, c.Field)
		}
	}
	p.Innocent = innocentEdit
	if len(fields) == 0 {
		p.Verdict, p.Side = engine.Possible, "client"
		p.Reason = fmt.Sprintf("changed on the way, but no address, port or length: %d of %d messages", p.Counts.Changed, n)
		p.Advice = "look at what changed: something in the path reads SIP and writes it anew; switch off what does that, and compare again"
		return
	}
	p.Verdict, p.Side = engine.Confirmed, p.whose(client, server)
	p.Reason = fmt.Sprintf("rewritten on the way: %s in %d of %d messages", listText(fields, 5), p.Counts.Changed, n)
	p.Vendor, p.Advice = p.vendor()
	if client > 0 && server > 0 {
		p.Notes = append(p.Notes, "addresses of both ends were changed: there may be two of them, or the server's router does both")
	}
}

// incomparable words the verdict where there is nothing to compare.
func (p *phoneState) incomparable() {
	p.Verdict = engine.Inconclusive
	switch {
	case p.Counts.Proxied > 0:
		p.Side = "proxy"
		p.Reason = "a SIP proxy or SBC stands between the two captures (Via, branch or Record-Route differ): it may change what it likes, so nothing follows"
		p.Advice = "capture next to the router on both sides, with no proxy in between"
	case p.Counts.Matched == 0:
		p.Reason = "none of its messages came out: dropped on the way, or the server's side was captured without this phone"
		p.Advice = "capture on the server without a filter on hosts, and compare again"
	default:
		p.Reason = "too little of its messages was captured to compare them"
		p.Advice = "capture whole packets: tcpdump -s 0"
	}
}

const innocentEdit = "one of the files was edited after it was taken (made anonymous, for example), or a SIP proxy in between leaves no Via"

const adviceServer = "switch off SIP ALG (SIP helper, SIP inspection) in the router or firewall in front of the server, restart it, and compare again"

// unchanged words the verdict where nothing was rewritten.
func (j *judge) unchanged(p *phoneState, n int) {
	p.Verdict = engine.Unlikely
	what := "nothing rewritten"
	if p.Counts.Same > 0 {
		what = fmt.Sprintf("nothing rewritten that means anything: %d of %d messages came out in other words that SIP reads the same", p.Counts.Same, n)
	}
	var lacking []string
	if n < enough {
		lacking = append(lacking, "few messages")
	}
	if p.Counts.Registers == 0 {
		lacking = append(lacking, "no REGISTER")
	}
	if p.Counts.Invites == 0 {
		lacking = append(lacking, "no INVITE with SDP")
	}
	switch {
	case len(lacking) > 0:
		p.Reason = fmt.Sprintf("%s in %s, but %s to compare: a part of what an ALG would change was not seen", what, messages(n), listText(lacking, 3))
		p.Advice = "capture a registration and a call on both sides to be sure"
	case p.Counts.Clipped > 0:
		p.Reason = fmt.Sprintf("%s in %s, as far as they were captured", what, messages(n))
		p.Advice = "capture whole packets to be sure: tcpdump -s 0"
	default:
		p.Reason = fmt.Sprintf("%s: %s, REGISTER and INVITE with SDP among them, came out as they went in", what, messages(n))
	}
}

// dropped looks for messages that the router swallows. What the server sends
// in vain may as well have found the NAT's binding gone.
func (j *judge) dropped(p *phoneState) {
	for i := range p.Missing {
		m := &p.Missing[i]
		if !m.Into || m.Arrived > 0 || m.Sent < swallowed || !m.Others || p.Counts.Proxied > 0 {
			continue
		}
		why, sure := "dropped on purpose rather than lost", !m.ToPhone
		other := j.server
		if m.ToPhone {
			other = j.phone
		}
		switch {
		case other.holes() != "":
			why, sure = "but the other capture has holes itself: "+other.holes(), false
		case m.ToPhone:
			why = "the router dropped it, or its NAT had forgotten the phone: does the phone send keep-alives?"
		}
		p.Notes = append(p.Notes, fmt.Sprintf("%s (CSeq %d) was sent %d times and never came out, while other messages passed: %s", m.What, m.CSeq, m.Sent, why))
		if p.Verdict == engine.Unlikely && sure {
			p.Verdict, p.Side = engine.Possible, "client"
			p.Reason = fmt.Sprintf("nothing rewritten, but %s went into the router %d times and never came out", m.What, m.Sent)
			p.Advice = "an ALG drops what it does not like, a firewall what is too large or fragmented: switch the SIP ALG off, and look at the router's log"
		}
	}
}

// swallowed is how often a message must have been sent in vain before that is
// no bad luck any more.
const swallowed = 3

// whose tells which router it was, by whose addresses were changed, or where
// none was by where there is a NAT.
func (p *phoneState) whose(client, server int) string {
	if client != server {
		if server > client {
			return "server"
		}
		return "client"
	}
	for _, c := range p.talks {
		if c.a[c.phone].IP() != c.b[c.phone].IP() {
			return "client"
		}
		if c.a[1-c.phone].IP() != c.b[1-c.phone].IP() {
			return "server"
		}
	}
	return "client"
}

// vendor names who leaves such marks, and says what to do.
func (p *phoneState) vendor() (name, advice string) {
	word := ""
	for i := range p.Changes {
		switch c := &p.Changes[i]; {
		case c.Field == "SDP i=" && strings.Contains(c.After, "(o=IN IP") && !strings.Contains(c.Before, "(o=IN IP"):
			name, word = "fortinet", "FortiOS"
		case c.Field == "Call-ID" && strings.Contains(c.After, "-siproxd") && !strings.Contains(c.Before, "-siproxd"):
			name, word = "siproxd", "siproxd"
		}
	}
	for _, v := range engine.Vendors() {
		if word != "" && strings.Contains(v.Name, word) {
			return name, "between the two captures, by its marks " + v.Name + ": " + v.Steps
		}
	}
	if p.Side == "server" {
		return name, adviceServer
	}
	return name, engine.Guidance()
}

func messages(n int) string {
	if n == 1 {
		return "1 message"
	}
	return fmt.Sprintf("%d messages", n)
}

// listText writes "Via, Contact and 2 more".
func listText(list []string, most int) string {
	switch n := len(list); {
	case n == 0:
		return ""
	case n == 1:
		return list[0]
	case n > most:
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), n-most)
	default:
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
}
