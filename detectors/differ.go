package detectors

import (
	"bytes"
	"strings"

	"github.com/algsniff/algsniff/sipparse"
)

// Change is how much a difference between two messages that ought to be the
// same says.
type Change uint8

// The changes, from what SIP allows any element or encoder to do, to what only
// somebody who translates addresses does.
const (
	Harmless      Change = iota // the same in other words: folding, compact form, case, order, display name, received, rport
	OtherChange                 // something else than an address: a header added, a parameter, a tag, a host name
	LengthChange                // Content-Length; it follows a changed body
	PortChange                  // a port added, taken away or changed
	AddressChange               // an IP address
)

var changeNames = [...]string{"harmless", "other", "length", "port", "address"}

func (c Change) String() string { return changeNames[c] }

// Translates tells a changed address or port. A length alone is a symptom, not
// a translation.
func (c Change) Translates() bool { return c >= PortChange }

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
// compared as RFC 3261 §7.3.1 and §19.1.4 read them; SDP line by line, by
// section and kind.
func Differences(before, after *sipparse.Message) []Difference {
	if bytes.Equal(before.Raw, after.Raw) {
		return nil
	}
	var d differ
	d.startLine(before, after)
	d.headers(before, after)
	d.body(before, after)
	return d.list
}

type differ struct{ list []Difference }

func (d *differ) add(field string, before, after []byte, c Change) {
	d.list = append(d.list, Difference{field, before, after, c})
}

// differ adds a pair of values unless they are the same bytes.
func (d *differ) pair(field string, before, after []byte, change func() Change) {
	if !bytes.Equal(before, after) {
		d.add(field, before, after, change())
	}
}

func (d *differ) startLine(before, after *sipparse.Message) {
	switch {
	case before.Request != after.Request:
		d.add("start line", firstLine(before.Raw), firstLine(after.Raw), OtherChange)
	case before.Request:
		d.pair("method", before.Method, after.Method, func() Change { return OtherChange })
		d.pair("Request-URI", before.URI, after.URI, func() Change { return rawURIChange(before.URI, after.URI) })
	case before.Status != after.Status:
		d.add("status", firstLine(before.Raw), firstLine(after.Raw), OtherChange)
	default:
		d.pair("reason", before.Reason, after.Reason, func() Change { return Harmless })
	}
}

func firstLine(b []byte) []byte {
	line, _, _ := bytes.Cut(b, []byte{'\n'})
	return bytes.TrimRight(line, "\r")
}

// headerValues are the values of one kind of header field.
type headerValues struct {
	id            sipparse.HeaderID
	name          string
	before, after [][]byte
}

// headers compares kind by kind: the order of different header fields has no
// meaning (RFC 3261 §7.3.1).
func (d *differ) headers(before, after *sipparse.Message) {
	if d.inStep(before, after) {
		return
	}
	var order []*headerValues
	kinds := map[string]*headerValues{}
	collect := func(m *sipparse.Message, second bool) {
		for i := range m.Headers {
			h := &m.Headers[i]
			key := headerKey(h)
			k := kinds[key]
			if k == nil {
				k = &headerValues{id: h.ID, name: headerNames[h.ID]}
				if k.name == "" {
					k.name = string(h.Name)
				}
				kinds[key] = k
				order = append(order, k)
			}
			if len(k.before) == 0 && !second || len(k.after) == 0 && second || !isList(h.ID) {
				values := [][]byte{h.Value}
				if isList(h.ID) {
					values = listValues(m, h.ID)
				}
				if second {
					k.after = append(k.after, values...)
				} else {
					k.before = append(k.before, values...)
				}
			}
		}
	}
	collect(before, false)
	collect(after, true)
	for _, k := range order {
		d.values(k.name, k.before, k.after, func(a, b []byte) Change { return valueChange(k.id, a, b) })
	}
}

// inStep compares messages with the same header fields in the same order, one
// value in each line: nearly all of them, and without tables.
func (d *differ) inStep(before, after *sipparse.Message) bool {
	if len(before.Headers) != len(after.Headers) {
		return false
	}
	for i := range before.Headers {
		a, b := &before.Headers[i], &after.Headers[i]
		if a.ID != b.ID || a.ID == sipparse.HdrOther && !bytes.EqualFold(a.Name, b.Name) ||
			isList(a.ID) && (bytes.IndexByte(a.Value, ',') >= 0 || bytes.IndexByte(b.Value, ',') >= 0) {
			return false
		}
	}
	for i := range before.Headers {
		a, b := &before.Headers[i], &after.Headers[i]
		if !bytes.Equal(a.Value, b.Value) {
			name := headerNames[a.ID]
			if name == "" {
				name = string(a.Name)
			}
			d.add(name, a.Value, b.Value, valueChange(a.ID, a.Value, b.Value))
		}
	}
	return true
}

