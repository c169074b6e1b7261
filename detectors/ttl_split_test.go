package detectors

import (
	"net/netip"
	"testing"
)

func TestTTLSplit(t *testing.T) {
	for _, tt := range []struct {
		name       string
		sip, media uint8
		stream     uint8
		view       Viewpoint
		db         float64
	}{
		{"one hop nearer", 58, 57, 57, FromServer, 5},
		{"alike", 57, 57, 57, FromServer, 0},
		{"another start value", 120, 57, 57, FromServer, 0},
		{"one hop farther", 56, 57, 57, FromServer, 0},
		{"streams differ", 58, 57, 60, FromServer, 0},
		{"not known", 0, 57, 57, FromServer, 0},
		{"HEP (trap 17)", 58, 57, 57, FromHEP, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, "203.0.113.5:5060")
			p.Viewpoint, p.PeerTTL, p.MediaTTL = tt.view, tt.sip, tt.media
			p.Streams = []StreamFact{{Frame: 8, Sent: true, Src: netip.MustParseAddrPort("203.0.113.5:4000"), TTL: tt.stream}}
			p.says(message("INVITE", "203.0.113.5:5060", "203.0.113.5:5060", "x", "203.0.113.5"))
			p.wants(&ttlSplit, tt.db)
		})
	}
}
