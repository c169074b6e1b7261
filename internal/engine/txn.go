package engine

import (
	"bytes"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/sipparse"
)

const (
	maxTxns    = 4096 // requests remembered, the newest
	maxTxnRaw  = 4096 // bytes kept of one
	retransmit = 32 * second
	acrossTime = second / 5 // the way through a router takes less, a retransmission more (T1 is 500 ms)
)

// txn is a request that something may still be held against: its responses,
// its retransmissions, its CANCEL or ACK, and itself on the other side of a NAT.
type txn struct {
	byBranch, byCallID     uint64
	nextBranch, nextCallID int32 // the next of the same bucket
	flow                   partyKey
	method                 method
	time                   int64
	frame                  int
	size                   int // bytes of it, kept or not
	raw                    []byte
	cut                    bool
	vias                   [4]span // values of the Via header fields
	nVias                  int
	to, from               span
}

type span struct{ off, end uint16 }

func (t *txn) bytes(s span) []byte { return t.raw[s.off:s.end] }

// txnTable remembers the newest requests.
type txnTable struct {
	ring     []txn
	next     int
	branches [txnBuckets]int32 // 1 + place in ring of the newest of each bucket
	callIDs  [txnBuckets]int32
}

const txnBuckets = 2 * maxTxns

func branchKey(branch []byte, seq uint32, m method) uint64 {
	return (hash64(branch)+uint64(seq))*0x9e3779b97f4a7c15 ^ uint64(m)<<56
}

func callIDKey(id []byte, seq uint32, m method, flow *partyKey) uint64 {
	return (hash64(id)+uint64(seq))*0xbf58476d1ce4e5b9 ^ uint64(m)<<56 ^
		flow.src.Lo*0x94d049bb133111eb ^ uint64(flow.src.Port)<<17 ^ flow.dst.Lo<<1 ^ uint64(flow.dst.Port)
}

// byBranch returns the newest request of a branchKey, or nil.
func (t *txnTable) byBranch(key uint64) *txn {
	for i := t.branches[key>>32%txnBuckets]; i > 0; {
		r := &t.ring[i-1]
		if r.byBranch == key {
			return r
		}
		i = r.nextBranch
	}
	return nil
}

// byCallID returns the newest request of a callIDKey, or nil.
func (t *txnTable) byCallID(key uint64) *txn {
	for i := t.callIDs[key>>32%txnBuckets]; i > 0; {
		r := &t.ring[i-1]
		if r.byCallID == key {
			return r
		}
		i = r.nextCallID
	}
	return nil
}

// add makes room for a request, in the place of the oldest.
func (t *txnTable) add(byBranch, byCallID uint64) *txn {
	if len(t.ring) < maxTxns {
		t.ring = append(t.ring, txn{})
		t.next = len(t.ring) - 1
	} else {
		t.next = (t.next + 1) % maxTxns
		t.unlink(int32(t.next + 1))
	}
	r := &t.ring[t.next]
	b, c := &t.branches[byBranch>>32%txnBuckets], &t.callIDs[byCallID>>32%txnBuckets]
	*r = txn{byBranch: byBranch, byCallID: byCallID, nextBranch: *b, nextCallID: *c, raw: r.raw[:0]}
	*b, *c = int32(t.next+1), int32(t.next+1)
	return r
}

// unlink takes the request at place i-1 out of its buckets.
func (t *txnTable) unlink(i int32) {
	r := &t.ring[i-1]
	at := &t.branches[r.byBranch>>32%txnBuckets]
	for *at != i {
		at = &t.ring[*at-1].nextBranch
	}
	*at = r.nextBranch
	at = &t.callIDs[r.byCallID>>32%txnBuckets]
	for *at != i {
		at = &t.ring[*at-1].nextCallID
	}
	*at = r.nextCallID
}

// keep copies what of a request will be looked at again.
func (t *txn) keep(m *sipparse.Message, x *sipMeta, flow partyKey, mt method) {
	t.flow, t.method, t.time, t.frame, t.size = flow, mt, x.time, x.frame, len(m.Raw)
	t.cut = x.cut || len(m.Raw) > maxTxnRaw
	t.raw = append(t.raw[:0], m.Raw[:min(len(m.Raw), maxTxnRaw)]...)
	for i := range m.Headers {
		h := &m.Headers[i]
		s, ok := t.spanOf(m, h)
		if !ok {
			continue
		}
		switch h.ID {
		case sipparse.HdrVia:
			if t.nVias < len(t.vias) {
				t.vias[t.nVias] = s
			}
			t.nVias++
		case sipparse.HdrTo:
			t.to = s
		case sipparse.HdrFrom:
			t.from = s
		}
	}
}

