package detectors

import (
	"testing"

	"github.com/algsniff/algsniff/sipparse"
)

// BenchmarkMessageHooks is what the rules cost for a message that says nothing
// to any of them.
func BenchmarkMessageHooks(b *testing.B) {
	m := sip(b, inviteText)
	var s sipparse.SDP
	m.SDP(&s)
	w := newBench(FromServer)
	w.SDP, w.Record = &s, &Record{Vias: 1, Method: "INVITE"}
	w.Record.Via, w.Record.Contact, w.Record.Conn = InsideOut, InsideOut, InsideOut
	note := func(key, _, _ string) { b.Fatalf("noted %s", key) }
	var hooks []func(*Context, *sipparse.Message, Note)
	for i := range All {
		if All[i].Message != nil {
			hooks = append(hooks, All[i].Message)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, h := range hooks {
			h(&w.Context, m, note)
		}
	}
}

// BenchmarkEcho is an answer that has to be compared, but is as it should be.
func BenchmarkEcho(b *testing.B) {
	request := sip(b, qualify)
	response := edit(b, qualified, "To: <sip:1001@198.51.100.23>;tag=p1", "To: sip:1001@198.51.100.23;tag=p1")
	w := newBench(FromServer)
	note := func(key, _, _ string) { b.Fatalf("noted %s", key) }
	b.ReportAllocs()
	for b.Loop() {
		noteEcho(&w.Context, request, response, note)
	}
}

// BenchmarkDifferences is a request before and behind an ALG.
func BenchmarkDifferences(b *testing.B) {
	before, after := sip(b, inviteText), sip(b, publicInvite)
	b.ReportAllocs()
	for b.Loop() {
		if len(Differences(before, after)) == 0 {
			b.Fatal("no difference")
		}
	}
}
