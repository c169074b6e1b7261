package report

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Bounds on what a packet may take of a page.
const (
	maxProse = 600
	maxName  = 40 // an address-of-record, a user agent
	maxID    = 60 // a Call-ID, a file name
)

// count writes n with thousands separators: 1,204.
func count[T int | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	from := 3
	if n < 0 {
		from++
	}
	for i := len(s) - 3; i >= from-2; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural writes "1 frame", "2 frames", "2 entries".
func plural[T int | int64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "ry"); ok {
		return count(n) + " " + stem + "ries"
	}
	return count(n) + " " + noun + "s"
}

// framesText writes "frames 17, 19 and 3 more"; "" for none.
func framesText(frames []int, most int) string {
	if len(frames) == 0 {
		return ""
	}
	shown := frames
	if len(frames) > most {
		shown = frames[:most]
	}
	list := make([]string, len(shown))
	for i, f := range shown {
		list[i] = strconv.Itoa(f)
	}
	text := "frame " + list[0]
	if len(frames) > 1 {
		text = "frames " + strings.Join(list, ", ")
	}
	if n := len(frames) - len(shown); n > 0 {
		text += " and " + count(n) + " more"
	}
	return text
}

// fileText names a file; of a long path the end tells more than the start.
func fileText(name string) string {
	if dir, base := filepath.Split(name); len(name) > maxID && dir != "" {
		return Escape("…/"+base, maxID)
	}
	return Escape(name, maxID)
}

// filesText names the inputs for a command line, where that is short.
func filesText(inputs []Input) string {
	if len(inputs) == 1 {
		if name := inputs[0].Name; len(name) <= maxID && bareWord(name) {
			return name
		}
		return "FILE"
	}
	return "FILE..."
}

// bareWord tells whether a shell takes a word as it is.
func bareWord(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-/", r) {
			return false
		}
	}
	return s != "" && s[0] != '-'
}

// parseTime reads a time of the report.
func parseTime(s *string) (time.Time, bool) {
	if s == nil {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, *s)
	return t, err == nil
}

// clock writes the time of day of a call, in the zone of the report.
func clock(s *string) string {
	t, ok := parseTime(s)
	if !ok {
		return ""
	}
	return t.Format("15:04:05Z07:00")
}

// span returns how long the inputs are together, from the first frame of any
// to the last of any.
func span(inputs []Input) (time.Duration, bool) {
	var first, last time.Time
	known := false
	for i := range inputs {
		f, ok := parseTime(inputs[i].First)
		l, ok2 := parseTime(inputs[i].Last)
		if !ok || !ok2 {
			continue
		}
		if !known || f.Before(first) {
			first = f
		}
		if !known || l.After(last) {
			last = l
		}
		known = true
	}
	return last.Sub(first), known
}

// durationText writes 43.2 s, 12 min 3 s, 3 h 12 min, 2 d 3 h.
func durationText(d time.Duration) string {
	switch s := int64(d / time.Second); {
	case s < 60:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case s < 3600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	case s < 86400:
		return fmt.Sprintf("%d h %d min", s/3600, s/60%60)
	default:
		return fmt.Sprintf("%d d %d h", s/86400, s/3600%24)
	}
}

// linkName says a link type in words.
func linkName(t string) string {
	switch t {
	case "EN10MB":
		return "Ethernet"
	case "LINUX_SLL":
		return "Linux cooked"
	case "LINUX_SLL2":
		return "Linux cooked v2"
	case "RAW", "IPV4", "IPV6":
		return "raw IP"
	case "NULL", "LOOP":
		return "BSD loopback"
	case "IEEE802_11", "IEEE802_11_RADIO":
		return "802.11"
	case "C_HDLC":
		return "Cisco HDLC"
	}
	return t
}

// viewText says where the capture was taken.
func viewText(h *Health) string {
	switch h.Viewpoint {
	case "server":
		return strings.TrimSpace("seen from the server " + h.Server)
	case "client":
		return "seen from the phone's side"
	case "router":
		return "seen from both sides of a router"
	case "hep":
		return "as reported by HEP"
	}
	return "viewpoint not known (--server tells it)"
}

// relationText says how a written address compares with the packet's source.
func relationText(rel *Relation) string {
	switch {
	case rel.Written == "":
		return "not seen"
	case rel.Relation == "name":
		return "is a name"
	case rel.Agrees == nil:
		return "not comparable"
	case *rel.Agrees:
		return "= source"
	case rel.Relation == "ip-only":
		return "differs in the port"
	}
	return "differs"
}

// one writes a figure with one decimal; "-" when not known.
func one(f *float64) string {
	if f == nil {
		return "-"
	}
	return strconv.FormatFloat(*f, 'f', 1, 64)
}

// mosText writes the MOS of a stream that is long enough to have one.
func mosText(s *Stream) string {
	if s.MOS <= 0 {
		return "-"
	}
	return strconv.FormatFloat(s.MOS, 'f', 1, 64)
}

// gradeRank orders grades, the worst first; what was not graded comes last.
func gradeRank(grade string) int {
	i := slices.Index([]string{"POOR", "FAIR", "GOOD", "EXCELLENT"}, grade)
	if i < 0 {
		return 4
	}
	return i
}

