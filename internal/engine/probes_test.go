package engine

import "testing"

func TestProbesLost(t *testing.T) {
	p := &party{}
	at := func(s, frame int) *sipMeta { return &sipMeta{time: int64(s) * second, frame: frame} }
	p.probeSent(1, at(0, 1))
	p.probeSent(1, at(1, 2)) // a retransmission
	p.probeAnswered(1)
	p.probeSent(2, at(60, 3))
	p.probeSent(3, at(120, 5))
	for _, tt := range []struct{ now, lost int }{{121, 1}, {152, 1}, {153, 2}} {
		if n, frames := p.probesLost(int64(tt.now) * second); n != tt.lost || len(frames) != tt.lost {
			t.Errorf("at %d s: %d lost, frames %v, want %d", tt.now, n, frames, tt.lost)
		}
	}
	p.probeAnswered(3)
	if n, _ := p.probesLost(1000 * second); n != 1 {
		t.Errorf("%d lost, the last was answered", n)
	}
}
