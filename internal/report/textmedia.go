package report

import (
	"fmt"
	"strconv"
	"strings"
)

// calls writes how many calls there were, and a line for each that went wrong.
func (p *page) calls(r *Report) {
	states := r.Totals.states()
	if sum(states) == 0 {
		p.flow(0, 9, item{text: "Calls    none"})
		return
	}
	p.flow(0, 9, append([]item{{text: "Calls   "}}, prose(countsText(states, 2), 1)...)...)
	list := callOrder(r.Calls)
	n := p.some(len(list), textCalls)
	for _, c := range list[:n] {
		p.call(c)
	}
	p.more(len(list)-n, "call", "-v or --format json has all")
}

func (p *page) call(c *Call) {
	state := Escape(c.State, maxName)
	if c.Status >= 300 {
		state += " " + strconv.Itoa(c.Status)
	}
	p.flow(3, 6, item{text: clock(c.Start)}, field(state),
		field(Escape(c.From, maxName)), item{text: "-> " + Escape(c.To, maxName), gap: 1})
	p.symptoms(c.Symptoms, 6)
}

// symptoms writes what the users noticed, from column indent.
func (p *page) symptoms(list []Symptom, indent int) {
	list = sameSymptoms(list)
	n := p.some(len(list), textSymptoms)
	for i := range list[:n] {
		s := &list[i]
		items := append([]item{{text: Escape(s.ID, maxName) + ":"}}, prose(s.Summary, 1)...)
		if frames := framesText(s.Frames, textFrames); frames != "" {
			items = append(items, item{text: "(" + frames + ")", gap: 1})
		}
		p.flow(indent, indent+2, items...)
	}
	if left := len(list) - n; left > 0 {
		p.flow(indent, indent+2, item{text: "and " + plural(left, "symptom") + " more"})
	}
}

// streams writes the sum of the RTP streams and the worst of them.
func (p *page) streams(r *Report) {
	if len(r.Streams) == 0 {
		p.flow(0, 9, item{text: "Streams  no RTP"})
		return
	}
	list := worstFirst(r.Streams)
	worst := list[0]
	p.flow(0, 9, append(append([]item{{text: "Streams "}}, prose(streamSum(r), 1)...),
		item{text: Escape(worst.Grade, maxName), gap: 3, sgr: gradeColor(worst.Grade)})...)
	n := p.some(len(list), textStreams)
	if n < len(list) {
		p.flow(3, 3, prose(fmt.Sprintf("The worst %d; -v, --format csv or json has all.", n), 0)...)
	}
	p.flow(3, 5, tableRow("", "grade", "codec", "packets", "loss %", "jitter", "max ms", "MOS", "SSRC")...)
	for _, s := range list[:n] {
		p.flow(3, 5, tableRow(gradeColor(s.Grade), Escape(s.Grade, 9), codecText(s), count(s.Packets),
			fmt.Sprintf("%.2f", s.LossPercent), one(s.MeanJitterMS), one(s.MaxJitterMS), mosText(s), Escape(s.SSRC, maxName))...)
		p.flow(5, 5, item{text: Escape(s.Src, maxID)}, item{text: "-> " + Escape(s.Dst, maxID), gap: 1})
	}
}

// tableRow lays out a row of the stream table: two words, figures, the SSRC.
func tableRow(sgr string, cells ...string) []item {
	items := make([]item, len(cells))
	for i, width := range []int{9, 8, 9, 6, 6, 6, 3, 0} {
		text := padded(cells[i], width)
		if i >= 2 {
			text = strings.Repeat(" ", max(0, width-textWidth(cells[i]))) + cells[i]
		}
		items[i] = item{text: text, gap: 2}
	}
	items[0].sgr = sgr
	return items
}

