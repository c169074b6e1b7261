package engine

import (
	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/rtpstats"
	"github.com/algsniff/algsniff/sipparse"
)

// side is one end of a call.
type side int8

const (
	sideUnknown side = -1
	caller      side = 0
	callee      side = 1
)

func (s side) other() side {
	if s == sideUnknown {
		return s
	}
	return 1 - s
}

// call is one dialog started by an INVITE, by its Call-ID. The same Call-ID on
// both sides of a router, or on several hops of proxies, is one call.
type call struct {
	id       string
	link     lruItem[call]
	order    uint64
	answered bool // some response came: no longer a mere attempt
	from, to string
	fromTag  uint64

	start, answerTime, endTime, last int64
	firstFrame                       int
	status                           int
	state                            callState
	inviteSeq                        uint32
	byeSide                          side

	oks, acks int
	okSeq     uint32
	okFrames  []int
	firstOK   int64
	lastOK    int64
	parties   []partyKey
	given     []given
	media     [2]mediaSide
	addrs     []capture.Addr // keys of Engine.media that are ours
	live      int            // live streams
	streams   []uint64       // their order numbers, live and ended
	keys      []streamKey    // of the first that joined; see eachLive
	flows     [2]flowSide    // RTP towards each side
	icmp      []icmpSeen
	elsewhere []rtpElsewhere
}

type callState uint8

const (
	stateInProgress callState = iota
	stateRinging
	stateAnswered
	stateFailed
	stateCancelled
)

var stateNames = [...]string{"in-progress", "ringing", "answered", "failed", "cancelled"}

// mediaSide is what one side's SDP said last.
type mediaSide struct {
	sdp      bool
	payloads []rtpstats.Payload
	hold     bool // said sendonly, inactive or c=0.0.0.0, at any time
	rejected bool // no audio or video with a port
	frame    int
}

// flowSide is the RTP that went towards one side.
type flowSide struct {
	packets               uint64
	first, last           int64
	firstFrame, lastFrame int
	src, dst              capture.Addr // of the stream seen last
}

type icmpSeen struct {
	frame, n int
	from     capture.Addr
	to       capture.Addr
	typ, cod uint8
}

type rtpElsewhere struct {
	frame         int
	seen, written capture.Addr
}

// endedBefore tells whether the call was over at that time.
func (c *call) endedBefore(t int64) bool {
	return c.endTime != 0 && c.endTime < t
}

// callMessage follows the dialog. d is the message's SDP or nil.
func (e *Engine) callMessage(p *party, m *sipparse.Message, x *sipMeta, mt method, seq uint32, d *sipparse.SDP) {
	id := m.CallID()
	if len(id) == 0 || len(id) > maxCallID {
		return
	}
	c := e.calls[string(id)]
	if c == nil {
		if mt != mInvite && d == nil {
			return // the tail of a call that began before the capture, without media to learn
		}
		c = e.newCall(id, m, x)
	}
	e.touchCall(c, m)
	if x.time > c.last {
		c.last = x.time
	}
	c.addParty(p.key)
	from, _ := m.From()
	tag, _ := from.Params.Get("tag")
	sender := callee
	if (hash64(tag) == c.fromTag) == m.Request {
		sender = caller
	}
	c.give(p, m, x.frame)
	if m.Request {
		c.request(x, mt, seq, sender)
	} else {
		c.response(m, x, mt, seq)
	}
	if d != nil {
		e.learnMedia(c, sender, p, d, x)
	}
}

func (e *Engine) newCall(id []byte, m *sipparse.Message, x *sipMeta) *call {
	if e.callLRU[0].n >= e.lim.Attempts {
		e.dropCall(e.callLRU[0].oldest())
	}
	e.order++
	c := &call{id: string(id), order: e.order, start: x.time, firstFrame: x.frame, byeSide: sideUnknown}
	c.link.v = c
	if from, ok := m.From(); ok {
		c.from = aorOf(&from.URI)
		tag, _ := from.Params.Get("tag")
		c.fromTag = hash64(tag)
	}
	if to, ok := m.To(); ok {
		c.to = aorOf(&to.URI)
	}
	e.calls[c.id] = c
	e.callLRU[0].push(&c.link)
	return c
}

// touchCall keeps the tables in order of use. An INVITE without any answer is
// only an attempt: a flood of those can't push out calls.
func (e *Engine) touchCall(c *call, m *sipparse.Message) {
	switch {
	case c.answered:
		e.callLRU[1].touch(&c.link)
	case m.Request:
		e.callLRU[0].touch(&c.link)
	default:
		e.callLRU[0].remove(&c.link)
		if e.callLRU[1].n >= e.lim.Calls {
			e.dropCall(e.callLRU[1].oldest())
		}
		c.answered = true
		e.callLRU[1].push(&c.link)
	}
}

