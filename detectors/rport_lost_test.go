package detectors

import (
	"strings"
	"testing"
)

func TestRPortLost(t *testing.T) {
	with := message("REGISTER", "203.0.113.5:5060", "203.0.113.5:5060", "x", "")
	without := strings.Replace(with, ";rport", "", 1)
	for _, tt := range []struct {
		name, family, transport string
		elsewhere               []Style
		says                    []string
		db                      float64
	}{
		{"PJSIP without", "pjsip", "udp", nil, []string{without, without}, 3},
		{"same model has it elsewhere", "acme", "udp", []Style{Always}, []string{without}, 3},
		{"PJSIP with", "pjsip", "udp", nil, []string{with}, 0},
		{"once with", "pjsip", "udp", nil, []string{without, with}, 0},
		{"habit not known", "snom", "udp", nil, []string{without}, 0},
		{"a matter of settings", "pjsip", "udp", []Style{Always, Never}, []string{without}, 0},
		{"TCP", "pjsip", "tcp", nil, []string{without}, 0},
		{"an answer has the server's Via", "pjsip", "udp", nil, []string{message("200 OPTIONS", "", "203.0.113.5", "y", "")}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, "203.0.113.5:5060")
			p.Family, p.Transport = tt.family, tt.transport
			for _, s := range tt.elsewhere {
				p.Elsewhere = append(p.Elsewhere, Sibling{RPort: s, Frame: 3})
			}
			for _, m := range tt.says {
				p.says(m)
			}
			p.wants(&rportLost, tt.db)
		})
	}
}
