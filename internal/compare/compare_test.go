package compare

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/engine"
)

// TestVerdicts holds the verdict about one phone against what the path did.
func TestVerdicts(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(int, string) string
		texts   []string
		verdict engine.Verdict
		side    string
		counts  Counts
		fields  []string // of the changes that are not harmless
		reason  string
	}{
		{
			name: "nothing changed", verdict: engine.Unlikely, side: "none",
			counts: Counts{Matched: 9, Identical: 9, Registers: 2, Invites: 1}, reason: "nothing rewritten: 9 messages, REGISTER and INVITE with SDP among them",
		},
		{
			name: "Linux ALG", change: toPublic, verdict: engine.Confirmed, side: "client",
			counts: Counts{Matched: 9, Changed: 9, Registers: 2, Invites: 1},
			fields: []string{"Contact", "Content-Length", "SDP c=", "SDP o=", "Via"},
		},
		{
			name: "Call-ID host", change: replaced("@192.168.1.10\r", "@203.0.113.5\r"), verdict: engine.Confirmed, side: "client",
			counts: Counts{Matched: 9, Changed: 9, Registers: 2, Invites: 1}, fields: []string{"Call-ID"},
		},
		{
			name: "whole Call-ID", change: replaced("Call-ID: call-", "Call-ID: hidden-", "@192.168.1.10\r", "@203.0.113.5\r"),
			verdict: engine.Confirmed, side: "client", counts: Counts{Matched: 9, Changed: 9, Registers: 2, Invites: 1}, fields: []string{"Call-ID"},
		},
		{
			name: "one port", change: replaced("1001@192.168.1.10:5060", "1001@192.168.1.10:1024"), verdict: engine.Confirmed, side: "client",
			counts: Counts{Matched: 9, Changed: 4, Identical: 5, Registers: 2, Invites: 1}, fields: []string{"Contact"},
		},
		{
			name: "a line more", change: replaced("s=-\r\n", "s=-\r\ni=(o=IN IP4 192.168.1.10)\r\n", "Content-Length: 115", "Content-Length: 145"),
			verdict: engine.Confirmed, side: "client",
			counts: Counts{Matched: 9, Changed: 1, Identical: 8, Registers: 2, Invites: 1}, fields: []string{"Content-Length", "SDP i="},
		},
		{
			name: "in other words", change: replaced("Call-ID: ", "i: ", "Contact: ", "CONTACT:   "),
			verdict: engine.Unlikely, side: "none", counts: Counts{Matched: 9, Same: 9, Registers: 2, Invites: 1}, reason: "nothing rewritten that means anything",
		},
		{
			name: "a header more", change: replaced("Max-Forwards: 70", "Max-Forwards: 70\r\nX-Seen: yes"), verdict: engine.Possible, side: "client",
			counts: Counts{Matched: 9, Changed: 4, Identical: 5, Registers: 2, Invites: 1}, fields: []string{"x-seen"}, reason: "changed on the way, but no address",
		},
		{
			name: "a proxy", change: replaced("Via: ", "Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bKproxy\r\nVia: "), verdict: engine.Inconclusive, side: "proxy",
			counts: Counts{Matched: 9, Proxied: 9}, reason: "a SIP proxy or SBC stands between",
		},
		{
			name: "an SBC with its own branch", change: replaced("z9hG4bKb", "z9hG4bKsbc", "192.168.1.10", "203.0.113.9"), verdict: engine.Inconclusive, side: "proxy",
			counts: Counts{Matched: 9, Proxied: 9},
		},
		{
			name: "a proxy in the route", change: replaced("Max-Forwards: 70", "Record-Route: <sip:203.0.113.9;lr>\r\nMax-Forwards: 69"), verdict: engine.Unlikely, side: "none",
			counts: Counts{Matched: 9, Identical: 5, Proxied: 4}, reason: "no REGISTER and no INVITE with SDP",
		},
		{
			name: "few messages", texts: talk()[:2], verdict: engine.Unlikely, side: "none",
			counts: Counts{Matched: 2, Identical: 2, Registers: 1}, reason: "few messages and no INVITE with SDP",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			texts := tt.texts
			if texts == nil {
				texts = talk()
			}
			lan, wan := both(texts, tt.change)
			for _, swap := range []bool{false, true} {
				a, b := sideOf(t, 0, lan), sideOf(t, 1, shifted(wan, 2*time.Hour))
				if swap {
					a, b = sideOf(t, 0, shifted(wan, 2*time.Hour)), sideOf(t, 1, lan)
				}
				r := hold(a, b)
				if len(r.Phones) != 1 {
					t.Fatalf("%d phones: %+v", len(r.Phones), r.Phones)
				}
				p := &r.Phones[0]
				if r.Swapped != swap || r.Told != ByAddress {
					t.Errorf("swapped %v, told by %s", r.Swapped, r.Told)
				}
				if p.Verdict != tt.verdict || r.Verdict != tt.verdict || p.Side != tt.side {
					t.Errorf("%s (%s), side %s: %s", p.Verdict, r.Verdict, p.Side, p.Reason)
				}
				if p.Counts != tt.counts || r.Counts != tt.counts {
					t.Errorf("counts %+v, want %+v", p.Counts, tt.counts)
				}
				if !strings.Contains(p.Reason, tt.reason) {
					t.Errorf("reason %q lacks %q", p.Reason, tt.reason)
				}
				if got := fieldsOf(p); !slices.Equal(got, tt.fields) {
					t.Errorf("changed %q, want %q", got, tt.fields)
				}
				if !swap {
					checkClock(t, r)
				}
			}
		})
	}
}

