package report

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// explainMarkdown writes an explanation to paste into a ticket.
func explainMarkdown(w io.Writer, x *Explanation, _ Options) error {
	m := &sheet{out: bufio.NewWriter(w), verbose: true}
	switch {
	case x.Asked == "" && !x.inFiles():
		m.ruleList(x)
	case !x.inFiles():
		m.rules(x, "#")
	default:
		m.explained(x)
	}
	m.line("")
	m.line("algsniff " + mdText(x.Version, maxID) + ", " + mdCode(x.Schema, maxID))
	return m.out.Flush()
}

func (m *sheet) ruleList(x *Explanation) {
	m.line("# Rules")
	for _, c := range ruleClasses {
		list := x.byClass(c.class)
		if len(list) == 0 {
			continue
		}
		m.line("")
		m.line("## " + mdText(c.heading, maxProse))
		m.head("Rule", "Title", "Leans on")
		for _, r := range list {
			m.row(mdCode(r.ID, maxID), mdText(r.Title, maxProse), mdText(r.Cite, maxProse))
		}
	}
}

func (m *sheet) rules(x *Explanation, heading string) {
	for i := range x.Rules {
		r := &x.Rules[i]
		if i > 0 {
			m.line("")
		}
		m.line(heading + " " + mdCode(r.ID, maxID) + ": " + mdText(r.Title, maxProse))
		m.entry("Rule", r.Cite)
		m.entry("Weight", weightText(r))
		m.entry("Means", r.Says)
		m.entry("Keeps silent", r.Guards)
		m.entry("Innocent explanations", r.Innocent)
	}
}

// entry writes a paragraph with a word in front.
func (m *sheet) entry(label, text string) {
	if text != "" {
		m.line("")
		m.line("**" + label + ":** " + mdText(text, maxEvidence))
	}
}

func (m *sheet) explained(x *Explanation) {
	alone := len(x.Rules) == 1 && x.Rules[0].ID == x.Asked
	if alone {
		m.rules(x, "#")
	} else {
		m.line("# Endpoint " + mdText(x.Asked, maxName))
	}
	names := make([]string, len(x.Inputs))
	for i := range names {
		names[i] = mdCode(x.Inputs[i].Name, 200)
	}
	found := "Found in "
	if len(x.Endpoints) == 0 {
		found = "Not found in "
	}
	m.line("")
	m.line(found + strings.Join(firsts(names, textInputs), ", ") + ".")
	for i := range x.Endpoints {
		m.explainEndpoint(x, &x.Endpoints[i], !alone)
	}
	for _, g := range byMuteness(x.Silent) {
		m.line("")
		m.line("It could not speak of " + endpointNumbers(g.numbers) + ": " + mdText(g.reason, maxProse) + ".")
	}
}

func (m *sheet) explainEndpoint(x *Explanation, e *Endpoint, means bool) {
	m.line("")
	m.line("## No. " + strconv.Itoa(e.ID) + ": " + mdCode(e.AOR, maxEvidence) + " " + mdWord(e.Verdict))
	if !saidBelow(e) {
		m.entry("Verdict", e.Reason)
	}
	m.line("")
	m.line("Source " + mdCode(strings.Join(firsts(e.Source, 20), ", "), maxEvidence) + ", user agent " + mdCode(e.UserAgent, maxEvidence) +
		", " + mdText(viewText(&Health{Viewpoint: e.Viewpoint, Server: e.Server}), maxProse) + ".")
	m.facts(e)
	for _, f := range byWeight(e.Findings) {
		m.finding(f, maxEvidence)
		if r := x.rule(f.ID); r != nil && means {
			m.entry("Means", r.Says)
			if f.Innocent == "" {
				m.entry("Innocent explanations", r.Innocent)
			}
		}
	}
	if len(e.Symptoms) > 0 {
		m.line("")
		m.line("Symptoms: " + symptomCell(e.Symptoms))
	}
	m.entry("What to do", e.Advice)
	m.silent(e)
}
