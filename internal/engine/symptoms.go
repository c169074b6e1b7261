package engine

import (
	"fmt"
)

const (
	minTalk   = 4 * second // of an answered call before silence is a symptom
	stopGap   = 5 * second // RTP that ends so long before the call
	minMedia  = 5          // packets that make a direction
	noACKOKs  = 4          // transmissions of a 200 without an ACK: 3.5 s
	maxElse   = 3
	probeLoss = 3
)

// callSymptoms tells what the users of a call would have noticed.
func (e *Engine) callSymptoms(c *call) []Symptom {
	var out []Symptom
	add := func(id, summary string, frames ...int) {
		out = append(out, Symptom{ID: id, Summary: summary, Frames: frames})
	}
	if c.oks >= noACKOKs && c.acks == 0 {
		add("no-ack", fmt.Sprintf("the answer (200 OK) was sent %d times over %.0f s and never acknowledged: such calls drop after 32 s",
			c.oks, float64(c.lastOK-c.firstOK)/1e9), c.okFrames...)
	}
	for _, i := range c.icmp {
		add("icmp-unreachable", fmt.Sprintf("%s answers \"unreachable\" (ICMP %d/%d) for packets to %s, %d times", i.from.IP(), i.typ, i.cod, i.to, i.n), i.frame)
	}
	for i, el := range c.elsewhere {
		if i < maxElse {
			add("rtp-elsewhere", fmt.Sprintf("RTP came from %s, the SDP had said %s", el.seen, el.written), el.frame)
		}
	}
	return append(out, e.mediaSymptoms(c)...)
}

// mediaSymptoms looks at which directions had RTP, and how long.
func (e *Engine) mediaSymptoms(c *call) []Symptom {
	end := c.endTime
	if end == 0 || end < c.last {
		end = max(c.last, c.flows[0].last, c.flows[1].last)
	}
	held := c.media[0].hold || c.media[1].hold
	both := c.media[0].sdp && c.media[1].sdp && !c.media[0].rejected && !c.media[1].rejected
	if c.state != stateAnswered || c.answerTime == 0 || end-c.answerTime < minTalk || !both || held {
		return nil
	}
	to := [2]uint64{c.flows[caller].packets, c.flows[callee].packets}
	names := [2]string{"caller", "callee"}
	switch {
	case to[0] < minMedia && to[1] < minMedia:
		if e.health.RTPPackets == 0 {
			return nil // a capture of signalling only
		}
		return []Symptom{{ID: "no-audio", Summary: "the call was answered, but no RTP of it is in the capture (other RTP is)", Frames: []int{c.media[0].frame, c.media[1].frame}}}
	case to[0] < minMedia || to[1] < minMedia:
		silent := caller
		if to[1] < minMedia {
			silent = callee
		}
		f := &c.flows[silent.other()]
		return []Symptom{{
			ID:      "one-way-audio",
			Summary: fmt.Sprintf("RTP flows only towards the %s (%d packets from %s to %s); nothing flows towards the %s", names[silent.other()], f.packets, f.src, f.dst, names[silent]),
			Frames:  []int{f.firstFrame, f.lastFrame},
		}}
	}
	for s := caller; s <= callee; s++ {
		f, o := &c.flows[s], &c.flows[s.other()]
		if end-f.last > stopGap && o.last-f.last > stopGap {
			return []Symptom{{
				ID:      "rtp-stops",
				Summary: fmt.Sprintf("RTP towards the %s stops %.0f s after it began, %.0f s before the other direction", names[s], float64(f.last-f.first)/1e9, float64(o.last-f.last)/1e9),
				Frames:  []int{f.lastFrame},
			}}
		}
	}
	return nil
}

// endpointSymptoms tells what the users of a phone would have noticed of its
// registration.
func endpointSymptoms(lost, probes int, frames []int, registered bool) []Symptom {
	if lost < probeLoss || lost*4 < probes {
		return nil
	}
	s := Symptom{
		ID: "unreachable", Frames: frames,
		Summary: fmt.Sprintf("%d of %d OPTIONS sent to it were never answered", lost, probes),
	}
	if registered {
		s.ID = "registration-flapping"
		s.Summary += " although it keeps registering: its NAT binding closes between registrations; keep-alives every 25 to 30 s hold it open"
	}
	return []Symptom{s}
}
