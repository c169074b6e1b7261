package detectors

import (
	"net/netip"
	"testing"
)

func TestDuplicateContact(t *testing.T) {
	const src, same = "203.0.113.5:5060", "203.0.113.5:5060"
	sibling := func(edit func(*Sibling)) Sibling {
		s := Sibling{
			AOR: "sip:1002@pbx.example", Transport: "udp", Source: netip.MustParseAddrPort("203.0.113.5:1044"),
			Contacts: []netip.AddrPort{netip.MustParseAddrPort(same)}, First: 0, Last: 1e12, Frame: 2,
		}
		if edit != nil {
			edit(&s)
		}
		return s
	}
	for _, tt := range []struct {
		name string
		s    Sibling
		db   float64
	}{
		{"two phones", sibling(nil), 10},
		{"lines of one device", sibling(func(s *Sibling) { s.SameDevice = true }), 0},
		{"one device by its inside address", sibling(func(s *Sibling) { s.Inside = netip.MustParseAddr("192.168.1.10") }), 0},
		{"another inside address", sibling(func(s *Sibling) { s.Inside = netip.MustParseAddr("192.168.1.11") }), 10},
		{"lines on one port", sibling(func(s *Sibling) { s.Source = netip.MustParseAddrPort(src) }), 0},
		{"another time", sibling(func(s *Sibling) { s.First = 5e11 }), 0},
		{"other ports", sibling(func(s *Sibling) { s.Contacts[0] = s.Source }), 0},
		{"TCP beside UDP", sibling(func(s *Sibling) { s.Transport = "tcp" }), 0},
		{"private Contacts (trap 1)", sibling(func(s *Sibling) { s.Contacts[0] = netip.MustParseAddrPort("192.168.1.11:5060") }), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, src)
			p.Inside = []netip.Addr{netip.MustParseAddr("192.168.1.10")}
			p.Site = []Sibling{tt.s}
			p.says(message("REGISTER", same, same, "x", ""))
			p.wants(&duplicateContact, tt.db)
		})
	}
}
