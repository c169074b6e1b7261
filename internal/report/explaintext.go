package report

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxEvidence bounds one string of an explanation: an explanation is whole, but
// a header of a megabyte convinces nobody.
const maxEvidence = 4000

func explainText(w io.Writer, x *Explanation, o Options) error {
	p := newPage(w, o)
	p.verbose = true
	switch {
	case x.Asked == "" && !x.inFiles():
		p.ruleList(x)
	case !x.inFiles():
		p.rules(x)
	default:
		p.explained(x)
	}
	return p.out.Flush()
}

// ruleList writes a line for each rule, those that weigh most first.
func (p *page) ruleList(x *Explanation) {
	const indent, gap = 2, 2
	width := 0
	for i := range x.Rules {
		width = max(width, textWidth(x.Rules[i].ID))
	}
	first := true
	for _, c := range ruleClasses {
		list := x.byClass(c.class)
		if len(list) == 0 {
			continue
		}
		if !first {
			p.gap()
		}
		first = false
		p.flow(0, 3, prose(c.heading, 0)...)
		for _, r := range list {
			room := max(p.width-indent-width-gap, 20)
			p.flow(indent, indent, item{text: padded(Escape(r.ID, 0), width)}, item{text: Escape(r.Title, room), gap: gap})
		}
	}
	p.gap()
	p.flow(0, 3, prose("algsniff explain ID tells what a rule says, when it keeps silent, and what else explains a hit; "+
		"algsniff explain ID FILE... what it found.", 0)...)
}

// rules writes rules as they describe themselves.
func (p *page) rules(x *Explanation) {
	for i := range x.Rules {
		if i > 0 {
			p.gap()
		}
		p.rule(&x.Rules[i])
	}
}

func (p *page) rule(r *Rule) {
	p.flow(0, 3, append([]item{{text: Escape(r.ID, 0)}}, prose(r.Title, 3)...)...)
	p.detail(3, "rule", r.Cite)
	p.detail(3, "weight", weightText(r))
	p.detail(3, "means", r.Says)
	p.detail(3, "silent", r.Guards)
	p.detail(3, "innocent", r.Innocent)
}

// weightText says how much a rule's findings can count.
func weightText(r *Rule) string {
	text := strings.Join(r.Classes, " or ")
	if len(r.Groups) > 0 {
		text += "; group " + strings.Join(r.Groups, " or ")
	}
	return strings.TrimPrefix(text, "; ")
}

// detailLabel is the width of the words in front of the lines of a finding.
const detailLabel = 9

// detail writes a sentence behind a word, from column indent.
func (p *page) detail(indent int, label, text string) {
	if text == "" {
		return
	}
	items := []item{{text: padded(label, detailLabel-1)}}
	for i, word := range strings.Fields(Escape(text, maxEvidence)) {
		items = append(items, item{text: word, gap: min(1, i+1)})
	}
	p.flow(indent, indent+detailLabel, items...)
}

// explained writes what was found in captures.
func (p *page) explained(x *Explanation) {
	alone := len(x.Rules) == 1 && x.Rules[0].ID == x.Asked
	if alone {
		p.rules(x)
		p.gap()
	}
	names := make([]string, len(x.Inputs))
	for i := range names {
		names[i] = fileText(x.Inputs[i].Name)
	}
	text := strings.Join(firsts(names, textInputs), ", ")
	if len(x.Endpoints) == 0 {
		p.flow(0, 3, item{text: "Not"}, item{text: "found", gap: 1}, item{text: "in", gap: 1}, item{text: text, gap: 1})
		p.mute(x)
		return
	}
	if alone {
		p.flow(0, 3, item{text: "Found"}, item{text: "in", gap: 1}, item{text: text + ",", gap: 1},
			item{text: "at", gap: 1}, item{text: plural(len(x.Endpoints), "endpoint") + ":", gap: 1})
		p.gap()
	}
	for i := range x.Endpoints {
		if i > 0 {
			p.gap()
		}
		p.explainEndpoint(x, &x.Endpoints[i], !alone)
	}
	p.mute(x)
}

