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

// others tells the rules about the endpoints to compare with.
func (d *device) others(site, model []*device) {
	if detectors.Classify(d.key.src.IP()) != detectors.Public {
		return
	}
	for _, o := range site {
		if len(d.ev.Site) == maxOthers {
			break
		}
		if o != d && o.ev.Messages > 0 {
			d.ev.Site = append(d.ev.Site, o.sibling(d))
			d.neighbours = append(d.neighbours, o)
		}
	}
	for _, o := range model {
		if o != d && !o.key.src.SameIP(d.key.src) && o.ev.Messages > 0 {
			d.ev.Elsewhere = append(d.ev.Elsewhere, o.sibling(d))
		}
	}
}

// sibling is o as the rules about d see it.
func (o *device) sibling(d *device) detectors.Sibling {
	ev := &o.ev
	s := detectors.Sibling{
		AOR: o.main().aor, UserAgent: ev.UserAgent, Family: ev.Family, Transport: ev.Transport,
		Source: ev.Source, ServerPort: ev.ServerPort, Messages: ev.Messages, First: o.first, Last: o.last,
		Via: ev.Fields[detectors.Via].Majority(), Contact: ev.Fields[detectors.Contact].Majority(), SDP: ev.Fields[detectors.SDP].Majority(),
		Residue: len(ev.Inside) > 0, Frame: o.main().firstFrame,
	}
	if len(ev.Inside) > 0 {
		s.Inside = ev.Inside[0]
	}
	a, b := o.main(), d.main()
	s.SameDevice = a.said().instance != "" && a.said().instance == b.said().instance || a.aor != "" && a.aor == b.aor
	for i := range ev.Log {
		if c := ev.Log[i].ContactAddr; c.IsValid() && !slices.Contains(s.Contacts, c) && len(s.Contacts) < 4 {
			s.Contacts = append(s.Contacts, c)
		}
	}
	style(ev.Log, &s)
	s.KeepsAlive = ev.KeepAlives > 1
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

// callsOf lists, for each flow of SIP, its calls.
func callsOf(r *Result) map[partyKey][]int {
	out := map[partyKey][]int{}
	for i := range r.Calls {
		for _, k := range r.Calls[i].parties {
			if len(out[k]) < 64 {
				out[k] = append(out[k], i)
			}
		}
	}
	return out
}

// mediaFacts tells the rules how the RTP of the endpoint's calls went.
func (d *device) mediaFacts(r *Result, calls map[partyKey][]int, streams map[uint64]int) {
	ev := &d.ev
	done := map[int]bool{}
	for _, p := range d.pairs {
		for _, k := range [...]partyKey{p.key, p.key.reverse()} {
			for _, n := range calls[k] {
				if done[n] {
					continue
				}
				done[n] = true
				c := &r.Calls[n]
				for _, x := range c.icmp {
					if x.to.IP() == d.key.src.IP() && len(ev.ICMP) < 8 {
						ev.ICMP = append(ev.ICMP, detectors.Sample{Frame: x.frame, Text: x.to.String(), Seen: "ICMP unreachable from " + x.from.IP().String()})
					}
				}
				for _, o := range c.streams {
					if i, ok := streams[o]; ok && len(ev.Streams) < 64 {
						d.streamFact(&r.Streams[i])
					}
				}
			}
		}
	}
}

func (d *device) streamFact(s *Stream) {
	ev := &d.ev
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
