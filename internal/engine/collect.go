package engine

import (
	"cmp"
	"slices"
)

// collectStreams puts ended and live streams together, in order of appearance.
func (e *Engine) collectStreams(r *Result) {
	r.Streams = slices.Clone(e.finished.list)
	e.streams.each(func(s *stream) {
		r.Streams = append(r.Streams, e.streamResult(s))
	})
	slices.SortFunc(r.Streams, func(a, b Stream) int { return cmp.Compare(a.order, b.order) })
	r.LeftOut.Streams = e.finished.leftOut
	for g, n := range e.finished.grades {
		tally(&r.Totals.Streams, g, n)
	}
	for i := range r.Streams {
		tally(&r.Totals.Streams, r.Streams[i].Grade, 1)
	}
}

// collectCalls puts ended and live calls together. Calls that are still going
// on count the RTP seen so far.
func (e *Engine) collectCalls(r *Result) {
	live := map[*call][2]flowSide{}
	e.streams.each(func(s *stream) {
		if c := s.call; c != nil {
			if _, ok := live[c]; !ok {
				live[c] = c.flows
			}
			st := s.rtp.Stats()
			c.addFlow(s, &st)
		}
	})
	r.Calls = slices.Clone(e.ended.list)
	for i := range e.callLRU {
		for it := e.callLRU[i].head; it != nil; it = it.next {
			r.Calls = append(r.Calls, e.callResult(it.v))
		}
	}
	for c, flows := range live {
		c.flows = flows // the engine may go on
	}
	slices.SortFunc(r.Calls, func(a, b Call) int { return cmp.Compare(a.order, b.order) })
	r.LeftOut.Calls = e.ended.leftOut
	for state, n := range e.ended.states {
		tally(&r.Totals.Calls, state, n)
	}
	for i := range r.Calls {
		tally(&r.Totals.Calls, r.Calls[i].State, 1)
	}
}

// callResult is what the report says of a call.
func (e *Engine) callResult(c *call) Call {
	out := Call{
		CallID: c.id, From: c.from, To: c.to, Start: c.start, Answered: c.answerTime, End: c.endTime,
		State: stateNames[c.state], Status: c.status,
		order: c.order, parties: c.parties, streams: c.streams, icmp: c.icmp,
	}
	out.Symptoms = e.callSymptoms(c)
	return out
}

// linkCalls fills in which endpoints and streams belong to which call.
func (e *Engine) linkCalls(r *Result) {
	byOrder := make(map[uint64]int, len(r.Streams))
	for i := range r.Streams {
		byOrder[r.Streams[i].order] = i
	}
	byParty := map[partyKey]int{}
	for i := range r.Endpoints {
		for _, p := range r.Endpoints[i].parties {
			byParty[p.key] = i
			byParty[p.key.reverse()] = i
		}
	}
	for i := range r.Calls {
		c := &r.Calls[i]
		for _, o := range c.streams {
			if n, ok := byOrder[o]; ok {
				c.Streams = append(c.Streams, n)
			}
		}
		for _, k := range c.parties {
			if n, ok := byParty[k]; ok && !slices.Contains(c.Endpoints, n) {
				c.Endpoints = append(c.Endpoints, n)
			}
		}
		c.parties, c.streams, c.icmp = nil, nil, nil
	}
	for i := range r.Endpoints {
		r.Endpoints[i].parties = nil // the result must not hold on to the engine
	}
}
