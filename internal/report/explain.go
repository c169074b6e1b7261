package report

import (
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/algsniff/algsniff/detectors"
)

// ExplainSchema names the version of an Explanation in JSON. Keys are only ever
// added.
const ExplainSchema = "algsniff.explain/1"

// Explanation is rules in full, and what they found in a capture. Every key is
// always present in JSON.
type Explanation struct {
	Schema    string     `json:"schema"`
	Version   string     `json:"version"`
	Asked     string     `json:"asked"` // the rule's ID or the endpoint's number; "" for all rules
	Rules     []Rule     `json:"rules"`
	Inputs    []Input    `json:"inputs"`    // empty where no capture was asked
	Endpoints []Endpoint `json:"endpoints"` // with the findings that were asked for
	Silent    []Mute     `json:"silent"`    // where the rule that was asked for could not speak
}

// Mute is an endpoint of which a rule could not speak, and why.
type Mute struct {
	Endpoint int    `json:"endpoint"`
	Reason   string `json:"reason"`
}

// Rule is a detector as it describes itself.
type Rule struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Cite     string   `json:"cite"`
	Classes  []string `json:"classes"` // what its findings can be, the weightiest first
	Groups   []string `json:"groups"`  // what its findings count with
	Says     string   `json:"says"`
	Guards   string   `json:"guards"`
	Innocent string   `json:"innocent"`
}

// Rules returns all rules, in the order of detectors.All.
func Rules() []Rule {
	list := make([]Rule, len(detectors.All))
	for i := range list {
		list[i] = rule(&detectors.All[i])
	}
	return list
}

// RuleIDs returns the IDs of all rules, sorted.
func RuleIDs() []string {
	var ids []string
	for i := range detectors.All {
		ids = append(ids, detectors.All[i].ID)
	}
	slices.Sort(ids)
	return ids
}

func rule(d *detectors.Detector) Rule {
	r := Rule{ID: d.ID, Title: d.Title, Cite: d.Cite, Says: d.Says, Guards: d.Guards, Innocent: d.Innocent}
	for _, c := range d.Classes {
		r.Classes = append(r.Classes, c.String())
	}
	for _, g := range d.Groups {
		r.Groups = append(r.Groups, g.String())
	}
	return r
}

// ExplainRules explains one rule by its ID, or all of them for "". It returns
// nil for an ID that no rule has.
func ExplainRules(id, version string) *Explanation {
	x := &Explanation{Schema: ExplainSchema, Version: version, Asked: id}
	if id == "" {
		x.Rules = Rules()
	} else if d := detectors.ByID(id); d != nil {
		x.Rules = []Rule{rule(d)}
	} else {
		return nil
	}
	return x
}

// ExplainEndpoint tells everything about one endpoint of a report by its
// number, with the rules of its findings. It returns nil where there is none.
func ExplainEndpoint(r *Report, id int) *Explanation {
	i := slices.IndexFunc(r.Endpoints, func(e Endpoint) bool { return e.ID == id })
	if i < 0 {
		return nil
	}
	e := r.Endpoints[i]
	x := &Explanation{
		Schema: ExplainSchema, Version: r.Version, Asked: strconv.Itoa(id),
		Inputs: r.Inputs, Endpoints: []Endpoint{e},
	}
	for _, f := range byWeight(e.Findings) {
		if d := detectors.ByID(f.ID); d != nil && x.rule(f.ID) == nil {
			x.Rules = append(x.Rules, rule(d))
		}
	}
	return x
}

// ExplainFindings tells what one rule found in a report. Endpoints is empty
// where it found nothing.
func ExplainFindings(r *Report, id string) *Explanation {
	x := ExplainRules(id, r.Version)
	if x == nil {
		return nil
	}
	x.Inputs = r.Inputs
	for _, e := range bySeverity(r.Endpoints) {
		var found []Finding
		for _, f := range e.Findings {
			if f.ID == id {
				found = append(found, f)
			}
		}
		if len(found) > 0 {
			only := *e
			only.Findings = found
			only.Silent = nil
			x.Endpoints = append(x.Endpoints, only)
		}
		for _, s := range e.Silent {
			if s.ID == id {
				x.Silent = append(x.Silent, Mute{e.ID, s.Reason})
			}
		}
	}
	return x
}

func (x *Explanation) rule(id string) *Rule {
	for i := range x.Rules {
		if x.Rules[i].ID == id {
			return &x.Rules[i]
		}
	}
	return nil
}

// muteness is a reason, and the endpoints of which a rule could not speak for it.
type muteness struct {
	reason  string
	numbers []int
}

func byMuteness(list []Mute) []muteness {
	var out []muteness
	for _, s := range list {
		k := slices.IndexFunc(out, func(g muteness) bool { return g.reason == s.Reason })
		if k < 0 {
			out = append(out, muteness{reason: s.Reason})
			k = len(out) - 1
		}
		out[k].numbers = append(out[k].numbers, s.Endpoint)
	}
	return out
}

// endpointNumbers writes "endpoint 3", "endpoints 1, 2 and 40 more".
func endpointNumbers(list []int) string {
	return strings.Replace(framesText(list, 20), "frame", "endpoint", 1)
}

// inFiles tells whether a capture was asked, and not only the rules.
func (x *Explanation) inFiles() bool { return len(x.Inputs) > 0 }

// ruleClasses are the headings of the list of rules.
var ruleClasses = []struct{ class, heading string }{
	{"proof", "Proof: a single finding of this class makes the verdict CONFIRMED"},
	{"strong", "Strong: signs with few innocent explanations"},
	{"weak", "Weak: signs that count together"},
	{"counter", "Counter: signs against an ALG"},
	{"", "Other"},
}

// byClass returns the rules whose weightiest finding is of a class.
func (x *Explanation) byClass(class string) []*Rule {
	var list []*Rule
	for i := range x.Rules {
		first := ""
		if c := x.Rules[i].Classes; len(c) > 0 {
			first = c[0]
		}
		if first == class {
			list = append(list, &x.Rules[i])
		}
	}
	return list
}

// Explainer renders an explanation.
type Explainer func(w io.Writer, x *Explanation, o Options) error

// Explainers are the output formats of explanations by name.
var Explainers = map[string]Explainer{
	"text": explainText,
	"json": explainJSON,
	"md":   explainMarkdown,
}

// ExplainFormats lists the names of the Explainers, sorted.
func ExplainFormats() []string { return slices.Sorted(maps.Keys(Explainers)) }

func explainJSON(w io.Writer, x *Explanation, _ Options) error {
	normalize(reflect.ValueOf(x).Elem())
	return jsonDocument(w, reflect.ValueOf(x).Elem())
}
