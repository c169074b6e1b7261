package detectors

import "fmt"

// passed tells a message whose beginning was not rewritten. A filter that takes
// the next segment for a message of its own may find a Contact there.
func passed(r *Record) bool {
	return r.Private() || r.Status == 0 && r.Vias <= 1 && r.Via == InsideOut
}

// methodSize (D5): over TCP, what fits into one segment is rewritten and what
// needs two is not.
var methodSize = Detector{
	ID:    "method-size",
	Title: "Over TCP small messages are rewritten, large ones not",
	Cite:  "RFC 3261 §18.3; Linux nf_conntrack_sip (a message must lie whole in one segment)",
	Says: "On one TCP connection messages that fit into one segment arrive public, and messages spread over two arrive private. The phone writes a stream and knows " +
		"nothing of segments. A packet filter that edits SIP packet by packet does exactly this.",
	Guards: "One connection (source); a small public message comes before the large private one, since a phone that learns its address turns public and never back. " +
		"SDP counts by itself where it alone differs.",
	Innocent: "a phone that writes another address into calls than into registrations",
	Classes:  []Class{Strong},
	Groups:   []Group{Differential},
	Needs: func(ev *Evidence) string {
		if why := needsPublicSource(ev); why != "" {
			return why
		}
		if ev.Transport != "tcp" {
			return "not TCP"
		}
		for i := range ev.Log {
			if ev.Log[i].Segments > 1 {
				return ""
			}
		}
		return "every message fits into one segment"
	},
	Check: func(ev *Evidence) []Finding {
		var small, large *Record
		n := 0
		for i := range ev.Log {
			r := &ev.Log[i]
			if r.Segments <= 1 {
				if small == nil && r.Public() {
					small = r
				}
				if large != nil && r.Private() && r.Source == large.Source {
					return nil // small ones pass as well
				}
				continue
			}
			if r.Public() {
				return nil
			}
			if small != nil && passed(r) && r.Source == small.Source {
				large = r
				n += r.Count
			}
		}
		if large == nil {
			return nil
		}
		return []Finding{{
			ID: "method-size", Class: Strong, Group: Differential, DB: 10, Times: n, Time: large.LastTime, Frames: framesOf(small.Frame, large.Frame),
			Written:  fmt.Sprintf("%s, %d bytes in %d segments: %s", large.Method, large.Size, large.Segments, large.written()),
			Seen:     fmt.Sprintf("%s, %d bytes in one: %s", small.Method, small.Size, small.written()),
			Summary:  "on one TCP connection a message of one segment arrives public and a later one of more segments private: an editor of single packets sits in the path",
			Innocent: "a phone that writes another address into calls than into registrations",
		}}
	},
}
