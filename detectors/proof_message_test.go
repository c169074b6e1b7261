package detectors

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/algsniff/algsniff/sipparse"
)

// shown runs the Message hook of a rule.
func (b *bench) shown(d *Detector, m *sipparse.Message) {
	var s sipparse.SDP
	b.SDP = nil
	if m.SDP(&s) {
		b.SDP = &s
	}
	if b.Record == nil {
		b.Record = &Record{Vias: 1}
	}
	d.Message(&b.Context, m, b.noting(d.ID))
}

func TestVendorMark(t *testing.T) {
	forti := strings.Replace(publicInvite, "s=-\n", "s=-\ni=(o=IN IP4 192.168.1.50)\n", 1)
	for _, tt := range []struct {
		name, text, want, vendor string
		side                     Side
		setup                    func(b *bench)
	}{
		{name: "nothing", text: publicInvite},
		{name: "FortiOS", text: forti, want: "proof", vendor: "fortinet", side: ClientSide},
		{name: "FortiOS, appended", text: strings.Replace(forti, "i=(o", "i=My call (o", 1), want: "proof", vendor: "fortinet", side: ClientSide},
		{name: "a title like it", text: strings.Replace(publicInvite, "s=-\n", "s=-\ni=(o=IN IP4 talks)\n", 1)},
		{name: "a public address", text: strings.Replace(forti, "IP4 192.168.1.50)", "IP4 192.0.2.1)", 1)},
		{
			name: "passed on by a carrier", text: strings.Replace(forti, "c=IN IP4 198.51.100.23", "c=IN IP4 192.0.2.99", 1), want: "strong", vendor: "fortinet", side: ClientSide,
			setup: func(b *bench) { b.ev.Registers = 0 },
		},
		{
			name: "in front of the server", text: strings.Replace(forti, "IP4 192.168.1.50)", "IP4 192.168.50.10)", 1), want: "proof", vendor: "fortinet", side: ServerSide,
			setup: func(b *bench) { b.at(phonePublic+":5060", serverPrivate+":5060") },
		},
		{name: "siproxd in Call-ID", text: strings.Replace(publicInvite, "77_1@198.51.100.23", "77_1@198.51.100.23-siproxda1", 1), want: "strong", vendor: "siproxd", side: ProxySide},
		{name: "siproxd by name", text: strings.Replace(publicInvite, "Subject: lunch", "User-Agent: Siproxd-UA", 1), want: "strong", vendor: "siproxd", side: ProxySide},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(FromServer)
			if tt.setup != nil {
				tt.setup(b)
			}
			b.shown(&vendorMark, sip(t, tt.text))
			list := b.check(&vendorMark)
			if got := one(t, list); got != tt.want {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			if tt.want != "" && (list[0].Vendor != tt.vendor || list[0].Side != tt.side) {
				t.Errorf("got %q on side %q", list[0].Vendor, list[0].Side)
			}
		})
	}
}

