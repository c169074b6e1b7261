package detectors

import "strconv"

// sdpReworded (S7, S8): the same SDP by its own account, in other words.
var sdpReworded = Detector{
	ID:    "sdp-reworded",
	Title: "SDP changes its address without a new version",
	Cite:  "RFC 3264 §8; RFC 4566 §5.2",
	Says: "Within one dialog the phone sent SDP of one session (the same identifier in o=) twice. The version in o= says that nothing changed, " +
		"and yet the address or port for the media is another; or the address in o= itself turned from public to private. " +
		"Whoever writes SDP raises the version with each change; who rewrites it in the path does so now and then, and not the version.",
	Guards: "From one source. A change from private to public only is no hit: a phone may learn its address between two offers. " +
		"Hold (0.0.0.0, port 0) and other counts of m= lines are left out. A port alone that changes counts half: phones that open new sockets and " +
		"forget the version exist.",
	Innocent: "a phone that forgets to raise the version",
	Classes:  []Class{Strong, Weak},
	Groups:   []Group{Structure},
	Needs:    needsPublicSource,
	Check: func(ev *Evidence) []Finding {
		best := Finding{}
		for i := range ev.Reworded {
			if f := reworded(&ev.Reworded[i]); f.DB > best.DB {
				best = f
			}
		}
		if best.DB == 0 {
			return nil
		}
		return []Finding{best}
	},
}

func reworded(w *Rewording) Finding {
	f := Finding{ID: "sdp-reworded", Class: Strong, Group: Structure, Frames: framesOf(w.Frames[0], w.Frames[1]), Time: w.Time}
	src := w.Source[1].Addr()
	if w.Source[0] != w.Source[1] || Classify(src) != Public {
		return Finding{}
	}
	switch {
	case w.Origin[0] == src && Inside(w.Origin[1]):
		f.DB = 12
		f.Written, f.Seen = "o= "+w.Session+" "+w.Origin[1].String(), "o= "+w.Session+" "+w.Origin[0].String()
		f.Summary = "o= of one session was public first and private later, from the same source: not every message is rewritten"
		f.Innocent = "a phone that lost what it had learned in the middle of a call"
	case !w.SameVersion:
		return Finding{}
	case w.Conn[0].Addr() == src && Inside(w.Conn[1].Addr()):
		f.DB = 8
		f.Written, f.Seen = "c= "+w.Conn[1].Addr().String()+", version "+w.Version, "c= "+w.Conn[0].Addr().String()+", version "+w.Version
		f.Summary = "c= of one session turned from public to private, and o= still has the version of before"
		f.Innocent = "a phone that forgets to raise the version"
	case w.Conn[0].Addr() == w.Conn[1].Addr() && w.Conn[0].Addr() == src:
		f.Class, f.DB = Weak, 4
		f.Written, f.Seen = "m= port "+strconv.Itoa(int(w.Conn[0].Port()))+", version "+w.Version, "m= port "+strconv.Itoa(int(w.Conn[1].Port()))+", version "+w.Version
		f.Summary = "the media port of one session changed, and o= still has the version of before"
		f.Innocent = "a phone that opens a new socket and forgets to raise the version"
	default:
		return Finding{}
	}
	return f
}
