package report

import (
	"fmt"
	"io"
	"maps"
	"net/netip"
	"reflect"
	"slices"

	"github.com/algsniff/algsniff/internal/compare"
)

// CompareSchema names the version of the comparison's JSON. Keys are only ever
// added.
const CompareSchema = "algsniff.compare/1"

// Comparison is what two captures of the same traffic tell, taken on the
// phone's side of a router and behind it. Units are those of Report.
type Comparison struct {
	Schema    string           `json:"schema"`
	Version   string           `json:"version"`
	Verdict   string           `json:"verdict"` // the strongest of the phones'
	Reason    string           `json:"reason"`
	Swapped   bool             `json:"swapped"`    // the phone's side was named second
	ToldBy    string           `json:"told_by"`    // addresses, via, ttl, time, or order of the arguments
	SamePlace bool             `json:"same_place"` // nothing shows a router between the two
	Phone     ComparedSide     `json:"phone_side"`
	Server    ComparedSide     `json:"server_side"`
	Clock     ComparedClock    `json:"clock"`
	Matched   ComparedCounts   `json:"matched"`
	Phones    []ComparedPhone  `json:"phones"`
	Streams   []ComparedStream `json:"streams"`
	Alone     int              `json:"streams_alone"` // RTP streams in one capture only
	Pairs     []ComparedPair   `json:"pairs"`
	MorePairs int              `json:"more_pairs"`
	Notes     []string         `json:"notes"`
}

// ComparedSide is one of the two captures.
type ComparedSide struct {
	Given    int     `json:"given"` // 1 or 2: its place among the arguments
	Inputs   []Input `json:"inputs"`
	Messages int     `json:"messages"`
	Matched  int     `json:"matched"`
	Missing  int     `json:"missing"` // not matched, though they should be on the other side
	Outside  int     `json:"outside"` // not matched: from before or after the other capture
	Other    int     `json:"other"`   // not matched: of others
	Clipped  int     `json:"clipped"`
	Unread   int     `json:"unread"`
	Dropped  int     `json:"dropped"` // too many to keep
	Doubled  int     `json:"doubled"` // on both sides of a router in this one capture
}

// ComparedClock is what the messages tell of the two clocks.
type ComparedClock struct {
	OffsetMS *float64 `json:"offset_ms"` // the server's side is ahead by this; null when not known
	DriftMS  *float64 `json:"drift_ms"`  // the change of it from the first message to the last
	PathMS   *float64 `json:"path_ms"`   // from one capture to the other and back
	Pairs    int      `json:"pairs"`     // messages it was told by
}

// ComparedCounts counts messages in both captures.
type ComparedCounts struct {
	Messages  int `json:"messages"`
	Identical int `json:"identical"`
	Same      int `json:"same"` // other bytes, but SIP reads them as the same
	Changed   int `json:"changed"`
	Proxied   int `json:"proxied"`  // written anew by a proxy in between
	Unread    int `json:"unread"`   // too little captured
	Reported  int `json:"reported"` // changed, but one side is what a HEP agent reports
	Clipped   int `json:"clipped"`  // of those compared, only as far as both go
	Registers int `json:"registers"`
	Invites   int `json:"invites"` // with SDP
}

// ComparedPhone is one phone, and the verdict about its way to the server.
type ComparedPhone struct {
	ID            int               `json:"id"`
	AOR           string            `json:"aor"`
	UserAgent     string            `json:"user_agent"`
	Transport     string            `json:"transport"`
	PhoneSide     []string          `json:"phone_side"`  // its addresses on the phone's side
	ServerSide    []string          `json:"server_side"` // as they came out
	Servers       []string          `json:"servers"`     // on the phone's side
	ServersBehind []string          `json:"servers_behind"`
	Verdict       string            `json:"verdict"`
	Side          string            `json:"side"` // client, server, proxy, none
	Vendor        *string           `json:"vendor"`
	Reason        string            `json:"reason"`
	Innocent      string            `json:"innocent"` // what else explains the changes
	Advice        string            `json:"advice"`
	Matched       ComparedCounts    `json:"matched"`
	Changes       []ComparedChange  `json:"changes"`
	MoreChanges   int               `json:"more_changes"`
	Missing       []ComparedMissing `json:"missing"`
	Notes         []string          `json:"notes"`
}

