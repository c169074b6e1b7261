package report

// Schema names the JSON report's version. Keys are only ever added.
const Schema = "algsniff.report/1"

// Report is the result of one analysis. Every key is always present in JSON:
// lists are empty rather than missing. Times are RFC 3339 with nanoseconds,
// durations and jitter are in milliseconds, addresses "ip:port" or
// "[ip6]:port", frames count from 1 per file as Wireshark counts them.
type Report struct {
	Schema    string     `json:"schema"`
	Version   string     `json:"version"`
	Inputs    []Input    `json:"inputs"`
	Endpoints []Endpoint `json:"endpoints"`
	Calls     []Call     `json:"calls"`
	Streams   []Stream   `json:"streams"`
	Totals    Totals     `json:"totals"`
	Health    Health     `json:"health"`
}

// Totals counts everything that was analysed, also what the lists leave out
// because they are bounded.
type Totals struct {
	Endpoints VerdictCounts `json:"endpoints"`
	Calls     StateCounts   `json:"calls"`
	Streams   GradeCounts   `json:"streams"`
}

// VerdictCounts counts endpoints.
type VerdictCounts struct {
	Confirmed     int `json:"CONFIRMED"`
	Likely        int `json:"LIKELY"`
	Possible      int `json:"POSSIBLE"`
	Inconclusive  int `json:"INCONCLUSIVE"`
	Unlikely      int `json:"UNLIKELY"`
	NotApplicable int `json:"NOT_APPLICABLE"`
}

// StateCounts counts calls.
type StateCounts struct {
	Answered   int `json:"answered"`
	Failed     int `json:"failed"`
	Cancelled  int `json:"cancelled"`
	Ringing    int `json:"ringing"`
	InProgress int `json:"in-progress"`
}

// GradeCounts counts RTP streams.
type GradeCounts struct {
	Excellent int `json:"EXCELLENT"`
	Good      int `json:"GOOD"`
	Fair      int `json:"FAIR"`
	Poor      int `json:"POOR"`
	TooShort  int `json:"TOO_SHORT"`
}

// Input is one capture file.
type Input struct {
	Name            string   `json:"name"`
	Format          string   `json:"format"`
	LinkTypes       []string `json:"link_types"`
	Packets         int      `json:"packets"`
	Bytes           int64    `json:"bytes"`
	First           *string  `json:"first"` // null when no frame has a time
	Last            *string  `json:"last"`
	FramesUndecoded int      `json:"frames_undecoded"`
	FramesClipped   int      `json:"frames_clipped"`
	FramesCopied    int      `json:"frames_copied"`
	OutOfOrder      int      `json:"out_of_order"`
	FragmentsLost   int      `json:"fragments_lost"`
	KernelDropped   int      `json:"kernel_dropped"`
	ConnsEvicted    int      `json:"tcp_connections_evicted"` // open ones that were forgotten for lack of room
	Truncated       bool     `json:"truncated"`
	Error           *string  `json:"error"`
}

// Endpoint is one phone, trunk or gateway as its server sees it.
type Endpoint struct {
	ID         int       `json:"id"`
	AOR        string    `json:"aor"` // sip:user@domain; "" when it never said who it is
	UserAgent  string    `json:"user_agent"`
	Transport  string    `json:"transport"` // udp, tcp, tls, ws, wss
	Viewpoint  string    `json:"viewpoint"` // server, client, router, hep, unknown
	Source     []string  `json:"source"`    // where its packets came from, in order of appearance
	Server     string    `json:"server"`
	NAT        string    `json:"nat"` // yes, no, unknown
	Verdict    string    `json:"verdict"`
	P          float64   `json:"p"`
	ScoreDB    float64   `json:"score_db"`
	Side       string    `json:"side"`
	Vendor     *string   `json:"vendor"`
	Registered bool      `json:"registered"`
	Tuple      Tuple     `json:"tuple"`
	Messages   int       `json:"messages"`
	First      *string   `json:"first"`
	Last       *string   `json:"last"`
	Findings   []Finding `json:"findings"`
	Silent     []Silent  `json:"silent"` // rules that could not speak
	Reason     string    `json:"reason"` // the verdict in one sentence
	Advice     string    `json:"advice"`
	Notes      []string  `json:"notes"`    // what else bears on the verdict: contradictions, the past, a poor capture
	Symptoms   []Symptom `json:"symptoms"` // of its registration
}

// Silent is a rule that could not speak of an endpoint, and why.
type Silent struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Tuple compares what the endpoint wrote with where its packets came from.
type Tuple struct {
	Via     Relation `json:"via"`
	Contact Relation `json:"contact"`
	SDP     Relation `json:"sdp"`
}

// Relation is one comparison. Agrees is null when the two can't be compared:
// nothing was written, or a name stands where an address would.
type Relation struct {
	Written string `json:"written"`
	Seen    string `json:"seen"`
	Agrees  *bool  `json:"agrees"`
	// Relation says it finer: exact, ip-only (another port), inside (private,
	// from a public source), other-inside, other-public, other-local, name,
	// unset (0.0.0.0), absent.
	Relation string `json:"relation"`
	Frame    int    `json:"frame"` // where it was written; 0 for never
}

