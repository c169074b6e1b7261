package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/algsniff/algsniff/detectors"
)

// enough is how many messages an address picture needs where it is not the
// clearest one.
const enough = 3

// conclude settles what the score alone can't, and words the verdict.
func (d *device) conclude(out *Endpoint) {
	ev := d.ev
	d.remarks(out)
	if f := proof(out.Findings, detectors.ClientSide); f != nil && !out.forgeable(f) && !d.expired(f, out) {
		out.confirm(detectors.ClientSide, f)
		out.proven = len(ev.NAT) > 0 || detectors.Classify(ev.Source.Addr()) == detectors.Public
		return
	}
	if f := proof(out.Findings, detectors.ProxySide); f != nil && !out.forgeable(f) && !d.expired(f, out) {
		out.confirm(detectors.ProxySide, f)
		return
	}
	if f := proof(out.Findings, detectors.ServerSide); f != nil && !out.forgeable(f) && !d.expired(f, out) {
		out.blameServer(f)
		return
	}
	if d.unclear(out) {
		return
	}
	if out.Verdict != Unlikely {
		out.Side = string(sideOf(out.Findings))
	}
	d.word(out)
	if out.Verdict == Unlikely && d.insideContact() != 0 {
		out.Advice = strings.TrimPrefix(out.Advice+"; "+adviceContact, "; ")
	}
}

// forgeable tells a proof that rests on nothing but what a stranger sent: a
// scanner may write whatever it likes. What an answer gives back, or what was
// seen on both sides of a router, it can't forge unknowingly.
func (out *Endpoint) forgeable(f *detectors.Finding) bool {
	switch f.ID {
	case "retransmission", "companion", "vendor-mark", "content-length", "own-via", "digest-uri", "dialog-target":
		return out.strange
	}
	return false
}

// unclear settles the cases in which the score means nothing.
func (d *device) unclear(out *Endpoint) bool {
	ev := d.ev
	inconclusive := func(reason, advice string) bool {
		out.Verdict, out.Side, out.Reason, out.Advice = Inconclusive, "none", reason, advice
		return true
	}
	switch {
	case !ev.Source.IsValid():
		return inconclusive("the source address of its packets is not known",
			"capture on the server's interface, or let the HEP agent send addresses")
	case d.proxied() && out.Verdict == Unlikely:
		out.Side = "proxy"
		out.Reason = "its messages come through a SIP proxy: only the proxy's own address can be compared"
		out.Advice = "to judge the phones behind it, capture between them and the proxy"
		return true
	case out.strange && out.Verdict != Unlikely:
		return inconclusive("the server never accepted it: a scanner, or a phone with wrong credentials; its addresses prove nothing", "")
	case ev.Messages == 0:
		return inconclusive("no message of it is whole: clipped by the snaplen, or cut by lost packets",
			"capture whole packets: tcpdump -s 0")
	case ev.Viewpoint == detectors.FromClient && len(out.Findings) == 0:
		return inconclusive("captured on the phone's side of the router: what the router changes comes later",
			"capture on the server, or on both sides at once")
	case ev.Viewpoint == detectors.FromRouter && len(out.Findings) == 0 && detectors.Inside(ev.Source.Addr()):
		return inconclusive("this is the phone's side of the router: the other side is listed apart", "")
	case ev.Messages < enough && !picture(out, detectors.Counter) && !outspoken(out):
		if ev.Registers > 0 && ev.Messages > 1 && out.Verdict != Unlikely {
			out.Verdict = Possible
			out.Notes = append(out.Notes, "two messages only: no more than POSSIBLE can be said")
			return false
		}
		return inconclusive("too few messages to tell",
			"capture a registration and a call, whole packets: tcpdump -s 0")
	case out.Verdict == Possible && strongest(out.Findings) == "":
		return inconclusive("nothing that it wrote can be held against its source",
			"to settle it, "+d.settle(out))
	}
	return false
}

// outspoken tells a sign that stands by itself, whatever else was seen.
func outspoken(out *Endpoint) bool {
	for i := range out.Findings {
		if f := &out.Findings[i]; f.Class == detectors.Strong && f.DB > 0 {
			return true
		}
	}
	return false
}

// confirm is the verdict of a proof.
func (out *Endpoint) confirm(side detectors.Side, f *detectors.Finding) {
	out.Verdict, out.Side, out.Reason = Confirmed, string(side), f.Summary
	out.ScoreDB, out.P = max(out.ScoreDB, proofDB), max(out.P, proofP)
	out.Advice = out.switchOff()
}

// What the score says at least where there is a proof.
const (
	proofDB = 20
	proofP  = 0.99
)

// blameServer is the verdict where the bytes were changed in front of our own
// server. The path of this endpoint does have an ALG in it, and there is proof
// of it: so the word is CONFIRMED. But the side says where, and none of the
// findings about the server's address counts against the client's router.
func (out *Endpoint) blameServer(f *detectors.Finding) {
	out.confirm(detectors.ServerSide, f)
	out.Reason = "rewritten in front of our own server, not at the phone: " + f.Summary
	out.Advice = adviceServer
}

// expired tells a proof of something that is over: it is old, and so many clean
// messages came after it.
func (d *device) expired(f *detectors.Finding, out *Endpoint) bool {
	if f.Time == 0 || d.last-f.Time < proofLife {
		return false
	}
	clean := 0
	for i := range d.ev.Log {
		switch r := &d.ev.Log[i]; {
		case !r.Private() || r.LastTime <= f.Time:
		case r.Time > f.Time:
			clean += r.Count
		default:
			clean++
		}
	}
	if clean < proofClean {
		return false
	}
	out.Notes = append(out.Notes, fmt.Sprintf("rewriting was present until %s (%s); %d clean messages came after it", moment(f.Time), f.ID, clean))
	return true
}

