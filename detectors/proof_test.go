package detectors

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/algsniff/algsniff/sipparse"
)

const (
	phonePrivate  = "192.168.1.50"
	phonePublic   = "198.51.100.23"
	serverPublic  = "203.0.113.10"
	serverPrivate = "192.168.50.10"
)

// bench drives one rule: hooks first, then Check, as the engine does.
type bench struct {
	Context
	ev    Evidence
	frame int
}

func newBench(viewpoint Viewpoint) *bench {
	b := &bench{ev: Evidence{Viewpoint: viewpoint, Transport: "udp", Registers: 2, Messages: 6}}
	b.at(phonePublic+":5060", serverPublic+":5060")
	return b
}

func (b *bench) at(source, server string) *bench {
	b.Source, b.Server = netip.MustParseAddrPort(source), netip.MustParseAddrPort(server)
	b.Transport, b.Segments = "udp", 1
	b.ev.Source, b.ev.Server = b.Source, b.Server
	b.ev.ServerInside = Inside(b.Server.Addr())
	return b
}

// noting hands observations of a rule to the evidence.
func (b *bench) noting(id string) Note {
	b.Other, b.Frame = b.frame+1, b.frame+2
	b.frame += 2
	return func(key, written, seen string) {
		b.ev.Add(Observation{Detector: id, Key: key, Written: written, Seen: seen, Count: 1, Frames: []int{b.Other, b.Frame}, Last: int64(b.Frame)})
	}
}

func (b *bench) check(d *Detector) []Finding {
	if d.Needs != nil && d.Needs(&b.ev) != "" {
		return nil
	}
	return d.Check(&b.ev)
}

// one is the class of the only finding; "" for none.
func one(t *testing.T, list []Finding) string {
	t.Helper()
	switch len(list) {
	case 0:
		return ""
	case 1:
		if f := list[0]; f.Summary == "" || f.Innocent == "" {
			t.Errorf("a finding without summary or innocent cause: %+v", f)
		}
		return list[0].Class.String()
	}
	t.Fatalf("%d findings: %+v", len(list), list)
	return ""
}

// edit replaces the first occurrence of each old by its new.
func edit(t testing.TB, text string, oldNew ...string) *sipparse.Message {
	t.Helper()
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(text, oldNew[i]) {
			t.Fatalf("%q is not in the message", oldNew[i])
		}
		text = strings.Replace(text, oldNew[i], oldNew[i+1], 1)
	}
	return sip(t, text)
}

const (
	qualify = `
OPTIONS sip:1001@198.51.100.23:5060 SIP/2.0
Via: SIP/2.0/UDP 203.0.113.10:5060;rport;branch=z9hG4bKPj1
Max-Forwards: 70
From: <sip:asterisk@203.0.113.10>;tag=f1
To: <sip:1001@198.51.100.23>
Contact: <sip:asterisk@203.0.113.10:5060>
Call-ID: 7f00@203.0.113.10
CSeq: 1 OPTIONS
Content-Length: 0
`
	qualified = `
SIP/2.0 200 OK
Via: SIP/2.0/UDP 203.0.113.10:5060;rport=5060;branch=z9hG4bKPj1
From: <sip:asterisk@203.0.113.10>;tag=f1
To: <sip:1001@198.51.100.23>;tag=p1
Contact: <sip:1001@198.51.100.23:5060>
Call-ID: 7f00@203.0.113.10
CSeq: 1 OPTIONS
Content-Length: 0
`
)

