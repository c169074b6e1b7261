package compare

import (
	"slices"

	"github.com/algsniff/algsniff/capture"
)

const (
	maxMissing = 200        // distinct messages per phone
	margin     = second / 2 // at the ends of a capture, where a message may be on its way
)

// missing sorts what has no partner: outside the time that both captures
// cover, of others, or missing on the other side.
func (j *judge) missing() {
	if len(j.pairs) == 0 {
		return
	}
	phones := [2]map[capture.Addr]int{{}, {}} // of phones, as each side has them
	servers := [2]map[capture.Addr]bool{{}, {}}
	for n, p := range j.phones {
		for _, c := range p.talks {
			ph, sv := c.phone, 1-c.phone
			phones[0][c.a[ph]], phones[1][c.b[ph]] = n, n
			servers[0][c.a[sv]], servers[1][c.b[sv]] = true, true
		}
	}
	from, to := j.window()
	for which, s := range [...]*side{j.phone, j.server} {
		out := &j.result.Phone
		if which == 1 {
			out = &j.result.Server
		}
		seen := map[key]missingKey{}
		arrived := arrivals(s.messages)
		for _, m := range s.messages {
			if m.match != nil || m.twin {
				continue
			}
			toPhone := servers[which][m.src]
			addr := m.src
			if toPhone {
				addr = m.dst
			}
			n, known := phones[which][addr]
			known = known && (toPhone || servers[which][m.dst])
			if !known && which == 0 && servers[0][m.dst] && !toPhone {
				// A phone of which nothing came through.
				n, known = j.stranger(m, phones[0]), true
			}
			if !known {
				out.Other++
				continue
			}
			if at := m.time; !m.noTime && (at < from[which] || at > to[which]) {
				out.Outside++
				continue
			}
			out.Missing++
			k, ok := fullKey(m)
			if at, found := seen[k]; found && ok {
				j.phones[at.phone].Missing[at.index].again(m)
				continue
			}
			p := j.phones[n]
			if len(p.Missing) >= maxMissing {
				continue
			}
			mi := Missing{
				What: m.what(), CSeq: m.cseq, ToPhone: toPhone, Into: toPhone == (which == 1),
				Sent: 1, Frames: []int{int(m.frame)}, first: m.time,
			}
			if ok {
				seen[k] = missingKey{n, len(p.Missing)}
				mi.Arrived = arrived[k]
				mi.Sent += mi.Arrived
			}
			p.Missing = append(p.Missing, mi)
		}
	}
	for _, p := range j.phones {
		for i := range p.Missing {
			m := &p.Missing[i]
			passed := p.passed[b2i(m.ToPhone)]
			m.Others = slices.ContainsFunc(passed, func(t int64) bool { return t >= m.first }) &&
				slices.ContainsFunc(passed, func(t int64) bool { return t <= m.first+m.Span })
		}
	}
}

type missingKey struct{ phone, index int }

// arrivals counts the transmissions of each message that have a partner.
func arrivals(list []*message) map[key]int {
	out := map[key]int{}
	for _, m := range list {
		if m.match == nil {
			continue
		}
		if k, ok := fullKey(m); ok {
			out[k]++
		}
	}
	return out
}

// again counts another transmission.
func (x *Missing) again(m *message) {
	x.Sent++
	x.Span = max(x.Span, m.time-x.first)
	if len(x.Frames) < maxShown {
		x.Frames = append(x.Frames, int(m.frame))
	}
}

// stranger makes a phone of a sender that no message is matched of.
func (j *judge) stranger(m *message, phones map[capture.Addr]int) int {
	if len(j.phones) >= maxPhones {
		j.crowded++
		return maxPhones - 1
	}
	n := len(j.phones)
	p := &phoneState{Phone: Phone{Transport: protoName(m.proto)}}
	p.PhoneSide = appendNew(nil, m.src)
	p.Servers = appendNew(nil, m.dst)
	if i, ok := j.known[m.src.AddrPort()]; ok {
		e := &j.phone.phones[i]
		p.AOR, p.UserAgent, p.Transport = e.aor, e.userAgent, e.transport
	}
	j.phones = append(j.phones, p)
	phones[m.src] = n
	return n
}

// window returns the time that both captures cover, by the clock of each.
func (j *judge) window() (from, to [2]int64) {
	if !j.clock.known() {
		return [2]int64{}, [2]int64{1<<63 - 1, 1<<63 - 1}
	}
	a, b := j.phone, j.server
	ahead := func(at int64) int64 { return j.clock.ahead(at) }
	from[0] = max(a.first, b.first-ahead(a.first)) + margin
	to[0] = min(a.last, b.last-ahead(a.last)) - margin
	from[1] = max(b.first, a.first+ahead(a.first)) + margin
	to[1] = min(b.last, a.last+ahead(a.last)) - margin
	return from, to
}
