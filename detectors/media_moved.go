package detectors

import "fmt"

// mediaMoved (M1): RTP comes from the promised address, but another port.
var mediaMoved = Detector{
	ID:    "media-moved",
	Title: "RTP comes from another port than the SDP promised",
	Cite:  "RFC 3264 §5.1, §8.3.1; RFC 4961 §4",
	Says: "The SDP names the public address and a port, and RTP arrives from that address but from another port: whoever wrote the SDP did not know what the NAT " +
		"would do with the media. The server's audio goes to a port that nobody opened, unless it answers to where RTP comes from (rtp_symmetric).",
	Guards: "Only a public address in the SDP counts, and at least ten packets. It weighs little: of the captures at hand a phone with its public address set by hand " +
		"shows it as well as an ALG, and the ALG of Linux keeps the port.",
	Innocent: "a phone set to its public address behind a NAT that maps ports anew; STUN over a symmetric NAT",
	Classes:  []Class{Weak},
	Groups:   []Group{Media},
	Needs:    needsMedia,
	Check: func(ev *Evidence) []Finding {
		for i := range ev.Streams {
			s := &ev.Streams[i]
			if !s.Sent || s.Packets < 10 || !s.Written.IsValid() || Classify(s.Written.Addr()) != Public ||
				s.Src.Addr() != s.Written.Addr() || s.Src.Port() == s.Written.Port() || promised(ev, s) {
				continue
			}
			return []Finding{{
				ID: "media-moved", Class: Weak, Group: Media, DB: 1, Time: s.Last, Frames: framesOf(s.Frame),
				Written: "SDP " + s.Written.String(), Seen: "RTP from " + s.Src.String(),
				Summary:  fmt.Sprintf("the SDP promises port %d, RTP comes from port %d of the same address", s.Written.Port(), s.Src.Port()),
				Innocent: "a phone set to its public address behind a NAT that maps ports",
			}}
		}
		return nil
	},
}

func needsMedia(ev *Evidence) string {
	if why := needsPublicSource(ev); why != "" {
		return why
	}
	if len(ev.Streams) == 0 {
		return "no RTP of its calls in the capture"
	}
	return ""
}

// promised tells that another SDP of the phone names the port that a stream
// came from.
func promised(ev *Evidence, s *StreamFact) bool {
	for i := range ev.Log {
		if ev.Log[i].ConnAddr == s.Src {
			return true
		}
	}
	return false
}
