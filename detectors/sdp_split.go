package detectors

import (
	"strconv"

	"github.com/algsniff/algsniff/sipparse"
)

// sdpSplit (S2): SDP is public where every helper looks, and private where some
// forget to.
var sdpSplit = Detector{
	ID:    "sdp-split",
	Title: "SDP is public in INVITE and private elsewhere",
	Cite:  "RFC 3264 §5, §8; RFC 3262 §5; RFC 4566 §5.7",
	Says: "The phone's SDP names the public source in INVITE or in the answer to it, and the inside address in an ACK or PRACK, " +
		"or in the second audio line of the same SDP. Helpers that edit SDP only in some messages, or only the first audio line " +
		"(Broadcom's), leave exactly this.",
	Guards: "One source, one hop. The private SDP must come after a public one: a phone turns public once, when it learns. " +
		"In one SDP both lines must be audio, c= of the first the very source, and no ICE candidates offered.",
	Innocent: "a phone that asks STUN for its offers, and answers late offers without",
	Classes:  []Class{Strong, Weak},
	Groups:   []Group{Structure},
	Message:  noteSecondAudio,
	Needs:    needsPublicSource,
	Check: func(ev *Evidence) []Finding {
		for _, o := range ev.Of("sdp-split") {
			return []Finding{{
				ID: "sdp-split", Class: Weak, Group: Structure, DB: 8, Frames: o.Frames, Time: o.Last,
				Written: o.Written, Seen: o.Seen,
				Summary:  "the first audio line of the SDP is public, another one in the same message private",
				Innocent: "a phone that asks STUN for its first media socket only",
			}}
		}
		pub, in := splitSDP(ev.Log)
		if in == nil {
			return nil
		}
		return []Finding{{
			ID: "sdp-split", Class: Strong, Group: Structure, DB: 12, Time: in.LastTime, Frames: framesOf(pub.Frame, in.Frame),
			Written:  "SDP c= " + in.ConnAddr.Addr().String() + " in " + in.Method,
			Seen:     "SDP c= " + pub.ConnAddr.Addr().String() + " in " + pub.name(),
			Summary:  "SDP is public in " + pub.name() + " and private in a later " + in.Method + " from the same source",
			Innocent: "a phone that asks STUN for its offers and answers late offers without",
		}}
	},
}

func noteSecondAudio(c *Context, _ *sipparse.Message, note Note) {
	if c.SDP == nil || len(c.SDP.Media) < 2 || c.Clipped || c.Record == nil || c.Record.Vias > 1 || Classify(c.Source.Addr()) != Public {
		return
	}
	var first *sipparse.Conn
	for i := range c.SDP.Media {
		md := &c.SDP.Media[i]
		if string(md.Type) != "audio" || md.Port == 0 {
			continue
		}
		conn := &c.SDP.Conn
		if md.Conn.Raw != nil {
			conn = &md.Conn
		}
		switch {
		case len(md.Candidate) > 0:
			return
		case first == nil && conn.Host.IP == c.Source.Addr().Unmap():
			first = conn
		case first == nil:
			return
		case Inside(conn.Host.IP):
			note("audio", "second audio c="+short(conn.Raw), "first audio c="+short(first.Raw))
			return
		}
	}
}

// splitSDP finds a public SDP of a call's set-up and a later private one in an
// ACK or PRACK from the same source.
func splitSDP(log []Record) (pub, in *Record) {
	for i := range log {
		b := &log[i]
		if (b.Method != "ACK" && b.Method != "PRACK") || b.Vias > 1 || b.Conn != InsideOut {
			continue
		}
		for j := range log {
			a := &log[j]
			if a.Method == "INVITE" && a.Vias <= 1 && public(a.Conn) && a.Source == b.Source &&
				Classify(a.Source.Addr()) == Public && a.Time <= b.LastTime {
				return a, b
			}
		}
	}
	return nil, nil
}

// name says which message it was: "REGISTER" or "200 to INVITE".
func (r *Record) name() string {
	if r.Status == 0 {
		return r.Method
	}
	return strconv.Itoa(r.Status) + " to " + r.Method
}
