package engine

import "github.com/algsniff/algsniff/detectors"

// enough is how many messages an address picture needs where it is not the
// clearest one.
const enough = 3

// conclude settles what the score alone can't, and words the verdict.
func (d *device) conclude(out *Endpoint) {
	ev := &d.ev
	if out.Verdict == Confirmed {
		out.Side = "client"
		return
	}
	if len(ev.NAT) > 0 && out.Verdict != Unlikely {
		out.Side = "client"
	}
	inconclusive := func(reason, advice string) {
		out.Verdict, out.Side, out.Reason, out.Advice = Inconclusive, "none", reason, advice
	}
	switch {
	case !ev.Source.IsValid():
		inconclusive("the source address of its packets is not known",
			"capture on the server's interface, or let the HEP agent send addresses")
		return
	case d.proxied():
		out.Side = "proxy"
		out.Reason = "its messages come through a SIP proxy: only the proxy's own address can be compared"
		out.Advice = "to judge the phones behind it, capture between them and the proxy"
		return
	case d.stranger() && out.Verdict != Unlikely:
		inconclusive("the server never accepted it: a scanner, or a phone with wrong credentials; its addresses prove nothing", "")
		return
	case ev.Messages == 0:
		inconclusive("no message of it is whole: clipped by the snaplen, or cut by lost packets",
			"capture whole packets: tcpdump -s 0")
		return
	case ev.Viewpoint == detectors.FromClient && len(out.Findings) == 0:
		inconclusive("captured on the phone's side of the router: what the router changes comes later",
			"capture on the server, or on both sides at once")
		return
	case ev.Viewpoint == detectors.FromRouter && len(out.Findings) == 0 && detectors.Inside(ev.Source.Addr()):
		inconclusive("this is the phone's side of the router: the other side is listed apart", "")
		return
	case ev.Messages < enough && !picture(out, detectors.Counter):
		inconclusive("too few messages to tell",
			"capture a registration and a call, whole packets: tcpdump -s 0")
		return
	}
	d.word(out)
}

// picture tells whether the address pattern is of a class.
func picture(out *Endpoint, c detectors.Class) bool {
	for i := range out.Findings {
		if f := &out.Findings[i]; f.Group == detectors.Addresses && f.Class == c {
			return true
		}
	}
	return false
}

const (
	adviceNAT = "nothing to change on the router; on the server: rtp_symmetric, force_rport, rewrite_contact and qualify for this endpoint"

	adviceSettle = "to settle it: capture one registration on the phone's side of the router and compare it with the server's side; " +
		"or let the server send an OPTIONS (qualify) and look again"
)

// word says the verdict in a sentence and what to do about it.
func (d *device) word(out *Endpoint) {
	ev := &d.ev
	learned := false
	for i := range out.Findings {
		learned = learned || out.Findings[i].ID == learnedID
	}
	switch {
	case out.Verdict == Possible || out.Verdict == Likely:
		out.Reason = strongest(out.Findings)
		out.Advice = adviceSettle
	case picture(out, detectors.Counter) && ev.HasNAT():
		out.Reason = "NAT without ALG: private addresses pass unchanged"
		out.Advice = adviceNAT
	case learned:
		out.Reason = "NAT without ALG: the phone learned its public address from the server"
		out.Advice = adviceNAT
	case picture(out, detectors.Counter):
		out.Reason = "its messages reached the server unchanged"
	case out.NAT == "no":
		out.Reason = "no NAT between it and the server: nothing to rewrite"
	case !ev.HasNAT():
		out.Reason = "no sign of a NAT: a host on a public address, or one whose router leaves no trace"
	default:
		out.Reason = "no rewriting observed"
		out.Advice = adviceNAT
	}
}

const learnedID = "learned-address"

// strongest returns the summary of the finding that speaks loudest for an ALG.
func strongest(list []detectors.Finding) string {
	best := -1
	for i := range list {
		if list[i].DB > 0 && (best < 0 || list[i].DB > list[best].DB) {
			best = i
		}
	}
	if best < 0 {
		return "the addresses do not tell who wrote them"
	}
	return list[best].Summary
}