// sdpOf makes an INVITE whose Content-Length is off by delta.
func sdpOf(t *testing.T, delta int, body string) *sipparse.Message {
	t.Helper()
	body = strings.ReplaceAll(body, "\n", "\r\n")
	head := "INVITE sip:600@203.0.113.10 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.23:5060;branch=z9hG4bK1\r\n" +
		"Content-Type: application/sdp\r\nContent-Length: "
	n := len(body) - delta
	m := &sipparse.Message{}
	if !m.Parse([]byte(head + itoa(n) + "\r\n\r\n" + body)) {
		t.Fatal("not SIP")
	}
	return m
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func TestContentLength(t *testing.T) {
	const body = "v=0\no=- 1 1 IN IP4 198.51.100.23\ns=-\nc=IN IP4 198.51.100.23\nt=0 0\nm=audio 4000 RTP/AVP 0\n"
	for _, tt := range []struct {
		name   string
		inside string
		delta  int
		body   string
		want   string
		setup  func(b *bench)
	}{
		{name: "right", delta: 0, body: body},
		{name: "two addresses of 9 became 13", inside: "10.0.0.23", delta: 8, body: body, want: "proof"},
		{name: "the sum is another", inside: "10.0.0.23", delta: 7, body: body, want: "strong"},
		{name: "nothing known", delta: 8, body: body, want: "strong"},
		{name: "no address replaced", inside: "10.0.0.23", delta: 8, body: strings.ReplaceAll(body, phonePublic, "192.0.2.200"), want: "weak"},
		{name: "by two, that fits, or the last line end", inside: "192.168.1.50", delta: 2, body: body},
		{name: "by minus two, that fits", inside: "192.168.100.50", delta: -2, body: body, want: "strong"},
		{name: "one line end more", inside: "192.168.1.50", delta: 2, body: body + "\n"},
		{name: "zeros behind", delta: 4, body: body + "\x00\x00\x00\x00"},
		{name: "line end counted but not sent", delta: -2, body: strings.TrimRight(body, "\n")},
		{name: "clipped", inside: "10.0.0.23", delta: 8, body: body, setup: func(b *bench) { b.Clipped = true }},
		{name: "fragmented", inside: "10.0.0.23", delta: 8, body: body, setup: func(b *bench) { b.Fragments = 2 }},
		{name: "HEP", inside: "10.0.0.23", delta: 8, body: body, setup: func(b *bench) { b.HEP = true }},
		{name: "one TCP segment", inside: "10.0.0.23", delta: 8, body: body, want: "proof", setup: func(b *bench) { b.Transport, b.ev.Transport = "tcp", "tcp" }},
		{name: "two TCP segments", inside: "10.0.0.23", delta: 8, body: body, setup: func(b *bench) { b.Segments = 2 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(FromServer)
			if tt.inside != "" {
				b.ev.Inside = append(b.ev.Inside, netip.MustParseAddr(tt.inside))
			}
			if tt.setup != nil {
				tt.setup(b)
			}
			b.shown(&contentLength, sdpOf(t, tt.delta, tt.body))
			if got := one(t, b.check(&contentLength)); got != tt.want {
				t.Errorf("got %q, want %q: %+v", got, tt.want, b.ev.Observed)
			}
		})
	}
}

func TestOwnVia(t *testing.T) {
	const text = `
REGISTER sip:203.0.113.10 SIP/2.0
Via: SIP/2.0/UDP 192.168.1.50:5060;rport=1027;received=198.51.100.23;branch=z9hG4bK1
From: <sip:1001@203.0.113.10>;tag=a
To: <sip:1001@203.0.113.10>
CSeq: 1 REGISTER
`
	nat := []NATSign{{ID: "inside-address"}}
	for _, tt := range []struct {
		name  string
		text  string
		times int
		rec   Record
		told  bool
		nat   []NATSign
		want  string
	}{
		{name: "asks for rport", text: strings.Replace(text, ";rport=1027;received=198.51.100.23", ";rport", 1), times: 2, rec: Record{Vias: 1, NewSession: true}, nat: nat},
		{name: "tainted from the start", text: text, times: 2, rec: Record{Vias: 1, NewSession: true}, nat: nat, want: "proof"},
		{name: "once", text: text, times: 1, rec: Record{Vias: 1, NewSession: true}, nat: nat, want: "strong"},
		{name: "no NAT seen", text: text, times: 2, rec: Record{Vias: 1, NewSession: true}, want: "strong"},
		{name: "copied from an answer", text: text, times: 2, rec: Record{Vias: 1, NewSession: true}, told: true, nat: nat, want: "strong"},
		{name: "a refresh", text: text, times: 2, rec: Record{Vias: 1}, nat: nat, want: "strong"},
		{name: "a proxy's next hop", text: strings.Replace(text, "Via: ", "Via: SIP/2.0/UDP 198.51.100.23;branch=z9hG4bKp\nVia: ", 1), times: 2, rec: Record{Vias: 2, NewSession: true}, nat: nat},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(FromServer)
			b.ev.NAT, b.Told = tt.nat, tt.told
			for range tt.times {
				rec := tt.rec
				b.Record = &rec
				b.shown(&ownVia, sip(t, tt.text))
			}
			if got := one(t, b.check(&ownVia)); got != tt.want {
				t.Errorf("got %q, want %q: %+v", got, tt.want, b.ev.Observed)
			}
		})
	}
}

