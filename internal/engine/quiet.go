package engine

import (
	"fmt"
	"time"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
)

// longQuiet is a silence that UDP bindings of plain NATs don't outlive: 30 s to
// 5 min is what they are set to (RFC 4787 §4.3 asks for 2 min at least).
const longQuiet = 15 * 60 * second

// quiet is what one direction of a SIP flow tells of the life of its binding.
type quiet struct {
	alive    int64 // newest keep-alive
	alives   int
	asked    int64 // newest request that came after a long silence; 0 for none
	silence  int64
	survived detectors.Sample // an answer after one
}

// keepAlive notes an empty or tiny datagram or a STUN message on a flow of SIP
// (RFC 5626 §3.5; four zero bytes are common).
func (e *Engine) keepAlive(p *capture.Packet) {
	if q := e.parties.find(&partyKey{p.Src, p.Dst, capture.UDP}); q != nil && !p.Copy {
		q.quiet.alive = p.Time
		q.quiet.alives++
	}
}

// ask looks at how long both directions were silent before a request of p.
// before is the time of p's message before it.
func (p *party) ask(before, now int64) {
	q := p.peer
	if q == nil || p.key.proto != capture.UDP || before == 0 || q.last == 0 {
		return
	}
	if silence := now - max(before, q.last, p.quiet.alive, q.quiet.alive); silence > longQuiet {
		p.quiet.asked, p.quiet.silence = now, silence
	}
}

// answerAfterSilence notes that a request of the other side, after a long
// silence, reached p.
func (p *party) answerAfterSilence(x *sipMeta) {
	q := p.peer
	if q == nil || q.quiet.asked == 0 {
		return
	}
	if x.time-q.quiet.asked < retransmit && p.quiet.survived.Frame == 0 {
		p.quiet.survived = detectors.Sample{
			Frame: x.frame, Text: fmt.Sprintf("%d min of silence both ways", q.quiet.silence/int64(time.Minute)),
			Seen: "answered from " + p.source.String(),
		}
	}
	q.quiet.asked = 0
}
