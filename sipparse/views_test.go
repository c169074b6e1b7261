package sipparse

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestSniff(t *testing.T) {
	for _, c := range []struct {
		in   string
		want bool
	}{
		{"INVITE sip:a@b SIP/2.0\r\n", true},
		{"\r\n\r\nINVITE sip:a@b SIP/2.0\r\n", true},
		{"foo bar sip/2.0\n", true},
		{"SIP/2.0 200 OK\r\n", true},
		{"sip/2.0 200", true},
		{"SIP/2.", true},
		{"INVITE sip:a@", true},
		{"REGISTER sips:", true},
		{"OPTIONS tel:+1", true},
		{"INVITE sip:a SIP\x992.0\r\n", true}, // known method and scheme
		{"", false},
		{"\r\n\r\n", false},
		{"jaK", false},
		{"\x00\x00\x00\x00", false},
		{"GET / HTTP/1.1\r\n", false},
		{"HTTP/1.1 200 OK\r\n", false},
		{"OPTIONS rtsp://a/b RTSP/1.0\r\n", false},
		{"RTSP/1.0 200 OK\r\n", false},
		{"invite sip:a@", false}, // cut, and no method of that name
		{"INVITE", false},
		{"SIP/2.0 ", true},
		{"SIP/100-00000001 answered\r\n", false}, // a log line of Asterisk
		{"Called SIP/100-00000001\r\n", false},
		{"M-SEARCH * HTTP/1.1\r\n", false},
		{"\x80\x00INVITE sip:a SIP/2.0\r\n", false},
		{"\x00\x01\x00\x00\x21\x12\xa4\x42", false},
		{"HEP3\x00\x10", false},
	} {
		if got := Sniff([]byte(c.in)); got != c.want {
			t.Errorf("Sniff(%q) = %v", c.in, got)
		}
	}
}

func TestParseHost(t *testing.T) {
	for _, c := range []struct{ in, name, ip, port string }{
		{"192.0.2.1", "192.0.2.1", "192.0.2.1", "0"},
		{"192.0.2.1:5060", "192.0.2.1", "192.0.2.1", "5060"},
		{" 192.0.2.1 : 5060 ", "192.0.2.1", "192.0.2.1", "5060"},
		{"192.0.2.1:", "192.0.2.1", "192.0.2.1", "-1"},
		{"192.0.2.1:0", "192.0.2.1", "192.0.2.1", "-1"},
		{"192.0.2.1:65536", "192.0.2.1", "192.0.2.1", "-1"},
		{"192.0.2.1:+1", "192.0.2.1", "192.0.2.1", "-1"},
		{"192.0.2.1:05060", "192.0.2.1", "192.0.2.1", "5060"},
		{"999.1.1.1", "999.1.1.1", "", "0"},
		{"192.000.002.005", "192.000.002.005", "", "0"},
		{"192.0.2", "192.0.2", "", "0"},
		{"192.0.2.1.", "192.0.2.1.", "", "0"},
		{"[2001:db8::1]", "[2001:db8::1]", "2001:db8::1", "0"},
		{"[2001:db8::1]:5061", "[2001:db8::1]", "2001:db8::1", "5061"},
		{"[2001:db8::1] : 5061", "[2001:db8::1]", "2001:db8::1", "5061"},
		{"[fe80::1%eth0]:5060", "[fe80::1%eth0]", "fe80::1", "5060"},
		{"[::ffff:192.0.2.1]", "[::ffff:192.0.2.1]", "::ffff:192.0.2.1", "0"},
		{"[192.0.2.1]", "[192.0.2.1]", "", "0"},
		{"[2001:db8::1:5060", "[2001:db8::1:5060", "", "-1"},
		{"[::1]x", "[::1]x", "", "-1"},
		{"2001:db8::1", "2001:db8::1", "", "-1"},
		{"host:5060 (Acme)", "host", "", "-1"},
		{"", "", "", "0"},
		{":5060", "", "", "5060"},
	} {
		h := ParseHost([]byte(c.in))
		ip := ""
		if h.IP.IsValid() {
			ip = h.IP.String()
		}
		if got := [3]string{string(h.Name), ip, fmt.Sprint(h.Port)}; got != [3]string{c.name, c.ip, c.port} {
			t.Errorf("%q: %q", c.in, got)
		}
	}
}