func fieldsOf(p *Phone) []string {
	var out []string
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Kind > 0 && !slices.Contains(out, strings.TrimSpace(c.Field)) {
			out = append(out, c.Field)
		}
	}
	for i, f := range out {
		if strings.EqualFold(f, "x-seen") {
			out[i] = "x-seen"
		}
	}
	slices.Sort(out)
	return out
}

func checkClock(t *testing.T, r *Result) {
	t.Helper()
	c := &r.Clock
	if off := time.Duration(c.OffsetNS) - 2*time.Hour; !c.Known || off < -time.Millisecond || off > time.Millisecond {
		t.Errorf("clock %+v", c)
	}
}

// TestOnceEach: a change that many messages have is listed once for each way,
// with the frames of both sides.
func TestOnceEach(t *testing.T) {
	lan, wan := both(talk(), toPublic)
	wan = append([]sent{{at: -time.Second, src: "192.0.2.99:5060", dst: server, text: request("OPTIONS", 99), ttl: 50}}, wan...)
	r := hold(sideOf(t, 0, lan), sideOf(t, 1, wan))
	var via []Change
	for _, c := range r.Phones[0].Changes {
		if c.Field == "Via" {
			via = append(via, c)
		}
	}
	if len(via) != 2 || via[0].ToPhone || !via[1].ToPhone || via[0].Count != 4 || via[1].Count != 5 {
		t.Fatalf("%+v", via)
	}
	if want := []Frames{{1, 2}, {3, 4}, {5, 6}, {8, 9}}; !slices.Equal(via[0].Frames, want) {
		t.Errorf("frames %v, want %v", via[0].Frames, want)
	}
	if want := []string{"REGISTER", "INVITE", "BYE"}; !slices.Equal(via[0].Methods, want) {
		t.Errorf("messages %q", via[0].Methods)
	}
	if via[0].Before != "SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bKb1;rport" || via[0].After != "SIP/2.0/UDP 203.0.113.5:1027;branch=z9hG4bKb1;rport" {
		t.Errorf("%q -> %q", via[0].Before, via[0].After)
	}
	if r.Server.Other != 1 || r.Server.Missing != 0 {
		t.Errorf("%+v", r.Server)
	}
}

// TestRoomForProof: a device that writes something else into every message does
// not hide what matters.
func TestRoomForProof(t *testing.T) {
	var texts []string
	for i := range 300 {
		texts = append(texts, request("OPTIONS", i+1))
	}
	lan, wan := both(texts, func(i int, text string) string {
		text = strings.Replace(text, "Max-Forwards: 70", fmt.Sprintf("Max-Forwards: 70\r\nX-Seen: %d", i), 1)
		if i == 299 {
			text = strings.Replace(text, "UDP 192.168.1.10", "UDP 203.0.113.5", 1)
		}
		return text
	})
	r := hold(sideOf(t, 0, lan), sideOf(t, 1, wan))
	if p := &r.Phones[0]; p.Verdict != engine.Confirmed || p.MoreChanges == 0 || len(p.Changes) > maxChanges {
		t.Errorf("%s, %d changes and %d more", p.Verdict, len(p.Changes), p.MoreChanges)
	}
}

