package detectors

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/algsniff/algsniff/sipparse"
)

// sip builds a message of lines; a body follows an empty line. Content-Length
// is written as it stands.
func sip(t testing.TB, text string) *sipparse.Message {
	t.Helper()
	text = strings.TrimLeft(text, "\n")
	if !strings.Contains(text, "\n\n") {
		text = strings.TrimRight(text, "\n") + "\n\n"
	}
	m := &sipparse.Message{}
	if !m.Parse([]byte(strings.ReplaceAll(text, "\n", "\r\n"))) {
		t.Fatalf("not SIP:\n%s", text)
	}
	return m
}

const inviteText = `
INVITE sip:600@203.0.113.10 SIP/2.0
Via: SIP/2.0/UDP 192.168.1.50:5060;branch=z9hG4bK1;rport
Max-Forwards: 70
From: "Ann" <sip:1001@203.0.113.10>;tag=a1
To: <sip:600@203.0.113.10>
Call-ID: 77_1@192.168.1.50
CSeq: 2 INVITE
Contact: <sip:1001@192.168.1.50:5060;line=x>
Subject: lunch
Supported: replaces, timer
Content-Type: application/sdp
Content-Length: 150

v=0
o=- 1 1 IN IP4 192.168.1.50
s=-
c=IN IP4 192.168.1.50
t=0 0
m=audio 11780 RTP/AVP 0 8
a=rtpmap:0 PCMU/8000
a=rtcp:11781 IN IP4 192.168.1.50
`

// harmlessEdits are what SIP and its encoders allow (RFC 3261 §7.3, §19.1.4,
// §20, RFC 3581): no rule may take one for a translation.
var harmlessEdits = []struct {
	name     string
	old, new string
}{
	{"fold", "Subject: lunch", "Subject:\n  lunch"},
	{"fold Via", "UDP 192.168.1.50:5060;branch", "UDP 192.168.1.50:5060\n ;branch"},
	{"compact Via", "Via: SIP", "v: SIP"},
	{"compact From", "From: ", "f: "},
	{"compact To", "\nTo: ", "\nt: "},
	{"compact Call-ID", "Call-ID: ", "i: "},
	{"compact Contact", "Contact: ", "m: "},
	{"compact Content-Length", "Content-Length: ", "l: "},
	{"compact Subject", "Subject: ", "s: "},
	{"compact Supported", "Supported: ", "k: "},
	{"header case", "Call-ID: ", "CALL-id: "},
	{"space before the colon", "Contact: ", "Contact : "},
	{"no space", "Contact: ", "Contact:"},
	{"spaces", "CSeq: 2 INVITE", "CSeq:  2   INVITE "},
	{"header order", "Max-Forwards: 70\nFrom: \"Ann\" <sip:1001@203.0.113.10>;tag=a1\n", "From: \"Ann\" <sip:1001@203.0.113.10>;tag=a1\nMax-Forwards: 70\n"},
	{"display name quotes", `"Ann" <`, "Ann <"},
	{"display name dropped", `"Ann" <`, "<"},
	{"display name added", "To: <", "To: Office <"},
	{"no brackets", "To: <sip:600@203.0.113.10>", "To: sip:600@203.0.113.10"},
	{"space in front of the bracket", "Contact: <", "Contact:   <"},
	{"Via parameter order", "branch=z9hG4bK1;rport", "rport;branch=z9hG4bK1"},
	{"Via parameter case", ";branch=z9hG4bK1;rport", ";Branch=z9hG4bK1;RPORT"},
	{"Via spaces", "SIP/2.0/UDP 192.168.1.50:5060;branch", "SIP / 2.0 / UDP  192.168.1.50:5060 ; branch"},
	{"Via transport case", "SIP/2.0/UDP", "SIP/2.0/udp"},
	{"received added", ";rport", ";rport;received=198.51.100.23"},
	{"rport filled", ";rport", ";rport=1027"},
	{"both", "branch=z9hG4bK1;rport", "received=198.51.100.23;rport=1027;branch=z9hG4bK1"},
	{"URI scheme case", "To: <sip:600", "To: <SIP:600"},
	{"user escape", "sip:600@203.0.113.10>\nCall", "sip:6%30%30@203.0.113.10>\nCall"},
	{"URI parameter case", ";line=x", ";LINE=x"},
	{"Content-Length zeros", "Content-Length: 150", "Content-Length: 0150"},
	{"media type case", "application/sdp", "Application/SDP"},
	{"SDP line ends", "s=-\n", "s=- \n"},
}

