package detectors

// receivedBack reads, on the client's side, what the server says it received:
// received= is the source the server saw (RFC 3261 §18.2.1), unless something
// in the path translates it back.
var receivedBack = Detector{
	ID:      "received-back",
	Title:   "What the server says it received, seen by the client",
	Cite:    "RFC 3261 §18.2.1; RFC 3581 §4",
	Classes: []Class{Strong, Counter},
	Groups:  []Group{Structure, Addresses},
	Check: func(ev *Evidence) []Finding {
		if ev.Viewpoint != FromClient && ev.Viewpoint != FromRouter || ev.ServerInside {
			return nil
		}
		if s := ev.ReceivedOwn; s.Frame != 0 {
			return []Finding{{
				ID: "received-back", Class: Strong, Group: Structure, DB: 12,
				Frames: []int{s.Frame}, Written: s.Text, Seen: s.Seen,
				Summary:  "a server on a public address answers with received= holding the phone's own private address: something in the path put it back",
				Innocent: "the server is reached through a VPN or a routed private network and really saw that address",
			}}
		}
		if s := ev.ReceivedPublic; s.Frame != 0 {
			return []Finding{{
				ID: "received-back", Class: Counter, Group: Addresses, DB: -15,
				Frames: []int{s.Frame}, Written: s.Text, Seen: s.Seen,
				Summary:  "the server saw the private Via arrive from the public address: nothing rewrote it on the way",
				Innocent: "an ALG that leaves Via alone and rewrites only SDP",
			}}
		}
		return nil
	},
}
