package sipparse

import (
	"strings"
	"testing"
	"time"
)

// TestHostileSizes reads datagrams of the largest size that are made to cost
// as much as they can. What is not linear takes minutes here, not milliseconds.
func TestHostileSizes(t *testing.T) {
	const size = 65000
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	head := "INVITE sip:a SIP/2.0\r\n"
	for _, raw := range []string{
		head + "Via: SIP/2.0/UDP h" + fill(";a=b"),
		head + "Via: SIP/2.0/UDP h" + fill(";") + "\r\n\r\n",
		head + "Contact: <sip:a>" + fill(";a=b") + "\r\n\r\n",
		head + "Contact: <sip:a" + fill(";a") + ">\r\n\r\n",
		head + "Contact: " + fill(",") + "\r\n\r\n",
		head + "Contact: " + fill("<a>,") + "\r\n\r\n",
		head + "Contact: " + fill("<") + "\r\n\r\n",
		head + "Contact: " + fill("\"") + "\r\n\r\n",
		head + "Contact: " + fill("\\\",") + "\r\n\r\n",
		head + "Authorization: Digest " + fill("a=\"b\",") + "\r\n\r\n",
		head + fill("a:\r\n") + "\r\n",
		head + fill("v:a\n") + "\n",
		head + fill("\n ") + "\n",
		head + fill("\r") + "\n",
		head + fill("a\r"),
		head + fill("a\r\r\n"),
		head + "a: " + fill("\r\n ") + "\r\n\r\n",
		fill("\r\n") + head,
		fill("A") + " sip:a SIP/2.0\r\n\r\n",
		"INVITE" + fill(" ") + "x SIP/2.0\r\n\r\n",
		head + "\r\nv=0\r\n" + fill("m=a 1 b 0\n"),
		head + "\r\nv=0\r\nm=a 1 b" + fill(" 1"),
		head + "\r\nv=0\r\nm=a 1 b 0 1 2 3 4 5 6 7 8 9 " + fill("\na=rtpmap:1 a/1"),
		head + "\r\nv=0\r\nm=a 1 b 0 " + fill("\na=candidate:1 1 1 1 1 1 typ 1"),
		head + "c: multipart/a;boundary=a\r\n\r\n" + fill("--a\n"),
		head + "c: multipart/a;boundary=a\r\n\r\n" + fill("--a\nc:multipart/a;boundary=a\n\n"),
		head + "c: multipart/a;boundary=-\r\n\r\n" + fill("-"),
	} {
		start := time.Now()
		var m Message
		if !m.Parse([]byte(raw)) {
			t.Errorf("not SIP: %.40q", raw)
			continue
		}
		m.Check()
		for range m.Vias() {
		}
		for range m.Contacts() {
		}
		m.Digest(HdrAuthorization)
		var s SDP
		m.SDP(&s)
		lossless(t, &m, []byte(raw))
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%.60q: %v", raw, took)
		} else if testing.Verbose() {
			t.Logf("%.60q: %v, %d header fields, %d media", raw, took, len(m.Headers), len(s.Media))
		}
	}
}
