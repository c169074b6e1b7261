package detectors

import "testing"

func TestTwoInside(t *testing.T) {
	const outer = "192.168.0.2:5060"
	for _, tt := range []struct {
		name string
		says []string
		db   float64
		all  float64 // of the address pattern
	}{
		{"inner router, Call-ID forgotten (trap 9)", []string{message("REGISTER", outer, outer, "0_1@192.168.1.10", "")}, 10, 0},
		{"provider's NAT outside", []string{message("REGISTER", "100.64.7.23:5060", "100.64.7.23:5060", "0_1@192.168.1.10", "")}, 10, 0},
		{"letters", []string{message("REGISTER", outer, outer, "1-5060-1@BJC.BGI.B.BA", "")}, 10, 0},
		{"a=rtcp forgotten", []string{message("INVITE", outer, outer, "x", "v=0\no=- 1 1 IN IP4 192.168.0.2\ns=-\nc=IN IP4 192.168.0.2\nt=0 0\n"+
			"m=audio 4000 RTP/AVP 0\na=rtcp:4001 IN IP4 192.168.1.10\n")}, 10, 0},
		{"double NAT, nothing rewritten (trap 9)", []string{message("REGISTER", "192.168.1.10:5060", "192.168.1.10:5060", "0_1@192.168.1.10", "")}, 0, -12},
		{"phone behind CGN (trap 9)", []string{message("REGISTER", "100.64.3.7:5060", "100.64.3.7:5060", "x", "")}, 0, -12},
		{"464XLAT (trap 8)", []string{message("REGISTER", "192.0.0.4:5060", "192.0.0.4:5060", "x", "")}, 0, -12},
		{"two interfaces (trap 27)", []string{message("INVITE", "192.168.1.10:5060", "192.168.1.10:5060", "0_1@10.8.0.6", "10.8.0.6")}, 0, -8},
		{"Via and Contact differ (trap 10)", []string{message("REGISTER", "192.168.1.10:5060", "10.8.0.6:5060", "0_1@10.8.0.6", "")}, 0, -8},
		{"a form that need not be its own address", []string{message("REGISTER", outer, outer, "3e0b6f3a70de3b5c1fbb2d6c0e6ad4f2@192.168.1.10", "")}, 0, -12},
		{"Call-ID of another family of addresses (trap 34)", []string{message("REGISTER", outer, outer, "0_1@[fd00::1]", "")}, 0, -12},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, "203.0.113.5:40012")
			for _, m := range tt.says {
				p.says(m)
			}
			p.wants(&twoInside, tt.db)
			p.wants(&addressPattern, tt.all)
		})
	}
}
