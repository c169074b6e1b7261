package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/algsniff/algsniff/internal/report"
)

// TestScenarios holds the report of every capture made from a text in
// testdata/pcaps/src against what that text expects. Golden reports follow the
// program; these lines don't, so no change of a rule turns a verdict unseen.
//
//	# expect: 1001 verdict=LIKELY|CONFIRMED side=client   of the endpoint with that user
//	# expect: finding=echo class=proof                    of every endpoint that has a verdict of its own
//	# expect: any finding=echo                            of one of them
//	# expect: compare=other.pcap exit=1                   of the command compare
//
// The keys are in expectations. "# open: why" above such a line says that it
// does not hold yet; once it does, the mark has to go.
func TestScenarios(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", "testdata", "pcaps"))
	sources, err := filepath.Glob(filepath.Join("src", "*.txt"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	open := 0
	for _, source := range sources {
		name := strings.TrimSuffix(filepath.Base(source), ".txt")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			wishes, err := readWishes(string(text))
			if err != nil {
				t.Fatalf("%s: %v", source, err)
			}
			if len(wishes) == 0 {
				t.Fatalf("%s expects nothing", source)
			}
			open += holdWishes(t, name+".pcap", wishes)
		})
	}
	if open > 0 {
		t.Logf("OPEN: %d expectations of testdata/pcaps/src do not hold yet (go test -v -run TestScenarios names them)", open)
	}
}

// wish is one line "# expect: who key=value …".
type wish struct {
	line      int
	text, why string // why it is open, "" when it is not
	who       string
	keys      [][2]string
}

func readWishes(text string) (list []wish, err error) {
	why := ""
	for i, line := range strings.Split(text, "\n") {
		if reason, ok := strings.CutPrefix(line, "# open: "); ok {
			why = reason
			continue
		}
		want, ok := strings.CutPrefix(line, "# expect: ")
		if !ok {
			if why != "" {
				return nil, fmt.Errorf("%d: nothing to be open", i)
			}
			continue
		}
		w := wish{line: i + 1, text: want, why: why}
		for j, word := range words(want) {
			k, v, ok := strings.Cut(word, "=")
			switch {
			case ok:
				w.keys = append(w.keys, [2]string{k, v})
			case j == 0:
				w.who = word
			default:
				return nil, fmt.Errorf("%d: %q is not key=value", i+1, word)
			}
		}
		list = append(list, w)
		why = ""
	}
	return list, nil
}

// words splits at spaces outside of double quotes, which fall away.
func words(s string) []string {
	quoted := false
	fields := strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
	for i := range fields {
		fields[i] = strings.ReplaceAll(fields[i], `"`, "")
	}
	return fields
}

func holdWishes(t *testing.T, capture string, wishes []wish) (open int) {
	var r report.Report
	code, out := printed(t, "--format", "json", capture)
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	for _, w := range wishes {
		faults := w.faults(t, capture, code, &r)
		switch {
		case w.why != "" && len(faults) > 0:
			open++
			t.Run(fmt.Sprintf("open line %d", w.line), func(t *testing.T) {
				t.Skipf("OPEN: %s\nexpect: %s\n%s", w.why, w.text, strings.Join(faults, "\n"))
			})
		case w.why != "":
			t.Errorf("line %d holds now, take away its mark \"# open\": %s", w.line, w.text)
		case len(faults) > 0:
			t.Errorf("line %d: expect: %s\n%s\n%s", w.line, w.text, strings.Join(faults, "\n"), sketch(&r))
		}
	}
	return open
}

// faults tells in what a report is not as wished.
func (w *wish) faults(t *testing.T, capture string, code int, r *report.Report) (faults []string) {
	if w.keys[0][0] == "compare" {
		return w.compare(t, capture)
	}
	var about []*report.Endpoint
	for i := range r.Endpoints {
		ep := &r.Endpoints[i]
		if w.who == "" || w.who == "any" || slices.Contains(ep.Source, w.who) || strings.HasPrefix(ep.AOR, "sip:"+w.who+"@") || ep.AOR == w.who {
			about = append(about, ep)
		}
	}
	if len(about) == 0 && w.keys[0][0] != "endpoints" {
		return []string{"no endpoint " + w.who}
	}
	fitting := 0
	for _, ep := range about {
		bad := w.endpoint(ep, r)
		if len(bad) == 0 {
			fitting++
		}
		faults = append(faults, bad...)
	}
	if w.who == "any" && fitting > 0 {
		faults = nil
	}
	for _, k := range w.keys {
		switch k[0] {
		case "endpoints":
			if strconv.Itoa(len(r.Endpoints)) != k[1] {
				faults = append(faults, fmt.Sprintf("%d endpoints", len(r.Endpoints)))
			}
		case "exit":
			if strconv.Itoa(code) != k[1] {
				faults = append(faults, fmt.Sprintf("exit code %d", code))
			}
		}
	}
	return faults
}