// TestSwallowed is a phone whose INVITEs go in and do not come out, while all
// else passes.
func TestSwallowed(t *testing.T) {
	texts := talk()[:4]
	lan, wan := both(texts, nil)
	for i, at := range []time.Duration{0, 500, 1500, 3500} {
		lan = append(lan, sent{at: time.Second + at*time.Millisecond, src: phoneIn, dst: server, text: request("INVITE", 3), ttl: 64})
		_ = i
	}
	after, behind := both([]string{request("REGISTER", 7), response("200 OK", "REGISTER", 7)}, nil)
	lan, wan = append(lan, shifted(after, 6*time.Second)...), append(wan, shifted(behind, 6*time.Second)...)
	holes := sideOf(t, 1, wan)
	holes.inputs = []*capture.Input{{FragmentsLost: 3}}
	if r := hold(sideOf(t, 0, lan), holes); r.Verdict != engine.Unlikely || !strings.Contains(strings.Join(r.Phones[0].Notes, " "), "never became whole") {
		t.Errorf("a capture with holes: %s: %q", r.Verdict, r.Phones[0].Notes)
	}
	r := hold(sideOf(t, 0, lan), sideOf(t, 1, wan))
	p := &r.Phones[0]
	if p.Verdict != engine.Possible || !strings.Contains(p.Reason, "INVITE went into the router 4 times and never came out") {
		t.Errorf("%s: %s", p.Verdict, p.Reason)
	}
	if len(p.Missing) != 1 {
		t.Fatalf("%+v", p.Missing)
	}
	m := p.Missing[0]
	if m.What != "INVITE" || m.ToPhone || !m.Into || m.Sent != 4 || m.Arrived != 0 || !slices.Equal(m.Frames, []int{5, 6, 7, 8}) || time.Duration(m.Span) != 3500*time.Millisecond {
		t.Errorf("%+v", m)
	}
	if r.Phone.Missing != 4 || r.Server.Missing != 0 || r.Counts.Changed != 0 {
		t.Errorf("%+v %+v", r.Phone, r.Counts)
	}
}

// TestSilentPhone is one of which nothing comes through at all.
func TestSilentPhone(t *testing.T) {
	lan, wan := both(talk(), nil)
	lan = append(lan,
		sent{at: 450 * time.Millisecond, src: "192.168.1.11:5060", dst: server, text: request("REGISTER", 50)},
		sent{at: 460 * time.Millisecond, src: "192.168.1.12:5060", dst: "198.51.100.99:5060", text: request("REGISTER", 51)})
	r := hold(sideOf(t, 0, lan), sideOf(t, 1, wan))
	if len(r.Phones) != 2 || r.Phone.Missing != 1 || r.Phone.Other != 1 {
		t.Fatalf("%d phones, %+v", len(r.Phones), r.Phone)
	}
	p := r.Phones[slices.IndexFunc(r.Phones, func(p Phone) bool { return p.Counts.Matched == 0 })]
	if p.Verdict != engine.Inconclusive || len(p.Missing) != 1 || p.PhoneSide[0].String() != "192.168.1.11:5060" {
		t.Errorf("%+v", p)
	}
}

// TestClipped: what the snaplen cut off is not compared, what is there is.
func TestClipped(t *testing.T) {
	for _, clip := range []int{120, 200, 300, 420, 470, 1000} {
		for _, which := range []int{0, 1, 2} {
			lan, wan := both(talk(), nil)
			hurt, whole := both(talk(), toPublic)
			for i := range lan {
				if which != 1 {
					lan[i].clip, hurt[i].clip = clip, clip
				}
				if which != 0 {
					wan[i].clip, whole[i].clip = clip, clip
				}
			}
			r := hold(sideOf(t, 0, lan), sideOf(t, 1, wan))
			if r.Counts.Changed+r.Counts.Same > 0 || r.Counts.Matched != 9 {
				t.Errorf("clip %d of %d: %+v: %+v", clip, which, r.Counts, r.Phones[0].Changes)
			}
			if r = hold(sideOf(t, 0, hurt), sideOf(t, 1, whole)); r.Verdict != engine.Confirmed || r.Counts.Matched != 9 {
				t.Errorf("clip %d of %d: %s, %+v", clip, which, r.Verdict, r.Counts)
			}
			if r.Counts.Clipped == 0 && clip < 300 {
				t.Errorf("clip %d of %d: none clipped: %+v", clip, which, r.Counts)
			}
		}
	}
}

// TestSamePlace: two captures of the same wire say nothing about a router.
func TestSamePlace(t *testing.T) {
	lan, wan := both(talk(), nil)
	if r := hold(sideOf(t, 0, lan), sideOf(t, 1, lan)); r.Verdict != engine.Inconclusive || !r.SamePlace || r.Counts.Identical != 9 {
		t.Errorf("%s %v %+v: %s", r.Verdict, r.SamePlace, r.Counts, r.Reason)
	}
	// A router without NAT lowers the TTL.
	routed := slices.Clone(wan)
	for i := range routed {
		routed[i].src, routed[i].dst = lan[i].src, lan[i].dst
	}
	for _, swap := range []bool{false, true} {
		a, b := sideOf(t, 0, lan), sideOf(t, 1, routed)
		if swap {
			a, b = sideOf(t, 0, routed), sideOf(t, 1, lan)
		}
		r := hold(a, b)
		if r.Verdict != engine.Unlikely || r.SamePlace || r.Told != ByTTL || r.Swapped != swap {
			t.Errorf("%s %v %s %v: %s", r.Verdict, r.SamePlace, r.Told, r.Swapped, r.Reason)
		}
	}
}

