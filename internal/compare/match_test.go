package compare

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// frames returns the matched pairs as "1-1 2-3".
func matchedFrames(pairs []pair) string {
	var out []string
	for _, p := range pairs {
		out = append(out, fmt.Sprintf("%d-%d", p.a.frame, p.b.frame))
	}
	return strings.Join(out, " ")
}

func TestMatch(t *testing.T) {
	ms := time.Millisecond
	reg := request("REGISTER", 1)
	at := func(text string, times ...time.Duration) (list []sent) {
		for _, d := range times {
			list = append(list, sent{at: d, src: phoneIn, dst: server, text: text})
		}
		return list
	}
	join := func(lists ...[]sent) []sent {
		all := slices.Concat(lists...)
		slices.SortStableFunc(all, func(a, b sent) int { return int(a.at - b.at) })
		return all
	}
	plain := strings.NewReplacer(";branch=z9hG4bKb1", "", ";tag=f1", "") // as in RFC 2543
	anchor := at(request("OPTIONS", 9), 0, 10*time.Second)[:1]
	for _, tt := range []struct {
		name string
		a, b []sent
		want string
	}{
		{"one", at(reg, 0), at(reg, ms), "1-1"},
		{"hours apart", at(reg, 0), at(reg, 5*time.Hour), "1-1"},
		{"years apart", at(reg, 0), at(reg, -20*365*24*time.Hour), "1-1"},
		{"retransmissions", at(reg, 0, 500*ms, 1500*ms), at(reg, ms, 501*ms, 1501*ms), "1-1 2-2 3-3"},
		{
			"second lost", join(anchor, at(reg, 100*ms, 600*ms, 1600*ms, 3600*ms)), join(anchor, at(reg, 101*ms, 1601*ms, 3601*ms)),
			"1-1 2-2 4-3 5-4",
		},
		{"first lost", join(anchor, at(reg, 100*ms, 600*ms, 1600*ms)), join(anchor, at(reg, 601*ms, 1601*ms)), "1-1 3-2 4-3"},
		{"only the last came", join(anchor, at(reg, 100*ms, 600*ms, 1600*ms)), join(anchor, at(reg, 1601*ms)), "1-1 4-2"},
		{"more behind than in front", join(anchor, at(reg, 600*ms)), join(anchor, at(reg, 100*ms, 601*ms, 1600*ms)), "1-1 2-3"},
		{"lost, and hours apart", join(anchor, at(reg, 100*ms, 600*ms, 1600*ms)), shifted(join(anchor, at(reg, 601*ms)), 3*time.Hour), "1-1 3-2"},
		{
			"used again an hour later", join(anchor, at(request("OPTIONS", 8), ms), at(reg, 100*ms)),
			join(anchor, at(request("OPTIONS", 8), ms), at(reg, time.Hour)), "1-1 2-2",
		},
		{"another CSeq", at(reg, 0), at(strings.Replace(reg, "CSeq: 1", "CSeq: 2", 1), 0), ""},
		{"another method", at(reg, 0), at(strings.ReplaceAll(reg, "REGISTER", "OPTIONS"), 0), ""},
		{"Call-ID rewritten", at(reg, 0), at(strings.Replace(reg, "call-1@192.168.1.10", "x@y", 1), 0), "1-1"},
		{"tag lost", at(reg, 0), at(strings.Replace(reg, ";tag=f1", "", 1), 0), "1-1"},
		{"branch rewritten", at(reg, 0), at(strings.Replace(reg, "z9hG4bKb1", "z9hG4bKx", 1), 0), "1-1"},
		{"two of the three rewritten", at(reg, 0), at(strings.NewReplacer("z9hG4bKb1", "z9hG4bKx", "call-1", "x").Replace(reg), 0), ""},
		{
			"two of the three rewritten, with a clock", join(anchor, at(reg, ms)),
			join(anchor, at(strings.NewReplacer("z9hG4bKb1", "z9hG4bKx", "call-1", "x").Replace(reg), 2*ms)), "1-1 2-2",
		},
		{"RFC 2543", at(plain.Replace(reg), 0), at(plain.Replace(reg), ms), "1-1"},
		{"branch alone", at(reg, 0), at(strings.NewReplacer(";tag=f1", ";tag=g", "call-1", "x").Replace(reg), 0), ""},
		{
			"no times",
			[]sent{{src: phoneIn, dst: server, text: reg, noTime: true}, {src: phoneIn, dst: server, text: reg, noTime: true}},
			at(reg, 0, ms), "1-1 2-2",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := sideOf(t, 0, tt.a), sideOf(t, 1, tt.b)
			pairs, _ := match(a.messages, b.messages)
			if got := matchedFrames(pairs); got != tt.want {
				t.Errorf("matched %q, want %q", got, tt.want)
			}
			// The other way round it is the same.
			turned, _ := match(b.messages, a.messages)
			for i := range turned {
				turned[i].a, turned[i].b = turned[i].b, turned[i].a
			}
			slices.SortFunc(turned, func(x, y pair) int { return int(x.a.frame - y.a.frame) })
			if got := matchedFrames(turned); got != tt.want {
				t.Errorf("the other way round %q, want %q", got, tt.want)
			}
		})
	}
}