func TestDifferencesHarmless(t *testing.T) {
	before := sip(t, inviteText)
	for _, e := range harmlessEdits {
		t.Run(e.name, func(t *testing.T) {
			if !strings.Contains(inviteText, e.old) {
				t.Fatalf("%q is not in the message", e.old)
			}
			after := sip(t, strings.Replace(inviteText, e.old, e.new, 1))
			for _, d := range Differences(before, after) {
				if d.Change != Harmless {
					t.Errorf("%s: %q -> %q is %v", d.Field, d.Before, d.After, d.Change)
				}
			}
		})
	}
}

func TestDifferences(t *testing.T) {
	pairs := func(kv ...string) (out []string) { return kv }
	for _, tt := range []struct {
		name     string
		old, new []string
		want     []string // "Field change"
	}{
		{"nothing", nil, nil, nil},
		{
			"Linux ALG", pairs("Via: SIP/2.0/UDP 192.168.1.50", "<sip:1001@192.168.1.50", "Content-Length: 150", "o=- 1 1 IN IP4 192.168.1.50", "c=IN IP4 192.168.1.50"),
			pairs("Via: SIP/2.0/UDP 198.51.100.23", "<sip:1001@198.51.100.23", "Content-Length: 152", "o=- 1 1 IN IP4 198.51.100.23", "c=IN IP4 198.51.100.23"),
			pairs("Via address", "Contact address", "Content-Length length", "SDP o= address", "SDP c= address"),
		},
		{"Via port", pairs("192.168.1.50:5060;branch"), pairs("192.168.1.50:1027;branch"), pairs("Via port")},
		{"To gets a port", pairs("To: <sip:600@203.0.113.10>"), pairs("To: <sip:600@203.0.113.10:5060>"), pairs("To port")},
		{"request URI", pairs("INVITE sip:600@203.0.113.10"), pairs("INVITE sip:600@10.0.0.5:5060"), pairs("Request-URI address")},
		{"Call-ID host", pairs("77_1@192.168.1.50"), pairs("77_1@198.51.100.23"), pairs("Call-ID address")},
		{"media port", pairs("audio 11780"), pairs("audio 11782"), pairs("SDP m= port")},
		{"rtcp port", pairs("a=rtcp:11781"), pairs("a=rtcp:11783"), pairs("SDP a=rtcp port")},
		{"rtcp address", pairs("11781 IN IP4 192.168.1.50"), pairs("11781 IN IP4 198.51.100.23"), pairs("SDP a=rtcp address")},
		{"codec dropped", pairs("RTP/AVP 0 8"), pairs("RTP/AVP 0"), pairs("SDP m= other")},
		{"FortiOS", pairs("s=-\n"), pairs("s=-\ni=(o=IN IP4 192.168.1.50)\n"), pairs("SDP i= other")},
		{"branch", pairs("z9hG4bK1"), pairs("z9hG4bK2"), pairs("Via other")},
		{"Via added", pairs("Via: "), pairs("Via: SIP/2.0/UDP 198.51.100.23;branch=z9hG4bKx\nVia: "), pairs("Via other")},
		{"Max-Forwards", pairs("Max-Forwards: 70"), pairs("Max-Forwards: 69"), pairs("Max-Forwards other")},
		{"header dropped", pairs("Subject: lunch\n"), pairs(""), pairs("Subject other")},
		{"user", pairs("sip:1001@192"), pairs("sip:1002@192"), pairs("Contact other")},
		{"user agent version", pairs("Subject: lunch"), pairs("Subject: lunch\nUser-Agent: snom/10.1.2.3"), pairs("User-Agent other")},
		{"Contact transport", pairs(";line=x"), pairs(";line=x;transport=udp"), pairs("Contact other")},
		{"rport value changed", pairs(";rport\n"), pairs(";rport=5\n"), pairs("Via harmless")},
		{"name to address", pairs("To: <sip:600@203.0.113.10>"), pairs("To: <sip:600@pbx.example>"), pairs("To address")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := inviteText
			for i := range tt.old {
				if !strings.Contains(text, tt.old[i]) {
					t.Fatalf("%q is not in the message", tt.old[i])
				}
				text = strings.Replace(text, tt.old[i], tt.new[i], 1)
			}
			var got []string
			for _, d := range Differences(sip(t, inviteText), sip(t, text)) {
				got = append(got, d.Field+" "+d.Change.String())
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestDifferencesOfResponses(t *testing.T) {
	const text = `
SIP/2.0 200 OK
Via: SIP/2.0/UDP 198.51.100.23:38568;rport=38568;received=198.51.100.23;branch=z9hG4bK1
To: <sip:1001@203.0.113.10>;tag=b
`
	after := strings.NewReplacer("198.51.100.23", "192.168.1.50", "38568", "5060").Replace(text)
	got := Differences(sip(t, text), sip(t, after))
	if len(got) != 1 || got[0].Change != AddressChange {
		t.Errorf("got %v", got)
	}
	after = strings.ReplaceAll(text, "received=198.51.100.23", "received=192.168.1.50")
	if got := Differences(sip(t, text), sip(t, after)); len(got) != 1 || got[0].Change != AddressChange {
		t.Errorf("received translated: got %v", got)
	}
}

func TestNextAddress(t *testing.T) {
	for _, tt := range []struct {
		word, ip string
		port     int
	}{
		{"192.0.2.1", "192.0.2.1", 0},
		{"a@192.0.2.1:5060", "192.0.2.1", 5060},
		{"received=[2001:db8::1]:5062;x", "2001:db8::1", 5062},
		{"[2001:DB8::1]", "2001:db8::1", 0},
		{"2001:db8::1", "2001:db8::1", 0},
		{"10:22:33", "", 0},
		{"v1.2.3.4", "", 0},
		{"1.2.3.4.5", "", 0},
		{"256.1.1.1", "", 0},
		{"x-1.2.3.4", "", 0},
		{"z9hG4bK1", "", 0},
		{"(o=IN", "", 0},
	} {
		_, _, ip, port := nextAddress([]byte(tt.word))
		got := ""
		if ip.IsValid() {
			got = ip.String()
		}
		if got != tt.ip || port != tt.port {
			t.Errorf("%q: got %q %d, want %q %d", tt.word, got, port, tt.ip, tt.port)
		}
	}
}

// FuzzDifferences holds two messages against each other both ways: the same
// bytes have no difference, and what one way finds the other finds too.
func FuzzDifferences(f *testing.F) {
	crlf := func(s string) []byte { return []byte(strings.ReplaceAll(strings.TrimLeft(s, "\n"), "\n", "\r\n")) }
	f.Add(crlf(inviteText), crlf(strings.ReplaceAll(inviteText, "192.168.1.50", "198.51.100.23")))
	for _, e := range harmlessEdits {
		f.Add(crlf(inviteText), crlf(strings.Replace(inviteText, e.old, e.new, 1)))
	}
	f.Add(crlf(inviteText), []byte("INVITE sip:a SIP/2.0\n\nv=0"))
	f.Add([]byte("INVITE sip:a SIP/2.0\n\nv=0\n0"), []byte("INVITE sip:a SIP/2.0\n\nv=0"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var before, after sipparse.Message
		if !before.Parse(a) || !after.Parse(b) {
			return
		}
		if d := Differences(&before, &before); d != nil {
			t.Fatalf("a message differs from itself: %v", d)
		}
		there, back := Differences(&before, &after), Differences(&after, &before)
		if len(there) != len(back) {
			t.Fatalf("%d differences one way, %d the other", len(there), len(back))
		}
		count := [AddressChange + 1]int{}
		for i := range there {
			count[there[i].Change]++
			count[back[i].Change]--
			if bytes.Equal(there[i].Before, there[i].After) && there[i].Before != nil && there[i].After != nil {
				t.Fatalf("no difference in %s: %q", there[i].Field, there[i].Before)
			}
		}
		if count != [AddressChange + 1]int{} {
			t.Fatalf("the two ways differ: %v", count)
		}
	})
}