// spanOf is where a header field's value lies in raw.
func (t *txn) spanOf(m *sipparse.Message, h *sipparse.Header) (span, bool) {
	if len(h.Value) == 0 {
		return span{}, false
	}
	off := cap(m.Raw) - cap(h.Value) // Value is a slice of Raw
	end := off + len(h.Value)
	if off < 0 || end > len(t.raw) {
		return span{}, false
	}
	return span{uint16(off), uint16(end)}, true
}

// plainEcho tells without parsing that a response repeats the Via, From and To
// of its request as it must (RFC 3261 §8.2.6.2). False only means: look closer.
func (t *txn) plainEcho(m *sipparse.Message) bool {
	n := 0
	for i := range m.Headers {
		h := &m.Headers[i]
		switch h.ID {
		case sipparse.HdrVia:
			if n >= t.nVias || n >= len(t.vias) {
				return false
			}
			sent := t.bytes(t.vias[n])
			if n == 0 && !sameTopVia(sent, h.Value) || n > 0 && !bytes.Equal(sent, h.Value) {
				return false
			}
			n++
		case sipparse.HdrFrom:
			if !bytes.Equal(t.bytes(t.from), h.Value) {
				return false
			}
		case sipparse.HdrTo:
			rest, ok := bytes.CutPrefix(h.Value, t.bytes(t.to))
			if !ok || len(rest) > 0 && rest[0] != ';' {
				return false
			}
		}
	}
	return n == t.nVias
}

// sameTopVia compares all but received and rport, when they stand at the end
// or the parameters are otherwise the same bytes in the same order.
func sameTopVia(sent, got []byte) bool {
	for len(sent) > 0 {
		var a, b []byte
		a, sent, _ = bytes.Cut(sent, []byte{';'})
		for {
			b, got, _ = bytes.Cut(got, []byte{';'})
			if bytes.HasPrefix(b, []byte("received=")) && !bytes.HasPrefix(a, []byte("received=")) && len(got) > 0 {
				continue
			}
			break
		}
		if !bytes.Equal(a, b) && !(bytes.Equal(a, []byte("rport")) && bytes.HasPrefix(b, []byte("rport="))) {
			return false
		}
	}
	return true
}

// same tells whether m is the same bytes, as far as they were kept.
func (t *txn) same(m *sipparse.Message) bool {
	return len(m.Raw) == t.size && bytes.Equal(m.Raw[:len(t.raw)], t.raw)
}

// requestSeen holds a request against the ones before, and remembers it.
func (e *Engine) requestSeen(p *party, m *sipparse.Message, x *sipMeta, mt method, seq uint32) {
	v := &e.via
	if !e.hasVia || len(v.Branch) <= len("z9hG4bK") {
		return
	}
	kb := branchKey(v.Branch, seq, mt)
	if t := e.txns.byBranch(kb); t != nil && x.time-t.time < retransmit && x.time >= t.time {
		switch {
		case t.flow == p.key:
			if !t.same(m) && x.proto == capture.UDP {
				e.held(p, t, m, x, again, "")
			}
			return
		case t.flow.proto == p.key.proto && t.flow.src != p.key.dst:
			if x.time-t.time < acrossTime {
				e.across(p, t, m, x, mt, t.same(m))
				return
			}
			if t.flow.dst == p.key.dst && t.flow.src.SameIP(p.key.src) && x.proto == capture.UDP {
				e.held(p, t, m, x, again, "") // the NAT moved it to another port between the two
			}
		}
	}
	if mt == mCancel || mt == mAck {
		if t := e.txns.byBranch(branchKey(v.Branch, seq, mInvite)); t != nil && t.flow == p.key {
			e.held(p, t, m, x, companion, "")
		}
	}
	t := e.txns.add(kb, callIDKey(m.CallID(), seq, mt, &p.key))
	t.keep(m, x, p.key, mt)
}

