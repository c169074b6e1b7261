package detectors

import "github.com/algsniff/algsniff/sipparse"

// answerBack reads the server's answers on the phone's side: a Via that the
// phone did not send was put there on the way back.
var answerBack = Detector{
	ID:    "answer-back",
	Title: "The server's answer names another sender",
	Cite:  "RFC 3261 §8.2.6.2, §18.2.1",
	Says: "Captured on the phone's side. The phone wrote its public address in Via (it knows it by STUN or a setting); the answer came back with the phone's private " +
		"address there. The server copies Via and can't know that address: the router translated the answer on its way back. " +
		"The phone finds no request that fits such an answer and sends again and again.",
	Guards: "Only for captures between phone and router. Same branch, number of Vias equal, both whole. The address that came back must be the phone's own inside address, " +
		"which it had not written there, and the server must not be on an inside address itself. Any other changed address is strong, no proof: there are servers that write what they please.",
	Innocent: answerInnocent,
	Classes:  []Class{Proof, Strong},
	Groups:   []Group{Structure},
	Needs:    needsPhoneSide,
	Answer:   noteAnswer,
	Check:    checkAnswer,
}

const answerInnocent = "a server on the same private network that corrects Via by what it saw"

func noteAnswer(c *Context, request, response *sipparse.Message, note Note) {
	if c.Clipped || c.HEP || !Inside(c.Source.Addr()) || viaCount(request) != viaCount(response) {
		return
	}
	a, okA := request.TopVia()
	b, okB := response.TopVia()
	if !okA || !okB || otherBranch(a.Branch, b.Branch) || !a.Host.IP.IsValid() || !isPlace(b.Host.IP) || sameHost(&a.Host, &b.Host) {
		return
	}
	key := "other"
	if own := c.Source.Addr().Unmap(); b.Host.IP.Unmap() == own && !Inside(a.Host.IP) && isPlace(a.Host.IP) {
		key = "own"
	}
	note(key, "Via: "+string(a.Raw), "Via: "+string(b.Raw))
}

func checkAnswer(ev *Evidence) (out []Finding) {
	for _, o := range ev.Of("answer-back") {
		f := o.finding(Strong, Structure, 9)
		f.Summary = "the server's answer came with another Via than the phone had sent"
		f.Innocent = "a server that changes Via, or a SIP proxy on the phone's network"
		if o.Key == "own" {
			f = o.finding(Proof, Structure, 0)
			f.Summary = "the phone wrote a public Via, the answer came back with its private address: translated on the way back"
			f.Innocent = answerInnocent
		}
		out = append(out, f)
	}
	return out
}
