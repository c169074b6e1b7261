package detectors

import "github.com/algsniff/algsniff/sipparse"

// across compares a request before and behind a NAT, where one capture holds
// both: taken on the router, or with "-i any".
var across = Detector{
	ID:    "across",
	Title: "A request differs between the two sides of the NAT",
	Cite:  "RFC 3261 §16.6, §18; RFC 2663 §2.9",
	Says: "The capture holds the same request twice: as it arrived at a translating router and as it left it. A NAT changes the addresses of packets, never " +
		"their content. Here addresses or ports inside the message were changed on the way through. This is an ALG seen at work.",
	Guards: "The two are the same request: same branch, CSeq and method within a fifth of a second, on two flows, of which neither is the other's way back. " +
		"The number of Vias is the same on both (a proxy adds one and is allowed to change the rest), both are whole, and neither comes from a HEP agent, who may report " +
		"from before or behind his own rewriting. Only changed addresses and ports count. Where the NAT translates the server's address it is the server's router.",
	Innocent: acrossInnocent,
	Classes:  []Class{Proof},
	Groups:   []Group{Structure},
	Needs:    needsBothSides,
	Across:   noteAcross,
	Check:    checkAcross,
}

const acrossInnocent = "none on the wire; a SIP proxy that hides its own Via would be the device that rewrites"

func noteAcross(c *Context, before, after *sipparse.Message, note Note) {
	if c.Clipped || c.HEP || viaCount(before) != viaCount(after) || !sameRequest(before, after) {
		return
	}
	for _, d := range Differences(before, after) {
		if d.Change.Translates() && !restated(d.Field) {
			note(keyOf(c.Translated, d.Field), d.line(d.Before), d.line(d.After))
		}
	}
}

func checkAcross(ev *Evidence) (out []Finding) {
	var client, server []Observation
	for _, o := range ev.Of("across") {
		if side, _ := sideOf(o.Key); side == ServerSide {
			server = append(server, o)
		} else {
			client = append(client, o)
		}
	}
	for _, obs := range [...][]Observation{client, server} {
		if len(obs) == 0 {
			continue
		}
		f, fields := together(obs, Proof, Structure, 0)
		f.Summary = "the router passed on the request with other bytes in " + fields
		f.Innocent = acrossInnocent
		out = append(out, f)
	}
	return out
}

// crossed speaks against an ALG: requests went through the NAT unchanged.
var crossed = Detector{
	ID:    "crossed-unchanged",
	Title: "Requests on both sides of the NAT are the same bytes",
	Cite:  "RFC 2663 §2.1",
	Says: "The capture holds requests before and behind the router that translates this phone's address, and every one of them left as it came. " +
		"A router with an active SIP ALG would have changed at least REGISTER and INVITE.",
	Guards: "Counted are requests that crossed a NAT of the phone's own address: one of the server's address (a container, a port forwarding) says nothing " +
		"of the phone's router. Silent as soon as one request came out changed. Weighs most when REGISTER and INVITE are among them.",
	Innocent: "an ALG that handles other ports, transports or methods than those seen, or was switched on later",
	Classes:  []Class{Counter},
	Groups:   []Group{Addresses},
	Needs:    needsBothSides,
	Check:    checkCrossed,
}

func checkCrossed(ev *Evidence) []Finding {
	if ev.Crossed == 0 || len(ev.Of("across")) > 0 {
		return nil
	}
	db := -10.0
	switch {
	case ev.Crossed >= 5 && ev.CrossedRegisters > 0 && ev.CrossedInvites > 0:
		db = -25
	case ev.CrossedRegisters > 0 && ev.CrossedInvites > 0:
		db = -20
	case ev.CrossedRegisters+ev.CrossedInvites > 0:
		db = -15
	}
	return []Finding{{
		ID: "crossed-unchanged", Class: Counter, Group: Addresses, DB: db, Times: ev.Crossed, Frames: frames(ev.CrossedAt),
		Summary:  "requests were captured on both sides of the NAT and are the same bytes",
		Innocent: "an ALG that handles other ports, transports or methods, or was switched on later",
	}}
}

// frames lists a frame, if there is one.
func frames(n int) []int {
	if n == 0 {
		return nil
	}
	return []int{n}
}
