package compare

import (
	"net/netip"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/engine"
)

// Options are what the user tells about the captures.
type Options struct {
	Local   []netip.Prefix   // networks on the server's side
	Servers []netip.AddrPort // our servers; port 0 means every port
	Limits  Limits
}

// Result is everything found, as plain data. What is called the phone's side is
// the capture nearer to the phones, whichever was named first.
type Result struct {
	Phone, Server Side
	Swapped       bool // the phone's side was named second
	Told          Told // how that was told
	SamePlace     bool // nothing shows that a router stands between the two
	Clock         Clock
	Verdict       engine.Verdict // the strongest of the phones'
	Reason        string
	Counts        Counts
	Phones        []Phone
	Streams       []Stream
	StreamsAlone  int // RTP streams that only one capture holds
	Pairs         []Pair
	MorePairs     int
	Notes         []string
}

// Side is one capture.
type Side struct {
	Given    int // 1 or 2: its place among the arguments
	Inputs   []*capture.Input
	Messages int // SIP messages read
	Matched  int
	Outside  int // not matched, from before or after the other capture
	Other    int // not matched, of hosts that have no part in what was matched
	Missing  int // not matched, though they should be on the other side
	Clipped  int
	Unread   int // clipped within the start line, or nothing in them to match by
	Dropped  int // too many to keep
	Twins    int // on both sides of a router in this one capture
}

// Clock is what the messages tell of the two clocks.
type Clock struct {
	Known    bool
	Pairs    int
	OffsetNS int64 // the server's side is this much ahead
	DriftNS  int64 // how much that changed from the first message to the last
	HasPath  bool
	PathNS   int64 // from one capture to the other and back
}

// Counts are numbers of messages that were matched.
type Counts struct {
	Matched, Identical, Same, Changed, Proxied, Unread, Reported int
	Clipped                                                      int // of those compared: only as far as both go
	Invites, Registers                                           int // compared; INVITEs with SDP
}

// Pair is one message in both captures.
type Pair struct {
	Frames  Frames
	What    string // "REGISTER", "200 to INVITE"
	CSeq    uint32
	ToPhone bool
	How     How
	Clipped bool
	Phone   int // index into Result.Phones
}

// Phone is one phone, trunk or gateway.
type Phone struct {
	AOR, UserAgent, Transport string
	PhoneSide                 []netip.AddrPort // its addresses as the phone's side has them
	ServerSide                []netip.AddrPort
	Servers                   []netip.AddrPort // its servers, as the phone's side has them
	ServersBehind             []netip.AddrPort // as the server's side has them

	Verdict     engine.Verdict
	Side        string // client, server, proxy, none
	Vendor      string
	Reason      string
	Innocent    string // what else explains what changed
	Advice      string
	Counts      Counts
	Changes     []Change
	MoreChanges int
	Missing     []Missing
	Notes       []string
}

// Missing is a message that one capture lacks.
type Missing struct {
	What    string
	CSeq    uint32
	ToPhone bool
	Into    bool  // it went into the router and did not come out; else it came out only
	Sent    int   // transmissions on the side that has it
	Arrived int   // on the other side
	Frames  []int // on the side that has it
	Span    int64 // ns from the first transmission to the last
	Others  bool  // other messages of the phone passed in the meantime, the same way

	first int64
}
