package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// How much of a long list the text format shows; -v shows all of it.
const (
	textInputs    = 8
	textFull      = 12  // endpoints with nothing to blame that get their details
	textBlamed    = 20  // those from POSSIBLE on
	textEndpoints = 150 // endpoints at all
	textFindings  = 8
	textCalls     = 10
	textSymptoms  = 4
	textStreams   = 10
	textNotes     = 20
	textFrames    = 3
)

// writeText writes for a terminal: verdicts first, then calls, streams, and
// how good the capture was.
func writeText(w io.Writer, r *Report, o Options) error {
	r.Normalize()
	p := newPage(w, o)
	p.header(r)
	p.gap()
	p.endpoints(r)
	p.gap()
	p.calls(r)
	p.streams(r)
	p.health(r)
	return p.out.Flush()
}

// some returns how many of n entries to show.
func (p *page) some(n, most int) int {
	if p.verbose {
		return n
	}
	return min(n, most)
}

// more says how many entries of a list were left out.
func (p *page) more(left int, noun, hint string) {
	if left > 0 {
		p.flow(3, 3, prose(fmt.Sprintf("and %s more; %s", plural(left, noun), hint), 0)...)
	}
}

func (p *page) header(r *Report) {
	frames, readable := 0, 0
	for i := range r.Inputs {
		frames += r.Inputs[i].Packets
		if r.Inputs[i].Error == nil || r.Inputs[i].Packets > 0 {
			readable++
		}
	}
	total := plural(frames, "frame")
	if d, ok := span(r.Inputs); ok {
		total += " in " + durationText(d)
	}
	if r.Health.Viewpoint != "" && len(r.Endpoints) > 0 {
		total += ", " + viewText(&r.Health)
	}
	if len(r.Inputs) == 1 {
		p.flow(0, 2, append(inputItems(&r.Inputs[0]), prose(total, 1)...)...)
		return
	}
	n := p.some(len(r.Inputs), textInputs)
	for i := range r.Inputs[:n] {
		in := &r.Inputs[i]
		p.flow(0, 2, append(inputItems(in), prose(plural(in.Packets, "frame"), 1)...)...)
	}
	p.more(len(r.Inputs)-n, "file", "-v lists all")
	p.flow(0, 2, prose(fmt.Sprintf("%s of %s read: %s", count(readable), plural(len(r.Inputs), "file"), total), 0)...)
}

// inputItems names a file and its format.
func inputItems(in *Input) []item {
	items := []item{{text: fileText(in.Name) + ":"}}
	about := in.Format
	for i, t := range in.LinkTypes {
		if name := linkName(t); i < 4 {
			about += ", " + name
		}
	}
	if about = strings.TrimPrefix(about, ", "); about != "" {
		items = append(items, prose(about+",", 1)...)
	}
	return items
}

func (p *page) endpoints(r *Report) {
	if len(r.Endpoints) == 0 {
		p.nothing(r)
		return
	}
	list := bySeverity(r.Endpoints)
	if len(list) > textFull {
		p.flow(0, 3, prose(verdictSum(&r.Totals), 0)...)
		p.gap()
	}
	n := p.some(len(list), textEndpoints)
	for i, e := range list[:n] {
		evidence := p.verbose || i < textFull || i < textBlamed && suspect(e)
		p.who(e, evidence && saidBelow(e))
		if evidence {
			p.proof(e)
		}
	}
	p.more(len(list)-n, "endpoint", "-v or --format json has all")
	if e := list[0]; suspect(e) {
		p.gap()
		p.flow(0, 3, prose(fmt.Sprintf("All the evidence about #%d: algsniff explain %d %s", e.ID, e.ID, filesText(r.Inputs)), 0)...)
	}
}

// nothing says plainly that there is no endpoint, and what there is instead.
func (p *page) nothing(r *Report) {
	h := &r.Health
	text := "No SIP in this capture, so there is nothing to judge."
	if h.SIPMessages > 0 {
		text = "No SIP endpoint could be made out, so there is nothing to judge."
	}
	var found []string
	for _, f := range []struct {
		n    int
		noun string
	}{
		{h.SIPMessages, "SIP message"},
		{h.RTPPackets, "RTP packet"},
		{h.RTCPPackets, "RTCP packet"},
		{h.STUNPackets, "STUN packet"},
	} {
		if f.n > 0 {
			found = append(found, plural(f.n, f.noun))
		}
	}
	frames := 0
	for i := range r.Inputs {
		frames += r.Inputs[i].Packets
	}
	switch {
	case len(found) > 0:
		text += " It holds " + strings.Join(found, ", ") + "."
	case frames > 0:
		text += " It holds " + plural(frames, "frame") + ", none of them SIP, RTP or STUN."
	default:
		text += " It holds no frames at all."
	}
	p.flow(0, 0, prose(text, 0)...)
}

