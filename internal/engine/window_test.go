package engine

import (
	"net/netip"
	"testing"

	"github.com/algsniff/algsniff/detectors"
)

const testSecond = int64(1e9)

// run is a run of alike messages in a log: at seconds, so many, one a second.
func run(method string, at int64, count int, public, told bool) detectors.Record {
	src := netip.MustParseAddrPort("203.0.113.5:1027")
	r := detectors.Record{
		Method: method, Time: at * testSecond, LastTime: (at + int64(count) - 1) * testSecond, Count: count,
		Frame: int(at), LastFrame: int(at) + count - 1, Source: src, Vias: 1, Segments: 1, Told: told,
		Via: detectors.InsideOut, Contact: detectors.InsideOut,
		ViaAddr: netip.MustParseAddrPort("192.168.1.10:5060"), ContactAddr: netip.MustParseAddrPort("192.168.1.10:5060"),
	}
	if public {
		r.Via, r.Contact, r.ViaAddr, r.ContactAddr = detectors.Exact, detectors.Exact, src, src
	}
	return r
}

func TestTurnover(t *testing.T) {
	tests := []struct {
		name   string
		log    []detectors.Record
		at     int64 // seconds; 0: none
		public bool  // before
	}{
		{"all private", []detectors.Record{run("REGISTER", 1, 9, false, false)}, 0, false},
		{"switched off", []detectors.Record{run("REGISTER", 1, 5, true, false), run("REGISTER", 50, 4, false, true)}, 50, true},
		{"too few after", []detectors.Record{run("REGISTER", 1, 5, true, false), run("REGISTER", 50, 2, false, true)}, 0, false},
		{"by turns", []detectors.Record{run("REGISTER", 1, 60, true, false), run("REGISTER", 50, 40, false, true)}, 0, false},
		{"another method", []detectors.Record{run("REGISTER", 1, 5, true, false), run("SUBSCRIBE", 50, 9, false, true)}, 0, false},
		{"switched on", []detectors.Record{run("REGISTER", 1, 6, false, false), run("REGISTER", 50, 9, true, true)}, 50, false},
		{"learned", []detectors.Record{run("REGISTER", 1, 2, false, false), run("INVITE", 4, 1, false, true), run("REGISTER", 50, 9, true, true)}, 0, false},
		{"on and off again", []detectors.Record{run("REGISTER", 1, 6, false, false), run("REGISTER", 50, 9, true, true), run("REGISTER", 90, 5, false, true)}, 90, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at, before, ok := turnover(tt.log)
			if ok != (tt.at != 0) || at != tt.at*testSecond {
				t.Fatalf("turnover at %d s, %v; want %d", at/testSecond, ok, tt.at)
			}
			if ok && before.Public != tt.public {
				t.Errorf("before: public %v", before.Public)
			}
		})
	}
	large := run("REGISTER", 50, 9, false, true)
	large.Segments = 2
	if _, _, ok := turnover([]detectors.Record{run("REGISTER", 1, 5, true, false), large}); ok {
		t.Error("messages over two segments are not a turn of the times")
	}
}

func TestWindow(t *testing.T) {
	d := device{ev: &detectors.Evidence{
		Log: []detectors.Record{run("REGISTER", 1, 5, true, false), run("REGISTER", 50, 4, false, true)},
		Observed: []detectors.Observation{
			{Detector: "old", First: testSecond, Last: 2 * testSecond},
			{Detector: "new", First: 51 * testSecond, Last: 51 * testSecond},
			{Detector: "both", First: testSecond, Last: 52 * testSecond},
		},
		Messages: 9, Telling: 2, Echoes: 3,
	}}
	d.window()
	if d.then == nil {
		t.Fatal("no turn found")
	}
	if d.then.Messages != 5 || d.ev.Messages != 4 || d.then.Registers != 5 || d.ev.Registers != 4 {
		t.Errorf("messages %d and %d, want 5 and 4", d.then.Messages, d.ev.Messages)
	}
	if d.then.Fields[detectors.Via].Majority() != detectors.Exact || d.ev.Fields[detectors.Via].Majority() != detectors.InsideOut {
		t.Error("the fields are not those of their times")
	}
	if d.ev.Before.Until != 5*testSecond || d.ev.Before.Messages != 5 {
		t.Errorf("before: %+v", d.ev.Before)
	}
	if n, m := len(d.then.Observed), len(d.ev.Observed); n != 2 || m != 2 {
		t.Errorf("%d and %d observations, want 2 and 2", n, m)
	}
	if d.then.Telling != 0 || d.ev.Telling != 2 {
		t.Error("clean echoes have no time: they speak of the present")
	}
}

func TestExpired(t *testing.T) {
	clean := run("REGISTER", 100, 6, false, true)
	d := device{last: 200 * testSecond, ev: &detectors.Evidence{Log: []detectors.Record{clean}}}
	f := &detectors.Finding{ID: "echo", Class: detectors.Proof, Time: 50 * testSecond}
	if out := (Endpoint{}); d.expired(f, &out) {
		t.Error("a proof of today expired")
	}
	d.last = 3 * testDay
	out := Endpoint{}
	if !d.expired(f, &out) || len(out.Notes) != 1 {
		t.Errorf("a proof three days old stands against six clean messages: %q", out.Notes)
	}
	d.ev.Log[0].Count = 4
	if out := (Endpoint{}); d.expired(f, &out) {
		t.Error("four clean messages are too few")
	}
	f.Time = 0
	if out := (Endpoint{}); d.expired(f, &out) {
		t.Error("a proof without a time expired")
	}
}

func TestVendorSteps(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range Vendors() {
		if v.Name == "" || v.Steps == "" || len(v.words) == 0 || seen[v.Name] {
			t.Errorf("%+v", v)
		}
		seen[v.Name] = true
		for _, w := range v.words {
			if got, ok := vendorSteps(w); !ok || got.Name != v.Name {
				t.Errorf("%q means %q, not %q", w, got.Name, v.Name)
			}
		}
	}
	if _, ok := vendorSteps(""); ok {
		t.Error("no vendor has steps")
	}
}
