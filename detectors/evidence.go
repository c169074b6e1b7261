package detectors

import "net/netip"

// Field names what of a message was compared with the source.
type Field uint8

// The three fields of the tuple check.
const (
	Via Field = iota
	Contact
	SDP
	NumFields
)

var fieldNames = [NumFields]string{"Via", "Contact", "SDP"}

func (f Field) String() string { return fieldNames[f] }

// Sample is one occurrence of something written: where, and its text.
type Sample struct {
	Frame int // 0: never
	Text  string
	Seen  string // the source at that moment
}

// Compared counts, for one field, how often each relation was seen, with the
// first occurrence of each.
type Compared struct {
	Count [NumRelations]uint32
	first []firstSample // few relations ever occur for one endpoint
}

type firstSample struct {
	rel Relation
	Sample
}

// First returns the first occurrence of a relation; its Frame is 0 when it
// never occurred.
func (c *Compared) First(r Relation) Sample {
	for i := range c.first {
		if c.first[i].rel == r {
			return c.first[i].Sample
		}
	}
	return Sample{}
}

// Note counts one occurrence; it returns true the first time, when the caller
// owes a sample (SetFirst).
func (c *Compared) Note(r Relation) bool {
	c.Count[r]++
	return c.Count[r] == 1
}

// SetFirst keeps the first occurrence of a relation.
func (c *Compared) SetFirst(r Relation, s Sample) {
	c.first = append(c.first, firstSample{r, s})
}

// Merge adds what another record counted; where both know a first occurrence,
// the receiver's stays.
func (c *Compared) Merge(o *Compared) {
	for r := range c.Count {
		c.Count[r] += o.Count[r]
	}
	for i := range o.first {
		if f := &o.first[i]; c.First(f.rel).Frame == 0 {
			c.SetFirst(f.rel, f.Sample)
		}
	}
}

// Majority returns the relation seen most often among those that can be
// compared; on a tie the one closest to the source, which is the most rewritten
// picture. Absent when nothing could be compared.
func (c *Compared) Majority() Relation {
	best := Absent
	for r := Exact; r < NumRelations; r++ {
		if c.Count[r] > 0 && (best == Absent || c.Count[r] > c.Count[best]) {
			best = r
		}
	}
	return best
}

// Viewpoint is where the capture was taken, as far as the endpoint goes.
type Viewpoint uint8

// The viewpoints. FromServer means behind the endpoint's router, wherever on
// the way to the server.
const (
	Unknown Viewpoint = iota
	FromServer
	FromClient
	FromRouter // both sides of the router in one capture
	FromHEP    // as reported by a HEP agent
)

var viewpointNames = [...]string{"unknown", "server", "client", "router", "hep"}

func (v Viewpoint) String() string { return viewpointNames[v] }

// NATSign is one independent sign that a NAT stands between the endpoint and
// the capture (needed before "public" means anything).
type NATSign struct {
	ID    string // inside-address, port-differs, siblings, port-moved
	Frame int
	Text  string
}

// Register is the address picture of one REGISTER request.
type Register struct {
	Frame        int
	Via, Contact Relation
	Auth         bool // carries credentials
	Fresh        bool // first of its Call-ID in the capture, and nothing was sent to the endpoint before
}

// Evidence is everything the engine learned of one endpoint, in a form that
// rules can read. Nothing in it refers to packets.
type Evidence struct {
	Viewpoint  Viewpoint
	Transport  string // udp, tcp, …
	ServerPort uint16
	Source     netip.AddrPort // the most used one
	UserAgent  string
	Family     string // of the user agent, lower case: "pjsip", "linphone", …; "" when not known

	Messages  int // sent by the endpoint and complete enough to compare
	Registers int // REGISTER requests among them
	Fields    [NumFields]Compared
	Inside    []netip.Addr // distinct inside addresses written anywhere, first come first
	NAT       []NATSign

	FirstRegister  Register // the first REGISTER seen; Frame is 0 when there is none
	LaterRegister  Register // the first one after an answer, whose picture differs or else the last
	ReceivedPublic Sample   // an answer to the endpoint with a received= that is not its own address
	ReceivedOwn    Sample   // … that is its own inside address
	ServerInside   bool     // the server's address as seen is an inside address

	Server    netip.AddrPort
	Log       []Record      // what the endpoint sent, in order; runs of alike messages are one record
	Skipped   int           // records dropped from the middle of Log
	Observed  []Observation // what the hooks noted
	Echoes    int           // responses to the server's requests that repeated all they must
	Telling   int           // those among Echoes that a Linux-type ALG would have changed
	TellingAt int           // frame of the first
	Crossed   int           // requests seen unchanged on both sides of a NAT of the endpoint's address
	CrossedAt int           // frame of the first

	CrossedRegisters, CrossedInvites int // among Crossed

	ReceivedMissing Sample // an answer without received= to a request with an inside Via, …
	ReceivedOthers  Sample // … by a server that adds it for another client of the same network, at the same port and transport
	ReceivedNear    Sample // a public received= from the same server, at any port, for a client of the same network
	KnownAs         Sample // a request of the server that names the endpoint by a public address which is not its own

	Site       []Sibling    // other endpoints behind the same public address
	Elsewhere  []Sibling    // endpoints of the same user agent at other addresses
	ICMP       []Sample     // "port unreachable" for media or signalling towards it
	Streams    []StreamFact // RTP of its calls
	Reworded   []Rewording  // session descriptions that it changed without saying so
	KeepAlives int          // tiny datagrams or STUN on its flow of SIP (UDP)
	Survived   Sample       // an answer of it to a request that came after a long silence
	Before     Period       // what it wrote until its addresses turned over; Messages is 0 when they did not
	OneWay     bool         // nothing that the server sent is in the capture
	Cut        int          // messages that are not whole, beside Messages
	OwnPublic  bool         // where its family writes its own address (Call-ID) stands the public one
	PeerTTL    uint8        // TTL of its SIP packets, 0 when not known or not steady
	MediaTTL   uint8        // TTL of its RTP packets, likewise
}