// streamSum writes "2 RTP streams, worst loss 3.1 %, jitter 24.7 ms, MOS 3.6 (estimate)".
func streamSum(r *Report) string {
	streams, graded := r.Streams, 0
	var loss, jitter, mos float64
	for i := range streams {
		s := &streams[i]
		if gradeRank(s.Grade) > 3 {
			continue
		}
		graded++
		loss = max(loss, s.LossPercent)
		if s.MeanJitterMS != nil {
			jitter = max(jitter, *s.MeanJitterMS)
		}
		if s.MOS > 0 && (mos == 0 || s.MOS < mos) {
			mos = s.MOS
		}
	}
	grades := r.Totals.grades()
	text := plural(sum(grades), "RTP stream")
	if sum(grades) > textStreams {
		text += " (" + countsText(grades, 0) + ")"
	}
	if graded == 0 {
		return text + ", none long enough to be graded"
	}
	text += fmt.Sprintf(", worst loss %.1f %%, jitter %.1f ms", loss, jitter)
	if mos > 0 {
		text += fmt.Sprintf(", MOS %.1f (estimate)", mos)
	}
	return text
}

// codecText names the codec, or the payload type where no name is known.
func codecText(s *Stream) string {
	if s.Codec == "" {
		return "pt " + strconv.Itoa(s.PayloadType)
	}
	return Escape(s.Codec, 8)
}

func padded(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-textWidth(s)))
}

// health writes whether the capture is whole, and what is missing.
func (p *page) health(r *Report) {
	h := &r.Health
	missing, undecoded := missingText(r)
	state := "complete"
	if len(missing) > 0 {
		state = "not complete: " + strings.Join(missing, ", ")
	}
	state += "; " + plural(undecoded, "frame") + " not decoded"
	p.flow(0, 9, append([]item{{text: "Capture "}}, prose(state, 1)...)...)
	sip := "SIP " + plural(h.SIPMessages, "message")
	if h.SIPDefective > 0 {
		sip += " (" + count(h.SIPDefective) + " defective)"
	}
	p.flow(3, 3, prose(fmt.Sprintf("%s, RTP %s, RTCP %s, STUN %s", sip, plural(h.RTPPackets, "packet"),
		count(h.RTCPPackets), count(h.STUNPackets)), 0)...)
	for i := range r.Inputs {
		in := &r.Inputs[i]
		if in.FramesCopied > 0 {
			p.flow(3, 5, append([]item{{text: fileText(in.Name) + ":"}},
				prose(plural(in.FramesCopied, "frame")+" captured twice, counted once", 1)...)...)
		}
		if in.Error != nil {
			p.flow(3, 5, append([]item{{text: fileText(in.Name) + ":"}}, prose(*in.Error, 1)...)...)
		}
	}
	n := p.some(len(h.Notes), textNotes)
	for _, note := range h.Notes[:n] {
		p.flow(3, 5, prose(note, 0)...)
	}
	p.more(len(h.Notes)-n, "note", "-v or --format json has all")
}

// missingText lists what the capture or the analysis lacks, and how many
// frames could not be decoded.
func missingText(r *Report) (missing []string, undecoded int) {
	var clipped, fragments, dropped, truncated, unread int
	for i := range r.Inputs {
		in := &r.Inputs[i]
		undecoded += in.FramesUndecoded
		clipped += in.FramesClipped
		fragments += in.FragmentsLost
		dropped += in.KernelDropped
		switch {
		case in.Truncated:
			truncated++
		case in.Error != nil:
			unread++
		}
	}
	add := func(n int, noun, what string) {
		if n > 0 {
			missing = append(missing, plural(n, noun)+" "+what)
		}
	}
	if r.Health.Interrupted {
		missing = append(missing, "reading was interrupted")
	}
	add(unread, "file", "not read to the end")
	add(truncated, "file", "cut off at the end")
	add(dropped, "packet", "dropped while capturing")
	add(clipped, "frame", "cut by the snaplen")
	add(fragments, "IP fragment", "without the rest")
	add(r.Health.Evicted, "table entry", "given up for lack of room")
	return missing, undecoded
}