// worstFirst returns the streams by grade, then loss, then jitter.
func worstFirst(streams []Stream) []*Stream {
	list := make([]*Stream, len(streams))
	for i := range streams {
		list[i] = &streams[i]
	}
	jitter := func(s *Stream) float64 {
		if s.MeanJitterMS == nil {
			return 0
		}
		return *s.MeanJitterMS
	}
	slices.SortStableFunc(list, func(a, b *Stream) int {
		switch d := gradeRank(a.Grade) - gradeRank(b.Grade); {
		case d != 0:
			return d
		case a.LossPercent != b.LossPercent:
			return sign(b.LossPercent - a.LossPercent)
		}
		return sign(jitter(b) - jitter(a))
	})
	return list
}

func sign(f float64) int {
	switch {
	case f < 0:
		return -1
	case f > 0:
		return 1
	}
	return 0
}

// callOrder returns the calls worth a line, those with symptoms first, then
// the failed ones.
func callOrder(calls []Call) []*Call {
	var bad, failed []*Call
	for i := range calls {
		switch c := &calls[i]; {
		case len(c.Symptoms) > 0:
			bad = append(bad, c)
		case c.State == "failed":
			failed = append(failed, c)
		}
	}
	return append(bad, failed...)
}

// counted is how often something was found.
type counted struct {
	word string
	n    int
}

func (t *Totals) verdicts() []counted {
	e := &t.Endpoints
	return []counted{
		{"CONFIRMED", e.Confirmed},
		{"LIKELY", e.Likely},
		{"POSSIBLE", e.Possible},
		{"INCONCLUSIVE", e.Inconclusive},
		{"UNLIKELY", e.Unlikely},
		{"NOT_APPLICABLE", e.NotApplicable},
	}
}

func (t *Totals) states() []counted {
	c := &t.Calls
	return []counted{
		{"answered", c.Answered},
		{"failed", c.Failed},
		{"cancelled", c.Cancelled},
		{"ringing", c.Ringing},
		{"in-progress", c.InProgress},
	}
}

func (t *Totals) grades() []counted {
	s := &t.Streams
	return []counted{
		{"POOR", s.Poor},
		{"FAIR", s.Fair},
		{"GOOD", s.Good},
		{"EXCELLENT", s.Excellent},
		{"TOO_SHORT", s.TooShort},
	}
}

func sum(list []counted) int {
	n := 0
	for _, c := range list {
		n += c.n
	}
	return n
}

// countsText writes "1 answered, 0 failed, 2 cancelled": what did not occur is
// left out, but for the first ones.
func countsText(list []counted, always int) string {
	var parts []string
	for i, c := range list {
		if c.n > 0 || i < always {
			parts = append(parts, count(c.n)+" "+c.word)
		}
	}
	return strings.Join(parts, ", ")
}

// verdictSum writes "41 endpoints: 2 CONFIRMED, 1 LIKELY, 38 UNLIKELY".
func verdictSum(t *Totals) string {
	list := t.verdicts()
	return plural(sum(list), "endpoint") + ": " + countsText(list, 0)
}

// dbText writes the weight of a finding: +9.0 dB.
func dbText(db float64) string { return fmt.Sprintf("%+.1f dB", db) }

// saidBelow tells whether the reason is what the first finding says anyway.
func saidBelow(e *Endpoint) bool {
	list := byWeight(e.Findings)
	return len(list) > 0 && list[0].Summary == e.Reason
}

// suspect tells whether somebody stands accused.
func suspect(e *Endpoint) bool { return Severity(e.Verdict) >= Severity("POSSIBLE") }

// scoreText writes the score, and how many signs speak for an ALG and against.
func scoreText(e *Endpoint) string {
	pro, contra := 0, 0
	for i := range e.Findings {
		switch f := &e.Findings[i]; {
		case f.Class == "counter":
			contra++
		case f.Class == "proof" || f.DB > 0:
			pro++
		}
	}
	text := fmt.Sprintf("%s (p %.2f); %s for an ALG, %d against", dbText(e.ScoreDB), e.P, plural(pro, "sign"), contra)
	if pro > 0 && contra > 0 {
		text += ": they contradict each other"
	}
	return text
}

// silence is a reason and the rules that could not speak for it.
type silence struct {
	reason string
	ids    []string
}

// bySilence groups silent rules by reason, in order of appearance.
func bySilence(list []Silent) []silence {
	var out []silence
	for _, s := range list {
		k := slices.IndexFunc(out, func(g silence) bool { return g.reason == s.Reason })
		if k < 0 {
			out = append(out, silence{reason: s.Reason})
			k = len(out) - 1
		}
		out[k].ids = append(out[k].ids, s.ID)
	}
	return out
}

// sideText says where the one stands that is accused.
func sideText(e *Endpoint) string {
	text := e.Side
	switch e.Side {
	case "client":
		text = "client (the phone's router, or what else stands in front of the phone)"
	case "server":
		text = "server (something in front of our own server)"
	case "proxy":
		text = "proxy (a SIP proxy between the phone and the server)"
	case "none", "":
		return ""
	}
	if e.Vendor != nil && *e.Vendor != "" {
		text += "; vendor: " + *e.Vendor
	}
	return text
}

// sameSymptoms makes one of the symptoms that differ in nothing but frames.
func sameSymptoms(list []Symptom) []Symptom {
	var merged []Symptom
	for _, s := range list {
		k := slices.IndexFunc(merged, func(m Symptom) bool { return m.ID == s.ID && m.Summary == s.Summary })
		if k < 0 {
			merged = append(merged, Symptom{s.ID, s.Summary, slices.Clone(s.Frames)})
			continue
		}
		merged[k].Frames = append(merged[k].Frames, s.Frames...)
	}
	return merged
}
