package sipparse

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// brief renders what matters of a session description.
func brief(s *SDP) string {
	var b strings.Builder
	fmt.Fprintf(&b, "o=%s c=%s", s.Origin.Host.Name, s.Conn.Host.Name)
	for _, md := range s.Media {
		fmt.Fprintf(&b, " %s:%d", md.Type, md.Port)
		if md.Conn.Raw != nil {
			fmt.Fprintf(&b, "@%s", md.Conn.Host.Name)
		}
		for _, c := range md.Codecs {
			fmt.Fprintf(&b, " %d=%s/%d", c.PT, c.Name, c.Clock)
		}
	}
	return b.String()
}

func TestSDP(t *testing.T) {
	const head = "v=0\no=- 1 1 IN IP4 10.0.0.1\ns=-\nc=IN IP4 10.0.0.2\n"
	for _, c := range []struct{ name, in, want, defects string }{
		{
			"static types have no name", head + "m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\n",
			"o=10.0.0.1 c=10.0.0.2 audio:4000 0=/0 8=/0 101=telephone-event/8000", "",
		},
		{"a type twice counts once", head + "m=audio 4000 RTP/AVP 0 0 128 x\n", "o=10.0.0.1 c=10.0.0.2 audio:4000 0=/0", ""},
		{"no codecs", head + "m=image 4000 udptl t38\n", "o=10.0.0.1 c=10.0.0.2 image:4000", ""},
		{"multicast", head + "m=audio 4000/2 RTP/AVP 0\nc=IN IP4 224.2.1.1/127/3\n", "o=10.0.0.1 c=10.0.0.2 audio:4000@224.2.1.1 0=/0", ""},
		{"name", head + "m=audio 0 RTP/AVP 0\nc=IN IP4 media.example.com\n", "o=10.0.0.1 c=10.0.0.2 audio:0@media.example.com 0=/0", ""},
		{"port beyond 16 bits", head + "m=audio 4294971296 RTP/AVP 0\n", "o=10.0.0.1 c=10.0.0.2 audio:-1 0=/0", "sdp-bad-port"},
		{"clock of zero", head + "m=audio 1 RTP/AVP 96\na=rtpmap:96 X/0\n", "o=10.0.0.1 c=10.0.0.2 audio:1 96=X/0", "sdp-bad-clock"},
		{"absurd clock", head + "m=audio 1 RTP/AVP 96\na=rtpmap:96 X/99999999999999\n", "o=10.0.0.1 c=10.0.0.2 audio:1 96=X/0", "sdp-bad-clock"},
		{"wrong order, no v=, no o=", "c=IN IP6 2001:db8::1\nm=audio 1 RTP/AVP 0\n", "o= c=2001:db8::1 audio:1 0=/0", "sdp-bad-version sdp-bad-origin"},
		{"no c=", "v=0\no=- 1 1 IN IP4 10.0.0.1\nm=audio 1 RTP/AVP 0\n", "o=10.0.0.1 c= audio:1 0=/0", "sdp-bad-connection"},
		{"damaged c= and o=", "v=0\no=- 1 IN IP4 10.0.0.1\nc=IN 10.0.0.2\n", "o= c=", "sdp-bad-origin sdp-bad-connection"},
		{"m= too short", head + "m=audio\n", "o=10.0.0.1 c=10.0.0.2 audio:-1", "sdp-bad-media"},
		{"noise", head + "\xff\xfe\nx\n=\nm=audio 1 RTP/AVP 0", "o=10.0.0.1 c=10.0.0.2 audio:1 0=/0", "sdp-bad-line"},
	} {
		for _, eol := range []string{"\r\n", "\n", "\r"} {
			var s SDP
			s.Parse([]byte(strings.ReplaceAll(c.in, "\n", eol)))
			names := slices.DeleteFunc(defectNames(s.Defects), func(n string) bool { return n == "sdp-line-ending" && eol != "\r\n" })
			if got := brief(&s); got != c.want {
				t.Errorf("%s, %q: %s, want %s", c.name, eol, got, c.want)
			}
			if got := strings.Join(slices.Compact(names), " "); got != c.defects {
				t.Errorf("%s, %q: defects %s, want %s", c.name, eol, got, c.defects)
			}
		}
	}
}

