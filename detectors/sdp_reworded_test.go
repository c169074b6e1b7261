package detectors

import (
	"net/netip"
	"testing"
)

func TestSDPReworded(t *testing.T) {
	const pub, in = "203.0.113.5", "192.168.1.10"
	rewording := func(o1, o2, c1, c2 string, same bool) Rewording {
		w := Rewording{
			Frames: [2]int{4, 9}, Session: "7", Version: "1", SameVersion: same,
			Origin: [2]netip.Addr{netip.MustParseAddr(o1), netip.MustParseAddr(o2)},
			Conn:   [2]netip.AddrPort{netip.MustParseAddrPort(c1), netip.MustParseAddrPort(c2)},
		}
		w.Source[0] = netip.MustParseAddrPort(pub + ":5060")
		w.Source[1] = w.Source[0]
		return w
	}
	moved := rewording(pub, in, pub+":4000", in+":4000", true)
	moved.Source[1] = netip.MustParseAddrPort(pub + ":1027")
	for _, tt := range []struct {
		name string
		w    Rewording
		db   float64
	}{
		{"o= back to private", rewording(pub, in, pub+":4000", in+":4000", true), 12},
		{"o= back to private in a new version", rewording(pub, in, pub+":4000", in+":4000", false), 12},
		{"c= back to private, same version", rewording(in, in, pub+":4000", in+":4000", true), 8},
		{"port, same version", rewording(pub, pub, pub+":4000", pub+":4002", true), 4},
		{"learned once (trap 4)", rewording(in, pub, in+":4000", pub+":4000", true), 0},
		{"c= learned once", rewording(in, in, in+":4000", pub+":4000", true), 0},
		{"c= changed in a new version", rewording(in, in, pub+":4000", in+":4000", false), 0},
		{"a private phone's new port (trap 1)", rewording(in, in, in+":4000", in+":4002", true), 0},
		{"another inside address (trap 27)", rewording(in, "10.8.0.6", in+":4000", "10.8.0.6:4000", true), 0},
		{"source moved as well", moved, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, pub+":5060")
			p.Reworded = []Rewording{tt.w}
			p.wants(&sdpReworded, tt.db)
		})
	}
}
