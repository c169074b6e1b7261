package report

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// How much of a comparison the text format shows; -v shows all of it.
const (
	compareChanges = 16 // per phone
	compareMissing = 8
	compareStreams = 10
	maxDiff        = 400 // columns of a changed line
)

// writeCompareText writes for a terminal: what was compared, the verdicts with
// the differences, then streams, and what could not be matched.
func writeCompareText(w io.Writer, c *Comparison, o Options) error {
	c.Normalize()
	p := newPage(w, o)
	p.comparedSide("Phone's side ", &c.Phone)
	p.comparedSide("Server's side", &c.Server)
	p.flow(0, 15, append([]item{{text: "Clocks       "}}, prose(clockText(&c.Clock), 2)...)...)
	if text := toldText(c); text != "" {
		p.flow(0, 15, append([]item{{text: "Note         "}}, prose(text, 2)...)...)
	}
	p.gap()
	if len(c.Phones) == 0 {
		p.flow(0, 11, append([]item{{text: c.Verdict, sgr: verdictColor(c.Verdict)}}, prose(c.Reason, 2)...)...)
	}
	n := p.some(len(c.Phones), textEndpoints)
	for i := range c.Phones[:n] {
		p.comparedPhone(&c.Phones[i])
	}
	p.more(len(c.Phones)-n, "phone", "-v or --format json has all")
	p.gap()
	p.comparedStreams(c)
	p.unmatched(c)
	return p.out.Flush()
}

func (p *page) comparedSide(label string, s *ComparedSide) {
	items := []item{{text: label}}
	gap := 2
	for i := range s.Inputs {
		in := inputItems(&s.Inputs[i])
		in[0].gap = gap
		items = append(append(items, in...), prose(inputText(&s.Inputs[i]), 1)...)
		gap = 1
	}
	p.flow(0, 15, append(items, prose(plural(s.Messages, "SIP message"), 1)...)...)
}

// inputText writes how much there is in a file.
func inputText(in *Input) string {
	text := plural(in.Packets, "frame")
	if d, ok := span([]Input{*in}); ok {
		text += " in " + durationText(d)
	}
	return text + ","
}

// clockText tells how the two clocks stand.
func clockText(c *ComparedClock) string {
	if c.OffsetMS == nil {
		return "not known"
	}
	offset := *c.OffsetMS
	text := "the server's side is " + msText(offset) + " ahead"
	switch {
	case offset < 1 && offset > -1:
		text = "the same within 1 ms"
	case offset < 0:
		text = "the phone's side is " + msText(-offset) + " ahead"
	}
	text += " (by " + plural(c.Pairs, "message") + ")"
	if c.DriftMS != nil && (*c.DriftMS > 100 || *c.DriftMS < -100) {
		text += ", with a change of " + msText(max(*c.DriftMS, -*c.DriftMS)) + " from the first to the last"
	}
	if c.PathMS != nil && *c.PathMS > 0 {
		text += "; from one to the other and back it takes " + msText(*c.PathMS)
	}
	return text
}

// msText writes 0.2 ms, 43.2 s, 3 h 0 min.
func msText(ms float64) string {
	if ms < 1000 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	if ms > 1e12 {
		ms = 1e12
	}
	return durationText(time.Duration(ms * 1e6))
}

// toldText tells what the reader would not expect about which file is which.
func toldText(c *Comparison) string {
	var text string
	if c.Swapped {
		text = "the files were named the other way round: the second one is the phone's side"
	}
	switch how := c.ToldBy; {
	case len(c.Phones) == 0:
		return ""
	case how == "order" && !c.SamePlace:
		text = "nothing in the files tells which one is the phone's side: the first is taken for it"
	case how == "ttl":
		text += "; the addresses do not tell it, but a router lowered the TTL in between"
	case how == "time":
		text += "; the addresses do not tell it, but the messages took their time from one to the other"
	}
	return strings.TrimPrefix(text, "; ")
}

func (p *page) comparedPhone(ph *ComparedPhone) {
	verdict := padded(Escape(ph.Verdict, maxName), len("CONFIRMED"))
	name := Escape(ph.AOR, maxName)
	if name == "" {
		name = "(no name)"
	}
	items := []item{{text: verdict, sgr: verdictColor(ph.Verdict)}, {text: name, gap: 2}, field(wayText(ph))}
	if ph.Transport != "" && ph.Transport != "udp" {
		items = append(items, field(Escape(ph.Transport, maxName)))
	}
	if ph.UserAgent != "" {
		items = append(items, field(Escape(ph.UserAgent, maxName)))
	}
	p.flow(0, 3, items...)
	p.flow(3, 3, prose(ph.Reason, 0)...)
	if text := comparedSideText(ph); text != "" {
		p.flow(3, 3, prose(text, 0)...)
	}
	p.flow(3, 3, prose(matchedText(&ph.Matched), 0)...)
	p.changes(ph)
	p.comparedMissing(ph)
	for _, note := range ph.Notes {
		p.flow(3, 11, append([]item{{text: "note   "}}, prose(note, 1)...)...)
	}
	if ph.Innocent != "" {
		p.flow(3, 13, append([]item{{text: "innocent:"}}, prose(ph.Innocent, 1)...)...)
	}
	if ph.Advice != "" {
		p.flow(3, 11, append([]item{{text: "do     "}}, prose(ph.Advice, 1)...)...)
	}
}