func TestEcho(t *testing.T) {
	const toSent, toGot = "To: <sip:1001@198.51.100.23>", "To: <sip:1001@198.51.100.23>;tag=p1"
	for _, tt := range []struct {
		name    string
		request []string
		answer  []string
		want    string
		side    Side
		setup   func(b *bench)
	}{
		{name: "clean", want: ""},
		{name: "Linux adds a port to To", answer: []string{toGot, "To: <sip:1001@198.51.100.23:5060>;tag=p1"}, want: "proof"},
		{name: "port added, no brackets on either", request: []string{toSent, "To: sip:1001@198.51.100.23"}, answer: []string{toGot, "To: sip:1001@198.51.100.23:5060;tag=p1"}, want: "proof"},
		{name: "port added, brackets dropped too", answer: []string{toGot, "To: sip:1001@198.51.100.23:5060;tag=p1"}, want: "proof"},
		{name: "ports everywhere", answer: []string{toGot, "To: <sip:1001@198.51.100.23:5060>;tag=p1", "<sip:asterisk@203.0.113.10>", "<sip:asterisk@203.0.113.10:5060>"}, want: "strong+strong"},
		{
			name: "no control", request: []string{"From: <sip:asterisk@203.0.113.10>", "From: <sip:asterisk@203.0.113.10:5060>"},
			answer: []string{toGot, "To: <sip:1001@198.51.100.23:5060>;tag=p1", "From: <sip:asterisk@203.0.113.10>", "From: <sip:asterisk@203.0.113.10:5060>"}, want: "strong",
		},
		{name: "To with the private address", answer: []string{toGot, "To: <sip:1001@192.168.1.50:5060>;tag=p1"}, want: "proof"},
		{
			name: "the same from a phone that is plainly private", answer: []string{toGot, "To: <sip:1001@192.168.1.50:5060>;tag=p1"}, want: "strong",
			setup: func(b *bench) { b.ev.Fields[Via].Note(InsideOut) },
		},
		{name: "To with some other public address", answer: []string{toGot, "To: <sip:1001@192.0.2.99>;tag=p1"}, want: "strong"},
		{name: "To made up: 0.0.0.0", answer: []string{toGot, "To: <sip:1001@0.0.0.0>;tag=p1"}},
		{name: "To made up: a name", answer: []string{toGot, "To: <sip:1001@pbx.example>;tag=p1"}},
		{name: "To made up: another user", answer: []string{toGot, "To: <sip:me@192.168.1.50>;tag=p1"}},
		{name: "port dropped", request: []string{toSent, "To: <sip:1001@198.51.100.23:5060>"}, answer: []string{toGot, toGot}},
		{name: "Via host", answer: []string{"UDP 203.0.113.10:5060", "UDP 198.51.100.23:5060"}, want: "proof"},
		{name: "Via default port dropped", answer: []string{"UDP 203.0.113.10:5060", "UDP 203.0.113.10"}},
		{name: "Via port", answer: []string{"UDP 203.0.113.10:5060", "UDP 203.0.113.10:5062"}, want: "strong"},
		{name: "branch once", answer: []string{"z9hG4bKPj1", "z9hG4bKXX"}, want: "strong"},
		{name: "branch cut short", answer: []string{"z9hG4bKPj1", "z9hG4bKPj"}},
		{name: "a Via more", answer: []string{"Via: ", "Via: SIP/2.0/UDP 198.51.100.99;branch=z9hG4bKp\nVia: "}},
		{name: "Call-ID", answer: []string{"7f00@203.0.113.10", "7f00@198.51.100.23"}, want: "proof"},
		{
			name: "server's router", request: []string{"UDP 203.0.113.10", "UDP 192.168.50.10", "asterisk@203.0.113.10", "asterisk@192.168.50.10"},
			answer: []string{"UDP 203.0.113.10", "UDP 192.168.50.10", "asterisk@203.0.113.10>", "asterisk@192.168.50.10:5060>"}, want: "proof", side: ServerSide,
			setup: func(b *bench) { b.at(phonePublic+":5060", serverPrivate+":5060") },
		},
		{
			name: "on the phone's side it is the phone", answer: []string{toGot, "To: <sip:1001@198.51.100.23:5060>;tag=p1"},
			setup: func(b *bench) { b.ev.Viewpoint = FromClient },
		},
		{name: "clipped", answer: []string{toGot, "To: <sip:1001@198.51.100.23:5060>;tag=p1"}, setup: func(b *bench) { b.Clipped = true }},
		{name: "IPv6 in other words", request: []string{toSent, "To: <sip:1001@[2001:db8::5]>"}, answer: []string{toGot, "To: <sip:1001@[2001:DB8:0::5]>;tag=p1"}},
		{
			name: "IPv6 gets a port", request: []string{toSent, "To: <sip:1001@[2001:db8::5]>"}, answer: []string{toGot, "To: <sip:1001@[2001:db8::5]:5060>;tag=p1"}, want: "proof",
			setup: func(b *bench) { b.at("[2001:db8::5]:5060", serverPublic+":5060") },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(FromServer)
			if tt.setup != nil {
				tt.setup(b)
			}
			noteEcho(&b.Context, edit(t, qualify, tt.request...), edit(t, qualified, tt.answer...), b.noting("echo"))
			var got []string
			for _, f := range b.check(&echo) {
				got = append(got, f.Class.String())
				if tt.side != "" && f.Side != tt.side {
					t.Errorf("side %q, want %q", f.Side, tt.side)
				}
				if f.Written == "" || f.Seen == "" || len(f.Frames) != 2 {
					t.Errorf("incomplete: %+v", f)
				}
			}
			if g := strings.Join(got, "+"); g != tt.want {
				t.Errorf("got %q, want %q: %+v", g, tt.want, b.ev.Observed)
			}
		})
	}
}

