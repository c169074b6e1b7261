package detectors

import (
	"fmt"
	"net/netip"
)

// promisedPort (M2): the promised port answers "unreachable", or nothing comes
// back from it.
var promisedPort = Detector{
	ID:    "promised-port",
	Title: "The public media port in the SDP is closed",
	Cite:  "RFC 3264 §5.1; RFC 792",
	Says: "The SDP promises a public address and port for audio, and the router there refuses it (ICMP port unreachable), or seconds of RTP to it bring nothing back. " +
		"Somebody wrote a port that he did not open.",
	Guards: "Only a public address in the SDP that is the phone's source counts. It weighs little by itself: an ALG that works opens the port it writes, and a public " +
		"address set by hand in the phone opens none.",
	Innocent: "a phone set to its public address, a firewall, or a phone that closed its port at the end of a call",
	Classes:  []Class{Weak},
	Groups:   []Group{Media},
	Needs: func(ev *Evidence) string {
		if why := needsPublicSource(ev); why != "" {
			return why
		}
		if len(ev.ICMP) == 0 && len(ev.Streams) == 0 {
			return "no RTP of its calls in the capture"
		}
		return ""
	},
	Check: func(ev *Evidence) []Finding {
		f := Finding{ID: "promised-port", Class: Weak, Group: Media, DB: 1, Innocent: "a public address set by hand in the phone, or a firewall"}
		for _, x := range ev.ICMP {
			to, err := netip.ParseAddrPort(x.Text)
			if err != nil || !wrotePublic(ev, to) {
				continue
			}
			f.Frames, f.Written, f.Seen = framesOf(x.Frame), "SDP "+x.Text, x.Seen
			f.Summary = "the SDP promises " + x.Text + ", and the router there answers that the port is closed"
			return []Finding{f}
		}
		for i := range ev.Streams {
			s := &ev.Streams[i]
			if s.Sent || s.Packets < 100 || s.Last-s.First < 5e9 || !wrotePublic(ev, s.Dst) || answered(ev, s) {
				continue
			}
			f.Frames, f.Time, f.Written, f.Seen = framesOf(s.Frame), s.Last, "SDP "+s.Dst.String(), "no RTP from there"
			f.Summary = fmt.Sprintf("%.0f s of RTP to the public address of its SDP, and none came back", float64(s.Last-s.First)/1e9)
			return []Finding{f}
		}
		return nil
	},
}

// wrotePublic tells an address that the phone's SDP named and that is its
// public source.
func wrotePublic(ev *Evidence, a netip.AddrPort) bool {
	if Classify(a.Addr()) != Public {
		return false
	}
	for i := range ev.Log {
		r := &ev.Log[i]
		if r.ConnAddr == a && r.Source.Addr() == a.Addr() {
			return true
		}
	}
	return false
}

// answered tells that the phone sent RTP while a stream went to it.
func answered(ev *Evidence, s *StreamFact) bool {
	for i := range ev.Streams {
		if o := &ev.Streams[i]; o.Sent && o.First <= s.Last && s.First <= o.Last {
			return true
		}
	}
	return false
}