// TestServersRouter is an ALG in front of the server.
func TestServersRouter(t *testing.T) {
	const inside = "10.0.0.5:5060"
	var lan, wan []sent
	for i, text := range talk() {
		at := time.Duration(i) * 100 * time.Millisecond
		text = strings.ReplaceAll(text, "pbx.example", "198.51.100.10")
		hurt := strings.ReplaceAll(text, "198.51.100.10", "10.0.0.5")
		if strings.HasPrefix(text, "SIP/2.0") {
			wan = append(wan, sent{at: at, src: inside, dst: phoneOut, text: hurt})
			lan = append(lan, sent{at: at, src: server, dst: phoneOut, text: text})
		} else {
			lan = append(lan, sent{at: at, src: phoneOut, dst: server, text: text})
			wan = append(wan, sent{at: at, src: phoneOut, dst: inside, text: hurt})
		}
	}
	r := hold(sideOf(t, 0, lan), sideOf(t, 1, wan))
	p := &r.Phones[0]
	if p.Verdict != engine.Confirmed || p.Side != "server" || r.Swapped || p.ServersBehind[0].String() != inside {
		t.Errorf("%s, side %s, swapped %v, %v", p.Verdict, p.Side, r.Swapped, p.ServersBehind)
	}
}

// TestRouterCapture is a capture that holds both sides of the router by itself,
// against one of the phone's side, and of the server's.
func TestRouterCapture(t *testing.T) {
	lan, wan := both(talk(), toPublic)
	var router []sent
	for i := range lan {
		x, y := lan[i], wan[i]
		if x.dst != server {
			x, y = y, x
		}
		router = append(router, x, y)
	}
	for _, tt := range []struct {
		name          string
		first, second []sent
		swapped       bool
		changed       int
	}{
		{"phone, router", lan, router, false, 9},
		{"router, server", router, wan, false, 9},
		{"server, router", wan, router, true, 9},
		{"router, phone", router, lan, true, 9},
		{"router, router", router, router, false, 0},
	} {
		r := hold(sideOf(t, 0, tt.first), sideOf(t, 1, tt.second))
		if r.Counts.Changed != tt.changed || r.Swapped != tt.swapped || r.Phone.Missing+r.Server.Missing > 0 {
			t.Errorf("%s: %+v, swapped %v, missing %d and %d", tt.name, r.Counts, r.Swapped, r.Phone.Missing, r.Server.Missing)
		}
	}
}

// TestHEP: what an agent reports need not be what was on the wire.
func TestHEP(t *testing.T) {
	lan, wan := both(talk(), toPublic)
	for i := range wan {
		wan[i].hep = true
	}
	r := hold(sideOf(t, 0, lan), sideOf(t, 1, wan))
	if p := &r.Phones[0]; p.Verdict != engine.Possible || p.Counts.Changed != 0 || p.Counts.Reported != 9 || len(p.Changes) == 0 {
		t.Errorf("%s: %+v, %d changes: %s", p.Verdict, p.Counts, len(p.Changes), p.Reason)
	}
}

// TestNothing says why nothing could be matched.
func TestNothing(t *testing.T) {
	lan, wan := both(talk(), nil)
	other, _ := both([]string{request("REGISTER", 77)}, nil)
	_, anew := both(talk(), replaced("z9hG4bKb", "z9hG4bKsbc", "call-", "x"))
	for i := range anew {
		anew[i].text = strings.NewReplacer("z9hG4bKb", "z9hG4bKsbc", "call-", "x").Replace(anew[i].text)
	}
	short := slices.Clone(lan)
	for i := range short {
		short[i].clip = 30
	}
	later := shifted(other, 48*time.Hour)
	for _, tt := range []struct {
		name string
		a, b []sent
		want string
	}{
		{"empty", nil, wan, "no SIP in file 1"},
		{"other calls", lan, other, "of different calls"},
		{"another day", lan, later, "not taken at the same time"},
		{"an SBC that leaves nothing but the tag", lan, anew, "writes every message anew"},
		{"clipped", short, other, "too little of them was captured"},
	} {
		r := hold(sideOf(t, 0, tt.a), sideOf(t, 1, tt.b))
		if r.Verdict != engine.Inconclusive || r.Counts.Matched != 0 || !strings.Contains(r.Reason, tt.want) {
			t.Errorf("%s: %s %+v: %s", tt.name, r.Verdict, r.Counts, r.Reason)
		}
	}
}