func TestEchoBranchTwice(t *testing.T) {
	b := newBench(FromServer)
	for range 2 {
		noteEcho(&b.Context, sip(t, qualify), edit(t, qualified, "z9hG4bKPj1", "z9hG4bKXX"), b.noting("echo"))
	}
	if got := one(t, b.check(&echo)); got != "proof" {
		t.Errorf("got %q", got)
	}
}

func TestEchoRecordRoute(t *testing.T) {
	b := newBench(FromServer)
	noteEcho(&b.Context, edit(t, qualify, "Max-Forwards", "Record-Route: <sip:203.0.113.10;lr>\nMax-Forwards"),
		edit(t, qualified, "From: ", "Record-Route: <sip:198.51.100.23;lr>\nFrom: "), b.noting("echo"))
	if got := one(t, b.check(&echo)); got != "strong" {
		t.Errorf("got %q: a Record-Route is no proof", got)
	}
}

// TestHarmlessIsNoProof puts every harmless edit in front of every rule that
// compares two messages.
func TestHarmlessIsNoProof(t *testing.T) {
	before := sip(t, inviteText)
	for _, e := range harmlessEdits {
		after := edit(t, inviteText, e.old, e.new)
		b := newBench(FromServer)
		b.Translated = ClientSide
		noteEcho(&b.Context, before, after, b.noting("echo"))
		noteAgain(&b.Context, before, after, b.noting("retransmission"))
		noteCompanion(&b.Context, before, after, b.noting("companion"))
		noteAcross(&b.Context, before, after, b.noting("across"))
		b.at(phonePrivate+":5060", serverPublic+":5060")
		noteAnswer(&b.Context, before, after, b.noting("answer-back"))
		if len(b.ev.Observed) > 0 {
			t.Errorf("%s: %+v", e.name, b.ev.Observed)
		}
	}
}

// publicInvite is the INVITE as a Linux ALG or a STUN phone would send it.
var publicInvite = strings.ReplaceAll(inviteText, phonePrivate, phonePublic)