// TestClockSet is a clock that is set back by an hour in the middle.
func TestClockSet(t *testing.T) {
	var a, b []sent
	for i := range 40 {
		at := time.Duration(i) * time.Minute
		a = append(a, sent{at: at, src: phoneIn, dst: server, text: request("OPTIONS", i+1)})
		step := time.Duration(0)
		if i >= 20 {
			step = -time.Hour
		}
		b = append(b, sent{at: at + step, src: phoneOut, dst: server, text: request("OPTIONS", i+1)})
	}
	pairs, c := match(sideOf(t, 0, a).messages, sideOf(t, 1, b).messages)
	if len(pairs) < 38 { // those right at the step may be taken for others
		t.Errorf("%d of 40 matched", len(pairs))
	}
	if first, last := c.ahead(0), c.ahead(int64(39*time.Minute)); first != 0 || last != -int64(time.Hour) {
		t.Errorf("ahead by %v, then %v", time.Duration(first), time.Duration(last))
	}
}

// checkMatch holds what matching promises whatever comes in.
func checkMatch(t *testing.T, a, b *side) {
	t.Helper()
	pairs, _ := match(a.messages, b.messages)
	inA, inB := map[*message]bool{}, map[*message]bool{}
	for _, p := range pairs {
		if inA[p.a] || inB[p.b] {
			t.Fatalf("matched twice: frames %d and %d", p.a.frame, p.b.frame)
		}
		inA[p.a], inB[p.b] = true, true
		if p.a.match != p.b || p.b.match != p.a {
			t.Fatalf("frames %d and %d do not know each other", p.a.frame, p.b.frame)
		}
		if p.a.request != p.b.request || p.a.status != p.b.status || p.a.method != p.b.method && p.a.method != "" && p.b.method != "" {
			t.Fatalf("%s is not %s", p.a.what(), p.b.what())
		}
	}
	for _, list := range [...][]*message{a.messages, b.messages} {
		for _, m := range list {
			if m.match != nil && !inA[m] && !inB[m] {
				t.Fatalf("frame %d has a partner but is in no pair", m.frame)
			}
		}
	}
}

