package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/internal/engine"
	"github.com/algsniff/algsniff/rtpstats"
)

func TestBuildTotals(t *testing.T) {
	r := Build(&engine.Result{Totals: engine.Totals{
		Endpoints: map[engine.Verdict]int{
			engine.Confirmed: 1, engine.Likely: 2, engine.Possible: 3,
			engine.Inconclusive: 4, engine.Unlikely: 5, engine.NotApplicable: 6,
		},
		Calls: map[string]int{"answered": 1, "failed": 2, "cancelled": 3, "ringing": 4, "in-progress": 5},
		Streams: map[rtpstats.Grade]int{
			rtpstats.Excellent: 1, rtpstats.Good: 2, rtpstats.Fair: 3, rtpstats.Poor: 4, rtpstats.TooShort: 5,
		},
	}}, "")
	want := Totals{VerdictCounts{1, 2, 3, 4, 5, 6}, StateCounts{1, 2, 3, 4, 5}, GradeCounts{1, 2, 3, 4, 5}}
	if diff := cmp.Diff(want, r.Totals); diff != "" {
		t.Error(diff)
	}
	for _, test := range []struct {
		list []counted
		want int
	}{{r.Totals.verdicts(), 21}, {r.Totals.states(), 15}, {r.Totals.grades(), 15}} {
		if got := sum(test.list); got != test.want {
			t.Errorf("sum of %v is %d, not %d", test.list, got, test.want)
		}
	}
}

// TestBuildEvicted: whatever was pushed out of a full table stands in the
// report as a number and in words.
func TestBuildEvicted(t *testing.T) {
	r := Build(&engine.Result{Health: engine.Health{Evicted: map[string]int{"call": 5, "TCP connection": 7}}}, "")
	if r.Health.Evicted != 12 {
		t.Errorf("evicted %d", r.Health.Evicted)
	}
	if notes := strings.Join(r.Health.Notes, "\n"); !strings.Contains(notes, "the TCP connection table was full: 7 entries") {
		t.Errorf("notes: %s", notes)
	}
}

// TestBuildCite: a finding names what its rule leans on, and whose it is.
func TestBuildCite(t *testing.T) {
	d := detectors.All[0]
	r := Build(&engine.Result{Endpoints: []engine.Endpoint{{Findings: []detectors.Finding{
		{ID: d.ID}, {ID: "nobody's", Side: detectors.ServerSide},
	}}}}, "")
	got := r.Endpoints[0].Findings
	if got[0].Cite != d.Cite || got[0].Side != "client" || got[1].Cite != "" || got[1].Side != "server" {
		t.Errorf("%+v", got)
	}
}
