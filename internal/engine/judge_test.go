package engine

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/algsniff/algsniff/detectors"
)

// serverSign is a finding about the server's own address.
func serverSign(c detectors.Class) detectors.Finding {
	return detectors.Finding{ID: "to-host", Class: c, DB: 8, Side: detectors.ServerSide, Frames: []int{3}, Summary: "To names the server's private address"}
}

func TestServerSide(t *testing.T) {
	endpoints := func(n int, c detectors.Class) *Result {
		r := &Result{}
		for i := range n {
			r.Endpoints = append(r.Endpoints, Endpoint{
				Verdict: Unlikely, Side: "none", Findings: []detectors.Finding{serverSign(c)},
				Sources: []netip.AddrPort{netip.MustParseAddrPort(fmt.Sprintf("203.0.113.%d:5060", i+1))},
			})
		}
		return r
	}
	for _, tt := range []struct {
		n     int
		class detectors.Class
		want  Verdict
		notes int
	}{
		{1, detectors.Strong, Unlikely, 0},
		{2, detectors.Strong, Unlikely, 0},
		{3, detectors.Strong, Confirmed, 1},
		{1, detectors.Proof, Confirmed, 1},
	} {
		r := endpoints(tt.n, tt.class)
		(&Engine{}).serverSide(r)
		if ep := r.Endpoints[0]; ep.Verdict != tt.want || len(r.Health.Notes) != tt.notes {
			t.Errorf("%d networks, %s: %s, notes %q", tt.n, tt.class, ep.Verdict, r.Health.Notes)
		} else if tt.want == Confirmed && (ep.Side != "server" || !strings.Contains(ep.Reason, "our own server")) {
			t.Errorf("%d networks: side %s: %s", tt.n, ep.Side, ep.Reason)
		}
	}
	client := endpoints(3, detectors.Strong)
	client.Endpoints[0].Verdict, client.Endpoints[0].Side = Confirmed, "client"
	(&Engine{}).serverSide(client)
	if client.Endpoints[0].Side != "client" {
		t.Error("a proof about the client's router was given away")
	}
}

func TestAtProxy(t *testing.T) {
	own := detectors.Finding{ID: "address-pattern", Group: detectors.Addresses, DB: 3}
	edge := detectors.Finding{ID: "edge-proxy", Group: detectors.Structure, DB: 9, Side: detectors.ProxySide}
	if list, prior := atProxy([]detectors.Finding{own}, weights.trunk); len(list) != 0 || prior != weights.trunk {
		t.Errorf("declared: %v, %v", list, prior)
	}
	if list, prior := atProxy([]detectors.Finding{own, edge}, weights.trunk); len(list) != 2 || prior != weights.udp5060 {
		t.Errorf("at the edge: %v, %v", list, prior)
	}
}

func TestRemarks(t *testing.T) {
	d := &device{ev: &detectors.Evidence{OneWay: true, Cut: 2, Messages: 8}}
	out := &Endpoint{Findings: []detectors.Finding{{ID: "plus", DB: 12}, {ID: "minus", DB: -14}, {ID: "small", DB: -2}}}
	d.remarks(out)
	for _, want := range []string{"plus speaks for rewriting, minus against", "nothing that the server sent", "2 of its 10 messages"} {
		if !strings.Contains(strings.Join(out.Notes, "\n"), want) {
			t.Errorf("no note with %q in %q", want, out.Notes)
		}
	}
	agreed := &Endpoint{Findings: []detectors.Finding{{ID: "plus", DB: 12}, {ID: "small", DB: -2}}}
	(&device{ev: &detectors.Evidence{}}).remarks(agreed)
	if len(agreed.Notes) != 0 {
		t.Errorf("notes where nothing is remarkable: %q", agreed.Notes)
	}
}

func TestSwitchOff(t *testing.T) {
	out := &Endpoint{Findings: []detectors.Finding{{ID: "vendor-mark", Vendor: "fortinet"}}}
	if s := out.switchOff(); !strings.Contains(s, "session-helper") || out.Vendor != "fortinet" {
		t.Errorf("vendor %q: %s", out.Vendor, s)
	}
	if s := (&Endpoint{}).switchOff(); s != adviceOff {
		t.Errorf("no vendor: %s", s)
	}
	server := &Endpoint{Findings: []detectors.Finding{{Vendor: "fortinet", Side: detectors.ServerSide}}}
	if s := server.switchOff(); s != adviceOff || server.Vendor != "" {
		t.Errorf("the server's firewall was taken for the phone's router: %s", s)
	}
}

func TestShared(t *testing.T) {
	e := &Engine{}
	a, b := e.shared([]Silent{{"x", "one"}}), e.shared([]Silent{{"x", "one"}})
	if &a[0] != &b[0] {
		t.Error("equal lists are kept twice")
	}
	if c := e.shared([]Silent{{"x", "two"}}); &c[0] == &a[0] || e.shared(nil) != nil {
		t.Error("different lists are one")
	}
}
