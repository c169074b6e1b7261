package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/algsniff/algsniff/detectors"
)

// explanation is one with rules that are not the program's, so that a change
// of those does not change the golden files.
func explanation(asked string, endpoints ...Endpoint) *Explanation {
	x := &Explanation{
		Schema: ExplainSchema, Version: "v0.0.0-test", Asked: asked, Endpoints: endpoints,
		Rules: []Rule{
			{
				ID: "to-came-back", Title: "The answer does not repeat the To it was asked with", Cite: "RFC 3261 §8.2.6.2",
				Classes: []string{"proof", "strong"}, Groups: []string{"structure"},
				Says:     "A phone must copy the To of a request into its answer. " + strings.Repeat("What comes back changed was changed on the way. ", 3),
				Guards:   "Silent where the answer does not come from where the request went, and for clipped messages.",
				Innocent: "A proxy on the phone's own network.",
			},
			{ID: "call-id-inside", Title: "A private address is left in Call-ID", Cite: "RFC 3261 §8.1.1.4", Classes: []string{"weak"}, Groups: []string{"residue"}},
			{ID: "learned", Title: "The phone learned its address", Classes: []string{"counter"}},
			{ID: "x", Title: "A rule of no class"},
		},
	}
	if len(endpoints) > 0 || asked == "x" {
		x.Inputs = []Input{{Name: "ticket.pcap"}, {Name: "evil\x1b]0;owned\x07.pcapng"}}
	}
	return x
}

func oneRule(x *Explanation) *Explanation {
	x.Rules = slices.DeleteFunc(x.Rules, func(r Rule) bool { return r.ID != x.Asked })
	return x
}

func renderExplanation(t testing.TB, format string, x *Explanation, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Explainers[format](&b, x, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestExplainGolden(t *testing.T) {
	found := confirmed()
	found.Findings, found.Silent = found.Findings[1:2], nil
	for _, test := range []struct {
		name string
		x    func() *Explanation
	}{
		{"list", func() *Explanation { return explanation("") }},
		{"rule", func() *Explanation { return oneRule(explanation("to-came-back")) }},
		{"found", func() *Explanation { return oneRule(explanation("to-came-back", found)) }},
		{"not-found", func() *Explanation {
			x := oneRule(explanation("x"))
			x.Silent = []Mute{{1, "no sign of a NAT"}, {4, "no sign of a NAT"}, {2, "not UDP"}}
			return x
		}},
		{"endpoint", func() *Explanation { return explanation("2", confirmed()) }},
		{"hostile", func() *Explanation { return explanation("3", hostile()) }},
		{"nothing", func() *Explanation { return explanation("5", sixth()) }},
	} {
		for format, suffix := range map[string]string{"text": "txt", "json": "json", "md": "md"} {
			t.Run(test.name+"."+suffix, func(t *testing.T) {
				got := renderExplanation(t, format, test.x(), Options{})
				checkPage(t, got)
				switch format {
				case "text":
					checkWidth(t, got, 80)
				case "md":
					checkMarkdown(t, got)
				}
				name := filepath.Join("testdata", "explain-"+test.name+"."+suffix)
				if *update {
					if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("-want +got (go test -update writes it anew):\n%s", diff)
				}
			})
		}
	}
}

func TestExplainHostile(t *testing.T) {
	for _, s := range poisons {
		for _, asked := range []string{"", "x", "3"} {
			x := explanation(asked, hostile())
			poison(reflect.ValueOf(x).Elem(), s)
			x.Asked = asked
			for format := range Explainers {
				page := renderExplanation(t, format, x, Options{})
				checkPage(t, page)
				switch format {
				case "text":
					checkWidth(t, page, 80)
				case "md":
					checkMarkdown(t, page)
				}
			}
			for _, width := range []int{1, 40, 132} {
				checkWidth(t, renderExplanation(t, "text", x, Options{Width: width}), max(width, 40))
			}
		}
	}
}

func TestExplainJSON(t *testing.T) {
	if page := renderExplanation(t, "json", &Explanation{}, Options{}); strings.Contains(page, "null") {
		t.Errorf("null in an empty explanation:\n%s", page)
	}
	x := explanation("2", confirmed())
	var back Explanation
	dec := json.NewDecoder(strings.NewReader(renderExplanation(t, "json", x, Options{})))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(x, &back); diff != "" {
		t.Error(diff)
	}
}

// TestExplainReport takes what was asked out of a report.
func TestExplainReport(t *testing.T) {
	id := detectors.All[0].ID
	r := sample()
	r.Endpoints[1].Findings[0].ID = id
	r.Endpoints[2].Findings[0].ID = id
	r.Endpoints[4].Silent = []Silent{{"other", "no"}, {id, "because"}}

	x := ExplainFindings(r, id)
	if len(x.Endpoints) != 2 || x.Endpoints[0].ID != 2 || x.Endpoints[1].ID != 3 || len(x.Endpoints[0].Findings) != 1 {
		t.Errorf("findings of %s: %+v", id, x.Endpoints)
	}
	if diff := cmp.Diff([]Mute{{5, "because"}}, x.Silent); diff != "" {
		t.Error(diff)
	}
	if len(x.Rules) != 1 || x.Rules[0].ID != id {
		t.Errorf("rules: %+v", x.Rules)
	}
	if len(r.Endpoints[1].Findings) != 3 {
		t.Error("the report was changed")
	}

	x = ExplainEndpoint(r, 2)
	if len(x.Endpoints) != 1 || len(x.Endpoints[0].Findings) != 3 || len(x.Rules) != 1 {
		t.Errorf("endpoint 2: %+v", x)
	}
	if ExplainEndpoint(r, 99) != nil || ExplainEndpoint(r, 0) != nil || ExplainRules("nonsense", "") != nil || ExplainFindings(r, "nonsense") != nil {
		t.Error("explains what is not there")
	}
}

// TestExplainsEveryRule: the list has a line for each rule, and what each says
// of itself reaches the page.
func TestExplainsEveryRule(t *testing.T) {
	list := renderExplanation(t, "text", ExplainRules("", ""), Options{Width: 200})
	for i := range detectors.All {
		d := &detectors.All[i]
		if !strings.Contains(list, "\n  "+d.ID+" ") {
			t.Errorf("--list has no line for %s", d.ID)
		}
		page := strings.Join(strings.Fields(renderExplanation(t, "text", ExplainRules(d.ID, ""), Options{})), " ")
		for _, text := range []string{d.Title, d.Cite, d.Says, d.Guards, d.Innocent} {
			if text = strings.Join(strings.Fields(Escape(text, 0)), " "); !strings.Contains(page, text) {
				t.Errorf("%s: the page lacks %q", d.ID, text)
			}
		}
	}
}
