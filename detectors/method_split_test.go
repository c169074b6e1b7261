package detectors

import (
	"net/netip"
	"testing"
)

func TestMethodSplit(t *testing.T) {
	const src, in = "203.0.113.5:5060", "192.168.1.10:5060"
	reg := message("REGISTER", src, src, "x", "")
	sub := message("SUBSCRIBE", in, in, "y", "")
	half := message("SUBSCRIBE", src, in, "y", "")
	for _, tt := range []struct {
		name, family string
		says         []string
		db           float64
	}{
		{"by turns", "yealink", []string{reg, sub, reg, sub}, 12},
		{"Contact only", "", []string{reg, half, reg}, 6},
		{"one after the other (trap 4)", "", []string{sub, sub, reg, reg}, 0},
		{"never back", "", []string{reg, reg, sub, sub}, 0},
		{"a method that turns", "", []string{reg, sub, reg, message("SUBSCRIBE", src, src, "y", "")}, 0},
		{"learns for some messages (trap 4)", "linphone", []string{reg, sub, reg, sub}, 0},
		{"PJSIP with Contact rewriting off", "pjsip", []string{reg, half, reg}, 0},
		{"REGISTER private, calls public", "", []string{
			message("INVITE", src, src, "x", ""), message("REGISTER", in, in, "y", ""), message("INVITE", src, src, "x", ""),
		}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, src)
			p.Family = tt.family
			for _, m := range tt.says {
				p.says(m)
			}
			p.wants(&methodSplit, tt.db)
		})
	}
	t.Run("two sources", func(t *testing.T) {
		p := newPhone(t, src)
		p.says(reg)
		p.Source = netip.MustParseAddrPort("203.0.113.5:1027")
		p.says(sub)
		p.Source = netip.MustParseAddrPort(src)
		p.says(reg)
		p.wants(&methodSplit, 0)
	})
	t.Run("several TCP segments", func(t *testing.T) {
		p := newPhone(t, src)
		p.says(reg)
		p.says(sub).Segments = 2
		p.says(reg)
		p.wants(&methodSplit, 0)
	})
}
