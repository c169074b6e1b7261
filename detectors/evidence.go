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
}

// HasNAT tells whether any sign of a NAT was seen.
func (ev *Evidence) HasNAT() bool { return len(ev.NAT) > 0 }
