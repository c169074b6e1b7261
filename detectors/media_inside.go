package detectors

import "fmt"

// mediaInside (M3): the server sends RTP to the private address of the SDP.
var mediaInside = Detector{
	ID:    "media-inside",
	Title: "The server sends RTP to the private address of the SDP",
	Cite:  "RFC 3264 §5.1; RFC 4961 §4",
	Says: "The phone's SDP reached the server with its private address, and the server sent RTP there until it saw where the phone's RTP comes from. " +
		"Nothing translated the SDP on the way. It is what a plain NAT looks like; audio is one-way until the server latches (rtp_symmetric=yes, direct_media=no).",
	Guards:   "The address must be one that this phone's SDP named, and its source a public one.",
	Innocent: "an ALG that rewrites SIP headers and leaves SDP alone",
	Classes:  []Class{Counter},
	Groups:   []Group{Media},
	Needs:    needsMedia,
	Check: func(ev *Evidence) []Finding {
		for i := range ev.Streams {
			s := &ev.Streams[i]
			if !s.ToInside {
				continue
			}
			return []Finding{{
				ID: "media-inside", Class: Counter, Group: Media, DB: -3, Time: s.Last, Frames: framesOf(s.Frame),
				Written: "SDP " + s.Written.String(), Seen: "RTP to " + s.Dst.String(),
				Summary:  fmt.Sprintf("the server sent %d RTP packets to the private address of its SDP: nothing had translated it", s.Packets),
				Innocent: "an ALG that leaves SDP alone",
			}}
		}
		return nil
	},
}
