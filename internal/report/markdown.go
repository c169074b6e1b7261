package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// How much of a long list a ticket gets; Options.Verbose lifts the bounds.
const (
	mdEndpoints = 100
	mdDetails   = 25
	mdCalls     = 50
	mdStreams   = 50
)

// sheet is a Markdown page. Its methods take text that is Markdown already.
type sheet struct {
	out     *bufio.Writer
	verbose bool
}

// writeMarkdown writes a report to paste into a ticket.
func writeMarkdown(w io.Writer, r *Report, o Options) error {
	r.Normalize()
	m := &sheet{out: bufio.NewWriter(w), verbose: o.Verbose}
	m.line("# SIP ALG report")
	m.verdicts(r)
	m.calls(r)
	m.streams(r)
	m.capture(r)
	m.line("")
	m.line("algsniff " + mdText(r.Version, maxID) + ", " + mdCode(r.Schema, maxID))
	return m.out.Flush()
}

func (m *sheet) line(s string) {
	m.out.WriteString(s)
	m.out.WriteByte('\n')
}

// head starts a table.
func (m *sheet) head(columns ...string) {
	m.line("")
	m.row(columns...)
	m.line(strings.Repeat("|---", len(columns)) + "|")
}

func (m *sheet) row(cells ...string) {
	m.line("| " + strings.Join(cells, " | ") + " |")
}

func (m *sheet) some(n, most int) int {
	if m.verbose {
		return n
	}
	return min(n, most)
}

func (m *sheet) more(left int, noun string) {
	if left > 0 {
		m.line("")
		m.line("and " + plural(left, noun) + " more, in the JSON report")
	}
}

func (m *sheet) verdicts(r *Report) {
	if len(r.Endpoints) == 0 {
		m.line("")
		m.line("No SIP endpoint in this capture: nothing to judge.")
		return
	}
	list := bySeverity(r.Endpoints)
	m.line("")
	m.line(mdText(strings.ReplaceAll(verdictSum(&r.Totals), "_", " "), maxProse))
	n := m.some(len(list), mdEndpoints)
	m.head("No.", "Verdict", "Endpoint", "Source", "User agent", "Why")
	for _, e := range list[:n] {
		m.row(strconv.Itoa(e.ID), "**"+mdWord(e.Verdict)+"**", mdCode(e.AOR, maxID), mdCode(strings.Join(firsts(e.Source, 3), ", "), 200),
			mdCode(e.UserAgent, maxID), mdText(e.Reason, maxProse))
	}
	m.more(len(list)-n, "endpoint")
	for _, e := range list[:m.some(n, mdDetails)] {
		m.endpoint(e)
	}
}

func (m *sheet) endpoint(e *Endpoint) {
	name := e.AOR
	if name == "" {
		name = strings.Join(firsts(e.Source, 1), "")
	}
	m.line("")
	m.line("## No. " + strconv.Itoa(e.ID) + ": " + mdCode(name, maxID) + " " + mdWord(e.Verdict))
	if e.Reason != "" && !saidBelow(e) {
		m.line("")
		m.line(mdText(e.Reason, maxProse))
	}
	m.facts(e)
	for _, f := range byWeight(e.Findings) {
		m.finding(f, maxProse)
	}
	if len(e.Symptoms) > 0 {
		m.line("")
		m.line("Symptoms: " + symptomCell(e.Symptoms))
	}
	m.entry("What to do", e.Advice)
	m.silent(e)
}

// silent lists the rules that could not speak.
func (m *sheet) silent(e *Endpoint) {
	for i, g := range bySilence(e.Silent) {
		if i == 0 {
			m.line("")
			m.line("Rules that could not speak:")
			m.line("")
		}
		ids := make([]string, len(g.ids))
		for k := range ids {
			ids[k] = mdCode(g.ids[k], maxID)
		}
		m.line("- " + mdText(g.reason, maxProse) + ": " + strings.Join(ids, ", "))
	}
}

// facts writes the tuple check and what else was measured of an endpoint.
func (m *sheet) facts(e *Endpoint) {
	m.head("Field", "Written", "Packet source", "", "Frame")
	for _, row := range []struct {
		name string
		rel  *Relation
	}{{"Via", &e.Tuple.Via}, {"Contact", &e.Tuple.Contact}, {"SDP", &e.Tuple.SDP}} {
		m.row(row.name, mdCode(row.rel.Written, maxID), mdCode(row.rel.Seen, maxID), relationText(row.rel), frameCell(row.rel.Frame))
	}
	m.line("")
	m.line(fmt.Sprintf("NAT %s, transport %s, server %s, %s, %s to %s.", mdCode(e.NAT, maxName), mdCode(e.Transport, maxName),
		mdCode(e.Server, maxID), plural(e.Messages, "message"), timeCell(e.First), timeCell(e.Last)))
	if len(e.Findings) > 0 {
		m.line("")
		m.line("Score " + scoreText(e) + ".")
	}
	if side := sideText(e); side != "" {
		m.line("Side: " + mdText(side, maxProse) + ".")
	}
	for _, note := range e.Notes[:m.some(len(e.Notes), textNotes)] {
		m.entry("Note", note)
	}
}