func TestRetransmission(t *testing.T) {
	for _, tt := range []struct {
		name  string
		old   string
		edits []string
		want  string
		setup func(b *bench)
	}{
		{name: "the same", old: publicInvite},
		{name: "port mapped anew", old: publicInvite, edits: []string{"198.51.100.23:5060;branch", "198.51.100.23:1031;branch", "1001@198.51.100.23:5060", "1001@198.51.100.23:1031"}, want: "proof"},
		{name: "media port", old: publicInvite, edits: []string{"audio 11780", "audio 11782"}, want: "proof"},
		{name: "public then private", old: publicInvite, edits: []string{"UDP 198.51.100.23", "UDP 192.168.1.50"}, want: "proof"},
		{name: "private then public: may have learned", old: inviteText, edits: []string{"UDP 192.168.1.50", "UDP 198.51.100.23"}, want: "strong"},
		{name: "another date", old: strings.Replace(publicInvite, "Subject: lunch", "Date: a\nTimestamp: 1", 1), edits: []string{"Date: a", "Date: b", "Timestamp: 1", "Timestamp: 2"}},
		{name: "new credentials", old: strings.Replace(publicInvite, "Subject: lunch", `Authorization: Digest uri="sip:192.0.2.1"`, 1), edits: []string{"192.0.2.1", "192.0.2.2"}},
		{name: "a branch used twice", old: publicInvite, edits: []string{"77_1@", "78_1@", "audio 11780", "audio 11782"}},
		{name: "another dialog", old: publicInvite, edits: []string{"tag=a1", "tag=a2", "audio 11780", "audio 11782"}},
		{name: "clipped", old: publicInvite, edits: []string{"audio 11780", "audio 11782"}, setup: func(b *bench) { b.Clipped = true }},
		{name: "HEP", old: publicInvite, edits: []string{"audio 11780", "audio 11782"}, setup: func(b *bench) { b.HEP = true }},
		{name: "TCP", old: publicInvite, edits: []string{"audio 11780", "audio 11782"}, setup: func(b *bench) { b.Transport = "tcp" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(FromServer)
			if tt.setup != nil {
				tt.setup(b)
			}
			noteAgain(&b.Context, sip(t, tt.old), edit(t, tt.old, tt.edits...), b.noting("retransmission"))
			if got := one(t, b.check(&retransmission)); got != tt.want {
				t.Errorf("got %q, want %q: %+v", got, tt.want, b.ev.Observed)
			}
		})
	}
}

func TestCompanion(t *testing.T) {
	const cancel = `
CANCEL sip:600@203.0.113.10 SIP/2.0
Via: SIP/2.0/UDP 198.51.100.23:5060;branch=z9hG4bK1;rport
From: "Ann" <sip:1001@203.0.113.10>;tag=a1
To: <sip:600@203.0.113.10>
Call-ID: 77_1@198.51.100.23
CSeq: 2 CANCEL
Content-Length: 0
`
	for _, tt := range []struct {
		name   string
		invite string
		edits  []string
		want   string
		family string
		told   bool
	}{
		{name: "the same", invite: publicInvite},
		{name: "rport dropped, default port", invite: publicInvite, edits: []string{":5060;branch=z9hG4bK1;rport", ";branch=z9hG4bK1"}},
		{name: "private CANCEL", invite: publicInvite, edits: []string{"UDP 198.51.100.23", "UDP 192.168.1.50"}, want: "proof"},
		{name: "private CANCEL of PJSIP", invite: publicInvite, edits: []string{"UDP 198.51.100.23", "UDP 192.168.1.50"}, family: "pjsip", want: "strong"},
		{name: "public, and nobody had told it", invite: strings.Replace(publicInvite, "UDP 198.51.100.23", "UDP 192.168.1.50", 1), want: "strong"},
		{name: "learned between", invite: strings.Replace(publicInvite, "UDP 198.51.100.23", "UDP 192.168.1.50", 1), told: true},
		{name: "learned another address than it had", invite: strings.Replace(publicInvite, "UDP 198.51.100.23", "UDP 198.51.100.24", 1), told: true},
		{name: "learned the port", invite: strings.Replace(publicInvite, "198.51.100.23:5060;branch", "198.51.100.23:5062;branch", 1), told: true},
		{name: "private CANCEL after an answer", invite: publicInvite, edits: []string{"UDP 198.51.100.23", "UDP 192.168.1.50"}, told: true, want: "proof"},
		{name: "another private address", invite: inviteText, edits: []string{"UDP 198.51.100.23", "UDP 10.1.1.7", "77_1@198.51.100.23", "77_1@192.168.1.50"}, want: "strong"},
		{name: "not the source", invite: publicInvite, edits: []string{"UDP 198.51.100.23", "UDP 198.51.100.24"}, told: true, want: "strong"},
		{name: "port", invite: publicInvite, edits: []string{"198.51.100.23:5060", "198.51.100.23:1028"}, want: "strong"},
		{name: "Call-ID", invite: publicInvite, edits: []string{"77_1@198.51.100.23", "77_1@192.168.1.50"}, want: "proof"},
		{name: "two hops", invite: publicInvite, edits: []string{"Via: ", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKp\nVia: "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(FromServer)
			b.ev.Family, b.Told = tt.family, tt.told
			noteCompanion(&b.Context, sip(t, tt.invite), edit(t, cancel, tt.edits...), b.noting("companion"))
			if got := one(t, b.check(&companion)); got != tt.want {
				t.Errorf("got %q, want %q: %+v", got, tt.want, b.ev.Observed)
			}
		})
	}
}