// ComparedChange is one way in which messages were changed.
type ComparedChange struct {
	Field     string           `json:"field"`
	Change    string           `json:"change"`    // address, port, length, other, harmless
	Direction string           `json:"direction"` // from-phone, to-phone
	Before    *string          `json:"before"`    // null: the line was added
	After     *string          `json:"after"`     // null: it was taken away
	Count     int              `json:"count"`
	Messages  []string         `json:"messages"` // "REGISTER", "200 to INVITE"
	Frames    []ComparedFrames `json:"frames"`   // of the first ones
}

// ComparedFrames are a message's frame numbers in both captures.
type ComparedFrames struct {
	Phone  int `json:"phone"`
	Server int `json:"server"`
}

// ComparedMissing is a message that one capture lacks.
type ComparedMissing struct {
	Message   string  `json:"message"`
	CSeq      int     `json:"cseq"`
	Direction string  `json:"direction"`
	SeenOn    string  `json:"seen_on"` // phone or server: the side that has it
	CameOut   bool    `json:"came_out"`
	Sent      int     `json:"sent"`    // transmissions on that side
	Arrived   int     `json:"arrived"` // on the other
	SpanMS    float64 `json:"span_ms"`
	Frames    []int   `json:"frames"` // on the side that has it
}

// ComparedStream is an RTP stream in both captures.
type ComparedStream struct {
	SSRC      string      `json:"ssrc"`
	Codec     string      `json:"codec"`
	Direction string      `json:"direction"`
	Phone     ComparedLeg `json:"phone"`
	Server    ComparedLeg `json:"server"`
	Packets   int         `json:"packets"` // sent while both captures ran
	Before    int         `json:"lost_before"`
	Between   int         `json:"lost_between"`
	Skipped   int         `json:"not_captured"` // seen behind, not in front
	Where     string      `json:"where"`        // before, between, both, none
}

// ComparedLeg is a stream as one capture has it.
type ComparedLeg struct {
	Src         string   `json:"src"`
	Dst         string   `json:"dst"`
	Packets     int      `json:"packets"` // with duplicates
	Duplicates  int      `json:"duplicates"`
	Lost        int      `json:"lost"`
	LossPercent float64  `json:"loss_percent"`
	JitterMS    *float64 `json:"jitter_ms"` // mean
	MaxJitterMS *float64 `json:"max_jitter_ms"`
}

// ComparedPair is one message in both captures.
type ComparedPair struct {
	Message   string         `json:"message"`
	CSeq      int            `json:"cseq"`
	Direction string         `json:"direction"`
	Frames    ComparedFrames `json:"frames"`
	Result    string         `json:"result"` // identical, same, changed, proxied, unread, reported
	Clipped   bool           `json:"clipped"`
}

// CompareWriter renders a comparison.
type CompareWriter func(w io.Writer, c *Comparison, o Options) error

// CompareWriters are the output formats of a comparison by name.
var CompareWriters = map[string]CompareWriter{
	"text": writeCompareText,
	"json": writeCompareJSON,
	"md":   writeCompareMarkdown,
}

// CompareFormats lists the names of the CompareWriters, sorted.
func CompareFormats() []string { return slices.Sorted(maps.Keys(CompareWriters)) }

// BuildComparison turns the result of a comparison into a report.
func BuildComparison(res *compare.Result, version string) *Comparison {
	c := &Comparison{
		Schema: CompareSchema, Version: version, Verdict: string(res.Verdict), Reason: res.Reason, Swapped: res.Swapped,
		ToldBy: string(res.Told), SamePlace: res.SamePlace, Phone: comparedSide(&res.Phone), Server: comparedSide(&res.Server),
		Matched: comparedCounts(&res.Counts), Alone: res.StreamsAlone, MorePairs: res.MorePairs, Notes: res.Notes,
	}
	ms := func(ns int64, known bool) *float64 { return number(float64(ns)/1e6, known) }
	k := &res.Clock
	c.Clock = ComparedClock{ms(k.OffsetNS, k.Known), ms(k.DriftNS, k.Known), ms(k.PathNS, k.HasPath), k.Pairs}
	for i := range res.Phones {
		c.Phones = append(c.Phones, comparedPhone(i+1, &res.Phones[i]))
	}
	for i := range res.Streams {
		c.Streams = append(c.Streams, comparedStream(&res.Streams[i]))
	}
	for i := range res.Pairs {
		p := &res.Pairs[i]
		c.Pairs = append(c.Pairs, ComparedPair{
			p.What, int(p.CSeq), direction(p.ToPhone), ComparedFrames(p.Frames), string(p.How), p.Clipped,
		})
	}
	c.Normalize()
	return c
}