// randomTalk makes messages that have much in common with each other.
func randomTalk(r *rand.Rand, n int) []sent {
	list := make([]sent, 0, n)
	at := time.Duration(0)
	for range n {
		text := request([]string{"REGISTER", "INVITE", "OPTIONS"}[r.IntN(3)], 1+r.IntN(4))
		if r.IntN(3) == 0 {
			text = response([]string{"200 OK", "100 Trying"}[r.IntN(2)], "INVITE", 1+r.IntN(4))
		}
		if r.IntN(4) == 0 {
			text = strings.Replace(text, "z9hG4bKb", fmt.Sprintf("z9hG4bK%d", r.IntN(2)), 1)
		}
		if r.IntN(6) == 0 {
			text = strings.Replace(text, ";tag=f", ";x=", 1)
		}
		if r.IntN(6) == 0 {
			text = strings.Replace(text, "call-", "", 1)
		}
		x := sent{at: at, src: phoneIn, dst: server, text: text, ttl: uint8(60 + r.IntN(5)), noTime: r.IntN(20) == 0}
		if r.IntN(3) == 0 {
			x.src, x.dst = x.dst, x.src
		}
		if r.IntN(4) == 0 {
			x.src = phoneOut
		}
		if r.IntN(8) == 0 {
			x.clip = 20 + r.IntN(400)
		}
		list = append(list, x)
		at += time.Duration(r.IntN(2000)) * time.Millisecond
	}
	return list
}

func TestMatchRandom(t *testing.T) {
	for i := range uint64(300) {
		r := rand.New(rand.NewPCG(i, 1))
		a, b := sideOf(t, 0, randomTalk(r, r.IntN(40))), sideOf(t, 1, shifted(randomTalk(r, r.IntN(40)), time.Duration(r.IntN(100))*time.Minute))
		checkMatch(t, a, b)
		hold(a, b)
	}
}

// TestSelf: a capture compared with itself never reports a change.
func TestSelf(t *testing.T) {
	for i := range uint64(300) {
		list := randomTalk(rand.New(rand.NewPCG(i, 2)), 30)
		a, b := sideOf(t, 0, list), sideOf(t, 1, list)
		r := hold(a, b)
		if r.Counts.Changed+r.Counts.Same > 0 {
			t.Fatalf("seed %d: %+v: %+v", i, r.Counts, r.Phones)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add(uint64(1), uint64(2), 10, 12, "REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nCSeq: 1 REGISTER\r\nFrom: <sip:a@b>;tag=1\r\n\r\n")
	f.Add(uint64(3), uint64(3), 30, 30, "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1\r\nCSeq: 1 X\r\ni: 1\r\n\r\nv=0\r\n")
	f.Fuzz(func(t *testing.T, x, y uint64, n, m int, text string) {
		n, m = (n%64+64)%64, (m%64+64)%64
		one := randomTalk(rand.New(rand.NewPCG(x, 1)), n)
		two := randomTalk(rand.New(rand.NewPCG(y, 1)), m)
		for i := 0; i < len(one); i += 5 {
			one[i].text = text
		}
		for i := 0; i < len(two); i += 3 {
			two[i].text = text
		}
		a, b := sideOf(t, 0, one), sideOf(t, 1, two)
		checkMatch(t, a, b)
		r := hold(a, b)
		if c := &r.Counts; c.Matched != c.Identical+c.Same+c.Changed+c.Proxied+c.Unread+c.Reported {
			t.Fatalf("%+v does not add up", c)
		}
		if r := hold(sideOf(t, 0, one), sideOf(t, 1, one)); r.Counts.Changed+r.Counts.Same > 0 {
			t.Fatalf("itself: %+v", r.Counts)
		}
	})
}

// FuzzClipped: a message cut anywhere is never other than itself.
func FuzzClipped(f *testing.F) {
	for _, text := range []string{request("INVITE", 1), request("REGISTER", 1), response("200 OK", "INVITE", 1)} {
		for _, n := range []int{1, 50, 200, 300, 400} {
			f.Add([]byte(text), n)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		if n < 0 || n > len(b) {
			return
		}
		whole, cut := &message{raw: b}, &message{raw: b[:n], clipped: true}
		var c comparer
		for _, pair := range [][2]*message{{whole, cut}, {cut, whole}} {
			x, y := commonPart(pair[0], pair[1])
			if len(x) > len(pair[0].raw) || len(y) > len(pair[1].raw) {
				t.Fatal("longer than before")
			}
			if how, list := c.compare(pair[0], pair[1]); how == Changed || how == Same {
				t.Fatalf("%s: %q %q: %q", how, x, y, list)
			}
		}
	})
}