// wayText writes the phone's address before the router and behind it.
func wayText(ph *ComparedPhone) string {
	one := func(list []string) string {
		if len(list) == 0 {
			return "?"
		}
		text := Escape(list[0], maxID)
		if n := len(list) - 1; n > 0 {
			text += fmt.Sprintf(" (+%d)", n)
		}
		return text
	}
	if len(ph.ServerSide) == 0 || one(ph.PhoneSide) == one(ph.ServerSide) {
		return one(ph.PhoneSide)
	}
	return one(ph.PhoneSide) + " -> " + one(ph.ServerSide)
}

// comparedSideText says where the one stands that changes messages.
func comparedSideText(ph *ComparedPhone) string {
	text := ""
	switch ph.Side {
	case "client":
		text = "By the phone's router, or what else is in the path: the phone's addresses were translated."
	case "server":
		text = "By something in front of the server: the server's addresses were translated."
	}
	if ph.Verdict != "CONFIRMED" {
		return ""
	}
	if ph.Vendor != nil && *ph.Vendor != "" {
		text += " Its marks are those of " + *ph.Vendor + "."
	}
	return text
}

// matchedText writes "10 messages in both captures: 10 changed".
func matchedText(n *ComparedCounts) string {
	text := plural(n.Messages, "message") + " in both captures"
	list := countsText([]counted{
		{"changed", n.Changed},
		{"differ from what HEP reports", n.Reported},
		{"in other words", n.Same},
		{"identical", n.Identical},
		{"through a proxy", n.Proxied},
		{"not comparable", n.Unread},
	}, 0)
	if list != "" {
		text += ": " + list
	}
	return text
}

// changes writes each distinct change, its line before above its line after.
func (p *page) changes(ph *ComparedPhone) {
	n := p.some(len(ph.Changes), compareChanges)
	direction := ""
	for i := range ph.Changes[:n] {
		c := &ph.Changes[i]
		if i == 0 || c.Direction != direction {
			direction = c.Direction
			p.flow(3, 3, prose(directionText(direction)+" (frames: phone's side/server's side)", 0)...)
		}
		about := c.Change + "; " + plural(c.Count, "message") + ": " + strings.Join(firsts(c.Messages, 4), ", ")
		items := append([]item{{text: Escape(c.Field, maxName)}}, prose(about, 2)...)
		p.flow(5, 7, append(items, prose(pairFrames(c.Frames, c.Count, textFrames), 2)...)...)
		p.diff(c)
	}
	p.more(len(ph.Changes)-n+ph.MoreChanges, "change", "-v or --format json has all")
}

func directionText(direction string) string {
	if direction == "to-phone" {
		return "On the way to the phone"
	}
	return "On the way from the phone"
}

// pairFrames writes "frames 1/1, 3/3 and 2 more".
func pairFrames(list []ComparedFrames, total, most int) string {
	shown := list[:min(len(list), most)]
	parts := make([]string, len(shown))
	for i, f := range shown {
		parts[i] = fmt.Sprintf("%d/%d", f.Phone, f.Server)
	}
	switch left := total - len(shown); {
	case len(shown) == 0:
		return ""
	case total == 1:
		return "frame " + parts[0]
	case left > 0:
		return "frames " + strings.Join(parts, ", ") + " and " + count(left) + " more"
	}
	return "frames " + strings.Join(parts, ", ")
}

// diff writes a line as it was and as it came out, with carets under what
// differs.
func (p *page) diff(c *ComparedChange) {
	before, after := diffTexts(c)
	above, below := differing(before, after)
	if c.Before == nil || c.After == nil {
		above, below = nil, nil
	}
	const indent, mark = 7, 2
	write := func(sign, text string, spans []stretch) {
		for _, r := range rows(text, spans, p.width-indent-mark) {
			p.line(indent, sign+" ", r.text, "")
			if r.carets != "" {
				p.line(indent+mark, "", r.carets, "31")
			}
		}
	}
	write("-", before, above)
	write("+", after, below)
}

// diffTexts returns the two lines, escaped; "" for a line that is not there.
func diffTexts(c *ComparedChange) (before, after string) {
	if c.Before != nil {
		before = Escape(*c.Before, maxDiff)
	}
	if c.After != nil {
		after = Escape(*c.After, maxDiff)
	}
	return before, after
}

// comparedMissing writes what went in and did not come out.
func (p *page) comparedMissing(ph *ComparedPhone) {
	n := p.some(len(ph.Missing), compareMissing)
	for i := range ph.Missing[:n] {
		m := &ph.Missing[i]
		p.flow(3, 11, append([]item{{text: "missing"}}, prose(missingMessage(m, ph), 1)...)...)
	}
	p.more(len(ph.Missing)-n, "missing message", "-v or --format json has all")
}