// who writes the line an endpoint is known by: verdict, number, who, where, and
// why, unless that is said below.
func (p *page) who(e *Endpoint, said bool) {
	verdict := padded(Escape(e.Verdict, maxName), len("CONFIRMED"))
	aor := Escape(e.AOR, maxName)
	if aor == "" {
		aor = "(no name)"
	}
	items := []item{
		{text: verdict, sgr: verdictColor(e.Verdict)},
		{text: "#" + strconv.Itoa(e.ID), gap: 2},
		{text: aor, gap: 1},
	}
	if len(e.Source) > 0 {
		items = append(items, field(Escape(e.Source[0], maxID)))
	}
	if n := len(e.Source) - 1; n > 0 {
		items = append(items, item{text: fmt.Sprintf("(+%d)", n), gap: 1})
	}
	if e.Transport != "" && e.Transport != "udp" {
		items = append(items, field(Escape(e.Transport, maxName)))
	}
	if e.UserAgent != "" {
		items = append(items, field(Escape(e.UserAgent, maxName)))
	}
	reason := e.Reason
	if said {
		reason = ""
	}
	// The reason stays on the line where it fits whole.
	shown := Escape(reason, maxProse)
	used := 3 + textWidth(shown)
	for i, it := range items {
		used += textWidth(it.text)
		if i > 0 {
			used += it.gap
		}
	}
	if used <= p.width {
		p.flow(0, 3, append(items, field(shown))...)
		return
	}
	p.flow(0, 3, items...)
	if reason != "" {
		p.flow(3, 3, prose(reason, 0)...)
	}
}

// proof writes what the verdict rests on.
func (p *page) proof(e *Endpoint) {
	if t := &e.Tuple; t.Via.Written+t.Contact.Written+t.SDP.Written != "" {
		p.flow(3, 3, relationItem("Via", &t.Via), relationItem("Contact", &t.Contact), relationItem("SDP", &t.SDP))
	}
	if suspect(e) {
		p.labelled("score", scoreText(e))
		p.labelled("side", sideText(e))
	}
	for _, note := range e.Notes[:p.some(len(e.Notes), textNotes)] {
		p.labelled("note", note)
	}
	findings := byWeight(e.Findings)
	n := p.some(len(findings), textFindings)
	for _, f := range findings[:n] {
		p.finding(f, p.verbose || suspect(e))
	}
	p.more(len(findings)-n, "finding", "-v or --format json has all")
	p.symptoms(e.Symptoms, 3)
	p.labelled("do", e.Advice)
	if p.verbose {
		label := "silent"
		for _, g := range bySilence(e.Silent) {
			p.labelled(label, g.reason+": "+strings.Join(g.ids, ", "))
			label = ""
		}
	}
}

// labelled writes a sentence behind a word that says what it is.
func (p *page) labelled(label, text string) {
	if text != "" {
		p.flow(3, 11, append([]item{{text: padded(label, 7)}}, prose(text, 1)...)...)
	}
}

// finding writes one statement, and in full with the bytes that show it.
func (p *page) finding(f *Finding, full bool) {
	items := []item{{text: padded(Escape(f.Class, maxName), len("counter"))}}
	if f.DB != 0 {
		items = append(items, item{text: dbText(f.DB), gap: 1})
	}
	items = append(items, prose(f.Summary, 1)...)
	if frames := framesText(f.Frames, textFrames); frames != "" {
		items = append(items, item{text: "(" + frames + ")", gap: 1})
	}
	p.flow(3, 11, items...)
	if !full {
		return
	}
	p.compared(f, maxProse)
	if f.Innocent != "" {
		p.flow(11, 13, append([]item{{text: "innocent:"}}, prose(f.Innocent, 1)...)...)
	}
}

// compared writes what was written above what was seen.
func (p *page) compared(f *Finding, most int) {
	const label = 9
	for _, l := range comparison(Escape(f.Written, most), Escape(f.Seen, most), p.width-11-label) {
		p.line(11, padded(l.label, label), l.text, "")
		if l.carets != "" {
			p.line(11+label, "", l.carets, "31")
		}
	}
}

// relationItem writes one comparison of the tuple check.
func relationItem(name string, rel *Relation) item {
	if rel.Written == "" {
		return field(name + " not seen")
	}
	return field(name + " " + Escape(rel.Written, maxID) + " " + relationText(rel))
}

// byWeight orders findings: proofs, strong, weak, then what speaks against.
func byWeight(findings []Finding) []*Finding {
	list := make([]*Finding, len(findings))
	for i := range findings {
		list[i] = &findings[i]
	}
	order := []string{"counter", "weak", "strong", "proof"}
	slices.SortStableFunc(list, func(a, b *Finding) int {
		if d := slices.Index(order, b.Class) - slices.Index(order, a.Class); d != 0 {
			return d
		}
		return sign(max(b.DB, -b.DB) - max(a.DB, -a.DB))
	})
	return list
}

func verdictColor(verdict string) string {
	switch verdict {
	case "CONFIRMED":
		return "1;31"
	case "LIKELY":
		return "31"
	case "POSSIBLE":
		return "33"
	case "UNLIKELY":
		return "32"
	}
	return "2"
}

func gradeColor(grade string) string {
	switch grade {
	case "POOR":
		return "31"
	case "FAIR":
		return "33"
	case "GOOD", "EXCELLENT":
		return "32"
	}
	return "2"
}