// responseSeen holds a response against its request: by the branch of its Via,
// or, where that was changed too, by Call-ID and CSeq on the same flow.
func (e *Engine) responseSeen(p *party, m *sipparse.Message, x *sipMeta, mt method, seq uint32) {
	v := &e.via
	if !e.hasVia {
		return
	}
	flow := p.key.reverse()
	t := e.txns.byBranch(branchKey(v.Branch, seq, mt))
	if t == nil || t.flow != flow {
		t = e.txns.byCallID(callIDKey(m.CallID(), seq, mt, &flow))
	}
	if t == nil || t.flow != flow || x.time < t.time {
		return
	}
	if t.plainEcho(m) {
		if p.judged() {
			p.echoed(t, x)
		}
		return
	}
	if e.held(p, t, m, x, echo, "") && !t.cut && !x.cut && echoes(&e.msg2, m) {
		p.echoed(t, x)
	}
	if p.peer != nil {
		e.held(p.peer, t, m, x, answer, "")
	}
}

// echoed counts an answer that repeated all it must.
func (p *party) echoed(t *txn, x *sipMeta) {
	p.claims.echoes++
	if p.telling(t) {
		if p.claims.telling == 0 {
			p.claims.tellingAt = x.frame
		}
		p.claims.telling++
	}
}

// telling tells a request whose To a Linux-type ALG changes on its way: the
// endpoint's public address without a port, where the NAT kept 5060 (it maps
// the address inwards, and on the way back always prints a port).
func (p *party) telling(t *txn) bool {
	if p.key.proto != capture.UDP || p.key.src.Port != 5060 || p.key.dst.Port != 5060 || !isPublic(p.key.src) {
		return false
	}
	to := t.bytes(t.to)
	if i := bytes.IndexByte(to, '@'); i >= 0 {
		to = to[i+1:]
	} else if i := bytes.Index(to, []byte("sip:")); i >= 0 {
		to = to[i+4:]
	}
	if i := bytes.IndexAny(to, ">;? \t"); i >= 0 {
		to = to[:i]
	}
	h := sipparse.ParseHost(to)
	return h.Port == 0 && h.IP.IsValid() && h.IP == p.source.Addr()
}

// held shows a pair of messages to the rules that ask for it; the earlier one
// is msg2 then. What they note is kept with p. It returns false where p is not
// judged, or the earlier message can't be read any more.
func (e *Engine) held(p *party, t *txn, m *sipparse.Message, x *sipMeta, how pairing, translated detectors.Side) bool {
	if !p.judged() || !e.msg2.Parse(t.raw) {
		return false
	}
	c := e.noter.about(p, x)
	c.Other, c.Translated = t.frame, translated
	e.noter.than = t.time + int64(t.frame) // frames alone count anew in every file
	c.Clipped = c.Clipped || t.cut
	for i := range e.hooks.pair[how] {
		h := &e.hooks.pair[how][i]
		e.noter.rule = h.id
		h.show(c, &e.msg2, m, e.noter.note)
	}
	return true
}

// crossing counts the requests of a party, or to it, that were seen unchanged
// on both sides of a NAT that translates the party's address.
type crossing struct{ n, at, registers, invites int }

func (c *crossing) note(x *sipMeta, mt method) {
	if c.n == 0 {
		c.at = x.frame
	}
	c.n++
	switch mt {
	case mRegister:
		c.registers++
	case mInvite:
		c.invites++
	}
}

// across takes the same request on another flow: before and behind a NAT. Who
// of the two ends has another address there tells whose NAT it is.
func (e *Engine) across(p *party, t *txn, m *sipparse.Message, x *sipMeta, mt method, same bool) {
	first := e.parties.find(&t.flow)
	if first == nil || first == p {
		return
	}
	if first.twin == nil && p.twin == nil {
		first.twin, p.twin = p, first
	}
	whose := func(moved bool) detectors.Side {
		if moved {
			return detectors.ClientSide
		}
		return detectors.ServerSide
	}
	sender, receiver := whose(t.flow.src != p.key.src), whose(t.flow.dst != p.key.dst)
	for _, q := range [...]*party{p, first} {
		switch {
		case !same:
			e.held(q, t, m, x, otherSide, sender)
			if q.peer != nil {
				e.held(q.peer, t, m, x, otherSide, receiver)
			}
			continue
		case sender == detectors.ClientSide:
			q.crossed.note(x, mt)
		}
		if q.peer != nil && receiver == detectors.ClientSide {
			q.peer.crossed.note(x, mt)
		}
	}
}

const maxObserved = 24

func framesOf(c *detectors.Context) []int {
	if c.Other != 0 && c.Other != c.Frame {
		return []int{c.Other, c.Frame}
	}
	return []int{c.Frame}
}
