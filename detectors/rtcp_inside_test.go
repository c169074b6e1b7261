package detectors

import "testing"

func TestRTCPInside(t *testing.T) {
	sdp := func(conn, rtcp string) string {
		return "v=0\no=- 1 1 IN IP4 " + conn + "\ns=-\nc=IN IP4 " + conn + "\nt=0 0\nm=audio 4000 RTP/AVP 0\na=rtcp:" + rtcp + "\n"
	}
	const pub, src = "203.0.113.5", "203.0.113.5:1027"
	for _, tt := range []struct {
		name, family, source, sdp string
		db                        float64
	}{
		{"PJSIP", "pjsip", src, sdp(pub, "4001 IN IP4 192.168.1.51"), 10},
		{"habit not known (trap 36)", "yealink", src, sdp(pub, "4001 IN IP4 192.168.1.51"), 4},
		{"STUN by default (trap 36)", "gigaset", src, sdp(pub, "4001 IN IP4 192.168.1.51"), 0},
		{"both public (trap 3)", "pjsip", src, sdp(pub, "4001 IN IP4 203.0.113.5"), 0},
		{"both private (trap 1)", "pjsip", src, sdp("192.168.1.51", "4001 IN IP4 192.168.1.51"), 0},
		{"port only", "pjsip", src, sdp(pub, "4001"), 0},
		{"c= public but not the source (trap 35)", "pjsip", src, sdp("203.0.113.99", "4001 IN IP4 192.168.1.51"), 0},
		{"in front of the router", "pjsip", "192.168.1.50:5060", sdp("192.168.1.50", "4001 IN IP4 10.0.0.1"), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, tt.source)
			p.Family = tt.family
			p.says(message("INVITE", tt.source, tt.source, "x", tt.sdp))
			p.wants(&rtcpInside, tt.db)
		})
	}
}