func comparedSide(s *compare.Side) ComparedSide {
	out := ComparedSide{
		Given: s.Given, Messages: s.Messages, Matched: s.Matched, Missing: s.Missing,
		Outside: s.Outside, Other: s.Other, Clipped: s.Clipped, Unread: s.Unread, Dropped: s.Dropped, Doubled: s.Twins,
	}
	for _, in := range s.Inputs {
		out.Inputs = append(out.Inputs, buildInput(in))
	}
	return out
}

func comparedCounts(n *compare.Counts) ComparedCounts {
	return ComparedCounts{
		n.Matched, n.Identical, n.Same, n.Changed, n.Proxied, n.Unread, n.Reported, n.Clipped, n.Registers, n.Invites,
	}
}

func comparedPhone(id int, p *compare.Phone) ComparedPhone {
	out := ComparedPhone{
		ID: id, AOR: p.AOR, UserAgent: p.UserAgent, Transport: p.Transport, Verdict: string(p.Verdict), Side: p.Side,
		Reason: p.Reason, Innocent: p.Innocent, Advice: p.Advice, Matched: comparedCounts(&p.Counts), MoreChanges: p.MoreChanges, Notes: p.Notes,
		PhoneSide: addrs(p.PhoneSide), ServerSide: addrs(p.ServerSide), Servers: addrs(p.Servers), ServersBehind: addrs(p.ServersBehind),
	}
	if p.Vendor != "" {
		out.Vendor = &p.Vendor
	}
	for i := range p.Changes {
		ch := &p.Changes[i]
		one := ComparedChange{
			Field: ch.Field, Change: ch.Kind.String(), Direction: direction(ch.ToPhone), Count: ch.Count, Messages: ch.Methods,
		}
		if !ch.Added {
			one.Before = &ch.Before
		}
		if !ch.Removed {
			one.After = &ch.After
		}
		for _, f := range ch.Frames {
			one.Frames = append(one.Frames, ComparedFrames(f))
		}
		out.Changes = append(out.Changes, one)
	}
	for i := range p.Missing {
		m := &p.Missing[i]
		seenOn := "phone"
		if m.Into == m.ToPhone {
			seenOn = "server"
		}
		out.Missing = append(out.Missing, ComparedMissing{
			m.What, int(m.CSeq), direction(m.ToPhone), seenOn, !m.Into, m.Sent, m.Arrived, round(float64(m.Span)/1e6, 3), m.Frames,
		})
	}
	return out
}

func comparedStream(s *compare.Stream) ComparedStream {
	leg := func(l *compare.Leg) ComparedLeg {
		return ComparedLeg{
			addr(l.Src), addr(l.Dst), l.Packets, l.Doubled, l.Lost, round(l.LossPct, 4),
			number(l.JitterMS, l.HasJitter), number(l.MaxMS, l.HasJitter),
		}
	}
	where := "none"
	switch {
	case s.Before > 0 && s.Between > 0:
		where = "both"
	case s.Before > 0:
		where = "before"
	case s.Between > 0:
		where = "between"
	}
	return ComparedStream{
		fmt.Sprintf("0x%08x", s.SSRC), s.Codec, direction(s.ToPhone), leg(&s.Phone), leg(&s.Server),
		s.Common, s.Before, s.Between, s.Skipped, where,
	}
}

func direction(toPhone bool) string {
	if toPhone {
		return "to-phone"
	}
	return "from-phone"
}

// writeCompareJSON writes the documented interface.
func writeCompareJSON(w io.Writer, c *Comparison, _ Options) error {
	c.Normalize()
	return jsonDocument(w, reflect.ValueOf(c).Elem())
}

// Normalize makes c what the schema promises; see Report.Normalize.
func (c *Comparison) Normalize() {
	if c.Schema == "" {
		c.Schema = CompareSchema
	}
	normalize(reflect.ValueOf(c).Elem())
}

func addrs(list []netip.AddrPort) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = addr(a)
	}
	return out
}