// remarks says what else the reader should know to weigh the verdict.
func (d *device) remarks(out *Endpoint) {
	ev := d.ev
	if d.then != nil {
		d.remarkPast(out)
	}
	if frame := d.insideContact(); frame != 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("our own server gives its private address in its Contact (%s, frame %d): the other end can't reach that; calls drop unless it sends to the source of the packets instead",
			d.key.dst.IP(), frame))
	}
	var plus, minus *detectors.Finding
	for i := range out.Findings {
		f := &out.Findings[i]
		if (f.DB >= contradiction || f.Class == detectors.Proof) && f.Side != detectors.ServerSide && (plus == nil || f.DB > plus.DB) {
			plus = f
		}
		if f.DB <= -contradiction && (minus == nil || f.DB < minus.DB) {
			minus = f
		}
	}
	if plus != nil && minus != nil {
		out.Notes = append(out.Notes, fmt.Sprintf("the signs contradict each other: %s speaks for rewriting, %s against it; an ALG may act on some methods, ports or times only", plus.ID, minus.ID))
	}
	if ev.OneWay {
		out.Notes = append(out.Notes, "nothing that the server sent is in the capture: whether its requests come back unchanged can't be told, and the signs count less")
	}
	if ev.Cut > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%d of its %d messages are not whole (clipped, or cut by lost packets): the signs count less", ev.Cut, ev.Cut+ev.Messages))
	}
}

// insideContact is the frame in which the server gave its inside address as
// Contact; 0 for none.
func (d *device) insideContact() int {
	for _, p := range d.pairs {
		if p.near != nil && p.near.insideContact != 0 {
			return p.near.insideContact
		}
	}
	return 0
}

// contradiction is from how many decibans on either side signs contradict.
const contradiction = 5

// remarkPast judges what came before the addresses turned over.
func (d *device) remarkPast(out *Endpoint) {
	b, past := &d.ev.Before, Endpoint{}
	d.weigh(d.then, &past, b.Until)
	if proof(past.Findings, detectors.ClientSide) != nil {
		past.Verdict = Confirmed
	}
	if b.Public && past.Verdict != Unlikely {
		out.past = b.Until
		at := ""
		if b.Source.Addr() != d.ev.Source.Addr() {
			at = " (from " + b.Source.Addr().String() + ")"
		}
		out.Notes = append(out.Notes, fmt.Sprintf("rewriting was present until %s%s, then judged %s: since then private addresses pass untouched", moment(b.Until), at, past.Verdict))
	}
	if !b.Public {
		out.Notes = append(out.Notes, fmt.Sprintf("until %s its private addresses passed untouched; public ones since then", moment(b.Until)))
	}
}

func moment(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05Z") }

// picture tells whether the address pattern is of a class.
func picture(out *Endpoint, c detectors.Class) bool {
	for i := range out.Findings {
		if f := &out.Findings[i]; f.Group == detectors.Addresses && f.Class == c {
			return true
		}
	}
	return false
}

// word says the verdict in a sentence and what to do about it.
func (d *device) word(out *Endpoint) {
	ev := d.ev
	learned := false
	for i := range out.Findings {
		learned = learned || out.Findings[i].ID == learnedID
	}
	switch {
	case out.Verdict == Likely:
		out.Reason = strongest(out.Findings)
		out.Advice = out.switchOff() + "; for proof, " + d.settle(out)
	case out.Verdict == Possible:
		out.Reason = strongest(out.Findings)
		out.Advice = "to settle it, " + d.settle(out)
	case picture(out, detectors.Counter) && out.past != 0:
		out.Reason = "NAT without ALG now: private addresses pass unchanged; rewriting was present until " + moment(out.past)
		out.Advice = adviceNAT
	case picture(out, detectors.Counter) && ev.Fields[detectors.Via].Majority() == detectors.InsideOut:
		out.Reason = "NAT without ALG: private addresses pass unchanged"
		out.Advice = adviceNAT
	case learned:
		out.Reason = "NAT without ALG: the phone learned its public address from the server"
		out.Advice = adviceNAT
	case picture(out, detectors.Counter) && ev.Viewpoint != detectors.FromServer && ev.ReceivedPublic.Frame != 0:
		out.Reason = "its messages reached the server unchanged"
	case strongestCounter(out.Findings) != "":
		out.Reason = "no ALG: " + strongestCounter(out.Findings)
		if ev.HasNAT() {
			out.Advice = adviceNAT
		}
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
		if list[i].DB > 0 && list[i].Side != detectors.ServerSide && (best < 0 || list[i].DB > list[best].DB) {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return list[best].Summary
}

// strongestCounter returns the summary of the one that speaks loudest against.
func strongestCounter(list []detectors.Finding) string {
	best := -1
	for i := range list {
		if list[i].DB <= -contradiction && (best < 0 || list[i].DB < list[best].DB) {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return list[best].Summary
}

// sideOf is the side of the finding that speaks loudest for an ALG.
func sideOf(list []detectors.Finding) detectors.Side {
	side, db := detectors.ClientSide, 0.0
	for i := range list {
		if f := &list[i]; f.DB > db && f.Side != detectors.ServerSide {
			side, db = detectors.ClientSide, f.DB
			if f.Side != "" {
				side = f.Side
			}
		}
	}
	return side
}
