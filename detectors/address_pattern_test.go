package detectors

import "testing"

// TestAddressPattern goes through the table of pictures, plain NAT first.
func TestAddressPattern(t *testing.T) {
	const in, pub, ip = "192.168.1.10:5060", "203.0.113.5:40012", "203.0.113.5:5060"
	for _, tt := range []struct {
		name, family, sign string
		source             string
		via, contact, sdp  string
		db                 float64
	}{
		{"plain NAT (trap 1)", "yealink", "", pub, in, in, "192.168.1.10", -20},
		{"all public", "", "siblings", pub, pub, pub, "203.0.113.5", 7},
		{"all public, no NAT seen (trap 26)", "", "", pub, pub, pub, "203.0.113.5", 0},
		{"all public but for the port", "", "siblings", pub, ip, ip, "203.0.113.5", 4},
		{"Via public, Contact private", "", "", pub, pub, in, "192.168.1.10", 8},
		{"PJSIP with Contact rewriting off (trap 4)", "pjsip", "", pub, pub, in, "192.168.1.10", 3},
		{"Linphone (trap 4)", "linphone", "", pub, in, pub, "192.168.1.10", -6},
		{"Contact public, habit not known", "", "", pub, in, pub, "192.168.1.10", 0},
		{"SDP left private", "", "", pub, pub, pub, "192.168.1.10", 4},
		{"PJSIP that learned (trap 4)", "pjsip", "", pub, pub, pub, "192.168.1.10", 0},
		{"STUN for media only (trap 3)", "baresip", "", pub, in, in, "203.0.113.5", 1},
		{"public but not the source (trap 35)", "", "", pub, "203.0.113.99:5060", "203.0.113.99:5060", "203.0.113.99", -8},
		{"IPv6 (trap 8)", "", "", "[2001:db8::5]:5060", "[2001:db8::5]:5060", "[2001:db8::5]:5060", "", 0},
		{"names (trap 11)", "", "siblings", pub, "pbx.cust.example", "pbx.cust.example", "192.168.1.10", 0},
		{"VPN phone (trap 10)", "", "", "10.8.0.6:5060", in, in, "10.8.0.6", 0},
		{"on the server's own LAN (trap 33)", "", "", "192.168.1.10:5060", in, in, "192.168.1.10", 0},
		{"zeros everywhere (trap 34)", "", "siblings", pub, "0.0.0.0:5060", "0.0.0.0:5060", "0.0.0.0", 0},
		{"a bare IPv6 phone written over IPv4 (trap 34)", "fritzbox", "", pub, "[2001:db8::5]:5060", "[2001:db8::5]:5060", "", -8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, tt.source)
			p.Family = tt.family
			if tt.sign != "" {
				p.behindNAT(tt.sign)
			}
			p.says(message("REGISTER", tt.via, tt.contact, "x", ""))
			p.says(message("INVITE", tt.via, tt.contact, "y", tt.sdp))
			p.says(message("INVITE", tt.via, tt.contact, "z", tt.sdp))
			p.wants(&addressPattern, tt.db)
		})
	}
}

// TestAddressPatternMajority: one odd message doesn't turn the picture, and
// where methods are split the most rewritten one counts.
func TestAddressPatternMajority(t *testing.T) {
	const in, pub = "192.168.1.10:5060", "203.0.113.5:5060"
	p := newPhone(t, pub)
	for range 4 {
		p.says(message("REGISTER", in, in, "x", ""))
	}
	p.says(message("REGISTER", pub, pub, "x", ""))
	p.wants(&addressPattern, -20)

	q := newPhone(t, pub)
	q.says(message("REGISTER", pub, pub, "x", ""))
	for range 4 {
		q.says(message("SUBSCRIBE", in, in, "y", ""))
	}
	q.says(message("REGISTER", pub, pub, "x", ""))
	q.wants(&addressPattern, 7)
}

func TestAddressPatternClientSide(t *testing.T) {
	p := newPhone(t, "203.0.113.5:5060").behindNAT("siblings")
	p.Viewpoint = FromClient
	p.says(message("REGISTER", "203.0.113.5:5060", "203.0.113.5:5060", "x", ""))
	p.wants(&addressPattern, 0)
}
