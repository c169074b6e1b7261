package detectors

// addressPattern is the tuple check: one pattern of Via, Contact and SDP
// against the source of the packets. It says who translated, not who did it:
// private addresses arriving from a public source are what a healthy phone
// behind a plain NAT looks like.
var addressPattern = Detector{
	ID:    "address-pattern",
	Title: "Via, Contact and SDP against the packet's source",
	Cite:  "RFC 3261 §18.1.1, §8.1.1.8; RFC 4566 §5.7",
	Says: "What the phone writes into Via, Contact and SDP, held against where its packets come from. Private addresses from a public source: " +
		"a healthy phone behind a plain NAT, nothing was rewritten. All of them the public source, although a NAT is there: somebody " +
		"translated, in the path or in the phone. Mixed: translated in part.",
	Guards: "Speaks only of endpoints seen behind their router, at a public address, and of messages from a single hop. What agrees counts only " +
		"where a NAT was seen by other means: a host on a public address agrees by nature, and of a desk phone whose messages leave no trace of a NAT it says little. The picture is that of most messages; where methods " +
		"or SDP are split, that of the most rewritten ones. A mixed picture must stand in one and the same message: a phone that learns its address on the way mixes nothing. Mixed pictures that PJSIP, Linphone, baresip, Zoiper and Cisco SPA are known for weigh " +
		"little or speak against.",
	Innocent: "STUN, UPnP or a public address set in the phone; an address that it learned from received= and rport=",
	Classes:  []Class{Weak, Counter},
	Groups:   []Group{Addresses},
	Needs:    needsPublicSource,
	Check:    checkAddressPattern,
}

func checkAddressPattern(ev *Evidence) []Finding {
	hops := hopsOf(ev)
	if hops == throughProxy {
		return nil // of what stands behind the proxy nothing was compared
	}
	pattern := func(f Field) Relation { return ev.Fields[f].Majority() }
	split := len(methodSplit.Check(ev))+len(sdpSplit.Check(ev)) > 0
	if split {
		pattern = func(f Field) Relation { return ev.Fields[f].mostRewritten() }
	}
	via, contact, sdp := ev.asOne(pattern(Via), pattern(Contact), pattern(SDP), split)
	one := func(class Class, db float64, f Field, r Relation, summary, innocent string) []Finding {
		s := ev.Fields[f].First(r)
		return []Finding{{
			ID: "address-pattern", Class: class, Group: Addresses, DB: db, Time: newest(ev),
			Frames: framesOf(s.Frame), Written: f.String() + " " + s.Text, Seen: "source " + s.Seen,
			Summary: summary, Innocent: innocent,
		}}
	}
	inside := func(r Relation) bool { return r == InsideOut }
	absentOr := func(r Relation, ok func(Relation) bool) bool { return !r.Comparable() || ok(r) }
	habit := habits[ev.Family]

	switch {
	case inside(via) && absentOr(contact, inside) && absentOr(sdp, inside):
		return allInside(ev, one)
	case via == OtherPublic && (contact == OtherPublic || !contact.Comparable()):
		return one(Counter, -8, Via, OtherPublic,
			"the phone writes a public address that is not where its packets come from: who translates in its path writes the source",
			"an ALG with another NAT behind it, or an address that the line lost before the capture")
	case !ev.HasNAT():
		if habit.handset && !ev.OwnPublic && ev.Registers > 0 && ev.Source.Addr().Unmap().Is4() && hops == direct &&
			via == Exact && absentOr(contact, public) && absentOr(sdp, public) {
			return one(Weak, 5, Via, Exact,
				"a desk phone writes the public source everywhere; whether a NAT stands between can't be seen, for this kind leaves no trace of it",
				"a phone on a public address; one that knows its public address (STUN, static setting)")
		}
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
		if !habit.learnContact || habit.learnVia || contactUntold(ev) {
			return one(Weak, 0, Contact, contact,
				"only Contact is public", "phones that learn their address from received= and rport= do this")
		}
		return one(Counter, -6, Contact, contact,
			"only Contact is public: this family of phones learns it from received= and rport=",
			"an ALG that rewrites Contact and leaves Via alone")
	case public(via) && absentOr(contact, public) && inside(sdp):
		db := 4.0
		if habit.learnVia {
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
		db := 7.0
		if hops == throughEdge {
			db = 3 // the proxy at the edge says most of it already
		}
		return one(Weak, db, Via, Exact,
			"every address is the public source although a NAT stands between: somebody translated",
			"a phone that knows its public address (STUN, static setting, learned before the capture) writes the same")
	case public(via) && absentOr(contact, public) && absentOr(sdp, public):
		return one(Weak, 4, Via, via,
			"every address is the public one although a NAT stands between, but a port is not the source's",
			"a phone set to its router's public address; STUN over a NAT that maps ports anew")
	}
	return nil
}

// allInside weighs the healthy picture. Where one message holds two inside
// addresses an inner router may have made it (two-inside); a phone with several
// addresses still shows that nobody put the public one in.
func allInside(ev *Evidence, one func(Class, float64, Field, Relation, string, string) []Finding) []Finding {
	db := -20.0
	switch {
	case len(twoInside.Check(ev)) > 0:
		return nil
	case severalInside(ev):
		db = -8
	case ev.Messages < 3 && !(ev.Registers > 0 && ev.Messages > 1):
		db = -12
	}
	return one(Counter, db, Via, InsideOut,
		"private addresses arrive untouched from a public source: plain NAT, nothing rewritten",
		"an ALG on another port or transport would not show here")
}

// contactUntold tells that the public Contact was there before the server had
// said anything.
func contactUntold(ev *Evidence) bool {
	r := firstRegister(ev)
	return r != nil && !r.Told && r.NewSession && !r.Auth && public(r.Contact)
}

// newest is when the endpoint was last heard of; 0 where that isn't known.
func newest(ev *Evidence) (t int64) {
	for i := range ev.Log {
		t = max(t, ev.Log[i].LastTime)
	}
	return t
}

// The ways that most requests of an endpoint took.
const (
	direct       = iota
	throughProxy // a proxy: only its own address can be compared
	throughEdge  // a proxy on the router itself, which did not say that it is one
)

// hopsOf tells whether most requests came through another hop.
func hopsOf(ev *Evidence) int {
	n, of := 0, 0
	for i := range ev.Log {
		if r := &ev.Log[i]; r.Status == 0 {
			of += r.Count
			if r.Vias > 1 {
				n += r.Count
			}
		}
	}
	switch {
	case n*2 <= of:
		return direct
	case len(edgeNotes(ev, "declared")) == 0 && len(edgeNotes(ev, "contact")) > 0:
		return throughEdge
	}
	return throughProxy
}

// mostRewritten returns the relation closest to the source that was seen.
func (c *Compared) mostRewritten() Relation {
	for r := Exact; r < NumRelations; r++ {
		if c.Count[r] > 0 {
			return r
		}
	}
	return Absent
}

// public tells the relations of an address that is the source's.
func public(r Relation) bool { return r == Exact || r == IPOnly }
