package detectors

import "testing"

func TestPort5060(t *testing.T) {
	for _, tt := range []struct {
		name, source, via, contact, transport string
		nat                                   bool
		db                                    float64
	}{
		{"assumed", "203.0.113.5:40100", "203.0.113.5:5060", "203.0.113.5:5060", "udp", true, 3},
		{"without a port", "203.0.113.5:40100", "203.0.113.5", "203.0.113.5", "udp", true, 3},
		{"known", "203.0.113.5:40100", "203.0.113.5:40100", "203.0.113.5:40100", "udp", true, 0},
		{"really 5060", "203.0.113.5:5060", "203.0.113.5:5060", "203.0.113.5:5060", "udp", true, 0},
		{"private (trap 1)", "203.0.113.5:40100", "192.168.1.1:5060", "192.168.1.1:5060", "udp", true, 0},
		{"TCP (trap 4)", "203.0.113.5:40100", "203.0.113.5:5060", "203.0.113.5:5060", "tcp", true, 0},
		{"no NAT seen", "203.0.113.5:40100", "203.0.113.5:5060", "203.0.113.5:5060", "udp", false, 0},
		{"public but not the source (trap 35)", "203.0.113.5:40100", "203.0.113.7:5060", "203.0.113.7:5060", "udp", true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, tt.source)
			p.Transport = tt.transport
			if tt.nat {
				p.behindNAT("siblings")
			}
			p.says(message("REGISTER", tt.via, tt.contact, "x", ""))
			p.wants(&port5060, tt.db)
		})
	}
}
