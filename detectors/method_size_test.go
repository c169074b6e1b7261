package detectors

import "testing"

func TestMethodSize(t *testing.T) {
	const in, pub = "192.168.1.10:5060", "203.0.113.5:51823"
	said := func(turns ...int) *phone { // segments; negative: private
		p := newPhone(t, pub)
		p.Transport = "tcp"
		for _, n := range turns {
			via := pub
			if n < 0 {
				via, n = in, -n
			}
			r := p.says(message("INVITE", via, via, "x", ""))
			r.Segments = n
		}
		return p
	}
	said(1, 1, -2, 1).wants(&methodSize, 10)
	said(-2, 1, 1).wants(&methodSize, 0) // a phone that learns
	said(1, 2, -2).wants(&methodSize, 0) // large ones pass both ways
	said(1, -2, -1).wants(&methodSize, 0)
	said(1, 1, -1).wants(&methodSize, 0)
	half := said(1)
	half.says(message("INVITE", in, pub, "x", "")).Segments = 2 // the second segment has the Contact
	half.wants(&methodSize, 10)
	udp := said(1, -2)
	udp.Transport = "udp"
	udp.wants(&methodSize, 0)
}