// Finding is one detector's statement about an endpoint.
type Finding struct {
	ID       string  `json:"id"`
	Class    string  `json:"class"` // proof, strong, weak, counter
	DB       float64 `json:"db"`
	Frames   []int   `json:"frames"`
	Written  string  `json:"written"`
	Seen     string  `json:"seen"`
	Summary  string  `json:"summary"`
	Innocent string  `json:"innocent"`
	Cite     string  `json:"cite"` // the RFC section or other source that the rule leans on
	Side     string  `json:"side"` // whose: client, server, proxy
}

// Call is one dialog started by an INVITE.
type Call struct {
	CallID    string    `json:"call_id"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	Start     *string   `json:"start"`
	Answered  *string   `json:"answered"`
	End       *string   `json:"end"`
	State     string    `json:"state"` // answered, failed, ringing, cancelled, in-progress
	Status    int       `json:"status"`
	Endpoints []int     `json:"endpoints"`
	Streams   []int     `json:"streams"`
	Symptoms  []Symptom `json:"symptoms"`
}

// Symptom is something the users of a call would notice.
type Symptom struct {
	ID      string `json:"id"`
	Summary string `json:"summary"`
	Frames  []int  `json:"frames"`
}

// Stream is one RTP stream: one SSRC on one flow.
type Stream struct {
	ID          int     `json:"id"`
	SSRC        string  `json:"ssrc"` // 0x1234abcd
	Src         string  `json:"src"`
	Dst         string  `json:"dst"`
	PayloadType int     `json:"payload_type"`
	Codec       string  `json:"codec"`
	ClockRate   int     `json:"clock_rate"` // Hz; 0 when not known
	CallID      *string `json:"call_id"`
	First       *string `json:"first"`
	Last        *string `json:"last"`

	Packets      int      `json:"packets"`
	Expected     int      `json:"expected"`
	Lost         int      `json:"lost"`
	LossPercent  float64  `json:"loss_percent"`
	Duplicates   int      `json:"duplicates"`
	Reordered    int      `json:"reordered"`
	JitterMS     *float64 `json:"jitter_ms"` // null when the capture has no times, or the clock rate is not known
	MeanJitterMS *float64 `json:"mean_jitter_ms"`
	MaxJitterMS  *float64 `json:"max_jitter_ms"`
	MaxDeltaMS   *float64 `json:"max_delta_ms"`
	BurstRatio   float64  `json:"burst_ratio"`
	RTTMS        *float64 `json:"rtt_ms"`
	RFactor      float64  `json:"r_factor"`
	MOS          float64  `json:"mos"` // an estimate: G.107 from loss, burst ratio and delay
	Grade        string   `json:"grade"`

	LongestLossRun int      `json:"longest_loss_run"`
	PacketTimeMS   float64  `json:"packet_time_ms"` // 0 when not known
	ClockSkewPPM   *float64 `json:"clock_skew_ppm"`
	Restarts       int      `json:"restarts"` // the sender started its sequence anew on the same SSRC
	PayloadTypes   []int    `json:"payload_types"`
	EventPackets   int      `json:"event_packets"` // telephone-event (RFC 4733)
	ClockAssumed   bool     `json:"clock_assumed"` // no SDP told the clock rate; it was estimated
	Announced      bool     `json:"announced"`     // an SDP in the capture announced it
	Delay          *Delay   `json:"delay"`         // what the E-model was fed with
	Remote         *Remote  `json:"remote"`        // what the far end's RTCP says
}

// Delay is the one-way delay that went into the R factor, in ms.
type Delay struct {
	TotalMS float64 `json:"total_ms"`
	Source  string  `json:"source"` // "rtcp" with a measured round trip, else "assumed"
}

// Remote is the last word of the receiver's RTCP about the stream.
type Remote struct {
	LossPercent float64  `json:"loss_percent"` // cumulative
	Lost        int      `json:"lost"`
	JitterMS    *float64 `json:"jitter_ms"`
	MOSLQ       *float64 `json:"mos_lq"` // RFC 3611 VoIP metrics
	MOSCQ       *float64 `json:"mos_cq"`
}

// Health is the state of the capture and of the analysis.
type Health struct {
	SIPMessages  int      `json:"sip_messages"`
	SIPDefective int      `json:"sip_defective"`
	SIPCopies    int      `json:"sip_copies"` // of SIPMessages, read from frames captured twice
	RTPPackets   int      `json:"rtp_packets"`
	RTCPPackets  int      `json:"rtcp_packets"`
	STUNPackets  int      `json:"stun_packets"`
	Evicted      int      `json:"evicted"`     // entries dropped because a table was full
	Interrupted  bool     `json:"interrupted"` // by the user, before the input ended
	Viewpoint    string   `json:"viewpoint"`
	Server       string   `json:"server"`
	Notes        []string `json:"notes"`
}
