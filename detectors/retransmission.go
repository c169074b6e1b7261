package detectors

import (
	"bytes"
	"strings"

	"github.com/algsniff/algsniff/sipparse"
)

// retransmission compares the copies of a request that was sent again: UDP
// clients repeat the same datagram until they are answered.
var retransmission = Detector{
	ID:    "retransmission",
	Title: "A retransmission carries another address",
	Cite:  "RFC 3261 §17.1.1.2, §17.1.2.2",
	Says: "The phone repeated a request: same branch, Call-ID, CSeq and method within 32 seconds. A repeated request is the same datagram. " +
		"Here an address or a port differs between the copies. Whoever writes addresses into passing messages wrote another one the second time, " +
		"for instance because the NAT had mapped the phone to another port.",
	Guards: "UDP only, both copies whole, not from a HEP agent. Only addresses and ports count, and not those in Authorization, Date or Timestamp. " +
		"The Call-ID may differ in an address only and the From tag not at all, so that a script which uses a branch twice does not look like a repetition. " +
		"Where the first copy was private and the next one public it is no proof: a phone may have learned its public address between the two.",
	Innocent: againInnocent,
	Classes:  []Class{Proof, Strong},
	Groups:   []Group{Structure},
	Needs:    needsDatagrams,
	Again:    noteAgain,
	Check:    checkAgain,
}

const (
	againInnocent = "a phone that writes its requests anew for every repetition, and whose own idea of its address changed meanwhile"
	laterPublic   = "later public: "
)

func noteAgain(c *Context, first, second *sipparse.Message, note Note) {
	if c.Clipped || c.HEP || c.Transport == "tcp" || !sameRequest(first, second) {
		return
	}
	for _, d := range Differences(first, second) {
		if !d.Change.Translates() || restated(d.Field) {
			continue
		}
		before, after := d.addresses()
		key := d.Field
		if Inside(before.Addr()) && !Inside(after.Addr()) {
			key = laterPublic + key
		}
		note(keyOf(c.whose(before.Addr(), after.Addr()), key), d.line(d.Before), d.line(d.After))
	}
}

// sameRequest tells a message seen twice from two messages with one branch.
func sameRequest(a, b *sipparse.Message) bool {
	ia, ib := a.CallID(), b.CallID()
	if !bytes.Equal(ia, ib) && !textChange(ia, ib, -1).Translates() {
		return false
	}
	fa, okA := a.From()
	fb, okB := b.From()
	ta, _ := fa.Params.Get("tag")
	tb, _ := fb.Params.Get("tag")
	return okA && okB && bytes.Equal(ta, tb) && bytes.EqualFold(a.Method, b.Method)
}

// restated tells header fields that a phone may well write anew.
func restated(field string) bool {
	switch field {
	case "Authorization", "Proxy-Authorization", "Date", "Timestamp", "Warning", "body":
		return true
	}
	return false
}

// line is a value with the name of its line in front.
func (d *Difference) line(value []byte) string {
	if value == nil {
		return ""
	}
	if len(d.Field) > 4 && d.Field[:4] == "SDP " {
		return string(value) // the line says itself what it is
	}
	return d.Field + ": " + string(value)
}

func checkAgain(ev *Evidence) []Finding {
	var proof, later []Observation
	for _, o := range ev.Of("retransmission") {
		_, key := sideOf(o.Key)
		if what, ok := strings.CutPrefix(key, laterPublic); ok && what != "" {
			o.Key = what
			later = append(later, o)
		} else {
			proof = append(proof, o)
		}
	}
	return proofElse(proof, later,
		said{"a repeated request differs from its first copy in ", againInnocent},
		said{
			"a repeated request was private the first time and public the second, in ",
			"the phone learned its public address between the two copies, from STUN or from another answer",
		})
}