func TestParseURI(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"sip:a@b", "sip|a|b|0||"},
		{"SIPS:a:secret@b:5061;transport=tls;lr?x=y&z", "SIPS|a|b|5061|;transport=tls;lr|x=y&z"},
		{"sip:b:5060", "sip||b|5060||"},
		{"sip:a@b@192.0.2.5", "sip|a@b|192.0.2.5|0||"},
		{"sip:192.0.2.5;x=b@c", "sip|192.0.2.5;x=b|c|0||"}, // a user part may hold semicolons
		{"sip:a@192.0.2.5;x=b@c", "sip|a|192.0.2.5|0|;x=b@c|"},
		{"sip:a?b@c", "sip|a?b|c|0||"},
		{"sip:%31@%31%39%32.0.2.5", "sip|%31|%31%39%32.0.2.5|0||"},
		{"tel:+1-555;phone-context=x", "tel|||0|;phone-context=x|"},
		{"http://a@b:1/?c", "http|||0||"},
		{"sip:", "!"},
		{"sip:a@", "!"},
		{"a@b", "!"},
		{":a", "!"},
		{"192.0.2.1:5060", "!"},
		{"<sip:a@b>", "!"},
	} {
		u, ok := ParseURI([]byte(c.in))
		got := fmt.Sprintf("%s|%s|%s|%d|%s|%s", u.Scheme, u.User, u.Host.Name, u.Host.Port, u.Params, u.Headers)
		if !ok {
			got = "!"
		}
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.in, got, c.want)
		}
	}
}

// message parses base with one header field more.
func message(t *testing.T, lines string) *Message {
	t.Helper()
	var m Message
	if !m.Parse([]byte("OPTIONS sip:a SIP/2.0\r\n" + lines + "\r\n\r\n")) {
		t.Fatal("not SIP")
	}
	return &m
}