// Period is a time in which an endpoint wrote one kind of address.
type Period struct {
	Messages       int
	Public         bool // its public source; else inside addresses
	First, Last    int  // frames
	Since, Until   int64
	Source         netip.AddrPort
	Text           string // what it wrote, the newest
	ToldRegistered int    // REGISTERs that came after the server had answered
}

// Record is one message of the endpoint, or a run of alike ones.
type Record struct {
	Frame, LastFrame int
	Time, LastTime   int64
	Count            int
	Method           string // of the request, or of the CSeq of a response
	Status           int    // 0 for a request
	Source           netip.AddrPort
	Vias             int

	Via, Contact, Conn, Origin     Relation
	ViaAddr, ContactAddr, ConnAddr netip.AddrPort // as written; the port is the effective one; the media port for ConnAddr
	OriginIP                       netip.Addr

	Auth        bool // carries credentials
	NewSession  bool // REGISTER: the first of its Call-ID
	Told        bool // the server had sent something to this source before
	CSeq        uint32
	MaxForwards int  // -1 when there is none
	ContactPort bool // the Contact has an explicit port
	RPort       bool // Via asks for rport
	Segments    int  // TCP segments, 1 for a datagram
	Size        int  // bytes
}

// Observation is a fact that a rule's hook noted.
type Observation struct {
	Detector      string
	Key           string
	Frames        []int // the newest pair last; bounded
	Written, Seen string
	Count         int
	First, Last   int64 // capture time, ns
	Pairs         int   // different earlier messages that it was noted against; 0 for none, or not counted
	Earlier       int64 // tells the newest of those from another
}

// Of returns what a rule noted.
func (ev *Evidence) Of(id string) []Observation {
	var out []Observation
	for i := range ev.Observed {
		if ev.Observed[i].Detector == id {
			out = append(out, ev.Observed[i])
		}
	}
	return out
}

// Add takes an observation; one with the same rule and key is counted together.
func (ev *Evidence) Add(o Observation) {
	for i := range ev.Observed {
		if p := &ev.Observed[i]; p.Detector == o.Detector && p.Key == o.Key {
			p.Count += o.Count
			p.Pairs += o.Pairs
			p.First, p.Last = min(p.First, o.First), max(p.Last, o.Last)
			if len(p.Frames) < 6 {
				p.Frames = append(p.Frames[:len(p.Frames):len(p.Frames)], o.Frames...)
			}
			return
		}
	}
	ev.Observed = append(ev.Observed, o)
}

// Sibling is another endpoint of the capture, as far as comparing goes.
type Sibling struct {
	AOR, UserAgent, Family string
	Transport              string
	Source                 netip.AddrPort
	ServerPort             uint16
	Via, Contact, SDP      Relation
	Contacts               []netip.AddrPort // as written
	Residue                bool             // it wrote inside addresses beside public Via and Contact
	Messages               int
	First, Last            int64
	Frame                  int
	SameDevice             bool       // the same instance or address of record
	Proven                 bool       // a proof about the path through its router was found
	Inside                 netip.Addr // the first inside address that it wrote; not valid for none
	ContactPort            Style      // whether its private Contacts have a port
	RPort                  Style      // whether its Vias have rport
	MaxForwards            int        // of all its requests; 0 where they differ
	KeepsAlive             bool       // it sent keep-alives between its messages (UDP)
}

// Style is how steadily an endpoint does something.
type Style uint8

// The styles.
const (
	Unseen Style = iota
	Never
	Always
	Mixed
)

// And takes one more occurrence.
func (s Style) And(yes bool) Style {
	now := Never
	if yes {
		now = Always
	}
	if s == Unseen || s == now {
		return now
	}
	return Mixed
}

// StreamFact is an RTP stream that the endpoint sent or should have received.
type StreamFact struct {
	Frame       int
	Sent        bool // by the endpoint
	Src, Dst    netip.AddrPort
	Written     netip.AddrPort // what the endpoint's SDP said
	Packets     uint64
	First, Last int64
	ToInside    bool // sent by the server to an inside address of the endpoint's SDP
	SSRC        uint32
	TTL         uint8 // of its first packet; 0 not known
}

// Rewording is a session description that the endpoint sent again within one
// dialog, by its o= the same session, with another address in o=, or with
// another address or port for the media and the same version. The first of each
// pair came first.
type Rewording struct {
	Frames           [2]int
	Time             int64 // of the second, ns
	Session, Version string
	SameVersion      bool // and as many m= lines
	Origin           [2]netip.Addr
	Conn             [2]netip.AddrPort // of the first m= line in use
	Source           [2]netip.AddrPort
}

// HasNAT tells whether any sign of a NAT was seen.
func (ev *Evidence) HasNAT() bool { return len(ev.NAT) > 0 }
