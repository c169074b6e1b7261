package detectors

import "testing"

// TestMixedInOneMessage: of what was said before and after the phone learned
// its address, no mixed picture is put together.
func TestMixedInOneMessage(t *testing.T) {
	const in, pub, ip = "192.168.1.10:5060", "203.0.113.5:40000", "192.168.1.10"
	for _, tt := range []struct {
		name string
		says []string
		db   float64
	}{
		{"Via after learning, Contact before", []string{
			message("REGISTER", in, in, "x", ""), message("INVITE", in, in, "y", ip), message("ACK", pub, "", "y", ""),
			message("INVITE", pub, pub, "y", ip), message("ACK", pub, "", "y", ""), message("BYE", pub, "", "y", ""),
		}, -20},
		{"Contact after learning, Via before", []string{
			message("OPTIONS", in, "", "x", ""), message("OPTIONS", in, "", "x", ""), message("OPTIONS", in, "", "x", ""),
			message("INVITE", in, in, "y", ip), message("REGISTER", pub, pub, "x", ""), message("REGISTER", pub, pub, "x", ""),
		}, 7},
		{"SDP before learning only", []string{
			message("INVITE", in, in, "y", ip), message("REGISTER", pub, pub, "x", ""), message("REGISTER", pub, pub, "x", ""),
		}, 7},
		{"Contact in answers only", []string{
			message("200 INVITE", "", in, "y", ip), message("BYE", pub, "", "y", ""), message("BYE", pub, "", "y", ""),
		}, 0},
		{"Via public and Contact private at once", []string{
			message("REGISTER", in, in, "x", ""), message("REGISTER", pub, in, "x", ""), message("REGISTER", pub, in, "x", ""),
		}, 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, pub)
			for _, s := range tt.says {
				p.says(s)
			}
			p.wants(&addressPattern, tt.db)
		})
	}
}
