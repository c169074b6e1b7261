package detectors

import (
	"net/netip"
	"testing"
)

// moved is a phone whose source changes with each REGISTER; via is what it
// writes, "" for its source.
func moved(t *testing.T, told bool, sources, via []string) *phone {
	p := newPhone(t, sources[0]).behindNAT("port-moved")
	for i, s := range sources {
		p.Source = netip.MustParseAddrPort(s)
		written := s
		if via != nil && via[i] != "" {
			written = via[i]
		}
		r := p.says(message("REGISTER", written, written, "x", ""))
		r.NewSession, r.Told = i == 0, told && i > 0
	}
	return p
}

func TestRebindInstant(t *testing.T) {
	a, b, c := "203.0.113.5:1027", "203.0.113.5:1031", "203.0.113.5:1044"
	moved(t, false, []string{a, b}, nil).wants(&rebindInstant, 6)
	moved(t, false, []string{a, b, c}, nil).wants(&rebindInstant, 12)
	moved(t, false, []string{a, b, c, a}, nil).wants(&rebindInstant, 12)
	moved(t, true, []string{a, b, c}, nil).wants(&rebindInstant, 0)           // the server had told it
	moved(t, false, []string{a, b}, []string{"", a}).wants(&rebindInstant, 0) // late
	moved(t, false, []string{a, a}, nil).wants(&rebindInstant, 0)             // no change
	private := []string{"192.168.1.10:5060", "192.168.1.10:5060"}
	moved(t, false, []string{a, b}, private).wants(&rebindInstant, 0)

	anew := moved(t, false, []string{a, b}, nil) // the phone restarted: a new registration
	anew.Log[1].NewSession = true
	anew.wants(&rebindInstant, 0)
	tcp := moved(t, false, []string{a, b}, nil)
	tcp.Transport = "tcp"
	tcp.wants(&rebindInstant, 0)
}
