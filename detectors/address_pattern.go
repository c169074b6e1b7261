package detectors

import "fmt"

// addressPattern is the tuple check: one pattern of Via, Contact and SDP
// against the source of the packets. It says who translated, not who did it:
// private addresses arriving from a public source are what a healthy phone
// behind a plain NAT looks like.
var addressPattern = Detector{
	ID:      "address-pattern",
	Title:   "Via, Contact and SDP against the packet's source",
	Cite:    "RFC 3261 §18.1.1, §8.1.1.8; RFC 4566 §5.7",
	Classes: []Class{Weak, Counter},
	Groups:  []Group{Addresses},
	Check:   checkAddressPattern,
}

func checkAddressPattern(ev *Evidence) []Finding {
	if ev.Viewpoint == FromClient || Inside(ev.Source.Addr()) || Classify(ev.Source.Addr()) == Loopback {
		return nil // in front of the NAT every phone agrees with itself
	}
	via, contact, sdp := ev.Fields[Via].Majority(), ev.Fields[Contact].Majority(), ev.Fields[SDP].Majority()
	one := func(class Class, db float64, f Field, r Relation, summary, innocent string) []Finding {
		s := ev.Fields[f].First(r)
		return []Finding{{
			ID: "address-pattern", Class: class, Group: Addresses, DB: db,
			Frames: []int{s.Frame}, Written: f.String() + " " + s.Text, Seen: "source " + s.Seen,
			Summary: summary, Innocent: innocent,
		}}
	}
	inside := func(r Relation) bool { return r == InsideOut }
	public := func(r Relation) bool { return r == Exact || r == IPOnly }
	absentOr := func(r Relation, ok func(Relation) bool) bool { return r == Absent || ok(r) }

	switch {
	case inside(via) && absentOr(contact, inside) && absentOr(sdp, inside):
		if contradict(ev) {
			return nil // two inside addresses in one phone: an inner router may have rewritten
		}
		db := -20.0
		if ev.Messages < 3 && !(ev.Registers > 0 && ev.Messages > 1) {
			db = -12
		}
		return one(Counter, db, Via, InsideOut,
			"private addresses arrive untouched from a public source: plain NAT, nothing rewritten",
			"an ALG on another port or transport would not show here")
	case !ev.HasNAT():
		return nil // agreement without a NAT says nothing: a public host agrees by nature
	case public(via) && inside(contact):
		db := 8.0
		if ev.Family == "pjsip" {
			db = 3
		}
		return one(Weak, db, Contact, InsideOut,
			"Via was translated to the public address, Contact was not",
			"PJSIP with Contact rewriting switched off does the same")
	case inside(via) && public(contact):
		db := 0.0
		if learners[ev.Family] {
			db = -6
		}
		return one(Counter, db, Contact, contact,
			"only Contact is public: phones that learn their address from received= and rport= do this", "")
	case public(via) && absentOr(contact, public) && inside(sdp):
		db := 4.0
		if ev.Family == "pjsip" {
			db = 0
		}
		return one(Weak, db, SDP, InsideOut,
			"Via and Contact are the public source, the SDP is still private",
			"a phone that learned its public address from the registrar and leaves its SDP alone (PJSIP's habit)")
	case inside(via) && absentOr(contact, inside) && public(sdp):
		return one(Weak, 1, SDP, sdp,
			"only the SDP is public",
			"STUN, UPnP or ICE in the phone, for media only")
	case via == Exact && absentOr(contact, public) && absentOr(sdp, public) && contact != IPOnly:
		return one(Weak, 7, Via, Exact,
			"every address is the public source although a NAT stands between: somebody translated",
			"a phone that knows its public address (STUN, static setting, learned before the capture) writes the same")
	case public(via) && absentOr(contact, public) && absentOr(sdp, public):
		return one(Weak, 4, Via, via,
			"every address is the public one although a NAT stands between, but a port is not the source's",
			fmt.Sprintf("a phone set to its router's public address; %s", "STUN over a NAT that maps ports anew"))
	}
	return nil
}

// learners are user agents known to put what received= and rport= told them
// into Contact only.
var learners = map[string]bool{"linphone": true, "baresip": true, "cisco-spa": true, "zoiper": true}

// contradict tells whether the endpoint wrote different inside addresses in
// Via and Contact, or Via and SDP.
func contradict(ev *Evidence) bool {
	host := func(f Field) string { return hostOf(ev.Fields[f].First(InsideOut).Text) }
	v, c, s := host(Via), host(Contact), host(SDP)
	return c != "" && c != v || s != "" && s != v
}

// hostOf cuts the port from "host:port".
func hostOf(s string) string {
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case ':':
			return s[:i]
		case ']':
			return s
		}
	}
	return s
}
