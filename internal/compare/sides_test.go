package compare

import (
	"fmt"
	"hash/maphash"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/sipparse"
)

// Where the tests' messages come from and go to.
const (
	phoneIn  = "192.168.1.10:5060"
	phoneOut = "203.0.113.5:1027"
	server   = "198.51.100.10:5060"
)

// sent is one message as a capture has it.
type sent struct {
	at       time.Duration
	src, dst string
	text     string
	ttl      uint8
	clip     int // bytes captured, 0 for all
	noTime   bool
	hep      bool
}

var seed = maphash.MakeSeed()

// sideOf makes one side of messages.
func sideOf(t testing.TB, given int, list []sent) *side {
	t.Helper()
	s := &side{
		given: given, lim: Limits{}.orDefaults(), reader: newReader(seed), conns: map[connKey]*sipparse.Framer{},
		first: 1 << 62,
	}
	s.tracks.init(s.lim)
	for i, x := range list {
		raw := []byte(x.text)
		m := message{
			time: int64(x.at), frame: int32(i + 1), src: addrOf(t, x.src), dst: addrOf(t, x.dst), proto: capture.UDP,
			ttl: x.ttl, noTime: x.noTime, hep: x.hep,
		}
		if x.clip > 0 && x.clip < len(raw) {
			raw, m.clipped = raw[:x.clip], true
		}
		s.first, s.last = min(s.first, m.time), max(s.last, m.time)
		s.take(&m, raw)
	}
	s.first -= second
	s.last += second
	s.finish()
	return s
}

func addrOf(t testing.TB, s string) capture.Addr {
	t.Helper()
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		t.Fatal(err)
	}
	return capture.AddrFrom(ap)
}

// lines makes a message of lines.
func lines(text string) string {
	text = strings.TrimPrefix(text, "\n")
	if !strings.Contains(text, "\n\n") {
		text = strings.TrimRight(text, "\n") + "\n\n"
	}
	return strings.ReplaceAll(text, "\n", "\r\n")
}

// request writes a request of the phone; n makes it another one.
func request(method string, n int) string {
	text := fmt.Sprintf(`
%[1]s sip:pbx.example SIP/2.0
Via: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bKb%[2]d;rport
From: <sip:1001@pbx.example>;tag=f%[2]d
To: <sip:1001@pbx.example>
Call-ID: call-%[2]d@192.168.1.10
CSeq: %[2]d %[1]s
Contact: <sip:1001@192.168.1.10:5060>
Max-Forwards: 70
`, method, n)
	if method != "INVITE" {
		return lines(text + "Content-Length: 0\n")
	}
	return lines(text + `Content-Type: application/sdp
Content-Length: 115

v=0
o=- 1 1 IN IP4 192.168.1.10
s=-
c=IN IP4 192.168.1.10
t=0 0
m=audio 11780 RTP/AVP 0
a=rtpmap:0 PCMU/8000
`)
}

// response writes the server's response to request(method, n).
func response(status, method string, n int) string {
	return lines(fmt.Sprintf(`
SIP/2.0 %[1]s
Via: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bKb%[3]d;rport=1027;received=203.0.113.5
From: <sip:1001@pbx.example>;tag=f%[3]d
To: <sip:1001@pbx.example>;tag=t%[3]d
Call-ID: call-%[3]d@192.168.1.10
CSeq: %[3]d %[2]s
Content-Length: 0
`, status, method, n))
}

// talk is what a healthy pair of captures holds: a registration and a call.
func talk() []string {
	return []string{
		request("REGISTER", 1),
		response("401 Unauthorized", "REGISTER", 1),
		request("REGISTER", 2),
		response("200 OK", "REGISTER", 2),
		request("INVITE", 3),
		response("100 Trying", "INVITE", 3),
		response("200 OK", "INVITE", 3),
		request("BYE", 4),
		response("200 OK", "BYE", 4),
	}
}

// both captures a list of messages on both sides of a NAT; change is what the
// router does to what it sends on.
func both(texts []string, change func(i int, text string) string) (lan, wan []sent) {
	for i, text := range texts {
		at := time.Duration(i) * 100 * time.Millisecond
		inside := sent{at: at, src: phoneIn, dst: server, text: text, ttl: 64}
		outside := sent{at: at + time.Millisecond, src: phoneOut, dst: server, text: text, ttl: 63}
		if strings.HasPrefix(text, "SIP/2.0") {
			outside = sent{at: at, src: server, dst: phoneOut, text: text, ttl: 60}
			inside = sent{at: at + time.Millisecond, src: server, dst: phoneIn, text: text, ttl: 59}
		}
		if change != nil {
			if inside.dst == server {
				outside.text = change(i, text)
			} else {
				inside.text = change(i, text)
			}
		}
		lan, wan = append(lan, inside), append(wan, outside)
	}
	return lan, wan
}

// shifted sets the clock of a capture.
func shifted(list []sent, by time.Duration) []sent {
	out := append([]sent(nil), list...)
	for i := range out {
		out[i].at += by
	}
	return out
}

// toPublic is what a Linux ALG makes of the phone's requests.
func toPublic(_ int, text string) string {
	if strings.HasPrefix(text, "SIP/2.0") {
		return strings.ReplaceAll(text, ";rport=1027;received=203.0.113.5", ";rport=5060;received=192.168.1.10")
	}
	text = strings.ReplaceAll(text, "UDP 192.168.1.10:5060", "UDP 203.0.113.5:1027")
	text = strings.ReplaceAll(text, "1001@192.168.1.10:5060", "1001@203.0.113.5:1027")
	text = strings.ReplaceAll(text, "IP4 192.168.1.10", "IP4 203.0.113.5")
	return strings.ReplaceAll(text, "Content-Length: 115", "Content-Length: 113")
}

// replaced changes every message in the same way.
func replaced(pairs ...string) func(int, string) string {
	r := strings.NewReplacer(pairs...)
	return func(_ int, text string) string { return r.Replace(text) }
}
