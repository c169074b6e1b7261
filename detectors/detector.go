package detectors

import (
	"net/netip"

	"github.com/algsniff/algsniff/sipparse"
)

// Class is how much a finding says.
type Class uint8

// The classes. Proof means bytes that can only have been changed in the path;
// Counter speaks against an ALG.
const (
	Weak Class = iota
	Strong
	Proof
	Counter
)

var classNames = [...]string{"weak", "strong", "proof", "counter"}

func (c Class) String() string { return classNames[c] }

// Group is a set of correlated signs: the strongest counts in full, the rest a
// quarter, and their sum has a cap (the engine's score table).
type Group uint8

// The groups. Addresses is the one pattern of Via, Contact and SDP against the
// packet's source.
const (
	Addresses Group = iota
	Residue
	Structure
	Temporal
	Differential
	Media
	Agent
	NumGroups
)

var groupNames = [NumGroups]string{"addresses", "residue", "structure", "temporal", "differential", "media", "agent"}

func (g Group) String() string { return groupNames[g] }

// Side is who stands behind a finding.
type Side string

// The sides. A finding without one is about the client's router.
const (
	ClientSide Side = "client"
	ServerSide Side = "server" // something in front of our own server rewrites
	ProxySide  Side = "proxy"  // a SIP proxy at the edge, declared or not
)

// Finding is one statement about an endpoint: a fact with a weight, the frames
// that show it, and the innocent explanation that remains.
type Finding struct {
	ID       string
	Class    Class
	Group    Group
	DB       float64 // decibans: 10·log10 of the likelihood ratio for an ALG in the client's path
	Times    int     // independent observations of the same; 0 stands for one
	Side     Side    // "" means ClientSide
	Vendor   string  // where a mark names it, as in the vendor table; else ""
	Frames   []int
	Time     int64  // capture time of the newest frame, ns; 0 not known
	Written  string // the bytes as they should be, or as sent
	Seen     string // the bytes as they arrived
	Summary  string
	Innocent string
}

// Context is what a rule may know of the message it is shown.
type Context struct {
	Frame, Other int            // of the message, and of the one it is held against
	Time         int64          // of the message, ns
	Source       netip.AddrPort // where the endpoint's packets come from
	Server       netip.AddrPort // the other end of the flow
	Transport    string         // udp, tcp, …
	Clipped      bool           // the message, or the other, is not whole: lengths and bodies prove nothing
	HEP          bool           // reported by an agent: it may be from before or behind its own rewriting
	Segments     int            // TCP segments that carried it, 1 for a datagram
	Fragments    int            // IP fragments, 0 for a whole datagram
	SDP          *sipparse.SDP  // of the message, nil for none
	Inside       []netip.Addr   // inside addresses that the endpoint wrote so far
	Told         bool           // the server had sent something to this source before
	Targets      []netip.Addr   // for Message, within a dialog: the Contacts that the other side gave, newest last; a name is no valid address
	Translated   Side           // for Across: whose packet address differs, the endpoint's or the server's
	Record       *Record        // for Message: how what it says of its sender stands to the source, and the method; nil elsewhere
	CallID       *CallIDFormat  // for Message: of a request outside a dialog whose Call-ID holds an address; else nil
}

// Note keeps an observation for Check. Equal keys of a rule are one
// observation that was made several times.
type Note func(key, written, seen string)

// Detector is one rule. Rules are values: they read no files, keep no state
// and print nothing; whoever holds the list drives them. The hooks are shown
// messages as they pass and note facts; Check weighs what was noted together
// with the rest of the evidence, at the end or at any time.
type Detector struct {
	ID       string
	Title    string
	Cite     string // the RFC section or other source that the rule leans on
	Says     string // what a hit means, in a few sentences for the reader of a report
	Guards   string // when it keeps silent, and why
	Innocent string // what else explains a hit

	Classes []Class // what its findings can be, the weightiest first
	Groups  []Group // where they can count

	// Message is shown every message that the endpoint sent.
	Message func(c *Context, m *sipparse.Message, note Note)
	// Echo is shown the endpoint's response to a request of the server, where
	// it does not plainly repeat what it must.
	Echo func(c *Context, request, response *sipparse.Message, note Note)
	// Answer is shown the server's response to a request of the endpoint,
	// under the same condition.
	Answer func(c *Context, request, response *sipparse.Message, note Note)
	// Again is shown a retransmission that is not the same datagram.
	Again func(c *Context, first, second *sipparse.Message, note Note)
	// Companion is shown the CANCEL of an INVITE, or the ACK of one that failed.
	Companion func(c *Context, invite, companion *sipparse.Message, note Note)
	// Across is shown the same message on both sides of a NAT: as its sender
	// sent it, and as it came out.
	Across func(c *Context, before, after *sipparse.Message, note Note)

	// Needs tells in a few words why the rule can't speak of this evidence; ""
	// when it can. Nil means that it always can.
	Needs func(ev *Evidence) string
	Check func(ev *Evidence) []Finding
}

// ByID returns the detector with an ID, or nil.
func ByID(id string) *Detector {
	for i := range All {
		if All[i].ID == id {
			return &All[i]
		}
	}
	return nil
}

// All is the list of detectors, in the order of the report.
var All = []Detector{
	addressPattern,
	echo,
	retransmission,
	companion,
	across,
	answerBack,
	dialogTarget,
	vendorMark,
	contentLength,
	ownVia,
	digestURI,
	cleanEcho,
	crossed,
	learnedAddress,
	firstPublic,
	rebindInstant,
	staleEcho,
	neverPrivate,
	toggle,
	receivedBack,
	writesPublic,
	insideResidue,
	rtcpInside,
	optionsSDP,
	callIDPublic,
	methodSplit,
	sdpSplit,
	originConn,
	sdpReworded,
	twoInside,
	duplicateContact,
	port5060,
	portStyle,
	rportLost,
	longPinhole,
	noKeepAlive,
	maxForwards,
	edgeProxy,
	ttlSplit,
	portDifferential,
	transportDifferential,
	vendorsAgree,
	siblingPrivate,
	siblingProven,
	methodSize,
	uaElsewhere,
	mediaMoved,
	promisedPort,
	mediaInside,
	agentHabit,
}
