package detectors

import "testing"

func TestMaxForwards(t *testing.T) {
	for _, tt := range []struct {
		name      string
		values    []string
		elsewhere int
		nat       bool
		db        float64
	}{
		{"counted down", []string{"69", "69"}, 0, true, 3},
		{"the model starts with 70", []string{"69", "69"}, 70, true, 6},
		{"three below 20", []string{"17"}, 0, true, 3},
		{"a habit of the model", []string{"69"}, 69, true, 0},
		{"round", []string{"70"}, 0, true, 0},
		{"not steady", []string{"69", "70"}, 0, true, 0},
		{"too far below", []string{"66"}, 0, true, 0},
		{"no NAT: some other hop", []string{"69"}, 70, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, "203.0.113.5:5060")
			if tt.nat {
				p.behindNAT("siblings")
			}
			p.UserAgent = "acme/1"
			p.Elsewhere = []Sibling{{UserAgent: "acme/1", MaxForwards: tt.elsewhere, Frame: 5}}
			for _, v := range tt.values {
				p.says(message("REGISTER", "203.0.113.5:5060", "203.0.113.5:5060", "x", "", "Max-Forwards: "+v))
			}
			p.wants(&maxForwards, tt.db)
		})
	}
	t.Run("two Vias (trap 7)", func(t *testing.T) {
		p := newPhone(t, "203.0.113.5:5060").behindNAT("siblings")
		p.says(message("REGISTER", "203.0.113.5:5060;branch=z9hG4bKq\nVia: SIP/2.0/UDP 192.168.1.10:5060", "203.0.113.5", "x", "", "Max-Forwards: 69"))
		p.wants(&maxForwards, 0)
	})
}
