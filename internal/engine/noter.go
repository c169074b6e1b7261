package engine

import "github.com/algsniff/algsniff/detectors"

// noter hands messages to rules and keeps what they note. There is one, used
// again for every message: a closure and a context for each would be most of
// what the engine allocates.
type noter struct {
	p    *party
	rule string
	c    detectors.Context
	than int64          // tells the earlier message that this one is held against; 0 for none
	note detectors.Note // writes to the fields above
}

func newNoter() *noter {
	n := &noter{}
	n.note = n.keep
	return n
}

// about makes the noter that of a message of, or to, the endpoint p.
func (n *noter) about(p *party, x *sipMeta) *detectors.Context {
	n.p, n.than = p, 0
	n.c = detectors.Context{
		Frame: x.frame, Time: x.time, Source: p.source, Server: p.server, Transport: p.transport,
		Clipped: x.cut, HEP: x.hep, Segments: max(x.segments, 1), Fragments: x.frags, Inside: p.claims.insideIPs,
		Told: p.answersTo > 0 || p.peer != nil && p.peer.messages > 0,
	}
	return &n.c
}

// keep is the Note of the current rule about the current endpoint.
func (n *noter) keep(key, written, seen string) {
	cl, c := n.p.claims, &n.c
	for i := range cl.observed {
		o := &cl.observed[i]
		if o.Detector == n.rule && o.Key == key {
			o.Count++
			o.Last = c.Time
			if n.than != 0 && n.than != o.Earlier {
				o.Pairs++
				o.Earlier = n.than
			}
			if len(o.Frames) < 6 {
				o.Frames = append(o.Frames, framesOf(c)...)
			}
			return
		}
	}
	if len(cl.observed) < maxObserved {
		pairs := 0
		if n.than != 0 {
			pairs = 1
		}
		cl.observed = append(cl.observed, detectors.Observation{
			Detector: n.rule, Key: key, Frames: framesOf(c), Count: 1, First: c.Time, Last: c.Time, Pairs: pairs, Earlier: n.than,
			Written: clip([]byte(written), maxText), Seen: clip([]byte(seen), maxText),
		})
	}
}
