package detectors

import "testing"

func TestNoKeepAlive(t *testing.T) {
	for _, tt := range []struct {
		name      string
		alive     int
		elsewhere bool
		minutes   int64
		db        float64
	}{
		{"elsewhere, not here", 0, true, 10, 1},
		{"here too", 3, true, 10, 0},
		{"nobody to learn from", 0, false, 10, 0},
		{"too short", 0, true, 2, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, "203.0.113.5:5060").behindNAT("siblings")
			p.KeepAlives = tt.alive
			p.Elsewhere = []Sibling{{KeepsAlive: tt.elsewhere, Frame: 2}}
			p.says(message("REGISTER", "203.0.113.5:5060", "203.0.113.5:5060", "x", ""))
			p.now += tt.minutes * 60e9
			p.says(message("REGISTER", "203.0.113.5:5060", "203.0.113.5:5060", "x", ""))
			p.wants(&noKeepAlive, tt.db)
		})
	}
}
