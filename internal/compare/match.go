package compare

import (
	"cmp"
	"slices"
)

// grade is by what two messages were taken for the same.
type grade uint8

// The grades, from "it can't be another" down. What is matched below byBranch
// went through somebody who writes messages anew, unless neither has a branch.
const (
	byAll    grade = iota // branch, both tags, Call-ID
	byBranch              // branch, and From tag or Call-ID: one of the two was changed
	byDialog              // From tag and Call-ID
	byTag                 // From tag or Call-ID alone, and time
)

// pair is the same message in both captures.
type pair struct {
	a, b  *message
	grade grade
}

// key is what two messages must have in common to be held against each other.
type key struct {
	request    bool
	status     int16
	cseq       uint32
	method     string
	p, q, r, s uint64
}

func (m *message) key(p, q, r, s uint64) key {
	return key{request: m.request, status: m.status, cseq: m.cseq, method: m.method, p: p, q: q, r: r, s: s}
}

// step is one way of telling messages apart; ok is false for a message that
// lacks what it takes.
type step struct {
	grade   grade
	anchors bool    // good enough to set the clocks by, when nothing better is there
	cut     [2]bool // only what is clipped in front of From and Call-ID, in the first capture, in the second
	bound   int64   // of the time between the two, the difference of the clocks apart; ns
	key     func(m *message) (k key, ok bool)
}

const (
	second = int64(1e9)

	// A message may be on its way for longer than it should, but not for longer
	// than its transaction lives (RFC 3261 §17: 64·T1).
	transit   = 3 * second
	lifetime  = 32 * second
	proxyTime = second
)

// fullKey tells a message and its retransmissions from all others.
func fullKey(m *message) (key, bool) {
	return m.key(m.branch, m.fromTag, m.callUser, m.toTag), m.branch != 0 && (m.fromTag != 0 || m.callUser != 0)
}

// branchKey tells it by what stands in front.
func branchKey(m *message) (key, bool) {
	k := key{request: m.request, status: m.status, p: m.branch}
	if m.request {
		k.method = m.method
	}
	return k, m.branch != 0
}

func steps() []step {
	return []step{
		{grade: byAll, anchors: true, bound: lifetime, key: fullKey},
		{grade: byBranch, anchors: true, bound: transit, key: func(m *message) (key, bool) {
			return m.key(m.branch, m.fromTag, 0, m.toTag), m.branch != 0 && m.fromTag != 0
		}},
		{grade: byBranch, bound: transit, key: func(m *message) (key, bool) {
			return m.key(m.branch, 0, m.callUser, 0), m.branch != 0 && m.callUser != 0
		}},
		{grade: byBranch, anchors: true, cut: [2]bool{true, false}, bound: transit, key: branchKey},
		{grade: byBranch, anchors: true, cut: [2]bool{false, true}, bound: transit, key: branchKey},
		{grade: byDialog, anchors: true, bound: transit, key: func(m *message) (key, bool) {
			return m.key(0, m.fromTag, m.callUser, m.toTag), m.fromTag != 0 && m.callUser != 0
		}},
		{grade: byTag, bound: proxyTime, key: func(m *message) (key, bool) {
			return m.key(0, m.fromTag, 0, 0), m.fromTag != 0
		}},
		{grade: byTag, anchors: true, bound: proxyTime, key: func(m *message) (key, bool) {
			return m.key(0, 0, m.callUser, 0), m.callUser != 0
		}},
	}
}

// match finds for each message of one capture the same in the other. Each has
// one partner at most; transmissions of the same message pair in order.
func match(as, bs []*message) ([]pair, *clock) {
	for _, list := range [...][]*message{as, bs} {
		for _, m := range list {
			m.match = nil
		}
	}
	var pairs []pair
	all := steps()
	c := &clock{}
	for i := range all {
		if all[i].anchors && !c.known() {
			c = anchors(groups(as, bs, &all[i]))
		}
	}
	for i := range all {
		st := &all[i]
		for _, g := range groups(as, bs, st) {
			g.pairUp(c, st, func(a, b *message) {
				a.match, b.match = b, a
				pairs = append(pairs, pair{a, b, st.grade})
			})
		}
	}
	slices.SortFunc(pairs, func(x, y pair) int { return cmp.Compare(x.a.order, y.a.order) })
	return pairs, c
}

// group are the messages of both captures that have a key in common.
type group struct{ as, bs []*message }

// groups returns those with messages without a partner on both sides, in order
// of appearance.
func groups(as, bs []*message, st *step) []*group {
	byKey := map[key]*group{}
	var list []*group
	for _, m := range as {
		k, ok := st.takes(m, 0)
		if !ok {
			continue
		}
		g := byKey[k]
		if g == nil {
			g = &group{}
			byKey[k] = g
			list = append(list, g)
		}
		g.as = append(g.as, m)
	}
	for _, m := range bs {
		if k, ok := st.takes(m, 1); ok {
			if g := byKey[k]; g != nil {
				g.bs = append(g.bs, m)
			}
		}
	}
	return slices.DeleteFunc(list, func(g *group) bool { return len(g.bs) == 0 })
}

// takes returns the key of a message of either capture that is still to be
// matched in this way.
func (st *step) takes(m *message, side int) (k key, ok bool) {
	if m.match != nil || m.twin || st.cut[side] && !m.headless() {
		return key{}, false
	}
	return st.key(m)
}

// pairUp pairs in order of time; where the clocks are known, none further apart
// than bound.
func (g *group) pairUp(c *clock, st *step, done func(a, b *message)) {
	i, j := 0, 0
	for i < len(g.as) && j < len(g.bs) {
		a, b := g.as[i], g.bs[j]
		apart, ok := c.apart(a, b)
		if !ok {
			if st.grade == byTag {
				return
			}
			done(a, b)
			i, j = i+1, j+1
			continue
		}
		switch {
		case j+1 < len(g.bs) && c.nearer(a, g.bs[j+1], apart):
			j++
		case i+1 < len(g.as) && c.nearer(g.as[i+1], b, apart):
			i++
		case abs(apart) <= st.bound:
			done(a, b)
			i, j = i+1, j+1
		case apart < 0: // b is too early for all that follow
			j++
		default:
			i++
		}
	}
}