func TestDigestURI(t *testing.T) {
	const text = `
REGISTER sip:192.168.50.10:5060 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK1
To: <sip:1001@192.168.50.10:5060>
CSeq: 2 REGISTER
Authorization: Digest username="1001", realm="asterisk", nonce="1", uri="sip:203.0.113.10", response="0"
`
	for _, tt := range []struct {
		name  string
		edits []string
		want  string
		setup func(b *bench)
	}{
		{name: "the server's router", want: "proof"},
		{name: "the same host, another spelling", edits: []string{`uri="sip:203.0.113.10"`, `uri="sip:192.168.50.10;transport=udp"`}},
		{name: "a name", edits: []string{`uri="sip:203.0.113.10"`, `uri="sip:pbx.example"`}, want: "strong"},
		{name: "a realm", edits: []string{`uri="sip:203.0.113.10"`, `uri="sip:asterisk"`}},
		{name: "names on both sides", edits: []string{"REGISTER sip:192.168.50.10:5060", "REGISTER sip:pbx.example:5060", `uri="sip:203.0.113.10"`, `uri="sip:sip.example"`}},
		{name: "address translation without ALG", edits: []string{"REGISTER sip:192.168.50.10:5060", "REGISTER sip:203.0.113.10"}},
		{name: "ACK", edits: []string{"REGISTER sip", "ACK sip", "2 REGISTER", "2 ACK"}},
		{name: "within a dialog", edits: []string{":5060>", ":5060>;tag=1"}},
		{name: "phone on the server's network", setup: func(b *bench) { b.at("192.168.50.77:5060", serverPrivate+":5060") }},
		{name: "server on a public address", setup: func(b *bench) { b.at(phonePublic+":5060", serverPublic+":5060") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(FromServer).at(phonePublic+":5060", serverPrivate+":5060")
			if tt.setup != nil {
				tt.setup(b)
			}
			b.shown(&digestURI, edit(t, text, tt.edits...))
			list := b.check(&digestURI)
			if got := one(t, list); got != tt.want {
				t.Fatalf("got %q, want %q: %+v", got, tt.want, b.ev.Observed)
			}
			if tt.want != "" && list[0].Side != ServerSide {
				t.Errorf("side %q", list[0].Side)
			}
		})
	}
}

func TestDialogTarget(t *testing.T) {
	const text = `
ACK sip:600@203.0.113.10:5060 SIP/2.0
Via: SIP/2.0/UDP 198.51.100.23:5060;branch=z9hG4bK1
To: <sip:600@203.0.113.10>;tag=s
CSeq: 2 ACK
`
	given := []netip.Addr{netip.MustParseAddr(serverPublic)}
	for _, tt := range []struct {
		name    string
		uri     string
		targets []netip.Addr
		want    string
		setup   func(b *bench)
	}{
		{name: "as given", uri: "sip:600@203.0.113.10:5060", targets: given},
		{name: "the router's address", uri: "sip:600@192.168.1.254:5060", targets: given, want: "proof"},
		{name: "another public address", uri: "sip:600@203.0.113.99", targets: given, want: "weak"},
		{name: "no Contact seen", uri: "sip:600@192.168.1.254"},
		{name: "a name was given", uri: "sip:600@192.168.1.254", targets: []netip.Addr{{}}},
		{name: "one of two given", uri: "sip:600@192.0.2.7", targets: append(given, netip.MustParseAddr("192.0.2.7"))},
		{name: "server advertises a private Contact, phone uses the source", uri: "sip:600@203.0.113.10", targets: []netip.Addr{netip.MustParseAddr("10.0.0.5")}},
		{name: "server behind a NAT", uri: "sip:600@203.0.113.10", targets: given, setup: func(b *bench) { b.at(phonePublic+":5060", serverPrivate+":5060") }},
		{name: "through two hops", uri: "sip:600@192.168.1.254:5060", targets: given, setup: func(b *bench) { b.Record = &Record{Vias: 2} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(FromServer)
			b.Targets = tt.targets
			if tt.setup != nil {
				tt.setup(b)
			}
			b.shown(&dialogTarget, edit(t, text, "sip:600@203.0.113.10:5060 SIP", tt.uri+" SIP"))
			if got := one(t, b.check(&dialogTarget)); got != tt.want {
				t.Errorf("got %q, want %q: %+v", got, tt.want, b.ev.Observed)
			}
		})
	}
}
