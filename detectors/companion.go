package detectors

import (
	"bytes"
	"strings"

	"github.com/algsniff/algsniff/sipparse"
)

// companion compares an INVITE with what belongs to its transaction: CANCEL,
// and the ACK of a failure, are copied from it.
var companion = Detector{
	ID:    "companion",
	Title: "CANCEL or ACK names another sender than its INVITE",
	Cite:  "RFC 3261 §9.1, §17.1.1.3",
	Says: "CANCEL, and the ACK of a refused INVITE, carry the same topmost Via, Call-ID and From as the INVITE: they are one transaction, and the same branch " +
		"ties them. Here the address in one of them differs although both came from the same source. Routers that rewrite by method (Broadcom's helper " +
		"handles some methods only) leave exactly this.",
	Guards: "Same flow, same branch, both messages whole, one Via. A companion that names the very source, where its INVITE did not, says nothing once the server has answered: " +
		"received= and rport= of the answer between them told the phone that address. Nor is a change proof between two public or two private addresses, or of the PJSIP family, whose CANCEL had " +
		"a Via of its own in old versions. The ACK of an accepted call is another transaction and not compared.",
	Innocent:  companionInnocent,
	Classes:   []Class{Proof, Strong},
	Groups:    []Group{Structure},
	Needs:     needsRouterBetween,
	Companion: noteCompanion,
	Check:     checkCompanion,
}

const companionInnocent = "a phone that builds CANCEL and ACK afresh and knows two addresses of its own"

func noteCompanion(c *Context, invite, companion *sipparse.Message, note Note) {
	if c.Clipped || viaCount(invite) != 1 || viaCount(companion) != 1 {
		return
	}
	a, okA := invite.TopVia()
	b, okB := companion.TopVia()
	method := string(companion.Method) + " "
	told := c.Told || method == "ACK " // an ACK follows an answer, in the capture or not
	if okA && okB && isPlace(a.Host.IP) && isPlace(b.Host.IP) {
		same := sameHost(&a.Host, &b.Host)
		if !same || defaultPort(a.Host.Port) != defaultPort(b.Host.Port) {
			key := method + "Via"
			switch {
			case same:
				key = method + "port"
			case Inside(a.Host.IP) && !Inside(b.Host.IP):
				key = laterPublic + key
			case Inside(a.Host.IP) == Inside(b.Host.IP):
				key = otherAddress + key
			}
			if !told || !c.learnable(&a.Host, &b.Host) {
				note(key, "Via: "+string(a.Raw), "Via: "+string(b.Raw))
			}
		}
	}
	fa, okA := invite.From()
	fb, okB := companion.From()
	if ha, hb := &fa.URI.Host, &fb.URI.Host; okA && okB && isPlace(ha.IP) && isPlace(hb.IP) && !sameHost(ha, hb) && sameUser(fa.URI.User, fb.URI.User) &&
		(!told || !c.learnable(ha, hb)) {
		note(keyOf(c.whose(ha.IP.Unmap(), hb.IP.Unmap()), method+"From"), "From: "+string(fa.Raw), "From: "+string(fb.Raw))
	}
	if ia, ib := invite.CallID(), companion.CallID(); !bytes.Equal(ia, ib) && textChange(ia, ib, -1) == AddressChange {
		note(method+"Call-ID", "Call-ID: "+string(ia), "Call-ID: "+string(ib))
	}
}

// otherAddress begins the key of a change from one public address to another,
// or among private ones: a phone may have two.
const otherAddress = "other address: "

// learnable tells a change towards what an answer says in received= and rport=:
// the source, where the one before was not.
func (c *Context) learnable(before, after *sipparse.Host) bool {
	src := c.Source.Addr().Unmap()
	if after.IP.Unmap() != src || Classify(src) != Public {
		return false
	}
	return before.IP.Unmap() != src || defaultPort(after.Port) == int(c.Source.Port())
}

func checkCompanion(ev *Evidence) []Finding {
	var proof, less []Observation
	for _, o := range ev.Of("companion") {
		side, key := sideOf(o.Key)
		later := strings.HasPrefix(key, laterPublic)
		plain := strings.TrimPrefix(strings.TrimPrefix(key, laterPublic), otherAddress)
		if later && ev.OneWay {
			continue // nobody saw what the server had told it
		}
		if plain != key || strings.HasSuffix(key, " port") || ev.Family == "pjsip" {
			o.Key = keyOf(side, plain)
			less = append(less, o)
		} else {
			proof = append(proof, o)
		}
	}
	return proofElse(proof, less,
		said{"an INVITE and what belongs to it name different senders: ", companionInnocent},
		said{
			"an INVITE and what belongs to it do not name the same sender: ",
			"a phone that learned its public address between the two, or builds CANCEL and ACK afresh",
		})
}