func TestAcross(t *testing.T) {
	for _, tt := range []struct {
		name  string
		edits []string
		moved Side
		want  string
		side  Side
		setup func(b *bench)
	}{
		{name: "Linux ALG", edits: []string{"UDP 192.168.1.50", "UDP 198.51.100.23", "c=IN IP4 192.168.1.50", "c=IN IP4 198.51.100.23"}, moved: ClientSide, want: "proof", side: ClientSide},
		{name: "port forwarding with ALG", edits: []string{"INVITE sip:600@203.0.113.10", "INVITE sip:600@192.168.50.10:5060"}, moved: ServerSide, want: "proof", side: ServerSide},
		{name: "proxy", edits: []string{"Via: ", "Via: SIP/2.0/UDP 198.51.100.23;branch=z9hG4bKp\nVia: ", "UDP 192.168.1.50", "UDP 198.51.100.23"}, moved: ClientSide},
		{name: "a hop counted, a name dropped", edits: []string{"Max-Forwards: 70", "Max-Forwards: 69", `"Ann" `, ""}, moved: ClientSide},
		{name: "another request", edits: []string{"77_1@", "78_1@", "c=IN IP4 192.168.1.50", "c=IN IP4 198.51.100.23"}, moved: ClientSide},
		{name: "clipped", edits: []string{"UDP 192.168.1.50", "UDP 198.51.100.23"}, moved: ClientSide, setup: func(b *bench) { b.Clipped = true }},
		{name: "HEP", edits: []string{"UDP 192.168.1.50", "UDP 198.51.100.23"}, moved: ClientSide, setup: func(b *bench) { b.HEP = true }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(FromRouter)
			b.Translated = tt.moved
			if tt.setup != nil {
				tt.setup(b)
			}
			noteAcross(&b.Context, sip(t, inviteText), edit(t, inviteText, tt.edits...), b.noting("across"))
			list := b.check(&across)
			if got := one(t, list); got != tt.want {
				t.Fatalf("got %q, want %q: %+v", got, tt.want, b.ev.Observed)
			}
			if tt.want != "" && list[0].Side != tt.side {
				t.Errorf("side %q, want %q", list[0].Side, tt.side)
			}
		})
	}
}

func TestCrossed(t *testing.T) {
	b := newBench(FromRouter)
	if got := b.check(&crossed); got != nil {
		t.Errorf("nothing crossed: %+v", got)
	}
	b.ev.Crossed, b.ev.CrossedRegisters, b.ev.CrossedInvites = 6, 2, 1
	if got := b.check(&crossed); one(t, got) != "counter" || got[0].DB != -25 {
		t.Errorf("got %+v", got)
	}
	b.ev.Crossed, b.ev.CrossedInvites = 2, 0
	if got := b.check(&crossed); one(t, got) != "counter" || got[0].DB != -15 {
		t.Errorf("REGISTER only: got %+v", got)
	}
	b.ev.Add(Observation{Detector: "across", Key: "Via", Count: 1})
	if got := b.check(&crossed); got != nil {
		t.Errorf("one came out changed: %+v", got)
	}
}

func TestCleanEcho(t *testing.T) {
	b := newBench(FromServer)
	b.ev.Echoes = 3
	if got := b.check(&cleanEcho); got != nil {
		t.Errorf("no telling echo: %+v", got)
	}
	b.ev.Telling = 2
	b.ev.Fields[Via].Note(Exact)
	if got := one(t, b.check(&cleanEcho)); got != "counter" {
		t.Errorf("got %q", got)
	}
	// A carrier's NAT outside an ALG: what the ALG wrote is inside again, and
	// the public To was the server's own doing.
	cgn := newBench(FromServer)
	cgn.ev.Echoes, cgn.ev.Telling = 3, 2
	cgn.ev.Fields[Via].Note(InsideOut)
	if got := cgn.check(&cleanEcho); got != nil {
		t.Errorf("behind a carrier's NAT: %+v", got)
	}
	b.ev.Add(Observation{Detector: "echo", Key: "to-port", Count: 1})
	if got := b.check(&cleanEcho); got != nil {
		t.Errorf("another echo was changed: %+v", got)
	}
}