// values pairs two lists of values. Of lists that differ in length what is
// equal is left out; what remains was added or taken away.
func (d *differ) values(field string, before, after [][]byte, change func(a, b []byte) Change) {
	if len(before) == len(after) {
		for i := range before {
			d.pair(field, before[i], after[i], func() Change { return change(before[i], after[i]) })
		}
		return
	}
	for _, v := range without(before, after) {
		d.add(field, v, nil, OtherChange)
	}
	for _, v := range without(after, before) {
		d.add(field, nil, v, OtherChange)
	}
}

// without returns the values of a that are not in b, as often as they are not.
func without(a, b [][]byte) [][]byte {
	there := make(map[string]int, len(b))
	for _, v := range b {
		there[string(v)]++
	}
	var out [][]byte
	for _, v := range a {
		if there[string(v)] > 0 {
			there[string(v)]--
			continue
		}
		if v == nil {
			v = []byte{} // an empty value, but there
		}
		out = append(out, v)
	}
	return out
}

// headerKey is the name under which a header field is held against its like.
func headerKey(h *sipparse.Header) string {
	if name := headerNames[h.ID]; name != "" {
		return name
	}
	name := strings.ToLower(string(h.Name))
	if long := compactNames[name]; long != "" {
		return long
	}
	return name
}

// compactNames are the one-letter names that sipparse has no id for.
var compactNames = map[string]string{
	"s": "subject", "u": "allow-events", "x": "session-expires", "a": "accept-contact",
	"j": "reject-contact", "d": "request-disposition", "y": "identity",
}

var headerNames = map[sipparse.HeaderID]string{
	sipparse.HdrVia: "Via", sipparse.HdrFrom: "From", sipparse.HdrTo: "To", sipparse.HdrCallID: "Call-ID",
	sipparse.HdrCSeq: "CSeq", sipparse.HdrContact: "Contact", sipparse.HdrMaxForwards: "Max-Forwards",
	sipparse.HdrContentLength: "Content-Length", sipparse.HdrContentType: "Content-Type",
	sipparse.HdrContentEncoding: "Content-Encoding", sipparse.HdrRoute: "Route", sipparse.HdrRecordRoute: "Record-Route",
	sipparse.HdrPath: "Path", sipparse.HdrServiceRoute: "Service-Route", sipparse.HdrAuthorization: "Authorization",
	sipparse.HdrProxyAuthorization: "Proxy-Authorization", sipparse.HdrWWWAuthenticate: "WWW-Authenticate",
	sipparse.HdrProxyAuthenticate: "Proxy-Authenticate", sipparse.HdrUserAgent: "User-Agent", sipparse.HdrServer: "Server",
	sipparse.HdrExpires: "Expires", sipparse.HdrEvent: "Event", sipparse.HdrSupported: "Supported", sipparse.HdrAllow: "Allow",
	sipparse.HdrWarning: "Warning", sipparse.HdrTimestamp: "Timestamp", sipparse.HdrDate: "Date",
	sipparse.HdrReferTo: "Refer-To", sipparse.HdrReferredBy: "Referred-By", sipparse.HdrReplaces: "Replaces",
	sipparse.HdrPAssertedIdentity: "P-Asserted-Identity", sipparse.HdrRemotePartyID: "Remote-Party-ID",
	sipparse.HdrReason: "Reason",
}

// isList tells header fields whose values may stand in one line or in several.
func isList(id sipparse.HeaderID) bool {
	switch id {
	case sipparse.HdrVia, sipparse.HdrContact, sipparse.HdrRoute, sipparse.HdrRecordRoute, sipparse.HdrPath,
		sipparse.HdrServiceRoute, sipparse.HdrPAssertedIdentity, sipparse.HdrRemotePartyID:
		return true
	}
	return false
}

func listValues(m *sipparse.Message, id sipparse.HeaderID) (out [][]byte) {
	if id == sipparse.HdrVia {
		for v := range m.Vias() {
			out = append(out, v.Raw)
		}
		return out
	}
	for a := range m.NameAddrs(id) {
		out = append(out, a.Raw)
	}
	return out
}
