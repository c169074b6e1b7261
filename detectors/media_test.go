package detectors

import (
	"net/netip"
	"testing"
)

// call is a phone with one call; sdp is the address of its audio, port 11780.
func call(t *testing.T, sdp string, streams ...StreamFact) *phone {
	p := newPhone(t, "203.0.113.5:5060").behindNAT("siblings")
	p.says(message("INVITE", "203.0.113.5:5060", "203.0.113.5:5060", "y", sdp))
	p.Streams = streams
	return p
}

func TestMediaMoved(t *testing.T) {
	written := netip.MustParseAddrPort("203.0.113.5:11780")
	s := StreamFact{Frame: 7, Sent: true, Packets: 50, Written: written, Src: netip.MustParseAddrPort("203.0.113.5:62384")}
	call(t, "203.0.113.5", s).wants(&mediaMoved, 1)
	few := s
	few.Packets = 5
	call(t, "203.0.113.5", few).wants(&mediaMoved, 0)
	same := s
	same.Src = written
	call(t, "203.0.113.5", same).wants(&mediaMoved, 0)
	plain := s
	plain.Written = netip.MustParseAddrPort("192.168.1.10:11780")
	call(t, "192.168.1.10", plain).wants(&mediaMoved, 0)
}

func TestPromisedPort(t *testing.T) {
	p := call(t, "203.0.113.5")
	p.ICMP = []Sample{{Frame: 8, Text: "203.0.113.5:11780", Seen: "ICMP unreachable from 203.0.113.5"}}
	p.wants(&promisedPort, 1)
	p.ICMP[0].Text = "203.0.113.5:9999" // nobody promised that one
	p.wants(&promisedPort, 0)

	out := StreamFact{Frame: 7, Packets: 400, Last: 8e9, Dst: netip.MustParseAddrPort("203.0.113.5:11780")}
	call(t, "203.0.113.5", out).wants(&promisedPort, 1)
	back := StreamFact{Frame: 8, Sent: true, Packets: 400, Last: 8e9}
	call(t, "203.0.113.5", out, back).wants(&promisedPort, 0)
	out.Last = 2e9
	call(t, "203.0.113.5", out).wants(&promisedPort, 0)
}

func TestMediaInside(t *testing.T) {
	in := netip.MustParseAddrPort("192.168.1.10:11780")
	s := StreamFact{Frame: 7, Packets: 4, Dst: in, Written: in, ToInside: true}
	call(t, "192.168.1.10", s).wants(&mediaInside, -3)
	s.ToInside = false
	call(t, "192.168.1.10", s).wants(&mediaInside, 0)
}
