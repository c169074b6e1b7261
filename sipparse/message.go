package sipparse

// Message is one SIP request or response. It is reused: Parse overwrites it
// and keeps its slices' capacity, so a steady stream of messages allocates
// nothing.
type Message struct {
	Raw     []byte // what was parsed, start line to end of body; line ends in front are left out
	Request bool   // request line, else status line

	Method  []byte // request: as written; Method of the CSeq for a response is in CSeq
	URI     []byte // request: Request-URI as written
	Status  int    // response: 100..699 when valid, as read otherwise; 0 when unreadable
	Reason  []byte // response
	Version []byte // "SIP/2.0" as written

	Headers []Header // in the order of the message
	Body    []byte   // everything after the empty line, whatever Content-Length says
	BodyOff int      // offset of Body in Raw; -1 when the empty line never came

	// ContentLength is the value of the header field; -1 when it is missing or
	// unreadable (the latter with a defect).
	ContentLength int

	Defects []Defect

	first [numHeaderIDs]int32 // 1 + index in Headers of the first of each kind, 0 for none
}

// Header is one header field: a line and its continuation lines.
type Header struct {
	ID    HeaderID
	Name  []byte // as written, without the white space before the colon; nil when there is no colon
	Value []byte // raw: folding inside kept, white space at both ends cut
	Off   int    // offset in Message.Raw, where Name begins
	End   int    // offset behind the line's end
}

// DefectCode says what departs from the grammar.
type DefectCode uint8

// Defect is one departure from the grammar, kept as data.
type Defect struct {
	Code DefectCode
	Off  int // offset in Message.Raw of what departs
}

// HeaderID is a known header field, whatever its spelling (compact forms too).
type HeaderID uint8

// The header fields that algsniff looks into. All others are HdrOther and are
// found by name.
const (
	HdrOther HeaderID = iota
	HdrVia
	HdrFrom
	HdrTo
	HdrCallID
	HdrCSeq
	HdrContact
	HdrMaxForwards
	HdrContentLength
	HdrContentType
	HdrContentEncoding
	HdrRoute
	HdrRecordRoute
	HdrPath
	HdrServiceRoute
	HdrAuthorization
	HdrProxyAuthorization
	HdrWWWAuthenticate
	HdrProxyAuthenticate
	HdrUserAgent
	HdrServer
	HdrExpires
	HdrEvent
	HdrSupported
	HdrAllow
	HdrWarning
	HdrTimestamp
	HdrDate
	HdrReferTo
	HdrReferredBy
	HdrReplaces
	HdrPAssertedIdentity
	HdrRemotePartyID
	HdrReason
	numHeaderIDs
)

// First returns the first header field of a kind, or nil.
func (m *Message) First(id HeaderID) *Header {
	if i := m.first[id]; i > 0 {
		return &m.Headers[i-1]
	}
	return nil
}

// Value returns the raw value of the first header field of a kind, or nil.
func (m *Message) Value(id HeaderID) []byte {
	if h := m.First(id); h != nil {
		return h.Value
	}
	return nil
}
