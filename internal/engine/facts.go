package engine

import (
	"slices"

	"github.com/algsniff/algsniff/detectors"
)

// maxOthers is how many siblings, and how many endpoints of the same model, a
// rule is shown.
const (
	maxOthers = 16
	maxModel  = 8
)

// model is some endpoints of one user agent, to compare habits with.
type model struct {
	devices []*device
	as      []detectors.Sibling
}

// modelsOf picks the first endpoints of every user agent that has several.
func (e *Engine) modelsOf(devices []*device) map[string]model {
	n := map[string]int{}
	for _, d := range devices {
		n[d.main().userAgent]++
	}
	out := map[string]model{}
	for _, d := range devices {
		ua := d.main().userAgent
		m := out[ua]
		if ua == "" || n[ua] < 2 || len(m.devices) == maxModel {
			continue
		}
		d.gather(e)
		d.window()
		if s := d.asSibling(); s.Messages > 0 {
			m.devices, m.as = append(m.devices, d), append(m.as, *s)
			out[ua] = m
		}
		e.recycle(d.ev)
		d.ev, d.then, d.as = nil, nil, nil
	}
	return out
}

// others tells the rules about the endpoints to compare with.
func (d *device) others(site []*device, m model) {
	if detectors.Classify(d.key.src.IP()) != detectors.Public {
		return
	}
	for _, o := range site {
		if len(d.ev.Site) == maxOthers {
			break
		}
		if o != d && o.ev.Messages > 0 {
			d.ev.Site = append(d.ev.Site, *o.asSibling())
			d.ev.Site[len(d.ev.Site)-1].SameDevice = o.same(d)
			d.neighbours = append(d.neighbours, o)
		}
	}
	d.ev.Elsewhere = m.as
	for _, o := range m.devices {
		if o == d || o.key.src.SameIP(d.key.src) || o.same(d) {
			d.ev.Elsewhere = nil
			for i, o := range m.devices {
				if o != d && !o.key.src.SameIP(d.key.src) {
					s := m.as[i]
					s.SameDevice = o.same(d)
					d.ev.Elsewhere = append(d.ev.Elsewhere, s)
				}
			}
			return
		}
	}
}

// same tells the same instance or address of record.
func (d *device) same(o *device) bool {
	a, b := o.main(), d.main()
	return a.said().instance != "" && a.said().instance == b.said().instance || a.aor != "" && a.aor == b.aor
}

// asSibling is the device as the rules about another one see it.
func (d *device) asSibling() *detectors.Sibling {
	if d.as != nil {
		return d.as
	}
	ev := d.ev
	s := &detectors.Sibling{
		AOR: d.main().aor, UserAgent: ev.UserAgent, Family: ev.Family, Transport: ev.Transport,
		Source: ev.Source, ServerPort: ev.ServerPort, Messages: ev.Messages, First: d.first, Last: d.last,
		Via: ev.Fields[detectors.Via].Majority(), Contact: ev.Fields[detectors.Contact].Majority(), SDP: ev.Fields[detectors.SDP].Majority(),
		Residue: len(ev.Inside) > 0, Frame: d.main().firstFrame,
	}
	if len(ev.Inside) > 0 {
		s.Inside = ev.Inside[0]
	}
	for i := range ev.Log {
		if c := ev.Log[i].ContactAddr; c.IsValid() && !slices.Contains(s.Contacts, c) && len(s.Contacts) < 4 {
			s.Contacts = append(s.Contacts, c)
		}
	}
	style(ev.Log, s)
	s.KeepsAlive = ev.KeepAlives > 1
	d.as = s
	return s
}

// style tells how an endpoint writes what rules compare between endpoints of
// the same model.
func style(log []detectors.Record, s *detectors.Sibling) {
	first := true
	for i := range log {
		r := &log[i]
		if r.Vias > 1 {
			continue
		}
		if r.Contact == detectors.InsideOut {
			s.ContactPort = s.ContactPort.And(r.ContactPort)
		}
		if r.Status != 0 || r.Vias == 0 {
			continue
		}
		if r.Via.Comparable() {
			s.RPort = s.RPort.And(r.RPort)
		}
		if first {
			s.MaxForwards, first = max(r.MaxForwards, 0), false
		} else if s.MaxForwards != r.MaxForwards {
			s.MaxForwards = 0
		}
	}
}

// steadyTTL is the TTL of all of a party's packets, 0 when it varies.
func (p *party) steadyTTL() uint8 {
	if p.ttlVaries {
		return 0
	}
	return p.lastTTL
}

// mediaIndex finds the calls of a flow of SIP, and their streams.
type mediaIndex struct {
	r       *Result
	calls   map[partyKey][]int
	streams map[uint64]int // by order of appearance
}

func mediaOf(r *Result) mediaIndex {
	m := mediaIndex{r: r, calls: map[partyKey][]int{}, streams: make(map[uint64]int, len(r.Streams))}
	for i := range r.Streams {
		m.streams[r.Streams[i].order] = i
	}
	for i := range r.Calls {
		c := &r.Calls[i]
		if len(c.streams) == 0 && len(c.icmp) == 0 {
			continue
		}
		for _, k := range c.parties {
			if len(m.calls[k]) < 64 {
				m.calls[k] = append(m.calls[k], i)
			}
		}
	}
	return m
}

// mediaFacts tells the rules how the RTP of the endpoint's calls went.
func (d *device) mediaFacts(m *mediaIndex) {
	if len(m.calls) == 0 {
		return
	}
	ev := d.ev
	done := map[int]bool{}
	for _, p := range d.pairs {
		for _, k := range [...]partyKey{p.key, p.key.reverse()} {
			for _, n := range m.calls[k] {
				if done[n] {
					continue
				}
				done[n] = true
				c := &m.r.Calls[n]
				for _, x := range c.icmp {
					if x.to.IP() == d.key.src.IP() && len(ev.ICMP) < 8 {
						ev.ICMP = append(ev.ICMP, detectors.Sample{Frame: x.frame, Text: x.to.String(), Seen: "ICMP unreachable from " + x.from.IP().String()})
					}
				}
				for _, o := range c.streams {
					if i, ok := m.streams[o]; ok && len(ev.Streams) < 64 {
						d.streamFact(&m.r.Streams[i])
					}
				}
			}
		}
	}
}

func (d *device) streamFact(s *Stream) {
	ev := d.ev
	f := detectors.StreamFact{
		Frame: s.firstFrame, Src: s.Src, Dst: s.Dst, Packets: s.Stats.Packets, First: s.Stats.First, Last: s.Stats.Last,
		SSRC: s.SSRC, Sent: s.Src.Addr() == ev.Source.Addr(), TTL: s.ttl,
	}
	for i := range ev.Log {
		a := ev.Log[i].ConnAddr
		if !a.IsValid() || ev.Log[i].Time > s.Stats.Last && s.Stats.Last != 0 {
			continue
		}
		if !f.Written.IsValid() || a == s.Src || a == s.Dst {
			f.Written = a
		}
	}
	f.ToInside = !f.Sent && f.Written.IsValid() && s.Dst == f.Written && detectors.Inside(s.Dst.Addr())
	if f.Sent || s.Dst.Addr() == ev.Source.Addr() || f.ToInside {
		ev.Streams = append(ev.Streams, f)
	}
	if f.Sent && ev.MediaTTL == 0 {
		ev.MediaTTL = s.ttl
	}
}
