package detectors

import "testing"

func TestFirstPublic(t *testing.T) {
	const in = "192.168.1.10:5060"
	for _, tt := range []struct {
		name, family, sign, transport string
		source, via, contact, sdp     string
		change                        func(p *phone, r *Record)
		db                            float64
	}{
		{name: "with the port of the NAT", family: "yealink", sign: "inside-address", source: "203.0.113.5:1027", via: "203.0.113.5:1027", db: 4},
		{name: "a make that may choose any port", family: "snom", sign: "inside-address", source: "203.0.113.5:1027", via: "203.0.113.5:1027", db: 2},
		{name: "set by hand: its own port", family: "yealink", sign: "inside-address", source: "203.0.113.5:5060", via: "203.0.113.5:5060", db: 0},
		{name: "known for SIP, not for audio", family: "yealink", sign: "inside-address", source: "203.0.113.5:5060", via: "203.0.113.5:5060", sdp: "192.168.1.10", db: 3},
		{name: "Contact only", family: "baresip", sign: "inside-address", source: "203.0.113.5:1027", via: in, contact: "203.0.113.5:5060", db: 4},
		{name: "private", family: "yealink", sign: "inside-address", source: "203.0.113.5:1027", via: in, db: 0},
		{name: "no NAT", family: "yealink", source: "203.0.113.5:1027", via: "203.0.113.5:1027", db: 0},
		{name: "PJSIP learns (trap 4)", family: "pjsip", sign: "inside-address", source: "203.0.113.5:1027", via: "203.0.113.5:1027", db: 0},
		{name: "TCP, NAT seen by more than a leftover", family: "snom", sign: "siblings", transport: "tcp", source: "203.0.113.5:51823", via: "203.0.113.5:51823", db: 9},
		{name: "TCP, a leftover only", family: "snom", sign: "inside-address", transport: "tcp", source: "203.0.113.5:51823", via: "203.0.113.5:51823", db: 4},
		{
			name: "with credentials: a refresh", family: "yealink", sign: "inside-address", source: "203.0.113.5:1027", via: "203.0.113.5:1027",
			change: func(_ *phone, r *Record) { r.Auth = true },
		},
		{
			name: "told before", family: "yealink", sign: "inside-address", source: "203.0.113.5:1027", via: "203.0.113.5:1027",
			change: func(_ *phone, r *Record) { r.Told = true },
		},
		{
			name: "late in its registration", family: "yealink", sign: "inside-address", source: "203.0.113.5:1027", via: "203.0.113.5:1027",
			change: func(_ *phone, r *Record) { r.CSeq = 103176 },
		},
		{
			name: "the server's answers are not there", family: "yealink", sign: "inside-address", source: "203.0.113.5:1027", via: "203.0.113.5:1027",
			change: func(p *phone, _ *Record) { p.OneWay = true },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, tt.source)
			p.Family = tt.family
			if tt.sign != "" {
				p.behindNAT(tt.sign)
			}
			if tt.transport != "" {
				p.Transport = tt.transport
			}
			if tt.contact == "" {
				tt.contact = tt.via
			}
			r := p.says(message("REGISTER", tt.via, tt.contact, "x", ""))
			r.NewSession, r.CSeq = true, 1
			if tt.change != nil {
				tt.change(p, r)
			}
			if tt.sdp != "" {
				p.says(message("INVITE", tt.via, tt.contact, "y", tt.sdp))
			}
			p.wants(&firstPublic, tt.db)
		})
	}
}
