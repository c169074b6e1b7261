package engine

import (
	"maps"
	"net/netip"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/rtpstats"
)

// Result is everything found, as plain data.
type Result struct {
	Inputs    []*capture.Input
	Endpoints []Endpoint
	Calls     []Call
	Streams   []Stream
	LeftOut   LeftOut
	Totals    Totals
	Health    Health
}

// LeftOut counts what was analysed but is not listed, for lists are bounded.
type LeftOut struct {
	Calls, Streams, Endpoints int
}

// Totals counts everything, also what the lists leave out.
type Totals struct {
	Endpoints map[Verdict]int
	Calls     map[string]int // by state
	Streams   map[rtpstats.Grade]int
}

// tally counts into a map that may not be there yet.
func tally[K comparable](m *map[K]int, k K, n int) {
	if *m == nil {
		*m = map[K]int{}
	}
	(*m)[k] += n
}

// Health is the state of the capture and of the analysis.
type Health struct {
	SIPMessages, SIPDefective, SIPCopies, SIPCut int
	SIPUnread                                    int // clipped within the start line: not counted as messages
	RTPPackets, RTCPPackets, STUNPackets         int
	HEP                                          int
	Evicted                                      map[string]int // by table

	Viewpoint detectors.Viewpoint
	Server    string // the address that most endpoints talk to
	Notes     []string
}

func (h *Health) evict(table string) {
	tally(&h.Evicted, table, 1)
}

// Verdict is the engine's conclusion for an endpoint.
type Verdict string

// The verdicts.
const (
	Confirmed     Verdict = "CONFIRMED"
	Likely        Verdict = "LIKELY"
	Possible      Verdict = "POSSIBLE"
	Unlikely      Verdict = "UNLIKELY"
	Inconclusive  Verdict = "INCONCLUSIVE"
	NotApplicable Verdict = "NOT_APPLICABLE"
)

// Relation is one comparison of the tuple check.
type Relation struct {
	Relation detectors.Relation
	Sample   detectors.Sample
}

// Endpoint is one phone, trunk or gateway, and the verdict about it.
type Endpoint struct {
	AOR, UserAgent, Transport string
	Viewpoint                 detectors.Viewpoint
	Sources                   []netip.AddrPort
	Server                    netip.AddrPort
	NAT                       string // yes, no, unknown
	Registered                bool
	Messages                  int
	First, Last               int64 // ns; 0 when the capture has no times
	Tuple                     [detectors.NumFields]Relation

	Verdict  Verdict
	P        float64
	ScoreDB  float64
	Side     string
	Vendor   string
	Findings []detectors.Finding
	Silent   []Silent // rules that could not speak
	Reason   string
	Advice   string
	Notes    []string // what else bears on the verdict: contradictions, the past, a poor capture
	Symptoms []Symptom

	parties []*party
	order   uint64
	proven  bool  // of the client's router, for its neighbours
	past    int64 // until when rewriting was present; 0 for never
	strange bool  // the server never accepted it
}

// Symptom is something the users would notice.
type Symptom struct {
	ID, Summary string
	Frames      []int
}

// Call is one dialog started by an INVITE.
type Call struct {
	CallID, From, To     string
	Start, Answered, End int64 // ns; 0 for never
	State                string
	Status               int
	Endpoints            []int // indexes into Result.Endpoints
	Streams              []int // indexes into Result.Streams
	Symptoms             []Symptom

	order   uint64
	parties []partyKey
	streams []uint64
	icmp    []icmpSeen
}

// Stream is one RTP stream.
type Stream struct {
	SSRC      uint32
	Src, Dst  netip.AddrPort
	Call      string // Call-ID, "" for none
	Announced bool
	Stats     rtpstats.Stats
	Quality   rtpstats.Quality
	Grade     rtpstats.Grade
	DelayFrom string // rtcp or assumed
	HasRTT    bool
	RTTMS     float64
	Remote    *Remote

	order      uint64
	reporter   uint32
	key        streamKey
	ttl        uint8
	firstFrame int
}

// Remote is the last word of the receiver's RTCP.
type Remote struct {
	Lost         int
	LossPercent  float64
	HasJitter    bool
	JitterMS     float64
	MOSLQ, MOSCQ float64 // 0: not told
}

// Result concludes from what was seen so far. The engine can go on after it.
func (e *Engine) Result(inputs []*capture.Input) *Result {
	r := &Result{Inputs: inputs, Health: e.health}
	r.Health.Evicted = maps.Clone(e.health.Evicted)
	for _, in := range inputs {
		if in.Evicted > 0 {
			tally(&r.Health.Evicted, "TCP connection", in.Evicted)
		}
	}
	e.collectStreams(r)
	e.collectCalls(r)
	e.collectEndpoints(r)
	e.linkCalls(r)
	return r
}
