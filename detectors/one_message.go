package detectors

// mixed tells that of some addresses one is the source's and another an inside
// one.
func mixed(rels ...Relation) bool {
	pub, in := false, false
	for _, r := range rels {
		pub, in = pub || public(r), in || r == InsideOut
	}
	return pub && in
}

// asOne returns the picture that single messages show. The relations given are
// those of the single fields over all messages: of a phone that learned its
// address on the way, Via may be public in most messages and Contact private in
// most of those that have one, and yet no message mixes them. What no message
// shows is not the picture; the one that most messages show is, or with
// rewritten the most rewritten one. All are Absent where messages with both Via
// and Contact don't tell.
func (ev *Evidence) asOne(via, contact, sdp Relation, rewritten bool) (_, _, _ Relation) {
	if !mixed(via, contact, sdp) {
		return via, contact, sdp
	}
	headers, body := !mixed(via, contact), !mixed(via, sdp)
	for i := range ev.Log {
		r := &ev.Log[i]
		if r.Vias > 1 {
			continue
		}
		headers = headers || r.Status == 0 && alike(r.Via, via) && alike(r.Contact, contact)
		body = body || alike(r.sender(), via) && alike(r.Conn, sdp)
	}
	if headers && body {
		return via, contact, sdp
	}
	if headers {
		return via, contact, ev.sdpBeside(via)
	}
	best, most := -1, 0
	for i := range ev.Log {
		if !ev.Log[i].complete() {
			continue
		}
		n := 0
		for j := range ev.Log {
			if r := &ev.Log[j]; r.complete() && r.Via == ev.Log[i].Via && r.Contact == ev.Log[i].Contact {
				n += r.Count
			}
		}
		better := n > most
		if best >= 0 && (rewritten || n == most) {
			better = ev.Log[i].Via < ev.Log[best].Via
		}
		if better {
			best, most = i, n
		}
	}
	if best < 0 {
		return Absent, Absent, Absent
	}
	r := &ev.Log[best]
	return r.Via, r.Contact, ev.sdpBeside(r.Via)
}

// sdpBeside is what most SDP says in messages whose header fields stand to the
// source like via.
func (ev *Evidence) sdpBeside(via Relation) Relation {
	var c Compared
	for i := range ev.Log {
		if r := &ev.Log[i]; r.Vias <= 1 && alike(r.sender(), via) {
			c.Count[r.Conn] += uint32(r.Count)
		}
	}
	return c.Majority()
}

// sender is the relation of the field that names the sender: Via, or Contact in
// a response, whose Via is the asker's.
func (r *Record) sender() Relation {
	if r.Status != 0 {
		return r.Contact
	}
	return r.Via
}

// complete tells a request of a single hop with an address in Via and Contact.
func (r *Record) complete() bool {
	return r.Status == 0 && r.Vias <= 1 && r.Via.Comparable() && r.Contact.Comparable()
}

// alike tells relations apart as far as pictures go: ports don't matter.
func alike(a, b Relation) bool { return a == b || public(a) && public(b) }
