package detectors

import "testing"

func TestCallIDPublic(t *testing.T) {
	for _, tt := range []struct {
		name, family, sign, callID string
		db                         float64
	}{
		{"Yealink, a sibling", "yealink", "siblings", "0_1@203.0.113.5", 8},
		{"Polycom, port moved", "polycom", "port-moved", "85d9f620-5299760d-d13a6fda@203.0.113.5", 8},
		{"Fanvil", "fanvil", "siblings", "1234-5678@203.0.113.5", 8},
		{"no other sign of a NAT", "yealink", "inside-address", "0_1@203.0.113.5", 0},
		{"another agent with Yealink's form", "sipp", "siblings", "0_1@203.0.113.5", 0},
		{"another public address", "yealink", "siblings", "0_1@203.0.113.6", 0},
		{"Fritz!Box (trap 26)", "fritzbox", "siblings", "0A1B2C3D4E5F6071@203.0.113.5", 0},
		{"chan_sip with externip", "", "siblings", "3e0b6f3a70de3b5c1fbb2d6c0e6ad4f2@203.0.113.5:5060", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, "203.0.113.5:1030").behindNAT(tt.sign)
			p.Family = tt.family
			p.says(message("REGISTER", "203.0.113.5:1030", "203.0.113.5:1030", tt.callID, ""))
			p.wants(&callIDPublic, tt.db)
		})
	}
}