func TestVias(t *testing.T) {
	m := message(t, "v: SIP / 2.0 / UDP first.example.com : 4000 ;ttl=16;maddr=224.2.0.1 ;branch=z9hG4bKa, , SIP/2.0/TCP [2001:db8::9]:5060;received=[2001:db8::7];rport=99\r\n"+
		"Via: UDP 192.0.2.1\r\n"+
		"Via: SIP/2.0/UDP 10.0.0.1;x=\"a,b;received=9.9.9.9\";received=192.0.2.300;rport=70000\r\n"+
		"Via: SIP/2.0/WSS df7jal23ls0d.invalid;RPORT;Branch=z9;received=10.1.1.1;received=10.2.2.2")
	var got []string
	for v := range m.Vias() {
		got = append(got, fmt.Sprintf("%s %s %d %s %v %v %d", v.Transport, v.Host.Name, v.Host.Port, v.Branch, v.Received, v.HasRPort, v.RPort))
	}
	want := []string{
		"UDP first.example.com 4000 z9hG4bKa invalid IP false 0",
		"TCP [2001:db8::9] 5060  2001:db8::7 true 99",
		"  0  invalid IP false 0",
		"UDP 10.0.0.1 0  invalid IP true -1",
		"WSS df7jal23ls0d.invalid 0 z9 10.1.1.1 true 0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	top, _ := m.TopVia()
	if maddr, _ := top.Params.Get("maddr"); string(maddr) != "224.2.0.1" {
		t.Errorf("maddr %q", maddr)
	}
	if v, ok := message(t, "Via: UDP 192.0.2.1").TopVia(); ok || v.Raw == nil {
		t.Errorf("unreadable Via: %+v", v)
	}
	if v, ok := message(t, "Max-Forwards: 1").TopVia(); ok || v.Raw != nil {
		t.Errorf("no Via: %+v", v)
	}
}

func TestNameAddrs(t *testing.T) {
	m := message(t, `Contact: "a \"<sip:x@10.9.9.9>,\" b" <sip:a@192.0.2.5:5060;ob>;+sip.instance="<urn:uuid:1>";expires=60, sip:b@c;q=0.5`+"\r\n"+
		"m: Bob Smith<tel:+1>,*\r\n"+
		`Contact: "open <sip:z@z>`+"\r\n"+
		"Contact: <sip:no-end@z;x=1\r\n"+
		"Contact: <1001>;tag=7")
	var got []string
	for a := range m.Contacts() {
		e, _ := a.Params.Get("expires")
		got = append(got, fmt.Sprintf("%s|%s|%s|%s|%d|%v|%s", a.Display, a.URI.Scheme, a.URI.User, a.URI.Host.Name, a.URI.Host.Port, a.Star, e))
	}
	want := []string{
		`a \"<sip:x@10.9.9.9>,\" b|sip|a|192.0.2.5|5060|false|60`,
		"|sip|b|c|0|false|",
		"Bob Smith|tel|||0|false|",
		"||||0|true|",
		"||||0|false|",
		"||||0|false|",
		"||||0|false|",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	first, ok := m.Contact()
	if id, _ := first.Params.Get("+SIP.instance"); !ok || string(id) != "<urn:uuid:1>" {
		t.Errorf("instance %q", id)
	}
	// The tag can be told although the URI can't.
	from, ok := message(t, "From: <1001>;tag=7").From()
	if tag, _ := from.Params.Get("tag"); ok || string(tag) != "7" {
		t.Errorf("From %+v, %v", from, ok)
	}
}

func TestValues(t *testing.T) {
	m := message(t, "CSeq: 0009\r\n INVITE\r\nExpires: 4294967296\r\nServer: s\r\n"+
		"Authorization: Basic abc\r\n"+
		`Authorization: Digest username="a,b", realm = "x;\"y" ,uri="sip:c;d=e", nc=00000001,qop=auth, response=`+"\r\n"+
		"Proxy-Authorization: Digest username=\"open, realm=b\r\n"+
		"s: subject")
	if c, ok := m.CSeq(); !ok || c.Seq != 9 || string(c.Method) != "INVITE" {
		t.Errorf("CSeq %+v", c)
	}
	for _, bad := range []string{"1", "INVITE", "4294967296 INVITE", "-1 INVITE", "1INVITE", "1 IN VITE", ""} {
		if c, ok := message(t, "CSeq: "+bad).CSeq(); ok {
			t.Errorf("CSeq %q: %+v", bad, c)
		}
	}
	if e, ok := m.Expires(); ok {
		t.Errorf("Expires %d", e)
	}
	if e, ok := message(t, "Expires: 3600").Expires(); !ok || e != 3600 {
		t.Errorf("Expires %d", e)
	}
	if string(m.UserAgent()) != "s" {
		t.Errorf("User-Agent %q", m.UserAgent())
	}
	d, ok := m.Digest(HdrAuthorization)
	got := fmt.Sprintf("%s|%s|%s|%s|%s|%v", d.Username, d.Realm, d.URI, d.NC, d.QOP, ok)
	if want := `a,b|x;\"y|sip:c;d=e|00000001|auth|true`; got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
	if d, ok := m.Digest(HdrProxyAuthorization); !ok || d.Username != nil || d.Realm != nil {
		t.Errorf("open quote: %q", d.Username)
	}
	for _, name := range []string{"Subject", "s", "SUBJECT"} {
		n := 0
		for h := range m.Named(name) {
			n += len(h.Value)
		}
		if n != len("subject") {
			t.Errorf("Named(%q) found %d bytes", name, n)
		}
	}
	n := 0
	for range m.Named("authorization") {
		n++
	}
	if n != 2 {
		t.Errorf("%d Authorizations", n)
	}
}

// TestCut: what may have been cut is not read.
func TestCut(t *testing.T) {
	whole := "INVITE sip:b@198.51.100.17 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.17\r\nContact: <sip:a@192.0.2.17>\r\n" +
		"Content-Type: application/sdp\r\nContent-Length: 77\r\n\r\nv=0\r\no=- 1 1 IN IP4 192.0.2.17\r\nc=IN IP4 192.0.2.17\r\nm=audio 4000 RTP/AVP 0\r\n"
	for n := range len(whole) {
		var m Message
		if !m.Parse([]byte(whole[:n])) {
			continue
		}
		if m.URI != nil && string(m.URI) != "sip:b@198.51.100.17" {
			t.Errorf("cut at %d: URI %q", n, m.URI)
		}
		if v, ok := m.TopVia(); ok && string(v.Host.Name) != "192.0.2.17" {
			t.Errorf("cut at %d: Via %q", n, v.Raw)
		}
		if a, ok := m.Contact(); ok && string(a.URI.Host.Name) != "192.0.2.17" {
			t.Errorf("cut at %d: Contact %q", n, a.Raw)
		}
		var s SDP
		if m.SDP(&s) {
			want := netip.MustParseAddr("192.0.2.17")
			if (s.Conn.Raw != nil && s.Conn.Host.IP != want) || (s.Origin.Raw != nil && s.Origin.Host.IP != want) {
				t.Errorf("cut at %d: SDP %+v", n, s)
			}
			if len(s.Media) > 0 && s.Media[0].Port != 4000 {
				t.Errorf("cut at %d: port %d", n, s.Media[0].Port)
			}
		}
	}
}

func TestTooManyHeaders(t *testing.T) {
	raw := "OPTIONS sip:a SIP/2.0\r\n" + strings.Repeat("a:b\r\n", maxHeaders+50) + "Via: x\r\n\r\nbody"
	var m Message
	m.Parse([]byte(raw))
	lossless(t, &m, []byte(raw))
	if len(m.Headers) != maxHeaders || string(m.Body) != "body" || !slices.Contains(defectNames(m.Defects), "too-many-headers") {
		t.Errorf("%d header fields, body %q, %v", len(m.Headers), m.Body, defectNames(m.Defects))
	}
}

func TestHeaderIDs(t *testing.T) {
	names := map[string]HeaderID{
		"via": HdrVia, "from": HdrFrom, "to": HdrTo, "call-id": HdrCallID, "cseq": HdrCSeq, "contact": HdrContact,
		"max-forwards": HdrMaxForwards, "content-length": HdrContentLength, "content-type": HdrContentType,
		"content-encoding": HdrContentEncoding, "route": HdrRoute, "record-route": HdrRecordRoute, "path": HdrPath,
		"service-route": HdrServiceRoute, "authorization": HdrAuthorization, "proxy-authorization": HdrProxyAuthorization,
		"www-authenticate": HdrWWWAuthenticate, "proxy-authenticate": HdrProxyAuthenticate, "user-agent": HdrUserAgent,
		"server": HdrServer, "expires": HdrExpires, "event": HdrEvent, "supported": HdrSupported, "allow": HdrAllow,
		"warning": HdrWarning, "timestamp": HdrTimestamp, "date": HdrDate, "refer-to": HdrReferTo, "referred-by": HdrReferredBy,
		"replaces": HdrReplaces, "p-asserted-identity": HdrPAssertedIdentity, "remote-party-id": HdrRemotePartyID, "reason": HdrReason,
		"v": HdrVia, "f": HdrFrom, "t": HdrTo, "i": HdrCallID, "m": HdrContact, "l": HdrContentLength, "c": HdrContentType,
		"e": HdrContentEncoding, "k": HdrSupported, "o": HdrEvent, "r": HdrReferTo, "b": HdrReferredBy,
		"": HdrOther, "s": HdrOther, "vias": HdrOther, "x-header": HdrOther, "contacs": HdrOther,
	}
	seen := map[HeaderID]bool{}
	for name, want := range names {
		seen[want] = true
		for _, n := range []string{name, strings.ToUpper(name)} {
			if got := headerID([]byte(n)); got != want {
				t.Errorf("%q is %d, want %d", n, got, want)
			}
		}
	}
	for id := range numHeaderIDs {
		if !seen[id] {
			t.Errorf("no name for %d", id)
		}
	}
}

func TestDefectTexts(t *testing.T) {
	seen := map[string]bool{}
	for c := range numDefects {
		if c.String() == "unknown" || c.Describe() == "" || seen[c.String()] {
			t.Errorf("defect %d: %q, %q", c, c, c.Describe())
		}
		seen[c.String()] = true
	}
	if numDefects.String() != "unknown" || numDefects.Invalid() {
		t.Error("a code that is none")
	}
}

func TestNoAllocations(t *testing.T) {
	raw := []byte(strings.Replace(invite, "Expires", "Authorization: Digest username=\"a\", realm=\"b\"\r\nExpires", 1))
	bad := []byte("Via: SIP/2.0/UDP [::1%x]:99999;received=[1:2:3];rport=x\r\n")
	bad = append([]byte("INVITE sip:a SIP/2.0\r\n"), append(bad, "CSeq: x\r\nFrom: x\r\n\r\n"...)...)
	var m Message
	var s SDP
	m.Parse(raw)
	m.SDP(&s)
	for _, b := range [][]byte{raw, bad} {
		if n := testing.AllocsPerRun(100, func() {
			m.Parse(b)
			m.TopVia()
			m.From()
			m.To()
			m.Contact()
			m.CSeq()
			m.Expires()
			m.Digest(HdrAuthorization)
			m.UserAgent()
			m.SDP(&s)
			for range m.Vias() {
			}
			for range m.Contacts() {
			}
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}
