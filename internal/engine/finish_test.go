package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/rtpstats"
)

// TestTotals: what the bounded lists leave out is still counted, by what it was.
func TestTotals(t *testing.T) {
	e := New(Options{})
	const limit = 100
	wantStreams := map[rtpstats.Grade]int{}
	for i := range 1000 {
		s := Stream{order: uint64(i), Grade: rtpstats.Excellent, Quality: rtpstats.Quality{MOS: 4.4}}
		s.Stats.Packets = 1000
		if i%50 == 0 {
			s.Grade, s.Quality.MOS = rtpstats.Poor, 2
		}
		wantStreams[s.Grade]++
		e.finished.add(s, limit)
	}
	wantCalls := map[string]int{}
	for i := range 1000 {
		c := Call{order: uint64(i), State: "answered"}
		switch i % 10 {
		case 1:
			c.State = "failed"
		case 2:
			c.Symptoms = []Symptom{{ID: "x"}}
		}
		wantCalls[c.State]++
		e.ended.add(c, limit)
	}
	r := e.Result(nil)
	if diff := cmp.Diff(wantStreams, r.Totals.Streams); diff != "" {
		t.Errorf("streams:\n%s", diff)
	}
	if diff := cmp.Diff(wantCalls, r.Totals.Calls); diff != "" {
		t.Errorf("calls:\n%s", diff)
	}
	if got := len(r.Streams) + r.LeftOut.Streams; got != 1000 || len(r.Streams) > limit*5/4 {
		t.Errorf("%d streams listed, %d left out", len(r.Streams), r.LeftOut.Streams)
	}
	if got := len(r.Calls) + r.LeftOut.Calls; got != 1000 || len(r.Calls) > limit*5/4 {
		t.Errorf("%d calls listed, %d left out", len(r.Calls), r.LeftOut.Calls)
	}
	poor := 0
	for i := range r.Streams {
		if r.Streams[i].Grade == rtpstats.Poor {
			poor++
		}
	}
	if poor != wantStreams[rtpstats.Poor] {
		t.Errorf("%d poor streams listed of %d", poor, wantStreams[rtpstats.Poor])
	}
	if again := e.Result(nil); cmp.Diff(r.Totals, again.Totals) != "" {
		t.Errorf("a second result has other totals: %v, %v", r.Totals, again.Totals)
	}
}

// TestEvictedConnections: what the capture gave up counts with what the engine
// did, once for each result.
func TestEvictedConnections(t *testing.T) {
	e := New(Options{})
	e.health.evict("call")
	want := map[string]int{"call": 1, "TCP connection": 7}
	for range 2 {
		r := e.Result([]*capture.Input{{Evicted: 3}, {Evicted: 4}, {}})
		if diff := cmp.Diff(want, r.Health.Evicted); diff != "" {
			t.Error(diff)
		}
	}
}
