package detectors

import "testing"

func TestPortStyle(t *testing.T) {
	for _, tt := range []struct {
		name, contact string
		elsewhere     []Style
		db            float64
	}{
		{"bare elsewhere", "203.0.113.5:5060", []Style{Never, Unseen}, 3},
		{"nobody to learn from", "203.0.113.5:5060", nil, 0},
		{"a habit", "203.0.113.5:5060", []Style{Always}, 0},
		{"not steady elsewhere", "203.0.113.5:5060", []Style{Never, Mixed}, 0},
		{"bare here too", "203.0.113.5", []Style{Never}, 0},
		{"private (trap 1)", "192.168.1.10:5060", []Style{Never}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, "203.0.113.5:5060").behindNAT("siblings")
			for _, s := range tt.elsewhere {
				p.Elsewhere = append(p.Elsewhere, Sibling{ContactPort: s, Frame: 3})
			}
			p.says(message("REGISTER", tt.contact, tt.contact, "x", ""))
			p.wants(&portStyle, tt.db)
		})
	}
}