// mute says of which endpoints the rule could not speak.
func (p *page) mute(x *Explanation) {
	for i, g := range byMuteness(x.Silent) {
		if i == 0 {
			p.gap()
		}
		p.flow(0, 3, prose("It could not speak of "+endpointNumbers(g.numbers)+": "+g.reason+".", 0)...)
	}
}

// explainEndpoint writes everything about an endpoint. The means of a rule are
// told where the rule itself is not shown.
func (p *page) explainEndpoint(x *Explanation, e *Endpoint, means bool) {
	p.who(e, saidBelow(e))
	if e.AOR == "" || textWidth(e.AOR) > maxName {
		p.detail(3, "name", e.AOR)
	}
	if textWidth(e.UserAgent) > maxName {
		p.detail(3, "agent", e.UserAgent)
	}
	if len(e.Source) > 1 {
		p.detail(3, "sources", strings.Join(e.Source, ", "))
	}
	p.detail(3, "seen", seenText(e))
	p.flow(3, 3, relationItem("Via", &e.Tuple.Via), relationItem("Contact", &e.Tuple.Contact), relationItem("SDP", &e.Tuple.SDP))
	if len(e.Findings) > 0 {
		p.detail(3, "score", scoreOnly(e))
	}
	p.detail(3, "side", sideText(e))
	for _, note := range e.Notes {
		p.detail(3, "note", note)
	}
	for _, f := range byWeight(e.Findings) {
		p.gap()
		p.explainFinding(f, x.rule(f.ID), means)
	}
	if len(e.Findings) == 0 {
		p.gap()
		p.flow(3, 3, prose("No rule found anything.", 0)...)
	}
	if len(e.Symptoms) > 0 {
		p.gap()
		p.symptoms(e.Symptoms, 3)
	}
	if e.Advice != "" {
		p.gap()
		p.detail(3, "do", e.Advice)
	}
	label := "silent"
	for _, g := range bySilence(e.Silent) {
		if label != "" {
			p.gap()
		}
		p.detail(3, label, g.reason+": "+strings.Join(g.ids, ", "))
		label = ""
	}
}

func (p *page) explainFinding(f *Finding, r *Rule, means bool) {
	items := []item{{text: padded(Escape(f.Class, maxName), len("counter"))}, {text: Escape(f.ID, maxID), gap: 1}}
	if f.DB != 0 {
		items = append(items, field(dbText(f.DB)))
	}
	p.flow(3, 11, items...)
	p.flow(11, 11, prose(f.Summary, 0)...)
	p.detail(11, "rule", f.Cite)
	p.compared(f, maxEvidence)
	p.detail(11, "frames", frameList(f.Frames))
	if f.Side != "" && f.Side != "client" {
		p.detail(11, "side", f.Side)
	}
	innocent := f.Innocent
	if r != nil && means {
		p.detail(11, "means", r.Says)
		innocent = cmp.Or(innocent, r.Innocent)
	}
	p.detail(11, "innocent", innocent)
}

// scoreOnly writes the score; how many signs there are is seen.
func scoreOnly(e *Endpoint) string { return fmt.Sprintf("%s (p %.2f)", dbText(e.ScoreDB), e.P) }

// seenText says from where, towards whom and when an endpoint was seen.
func seenText(e *Endpoint) string {
	text := viewText(&Health{Viewpoint: e.Viewpoint, Server: e.Server})
	text = strings.TrimPrefix(text, "seen ")
	if e.Viewpoint != "server" && e.Server != "" {
		text += ", server " + e.Server
	}
	if e.Transport != "" {
		text += ", " + e.Transport
	}
	if e.NAT != "" {
		text += ", NAT " + e.NAT
	}
	text += ", " + plural(e.Messages, "message")
	if e.First != nil && e.Last != nil {
		text += ", " + *e.First + " to " + *e.Last
	}
	return text
}

// frameList writes all frames, "17, 19, 23"; "" for none.
func frameList(frames []int) string {
	list := make([]string, len(frames))
	for i, f := range frames {
		list[i] = strconv.Itoa(f)
	}
	return strings.Join(list, ", ")
}