func TestSDPAttributes(t *testing.T) {
	var s SDP
	s.Parse([]byte(crlf(`v=0
o=alice 12 34 IN IP6 2001:db8::5
s=talk
i=(o=IN IP4 10.0.0.3)
c=IN IP6 2001:db8::6
t=0 0
a=inactive
m=audio 4000 RTP/AVP 0 111
a=rtpmap:111 opus/48000/2
a=fmtp:111 useinbandfec=1; x=y
a=ptime:20
a=rtcp:4777 IN IP4 10.7.7.7
a=sendonly
a=candidate:1 1 UDP 2130706431 10.0.0.4 4000 typ host
a=candidate:2 1 UDP 1694498815 abc.local 70000 typ srflx raddr 10.0.0.4 rport 4000
a=candidate:damaged
m=video 4002 RTP/SAVPF 96
a=rtcp-mux
a=rtcp:4003
a=ptime:x
`)))
	a, v := &s.Media[0], &s.Media[1]
	got := fmt.Sprintf("%s %s %s %s %s %v|%d %d %s %d %d %s %v %v|%v %v %d %v", s.Origin.User, s.Origin.SessVersion, s.Session, s.Info, s.Conn.Host.IP, s.Dir == DirInactive,
		a.PTime, a.Codecs[1].Channels, a.Codecs[1].FMTP, a.Codecs[1].Clock, a.RTCP.Port, a.RTCP.Host.IP, a.Dir == DirSendOnly, a.Crypto,
		v.RTCPMux, v.Crypto, v.RTCP.Port, v.RTCP.Host.Name == nil)
	want := "alice 34 talk (o=IN IP4 10.0.0.3) 2001:db8::6 true|20 2 useinbandfec=1; x=y 48000 4777 10.7.7.7 true false|true true 4003 true"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if len(a.Candidate) != 2 || string(a.Candidate[1].Host.Name) != "abc.local" || a.Candidate[1].Host.Port != -1 ||
		string(a.Candidate[0].Type) != "host" || a.Candidate[0].Host.Port != 4000 {
		t.Errorf("candidates %+v", a.Candidate)
	}
	if got := strings.Join(defectNames(s.Defects), " "); got != "sdp-bad-attribute sdp-bad-attribute" {
		t.Errorf("defects %s", got)
	}
}

func TestSDPInMessage(t *testing.T) {
	const part = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n"
	for _, c := range []struct {
		name, header, body string
		want               bool
	}{
		{"plain", "c: APPLICATION / SDP;charset=x", part, true},
		{"no type", "X: y", part, true},
		{"no type, no description", "X: y", "hello", false},
		{"other type", "Content-Type: text/plain", part, false},
		{"packed", "Content-Type: application/sdp\r\nContent-Encoding: gzip", "\x1f\x8b" + part, false},
		{
			"multipart", "Content-Type: multipart/mixed;boundary=\"=b 1\"",
			"preamble\r\n--=b 1\r\nContent-Type: text/plain\r\n\r\nv=0\r\n--=b 1\r\nContent-Length: 5\r\nc: application/\r\n sdp\r\n\r\n" + part + "\r\n--=b 1--\r\n", true,
		},
		{
			"nested", "Content-Type: multipart/mixed;boundary=a",
			"--a\r\nContent-Type: multipart/alternative; boundary=ab\r\n\r\n--ab\r\nContent-Type: application/sdp\r\n\r\n" + part + "\r\n--ab--\r\n--a--", true,
		},
		{"no closing delimiter", "Content-Type: multipart/mixed;boundary=a", "--a\nContent-Type: application/sdp\n\n" + part, true},
		{"empty", "Content-Type: application/sdp", "", false},
	} {
		var m Message
		m.Parse([]byte("INVITE sip:a SIP/2.0\r\n" + c.header + "\r\n\r\n" + c.body))
		var s SDP
		if got := m.SDP(&s); got != c.want || m.IsSDP() != c.want {
			t.Errorf("%s: %v", c.name, got)
			continue
		}
		if c.want && (brief(&s) != "o=10.0.0.1 c=10.0.0.1 audio:4000 0=/0" || !strings.HasPrefix(string(m.Raw[s.Conn.Off:]), "IN IP4 10.0.0.1\r\nm=")) {
			t.Errorf("%s: %s at %d", c.name, brief(&s), s.Conn.Off)
		}
	}
}

func TestSDPBounds(t *testing.T) {
	in := offer + strings.Repeat("m=audio 1 RTP/AVP 0\r\n", maxMedia+10) +
		"m=audio 1 RTP/AVP 0\r\n" + strings.Repeat("a=candidate:1 1 UDP 1 10.0.0.1 9 typ host\r\n", maxCandidates+10)
	var s SDP
	s.Parse([]byte(in))
	if len(s.Media) != maxMedia || !slices.Contains(defectNames(s.Defects), "sdp-too-many") {
		t.Errorf("%d media, %v", len(s.Media), defectNames(s.Defects))
	}
	s.Parse([]byte("v=0\r\nm=audio 1 RTP/AVP 0\r\n" + strings.Repeat("a=candidate:1 1 UDP 1 10.0.0.1 9 typ host\r\n", maxCandidates+10)))
	if len(s.Media[0].Candidate) != maxCandidates {
		t.Errorf("%d candidates", len(s.Media[0].Candidate))
	}
}
