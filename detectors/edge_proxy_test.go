package detectors

import "testing"

func TestEdgeProxy(t *testing.T) {
	const src = "203.0.113.5:5060"
	two := func(top, below, contact, sdp string, more ...string) string {
		return message("INVITE", top+";branch=z9hG4bKq\nVia: SIP/2.0/UDP "+below, contact, "x", sdp, more...)
	}
	for _, tt := range []struct {
		name, text string
		db         float64
		side       Side
		pattern    float64
	}{
		{"masquerades", two(src, "192.168.1.10:6060", src, ""), 9, ProxySide, 3},
		{"and writes headers anew", two(src, "192.168.1.10:6060", src, "", "max-forwards: 69"), 12, ProxySide, 3},
		{"SDP only (trap 31)", two(src, "192.168.1.10:5060", "192.168.1.10:5060", "203.0.113.5"), 5, ProxySide, 0},
		{"declared (trap 7)", two(src, "192.168.1.10:5060", src, "", "Record-Route: <sip:203.0.113.5;lr>"), 0, ProxySide, 0},
		{"Path (trap 7)", two(src, "192.168.1.10:5060", src, "", "Path: <sip:203.0.113.5;lr>"), 0, ProxySide, 0},
		{"fixes nothing", two(src, "192.168.1.10:5060", "192.168.1.10:5060", "192.168.1.10"), 0, "", 0},
		{"a provider's proxy", two(src, "198.51.100.77:5060", "198.51.100.77:5060", ""), 0, "", 0},
		{"three hops", two(src, "192.168.1.10:5060, SIP/2.0/UDP 10.0.0.1", src, ""), 0, "", 0},
		{"one hop", message("INVITE", src, src, "x", ""), 0, "", 7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, src).behindNAT("siblings")
			p.says(tt.text)
			p.wants(&edgeProxy, tt.db)
			p.wants(&addressPattern, tt.pattern)
			for _, f := range p.finds(&edgeProxy) {
				if f.Side != tt.side {
					t.Errorf("side %q", f.Side)
				}
			}
		})
	}
}