// dropCall ends a call because the table is full.
func (e *Engine) dropCall(c *call) {
	if c.answered {
		e.finishCall(c)
	} else {
		e.forgetCall(c)
	}
	e.health.evict("call")
}

func (c *call) addParty(k partyKey) {
	for i := range c.parties {
		if c.parties[i] == k {
			return
		}
	}
	if len(c.parties) < 16 {
		c.parties = append(c.parties, k)
	}
}

func (c *call) request(x *sipMeta, mt method, seq uint32, sender side) {
	switch mt {
	case mInvite:
		if c.inviteSeq == 0 || c.state == stateFailed && c.status/100 == 4 && seq > c.inviteSeq {
			c.inviteSeq = seq // again with credentials (RFC 3261 §22.3)
			c.state, c.endTime = stateInProgress, 0
		}
	case mAck:
		if seq == c.okSeq || c.okSeq == 0 {
			c.acks++
		}
	case mBye:
		if c.endTime == 0 || c.byeSide == sideUnknown {
			c.endTime, c.byeSide = x.time, sender
		}
		if c.state == stateInProgress || c.state == stateRinging {
			c.state = stateAnswered // the answer was before the capture
		}
	case mCancel:
		if c.state != stateAnswered {
			c.state = stateCancelled
			c.endTime = x.time
		}
	}
}

func (c *call) response(m *sipparse.Message, x *sipMeta, mt method, seq uint32) {
	if mt != mInvite {
		return
	}
	switch s := m.Status; {
	case s >= 200 && s < 300:
		if c.oks == 0 || seq == c.okSeq {
			c.oks++
			c.lastOK = x.time
			if len(c.okFrames) < maxFrames {
				c.okFrames = append(c.okFrames, x.frame)
			}
		}
		if c.okSeq != seq {
			c.okSeq, c.acks, c.oks = seq, 0, 1
			c.firstOK, c.lastOK = x.time, x.time
			c.okFrames = append(c.okFrames[:0], x.frame)
		}
		if c.state != stateAnswered {
			c.state, c.status = stateAnswered, s
			c.answerTime, c.endTime = x.time, 0
		}
	case s >= 300:
		if c.state == stateAnswered {
			return // a re-INVITE was refused; the call goes on
		}
		c.status = s
		if c.state != stateCancelled {
			c.state = stateFailed
		}
		c.endTime = x.time
	case s > 100:
		if c.state == stateInProgress {
			c.state, c.status = stateRinging, s
		}
	}
}

// sweepCalls ends the calls that are over and those nobody speaks of anymore.
func (e *Engine) sweepCalls() {
	for i := range e.callLRU {
		for it := e.callLRU[i].tail; it != nil; {
			c := it.v
			it = it.prev
			idle := e.now - c.last
			switch {
			case idle < callLinger:
				it = nil // the list is in order of use: all others are younger
			case c.live > 0:
			case c.endedBefore(e.now - callLinger):
				e.finishCall(c)
			case !c.answered && idle > attemptIdle, idle > callIdle:
				e.finishCall(c)
			}
		}
	}
}

// finishCall keeps a call for the report and forgets its working state.
func (e *Engine) finishCall(c *call) {
	e.ended.add(e.callResult(c), e.lim.Finished)
	e.forgetCall(c)
}

func (e *Engine) forgetCall(c *call) {
	if c.answered {
		e.callLRU[1].remove(&c.link)
	} else {
		e.callLRU[0].remove(&c.link)
	}
	delete(e.calls, c.id)
	for _, a := range c.addrs {
		if r := e.media[a]; r != nil && r.call == c {
			delete(e.media, a)
		}
	}
	e.eachLive(c, func(s *stream) { s.call = nil })
}

// maxCallStreams is how many streams a call knows by key: re-INVITEs and ports
// that were tried make a few, a forger thousands.
const maxCallStreams = 64

// eachLive visits the live streams of a call.
func (e *Engine) eachLive(c *call, fn func(*stream)) {
	if c.live == 0 {
		return
	}
	if len(c.keys) >= maxCallStreams {
		e.streams.each(func(s *stream) {
			if s.call == c {
				fn(s)
			}
		})
		return
	}
	for i := range c.keys {
		k := &c.keys[i]
		if s := e.streams.find(&k.src, &k.dst, k.ssrc); s != nil && s.call == c {
			fn(s)
		}
	}
}
