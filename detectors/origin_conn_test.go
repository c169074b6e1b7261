package detectors

import "testing"

func TestOriginConn(t *testing.T) {
	const src = "203.0.113.5:5060"
	sdp := func(origin, conn string) string {
		return "v=0\no=- 1 1 IN IP4 " + origin + "\ns=-\nc=IN IP4 " + conn + "\nt=0 0\nm=audio 4000 RTP/AVP 0\n"
	}
	for _, tt := range []struct {
		name, sdp string
		db        float64
	}{
		{"o= public, c= private", sdp("203.0.113.5", "192.168.1.10"), 8},
		{"c= public, o= private: as STUN writes (trap 3)", sdp("192.168.1.10", "203.0.113.5"), 1},
		{"both private (trap 1)", sdp("192.168.1.10", "192.168.1.10"), 0},
		{"both public", sdp("203.0.113.5", "203.0.113.5"), 0},
		{"o= a name", sdp("host.example", "203.0.113.5"), 0},
		{"hold", sdp("203.0.113.5", "0.0.0.0"), 0},
		{"pyVoIP's zeros (trap 34)", sdp("0.0.0.0", "203.0.113.5"), 0},
		{"two inside addresses (trap 27)", sdp("192.168.1.10", "10.8.0.6"), 0},
		{"public but not the source (trap 35)", sdp("203.0.113.77", "192.168.1.10"), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, src)
			p.says(message("INVITE", src, src, "x", tt.sdp))
			p.wants(&originConn, tt.db)
		})
	}
}
