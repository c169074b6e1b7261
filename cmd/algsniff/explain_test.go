package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/algsniff/algsniff/internal/report"
)

// TestExplainCaptures: every endpoint of every capture can be explained, in
// every format, and each finding has a rule that owns up to it.
func TestExplainCaptures(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", "testdata", "pcaps"))
	captures, err := filepath.Glob("*.pcap*")
	if err != nil || len(captures) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for _, name := range captures {
		t.Run(name, func(t *testing.T) {
			_, whole := printed(t, "--format", "json", name)
			var r report.Report
			if err := json.Unmarshal(whole, &r); err != nil {
				t.Fatal(err)
			}
			v, c, s := &r.Totals.Endpoints, &r.Totals.Calls, &r.Totals.Streams
			for _, count := range []struct{ listed, total int }{
				{len(r.Endpoints), v.Confirmed + v.Likely + v.Possible + v.Inconclusive + v.Unlikely + v.NotApplicable},
				{len(r.Calls), c.Answered + c.Failed + c.Cancelled + c.Ringing + c.InProgress},
				{len(r.Streams), s.Excellent + s.Good + s.Fair + s.Poor + s.TooShort},
			} {
				if count.total != count.listed && !strings.Contains(string(whole), "not listed") {
					t.Errorf("%d listed, %d counted", count.listed, count.total)
				}
			}
			var found []string
			for _, e := range r.Endpoints[:min(len(r.Endpoints), 3)] {
				code, page := printed(t, "explain", strconv.Itoa(e.ID), name)
				if code != exitClean || len(page) == 0 {
					t.Errorf("explain %d: exit code %d", e.ID, code)
				}
				for line := range strings.Lines(string(page)) {
					if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > 80 {
						t.Errorf("explain %d: long line %q", e.ID, line)
					}
				}
				for _, f := range e.Findings {
					checkOwned(t, f)
					if !strings.Contains(string(page), "   "+f.Class) || !strings.Contains(string(page), f.ID) {
						t.Errorf("explain %d does not show %s", e.ID, f.ID)
					}
					if !slices.Contains(found, f.ID) {
						found = append(found, f.ID)
					}
				}
			}
			for _, id := range found {
				code, page := printed(t, "explain", "--format", "json", id, name)
				var x report.Explanation
				if err := json.Unmarshal(page, &x); err != nil || code != exitClean || len(x.Endpoints) == 0 || len(x.Rules) != 1 {
					t.Errorf("explain %s: exit code %d, %v", id, code, err)
				}
			}
		})
	}
}

// checkOwned holds a finding against what its rule says of itself.
func checkOwned(t *testing.T, f report.Finding) {
	t.Helper()
	x := report.ExplainRules(f.ID, "")
	if x == nil {
		t.Errorf("no rule %q", f.ID)
		return
	}
	if !slices.Contains(x.Rules[0].Classes, f.Class) {
		t.Errorf("%s: finding of class %s, the rule has %v", f.ID, f.Class, x.Rules[0].Classes)
	}
	if f.Cite == "" || f.Summary == "" {
		t.Errorf("%s: no citation or no summary", f.ID)
	}
	if f.Class != "counter" && f.Innocent == "" {
		t.Errorf("%s: no innocent explanation", f.ID)
	}
	if len(f.Frames) == 0 {
		t.Errorf("%s: no frames", f.ID)
	}
}
