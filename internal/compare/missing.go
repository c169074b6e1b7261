package compare

import (
	"slices"

	"github.com/algsniff/algsniff/capture"
)

const (
	maxMissing = 200        // distinct messages per phone
	margin     = second / 2 // at the ends of a capture, where a message may be on its way
)

// roster is who the phones and the servers are, as each side has them.
type roster struct {
	phones  [2]map[capture.Addr]int
	servers [2]map[capture.Addr]bool
}

func (j *judge) roster() *roster {
	r := &roster{[2]map[capture.Addr]int{{}, {}}, [2]map[capture.Addr]bool{{}, {}}}
	for n, p := range j.phones {
		for _, c := range p.talks {
			ph, sv := c.phone, 1-c.phone
			r.phones[0][c.a[ph]], r.phones[1][c.b[ph]] = n, n
			r.servers[0][c.a[sv]], r.servers[1][c.b[sv]] = true, true
		}
	}
	return r
}

// of tells whose message it is: a phone's number, or stranger for one of which
// nothing came through so far.
func (r *roster) of(m *message, which int) (phone int, toPhone, known bool) {
	if r.servers[which][m.src] {
		phone, known = r.phones[which][m.dst]
		return phone, true, known
	}
	if !r.servers[which][m.dst] {
		return 0, false, false
	}
	phone, known = r.phones[which][m.src]
	if !known && which == 0 {
		return stranger, false, true
	}
	return phone, false, known
}

const stranger = -1

// missing sorts what has no partner: outside the time that both captures
// cover, of others, or missing on the other side.
func (j *judge) missing() {
	if len(j.pairs) == 0 {
		return
	}
	r := j.roster()
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
			n, toPhone, known := r.of(m, which)
			switch {
			case !known:
				out.Other++
				continue
			case !m.noTime && (m.time < from[which] || m.time > to[which]):
				out.Outside++
				continue
			case n == stranger:
				n = j.newcomer(m)
				r.phones[0][m.src] = n
			}
			out.Missing++
			k, ok := fullKey(m)
			if at, found := seen[k]; found && ok {
				j.phones[at.phone].Missing[at.index].again(m)
				continue
			}
			if at := j.phones[n].lacks(m, toPhone, which, arrived[k]); ok && at >= 0 {
				seen[k] = missingKey{n, at}
			}
		}
	}
	for _, p := range j.phones {
		p.meanwhile()
	}
}

// lacks adds a message that the other side does not have, and returns where; -1
// where there are too many. arrived transmissions of it have a partner.
func (p *phoneState) lacks(m *message, toPhone bool, which, arrived int) int {
	if len(p.Missing) >= maxMissing {
		return -1
	}
	p.Missing = append(p.Missing, Missing{
		What: m.what(), CSeq: m.cseq, ToPhone: toPhone, Into: toPhone == (which == 1),
		Sent: 1 + arrived, Arrived: arrived, Frames: []int{int(m.frame)}, first: m.time,
	})
	return len(p.Missing) - 1
}

// meanwhile finds out whether other messages passed while one did not.
func (p *phoneState) meanwhile() {
	for i := range p.Missing {
		m := &p.Missing[i]
		passed := p.passed[b2i(m.ToPhone)]
		m.Others = slices.ContainsFunc(passed, func(t int64) bool { return t >= m.first }) &&
			slices.ContainsFunc(passed, func(t int64) bool { return t <= m.first+m.Span })
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

// newcomer makes a phone of a sender that no message is matched of.
func (j *judge) newcomer(m *message) int {
	if len(j.phones) >= maxPhones {
		j.crowded++
		return maxPhones - 1
	}
	p := &phoneState{Phone: Phone{Transport: protoName(m.proto)}}
	p.PhoneSide = appendNew(nil, m.src)
	p.Servers = appendNew(nil, m.dst)
	if i, ok := j.known[m.src.AddrPort()]; ok {
		e := &j.phone.phones[i]
		p.AOR, p.UserAgent, p.Transport = e.aor, e.userAgent, e.transport
	}
	j.phones = append(j.phones, p)
	return len(j.phones) - 1
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