// finding writes a statement in full.
func (m *sheet) finding(f *Finding, most int) {
	about := mdCode(f.ID, maxName)
	if f.DB != 0 {
		about += ", " + dbText(f.DB)
	}
	if f.Cite != "" {
		about += ", " + mdText(f.Cite, maxProse)
	}
	text := "**" + mdWord(f.Class) + "** (" + about + "): " + mdText(f.Summary, most)
	shown := 10
	if m.verbose {
		shown = len(f.Frames)
	}
	if frames := framesText(f.Frames, shown); frames != "" {
		text += " (" + frames + ")"
	}
	m.line("")
	m.line(text)
	m.compared(f, most)
	m.entry("Innocent explanation", f.Innocent)
}

// compared writes what was written above what was seen, in a block in which
// nothing is markup but the fence at its end, and that needs backticks.
func (m *sheet) compared(f *Finding, most int) {
	plain := func(s string) string { return strings.ReplaceAll(Escape(s, most), "`", `\x60`) }
	lines := comparison(plain(f.Written), plain(f.Seen), 0)
	if len(lines) == 0 {
		return
	}
	m.line("")
	m.line("```text")
	for _, l := range lines {
		label := padded(l.label, 9)
		m.line(label + l.text)
		if l.carets != "" {
			m.line(strings.Repeat(" ", len(label)) + l.carets)
		}
	}
	m.line("```")
}

func (m *sheet) calls(r *Report) {
	m.line("")
	m.line("## Calls")
	m.line("")
	m.line(countsText(r.Totals.states(), 2))
	list := callOrder(r.Calls)
	if len(list) == 0 {
		return
	}
	n := m.some(len(list), mdCalls)
	m.head("State", "From", "To", "Start", "Symptoms", "Call-ID")
	for _, c := range list[:n] {
		state := mdWord(c.State)
		if c.Status > 0 {
			state += " " + strconv.Itoa(c.Status)
		}
		m.row(state, mdCode(c.From, maxID), mdCode(c.To, maxID), timeCell(c.Start), symptomCell(c.Symptoms), mdCode(c.CallID, maxID))
	}
	m.more(len(list)-n, "call")
}

func (m *sheet) streams(r *Report) {
	m.line("")
	m.line("## RTP streams")
	m.line("")
	if len(r.Streams) == 0 {
		m.line("none")
		return
	}
	m.line(strings.ReplaceAll(streamSum(r), "_", " "))
	list := worstFirst(r.Streams)
	n := m.some(len(list), mdStreams)
	m.head("Grade", "From", "To", "SSRC", "Codec", "Packets", "Lost", "Loss %", "Jitter ms", "Max jitter ms", "MOS (estimate)")
	for _, s := range list[:n] {
		m.row(mdWord(s.Grade), mdCode(s.Src, maxID), mdCode(s.Dst, maxID), mdCode(s.SSRC, maxName), mdSpan(codecText(s)),
			count(s.Packets), count(s.Lost), fmt.Sprintf("%.2f", s.LossPercent), one(s.MeanJitterMS), one(s.MaxJitterMS), mosText(s))
	}
	m.more(len(list)-n, "stream")
}

func (m *sheet) capture(r *Report) {
	m.line("")
	m.line("## Capture")
	missing, undecoded := missingText(r)
	m.line("")
	state := "Complete"
	if len(missing) > 0 {
		state = "Not complete: " + strings.Join(missing, ", ")
	}
	m.line(state + "; " + plural(undecoded, "frame") + " not decoded; " + mdText(viewText(&r.Health), maxProse) + ".")
	m.head("File", "Format", "Link types", "Frames", "First", "Last", "Error")
	for i := range r.Inputs {
		in := &r.Inputs[i]
		fault := ""
		if in.Error != nil {
			fault = mdText(*in.Error, maxProse)
		}
		m.row(mdCode(in.Name, 200), mdCode(in.Format, maxName), mdCode(strings.Join(firsts(in.LinkTypes, 8), ", "), 200),
			count(in.Packets), timeCell(in.First), timeCell(in.Last), fault)
	}
	h := &r.Health
	m.line("")
	m.line(fmt.Sprintf("%s (%s defective), %s, %s RTCP, %s STUN.", plural(h.SIPMessages, "SIP message"), count(h.SIPDefective),
		plural(h.RTPPackets, "RTP packet"), count(h.RTCPPackets), count(h.STUNPackets)))
	for i, note := range h.Notes[:m.some(len(h.Notes), textNotes)] {
		if i == 0 {
			m.line("")
		}
		m.line("- " + mdText(note, maxProse))
	}
}

// symptomCell writes the first symptoms on one line.
func symptomCell(list []Symptom) string {
	list = sameSymptoms(list)
	texts := make([]string, min(len(list), 5))
	for i := range texts {
		s := &list[i]
		texts[i] = mdCode(s.ID, maxName) + ": " + mdText(s.Summary, maxProse)
		if frames := framesText(s.Frames, textFrames); frames != "" {
			texts[i] += " (" + frames + ")"
		}
	}
	return strings.Join(texts, "; ")
}

// mdWord returns a word of our own vocabulary (NOT_APPLICABLE, in-progress),
// in which the only thing Markdown would see is the underscore.
func mdWord(s string) string {
	return mdText(strings.ReplaceAll(s, "_", " "), maxName)
}

func frameCell(frame int) string {
	if frame == 0 {
		return "-"
	}
	return strconv.Itoa(frame)
}

func timeCell(t *string) string {
	if t == nil {
		return "-"
	}
	return mdText(*t, maxName)
}

// firsts returns the first entries of a list, and "…" for the rest.
func firsts(list []string, most int) []string {
	if len(list) <= most {
		return list
	}
	return append(append([]string(nil), list[:most]...), "…")
}