// expectations are the keys that are about an endpoint. A value a|b means one
// of them.
var expectations = map[string]func(ep *report.Endpoint, r *report.Report, want []string) bool{
	"verdict": func(ep *report.Endpoint, _ *report.Report, want []string) bool {
		return slices.Contains(want, ep.Verdict)
	},
	"side": func(ep *report.Endpoint, _ *report.Report, want []string) bool { return slices.Contains(want, ep.Side) },
	"nat":  func(ep *report.Endpoint, _ *report.Report, want []string) bool { return slices.Contains(want, ep.NAT) },
	"view": func(ep *report.Endpoint, _ *report.Report, want []string) bool {
		return slices.Contains(want, ep.Viewpoint)
	},
	"vendor": func(ep *report.Endpoint, _ *report.Report, want []string) bool {
		return ep.Vendor != nil && contains(*ep.Vendor, want)
	},
	"finding": func(ep *report.Endpoint, _ *report.Report, want []string) bool {
		return slices.ContainsFunc(ep.Findings, func(f report.Finding) bool { return slices.Contains(want, f.ID) })
	},
	"no-finding": func(ep *report.Endpoint, _ *report.Report, want []string) bool {
		return !slices.ContainsFunc(ep.Findings, func(f report.Finding) bool { return slices.Contains(want, f.ID) })
	},
	"class": func(ep *report.Endpoint, _ *report.Report, want []string) bool {
		return slices.ContainsFunc(ep.Findings, func(f report.Finding) bool { return slices.Contains(want, f.Class) })
	},
	"worst": func(ep *report.Endpoint, _ *report.Report, want []string) bool {
		return !slices.ContainsFunc(ep.Findings, func(f report.Finding) bool { return strength[f.Class] > strength[want[0]] })
	},
	"symptom": func(ep *report.Endpoint, r *report.Report, want []string) bool {
		return slices.ContainsFunc(symptoms(ep, r), func(s report.Symptom) bool { return slices.Contains(want, s.ID) })
	},
	"says": func(ep *report.Endpoint, r *report.Report, want []string) bool {
		text := ep.Reason + "\n" + ep.Advice + "\n" + strings.Join(r.Health.Notes, "\n")
		for _, f := range ep.Findings {
			text += "\n" + f.Summary + "\n" + f.Written + "\n" + f.Seen
		}
		for _, s := range symptoms(ep, r) {
			text += "\n" + s.Summary
		}
		return contains(text, want)
	},
	"via": func(ep *report.Endpoint, _ *report.Report, want []string) bool {
		return slices.Contains(want, ep.Tuple.Via.Relation)
	},
	"contact": func(ep *report.Endpoint, _ *report.Report, want []string) bool {
		return slices.Contains(want, ep.Tuple.Contact.Relation)
	},
	"sdp": func(ep *report.Endpoint, _ *report.Report, want []string) bool {
		return slices.Contains(want, ep.Tuple.SDP.Relation)
	},
	"endpoints": nil, // of the whole report
	"exit":      nil,
}

var strength = map[string]int{"counter": 0, "none": 0, "weak": 1, "strong": 2, "proof": 3}

func contains(text string, any []string) bool {
	return slices.ContainsFunc(any, func(s string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(s)) })
}

// symptoms are those of an endpoint and of its calls.
func symptoms(ep *report.Endpoint, r *report.Report) []report.Symptom {
	list := slices.Clone(ep.Symptoms)
	for _, c := range r.Calls {
		if slices.Contains(c.Endpoints, ep.ID) {
			list = append(list, c.Symptoms...)
		}
	}
	return list
}

// endpoint tells in what one endpoint is not as wished. "class" and "says"
// behind "finding" are about that finding.
func (w *wish) endpoint(ep *report.Endpoint, r *report.Report) (faults []string) {
	seen := *ep
	for _, k := range w.keys {
		holds, ok := expectations[k[0]]
		want := strings.Split(k[1], "|")
		switch {
		case !ok:
			return []string{"no such key: " + k[0]}
		case holds == nil:
			continue
		case !holds(&seen, r, want):
			faults = append(faults, fmt.Sprintf("%s: not %s=%s", ep.AOR, k[0], k[1]))
		}
		if k[0] == "finding" {
			seen.Findings = slices.DeleteFunc(slices.Clone(seen.Findings), func(f report.Finding) bool { return !slices.Contains(want, f.ID) })
		}
	}
	return faults
}

// compare runs the command on two captures.
func (w *wish) compare(t *testing.T, capture string) (faults []string) {
	code, out := printed(t, "compare", capture, w.keys[0][1])
	for _, k := range w.keys[1:] {
		want := strings.Split(k[1], "|")
		switch {
		case k[0] == "exit" && !slices.Contains(want, strconv.Itoa(code)):
			faults = append(faults, fmt.Sprintf("exit code %d, printed:\n%s", code, out))
		case k[0] == "says" && !contains(string(out), want):
			faults = append(faults, fmt.Sprintf("printed:\n%s", out))
		case k[0] != "exit" && k[0] != "says":
			return []string{"no such key for compare: " + k[0]}
		}
	}
	return faults
}

// sketch is a report in a few lines.
func sketch(r *report.Report) string {
	var b strings.Builder
	for i := range r.Endpoints {
		ep := &r.Endpoints[i]
		fmt.Fprintf(&b, "got %s %s %s side=%s view=%s nat=%s %+.1f dB: %s\n", ep.Verdict, ep.AOR, strings.Join(ep.Source, ","), ep.Side, ep.Viewpoint, ep.NAT, ep.ScoreDB, ep.Reason)
		for _, f := range ep.Findings {
			fmt.Fprintf(&b, "      %s %s %+.1f %s\n", f.Class, f.ID, f.DB, f.Summary)
		}
		for _, s := range symptoms(ep, r) {
			fmt.Fprintf(&b, "      symptom %s: %s\n", s.ID, s.Summary)
		}
	}
	return b.String()
}
