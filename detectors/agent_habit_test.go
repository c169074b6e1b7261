package detectors

import "testing"

func TestAgentHabit(t *testing.T) {
	const in, pub = "192.168.1.10:5060", "203.0.113.5:5060"
	for _, tt := range []struct {
		name, family, via string
		db                float64
	}{
		{"STUN by default", "gigaset", pub, -4},
		{"knows nothing of NAT", "yealink", pub, 2},
		{"private: nothing to explain", "yealink", in, 0},
		{"a make with no known habit", "", pub, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, pub)
			p.Family = tt.family
			p.says(message("REGISTER", tt.via, tt.via, "x", ""))
			p.wants(&agentHabit, tt.db)
		})
	}
}
