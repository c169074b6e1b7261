package detectors

import "testing"

func TestLongPinhole(t *testing.T) {
	for _, tt := range []struct {
		name, transport string
		frame           int
		nat             bool
		db              float64
	}{
		{"answered", "udp", 7, true, 2},
		{"never asked", "udp", 0, true, 0},
		{"TCP keeps its state", "tcp", 7, true, 0},
		{"no NAT", "udp", 7, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, "203.0.113.5:5060")
			p.Transport = tt.transport
			if tt.nat {
				p.behindNAT("siblings")
			}
			p.Survived = Sample{Frame: tt.frame, Text: "20 min of silence both ways", Seen: "answered"}
			p.wants(&longPinhole, tt.db)
		})
	}
}
