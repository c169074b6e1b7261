package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// writeCompareMarkdown writes a comparison to paste into a ticket.
func writeCompareMarkdown(w io.Writer, c *Comparison, o Options) error {
	c.Normalize()
	m := &sheet{out: bufio.NewWriter(w), verbose: o.Verbose}
	m.line("# SIP ALG: both sides of the router compared")
	m.line("")
	m.line("**" + mdWord(c.Verdict) + "**: " + mdText(c.Reason, maxProse))
	m.head("", "File", "Format", "Frames", "First", "Last", "SIP messages", "In both")
	for _, side := range []struct {
		name string
		s    *ComparedSide
	}{{"Phone's side", &c.Phone}, {"Server's side", &c.Server}} {
		for i := range side.s.Inputs {
			in := &side.s.Inputs[i]
			m.row(side.name, mdCode(in.Name, 200), mdCode(in.Format, maxName), count(in.Packets), timeCell(in.First), timeCell(in.Last),
				count(side.s.Messages), count(side.s.Matched))
		}
	}
	m.line("")
	m.line("Clocks: " + mdText(clockText(&c.Clock), maxProse) + ".")
	if text := toldText(c); text != "" {
		m.line("")
		m.line("Note: " + mdText(text, maxProse) + ".")
	}
	n := m.some(len(c.Phones), mdDetails)
	for i := range c.Phones[:n] {
		m.comparedPhone(&c.Phones[i])
	}
	m.more(len(c.Phones)-n, "phone")
	m.comparedStreams(c)
	m.line("")
	m.line("## Messages")
	m.line("")
	m.line("In both captures: " + mdText(sideSum("phone's side", &c.Phone)+"; "+sideSum("server's side", &c.Server), maxProse) + ".")
	for i, note := range c.Notes[:m.some(len(c.Notes), textNotes)] {
		if i == 0 {
			m.line("")
		}
		m.line("- " + mdText(note, maxProse))
	}
	m.line("")
	m.line("algsniff " + mdText(c.Version, maxID) + ", " + mdCode(c.Schema, maxID))
	return m.out.Flush()
}

func (m *sheet) comparedPhone(ph *ComparedPhone) {
	name := ph.AOR
	if name == "" {
		name = strings.Join(firsts(ph.PhoneSide, 1), "")
	}
	m.line("")
	m.line(fmt.Sprintf("## No. %d: %s %s", ph.ID, mdCode(name, maxID), mdWord(ph.Verdict)))
	m.line("")
	m.line(mdText(ph.Reason, maxProse))
	if text := comparedSideText(ph); text != "" {
		m.line("")
		m.line(mdText(text, maxProse))
	}
	m.head("", "Phone", "Server")
	m.row("On the phone's side", mdCode(strings.Join(firsts(ph.PhoneSide, 3), ", "), 200), mdCode(strings.Join(firsts(ph.Servers, 3), ", "), 200))
	m.row("On the server's side", mdCode(strings.Join(firsts(ph.ServerSide, 3), ", "), 200), mdCode(strings.Join(firsts(ph.ServersBehind, 3), ", "), 200))
	m.line("")
	m.line("Transport " + mdCode(ph.Transport, maxName) + ", user agent " + mdCode(ph.UserAgent, maxID) + "; " +
		mdText(matchedText(&ph.Matched), maxProse) + ".")
	m.changes(ph)
	list := ph.Missing[:m.some(len(ph.Missing), mdDetails)]
	for i := range list {
		if i == 0 {
			m.line("")
		}
		m.line("- Missing: " + mdText(missingMessage(&list[i], ph), maxProse))
	}
	m.more(len(ph.Missing)-len(list), "missing message")
	for i, note := range ph.Notes {
		if i == 0 {
			m.line("")
		}
		m.line("- " + mdText(note, maxProse))
	}
	if ph.Innocent != "" {
		m.line("")
		m.line("Innocent explanation: " + mdText(ph.Innocent, maxProse))
	}
	if ph.Advice != "" {
		m.line("")
		m.line("**What to do:** " + mdText(ph.Advice, maxProse))
	}
}

// changes writes a diff block for each direction.
func (m *sheet) changes(ph *ComparedPhone) {
	n := m.some(len(ph.Changes), mdDetails)
	plain := func(s string) string { return strings.ReplaceAll(s, "`", `\x60`) }
	direction := ""
	for i := range ph.Changes[:n] {
		c := &ph.Changes[i]
		if i == 0 || c.Direction != direction {
			if i > 0 {
				m.line("```")
			}
			direction = c.Direction
			m.line("")
			m.line(directionText(direction) + " (frames on the phone's side/on the server's side):")
			m.line("")
			m.line("```diff")
		}
		before, after := diffTexts(c)
		m.line(plain("@@ " + Escape(c.Field, maxName) + ": " + Escape(c.Change, maxName) + "; " + plural(c.Count, "message") + ": " +
			Escape(strings.Join(firsts(c.Messages, 4), ", "), 200) + orNothing("; ", pairFrames(c.Frames, c.Count, 6)) + " @@"))
		if c.Before != nil {
			m.line("- " + plain(before))
		}
		if c.After != nil {
			m.line("+ " + plain(after))
		}
	}
	if n > 0 {
		m.line("```")
	}
	m.more(len(ph.Changes)-n+ph.MoreChanges, "change")
}

func (m *sheet) comparedStreams(c *Comparison) {
	m.line("")
	m.line("## RTP streams")
	m.line("")
	if len(c.Streams) == 0 {
		m.line(fmt.Sprintf("None in both captures, %s in one only.", count(c.Alone)))
		return
	}
	m.line(mdText(comparedStreamSum(c), maxProse) + ".")
	n := m.some(len(c.Streams), mdStreams)
	m.head("SSRC", "Codec", "Direction", "Where lost", "Phone's side", "Server's side")
	for i := range c.Streams[:n] {
		s := &c.Streams[i]
		m.row(mdCode(s.SSRC, maxName), mdCode(s.Codec, maxName), mdText(s.Direction, maxName), mdText(whereText(s), maxProse),
			mdText(legText(&s.Phone), maxProse), mdText(legText(&s.Server), maxProse))
	}
	m.more(len(c.Streams)-n, "stream")
}

// orNothing returns text behind a separator, or nothing where there is none.
func orNothing(separator, text string) string {
	if text == "" {
		return ""
	}
	return separator + text
}
