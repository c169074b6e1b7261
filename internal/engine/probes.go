package engine

import "slices"

// pendingProbe is the OPTIONS a party waits to see answered.
type pendingProbe struct {
	seq   uint32
	first int64
	frame int
	open  bool
}

// probeSent notes an OPTIONS request (a qualify). One that is followed by
// another while unanswered was lost.
func (p *party) probeSent(seq uint32, x *sipMeta) {
	if p.probe.open && p.probe.seq == seq {
		return // a retransmission
	}
	if p.probe.open && x.time-p.probe.first > 2*second {
		p.probeLost++
		if len(p.lostFrame) < maxFrames {
			p.lostFrame = append(p.lostFrame, p.probe.frame)
		}
	}
	p.probes++
	p.probe = pendingProbe{seq: seq, first: x.time, frame: x.frame, open: true}
}

func (p *party) probeAnswered(seq uint32) {
	if p.probe.seq == seq {
		p.probe.open = false
	}
}

// probesLost is how many OPTIONS of p were never answered, and the first frames
// of them. The last one counts when its time was up (64·T1) by now.
func (p *party) probesLost(now int64) (int, []int) {
	if !p.probe.open || now-p.probe.first <= retransmit {
		return p.probeLost, p.lostFrame
	}
	frames := p.lostFrame
	if len(frames) < maxFrames {
		frames = append(slices.Clone(frames), p.probe.frame)
	}
	return p.probeLost + 1, frames
}
