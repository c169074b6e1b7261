package detectors

import "testing"

func TestToggle(t *testing.T) {
	const in, pub = "192.168.1.10:5060", "203.0.113.5:5060"
	for _, tt := range []struct {
		name, via string
		before    Period
		db        float64
	}{
		{"switched off", in, Period{Messages: 9, Public: true, Last: 7}, -6},
		{"switched on", pub, Period{Messages: 9, Last: 7}, 6},
		{"no turn", pub, Period{}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, pub)
			p.says(message("REGISTER", tt.via, tt.via, "x", ""))
			p.Before = tt.before
			p.wants(&toggle, tt.db)
		})
	}
}
