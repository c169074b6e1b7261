package detectors

// transportDifferential (D2): rewritten over UDP, untouched over TCP.
var transportDifferential = Detector{
	ID:    "transport-differential",
	Title: "Rewritten over UDP, untouched over TCP",
	Cite:  "RFC 3261 §18.1.1; RFC 8489 §6.2.1",
	Says: "Many ALGs look at datagrams only. At this address the same make of phone arrives public over UDP and private over TCP. " +
		"STUN in the phone does the same, for it tells the mapping of a UDP port: so of one and the same device it says little.",
	Guards:   "The same device or the same make, at overlapping times. Makes that use STUN by default count as little as one device.",
	Innocent: "STUN, which tells UDP mappings only",
	Classes:  []Class{Weak},
	Groups:   []Group{Differential},
	Needs: func(ev *Evidence) string {
		if why := needsSite(ev); why != "" {
			return why
		}
		for i := range ev.Site {
			if o := &ev.Site[i]; o.Transport != ev.Transport && alikePhone(ev, o) {
				return ""
			}
		}
		return "no like phone on another transport"
	},
	Check: func(ev *Evidence) []Finding {
		if ev.Transport != "udp" || !publicPicture(ev) {
			return nil
		}
		for i := range ev.Site {
			o := &ev.Site[i]
			if o.Transport != "tcp" || !alikePhone(ev, o) || !o.private() || !ev.overlaps(o) {
				continue
			}
			db := 8.0
			if o.SameDevice || habits[ev.Family].stun {
				db = 3
			}
			return []Finding{{
				ID: "transport-differential", Class: Weak, Group: Differential, DB: db, Time: o.Last,
				Frames:  framesOf(viaSample(ev).Frame, o.Frame),
				Written: o.AOR + " over TCP: private", Seen: "this one over UDP: Via " + viaSample(ev).Text,
				Summary:  "at the same address a like phone arrives untouched over TCP, this one over UDP does not",
				Innocent: "STUN in the phone, which tells UDP mappings only",
			}}
		}
		return nil
	},
}