func TestAnswerBack(t *testing.T) {
	const request = `
REGISTER sip:203.0.113.10 SIP/2.0
Via: SIP/2.0/UDP 198.51.100.23:5060;branch=z9hG4bK9;rport
To: <sip:1001@203.0.113.10>
`
	answer := func(via string) string {
		return "SIP/2.0 401 Unauthorized\nVia: SIP/2.0/UDP " + via + ";branch=z9hG4bK9;rport=5060\nTo: <sip:1001@203.0.113.10>;tag=x\n"
	}
	for _, tt := range []struct {
		name, request, answer, want string
		setup                       func(b *bench)
	}{
		{name: "copied", request: request, answer: answer("198.51.100.23:5060;received=198.51.100.23")},
		{name: "translated back", request: request, answer: answer("192.168.1.50:5060;received=192.168.1.50"), want: "proof"},
		{name: "not restored", request: strings.Replace(request, phonePublic, phonePrivate, 1), answer: answer("198.51.100.23:5060"), want: "strong"},
		{name: "received only", request: strings.Replace(request, phonePublic, phonePrivate, 1), answer: answer("192.168.1.50:5060;received=192.168.1.50")},
		{name: "seen at the server", request: request, answer: answer("192.168.1.50:5060"), setup: func(b *bench) { b.ev.Viewpoint = FromServer }},
		{name: "server on a private network", request: request, answer: answer("192.168.1.50:5060"), setup: func(b *bench) { b.at(phonePrivate+":5060", "10.0.0.5:5060") }},
		{name: "another branch", request: request, answer: strings.Replace(answer("192.168.1.50:5060"), "z9hG4bK9", "z9hG4bK8", 1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(FromClient).at(phonePrivate+":5060", serverPublic+":5060")
			if tt.setup != nil {
				tt.setup(b)
			}
			noteAnswer(&b.Context, sip(t, tt.request), sip(t, tt.answer), b.noting("answer-back"))
			if got := one(t, b.check(&answerBack)); got != tt.want {
				t.Errorf("got %q, want %q: %+v", got, tt.want, b.ev.Observed)
			}
		})
	}
}

func TestReceivedBack(t *testing.T) {
	own := Sample{Frame: 2, Text: "received=192.168.1.50"}
	public := Sample{Frame: 2, Text: "received=198.51.100.23"}
	for _, tt := range []struct {
		name, want string
		set        func(ev *Evidence)
	}{
		{"nothing", "", func(*Evidence) {}},
		{"own address", "strong", func(ev *Evidence) { ev.ReceivedOwn = own }},
		{"own address, but named by a public one", "proof", func(ev *Evidence) {
			ev.ReceivedOwn, ev.KnownAs = own, Sample{Frame: 4, Text: "To: <sip:1001@198.51.100.23>"}
		}},
		{"own address of a server on a VPN", "", func(ev *Evidence) { ev.ReceivedOwn, ev.ServerInside = own, true }},
		{"public address", "counter", func(ev *Evidence) { ev.ReceivedPublic = public }},
		{"missing, and never added", "", func(ev *Evidence) { ev.ReceivedMissing = own }},
		{"own address, a neighbour the public one", "proof", func(ev *Evidence) { ev.ReceivedOwn, ev.ReceivedNear = own, public }},
		{"missing, but added for another", "proof", func(ev *Evidence) { ev.ReceivedMissing, ev.ReceivedOthers = own, public }},
		{"missing once", "counter", func(ev *Evidence) { ev.ReceivedMissing, ev.ReceivedOthers, ev.ReceivedPublic = own, public, public }},
		{"at the server", "", func(ev *Evidence) { ev.ReceivedOwn, ev.Viewpoint = own, FromServer }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(FromClient).at(phonePrivate+":5060", serverPublic+":5060")
			tt.set(&b.ev)
			if got := one(t, b.check(&receivedBack)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
