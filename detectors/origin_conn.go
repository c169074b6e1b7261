package detectors

// originConn (S5, S6): o= and c= of one SDP name one host, as phones write
// them; a rewriter that knows only one of the two lines parts them.
var originConn = Detector{
	ID:    "origin-conn",
	Title: "o= and c= of one SDP are not alike",
	Cite:  "RFC 4566 §5.2, §5.7",
	Says: "The origin line and the connection line of the phone's SDP do not name the same address: one is the public source, the other an " +
		"inside address. c= translated and o= not is what Cisco's inspect sip leaves where the two differ before, and what many " +
		"STUN phones write; o= translated and c= not is written by hardly any phone.",
	Guards:   "One hop; both lines must hold addresses, one the source, one an inside address. No weight to speak of for o= private alone.",
	Innocent: "a phone with STUN for media only writes c= public and o= private; a phone told its public address for o= only",
	Classes:  []Class{Weak},
	Groups:   []Group{Structure},
	Needs:    needsPublicSource,
	Check: func(ev *Evidence) []Finding {
		for i := range ev.Log {
			r := &ev.Log[i]
			if r.Vias > 1 || Classify(r.Source.Addr()) != Public {
				continue
			}
			f := Finding{ID: "origin-conn", Class: Weak, Group: Structure, Frames: framesOf(r.Frame), Time: r.LastTime}
			switch {
			case r.Conn == InsideOut && r.Origin == Exact:
				f.DB = 8
				f.Written, f.Seen = "SDP c= "+r.ConnAddr.Addr().String(), "SDP o= "+r.OriginIP.String()
				f.Summary = "o= is the public source, c= of the same SDP is private: somebody changed the one and not the other"
				f.Innocent = "a phone that was told its public address and writes it into o= only"
			case r.Conn == Exact && r.Origin == InsideOut:
				f.DB = 1
				f.Written, f.Seen = "SDP o= "+r.OriginIP.String(), "SDP c= "+r.ConnAddr.Addr().String()
				f.Summary = "c= is the public source, o= of the same SDP is private"
				f.Innocent = "many phones with STUN change c= only"
			default:
				continue
			}
			return []Finding{f}
		}
		return nil
	},
}
