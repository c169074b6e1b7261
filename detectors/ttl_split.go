package detectors

import "strconv"

// ttlSplit (S13): SIP starts one hop later than RTP.
var ttlSplit = Detector{
	ID:    "ttl-split",
	Title: "SIP packets come from one hop nearer than RTP packets",
	Cite:  "RFC 1812 §5.3.1",
	Says: "From the same address SIP arrives with a TTL one higher than RTP. The router forwarded the phone's RTP and lowered its TTL; " +
		"the SIP it sent anew itself, as a proxy or a proxy-like ALG does.",
	Guards: "Exactly one, with SIP and RTP each steady over all packets looked at, from the same public address. " +
		"Not from HEP, which reports no TTL of its own.",
	Innocent: "a phone that sets another TTL for RTP; a separate box for media behind the same address",
	Classes:  []Class{Weak},
	Groups:   []Group{Structure},
	Needs: func(ev *Evidence) string {
		switch why := needsPublicSource(ev); {
		case why != "":
			return why
		case ev.Viewpoint == FromHEP:
			return "HEP reports no TTL"
		case ev.PeerTTL == 0 || ev.MediaTTL == 0:
			return "no steady TTL of both SIP and RTP"
		}
		return ""
	},
	Check: func(ev *Evidence) []Finding {
		if ev.PeerTTL != ev.MediaTTL+1 {
			return nil
		}
		frame := 0
		for i := range ev.Streams {
			s := &ev.Streams[i]
			if !s.Sent || s.Src.Addr() != ev.Source.Addr() {
				continue
			}
			if s.TTL != ev.MediaTTL {
				return nil
			}
			frame = s.Frame
		}
		if frame == 0 || len(ev.Log) == 0 {
			return nil
		}
		return []Finding{{
			ID: "ttl-split", Class: Weak, Group: Structure, DB: 5, Frames: framesOf(ev.Log[0].Frame, frame),
			Written: "RTP with TTL " + strconv.Itoa(int(ev.MediaTTL)), Seen: "SIP with TTL " + strconv.Itoa(int(ev.PeerTTL)),
			Summary:  "SIP starts one hop nearer than RTP from the same address: the router sends it anew",
			Innocent: "a phone that sets another TTL for RTP",
		}}
	},
}