// missingMessage says what happened to a message that one capture lacks.
func missingMessage(m *ComparedMissing, ph *ComparedPhone) string {
	text := m.Message + fmt.Sprintf(" (CSeq %d) ", m.CSeq)
	where := "phone's side"
	if m.SeenOn == "server" {
		where = "server's side"
	}
	switch {
	case ph.Matched.Proxied > 0:
		text += "is on the " + where + " only: the proxy in between may have made it, or taken it for itself"
	case m.CameOut:
		text += "is on the " + where + " only: the other capture missed it, or something in between made it"
	case m.Arrived > 0:
		text += fmt.Sprintf("went in on the %s %s and came out %s", where, plural(m.Sent, "time"), plural(m.Arrived, "time"))
	case m.Sent == 1:
		text += "went in on the " + where + " and did not come out"
	default:
		text += fmt.Sprintf("went in on the %s %d times within %s and never came out", where, m.Sent, msText(m.SpanMS))
	}
	return text + " (" + framesText(m.Frames, 6) + ")"
}

// comparedStreams writes the RTP streams that both captures hold.
func (p *page) comparedStreams(c *Comparison) {
	if len(c.Streams) == 0 {
		text := "none in both captures"
		if c.Alone > 0 {
			text += ", " + count(c.Alone) + " in one only"
		}
		p.flow(0, 9, append([]item{{text: "Streams "}}, prose(text, 1)...)...)
		return
	}
	p.flow(0, 9, append([]item{{text: "Streams "}}, prose(comparedStreamSum(c), 1)...)...)
	n := p.some(len(c.Streams), compareStreams)
	for i := range c.Streams[:n] {
		s := &c.Streams[i]
		codec := s.Codec
		if codec == "" {
			codec = "?"
		}
		items := []item{{text: Escape(s.SSRC, maxName)}, {text: Escape(codec, 12), gap: 2}}
		p.flow(3, 5, append(items, prose(directionText(s.Direction)[len("On the way "):]+": "+whereText(s), 2)...)...)
		for _, leg := range []struct {
			name string
			l    *ComparedLeg
		}{{"phone's side ", &s.Phone}, {"server's side", &s.Server}} {
			p.flow(5, 7, append([]item{{text: leg.name}}, prose(legText(leg.l), 2)...)...)
		}
	}
	p.more(len(c.Streams)-n, "stream", "-v or --format json has all")
}

func comparedStreamSum(c *Comparison) string {
	before, between := 0, 0
	for i := range c.Streams {
		before += c.Streams[i].Before
		between += c.Streams[i].Between
	}
	return fmt.Sprintf("%s in both captures, %s in one only; lost before the first capture: %s, between the two: %s",
		count(len(c.Streams)), count(c.Alone), plural(before, "packet"), plural(between, "packet"))
}

// whereText says where a stream lost packets.
func whereText(s *ComparedStream) string {
	share := func(n int) string {
		return fmt.Sprintf("%s of %s (%.1f %%)", count(n), count(s.Packets), 100*float64(n)/float64(max(s.Packets, 1)))
	}
	var text string
	switch s.Where {
	case "before":
		text = share(s.Before) + " lost before the first capture, none between the two"
	case "between":
		text = share(s.Between) + " lost between the two captures"
	case "both":
		text = share(s.Before) + " lost before the first capture, " + share(s.Between) + " between the two"
	default:
		text = "nothing lost between the two captures, " + plural(s.Packets, "packet")
	}
	if s.Skipped > 0 {
		text += "; " + plural(s.Skipped, "packet") + " missed by the first capture itself"
	}
	return text
}

func legText(l *ComparedLeg) string {
	text := fmt.Sprintf("%s, loss %.2f %%", plural(l.Packets, "packet"), l.LossPercent)
	if l.Duplicates > 0 {
		text += ", " + plural(l.Duplicates, "duplicate")
	}
	if l.JitterMS != nil {
		text += fmt.Sprintf(", jitter %s ms (max %s)", one(l.JitterMS), one(l.MaxJitterMS))
	}
	return text + ", " + l.Src + " to " + l.Dst
}

// unmatched writes what could not be matched, and why.
func (p *page) unmatched(c *Comparison) {
	p.flow(0, 9, append([]item{{text: "Matched "}}, prose(sideSum("phone's side", &c.Phone)+"; "+sideSum("server's side", &c.Server), 1)...)...)
	for i, note := range c.Notes {
		if i == p.some(len(c.Notes), textNotes) {
			break
		}
		p.flow(3, 3, prose(note, 0)...)
	}
}

// sideSum writes "phone's side 10 of 12, 2 missing on the other side".
func sideSum(name string, s *ComparedSide) string {
	text := fmt.Sprintf("%s %s of %s", name, count(s.Matched), count(s.Messages))
	for _, x := range []struct {
		n    int
		what string
	}{
		{s.Missing, "missing on the other side"},
		{s.Outside, "from before or after the other capture"},
		{s.Other, "of other hosts"},
		{s.Doubled, "in it twice"},
		{s.Dropped, "too many to keep"},
		{s.Unread, "unreadable"},
	} {
		if x.n > 0 {
			text += ", " + count(x.n) + " " + x.what
		}
	}
	return text
}
