package detectors

// portDifferential (D1): the same make of phone, at the same address, is
// rewritten towards 5060 and not towards another port.
var portDifferential = Detector{
	ID:    "port-differential",
	Title: "Rewritten towards port 5060, untouched towards another",
	Cite:  "RFC 3261 §18.1.1; Linux nf_conntrack_sip (parameter ports)",
	Says: "ALGs pick their traffic by the server's port, mostly 5060. At this address the same phone, or one of the same make, arrives public on 5060 and " +
		"private on another port of a server. The phones do not know the difference; a box in the path does.",
	Guards:   "The same device or the same make, the same transport, at overlapping times.",
	Innocent: "two accounts, or two phones, that are set up differently (STUN for one of them)",
	Classes:  []Class{Strong},
	Groups:   []Group{Differential},
	Needs: func(ev *Evidence) string {
		if why := needsSite(ev); why != "" {
			return why
		}
		for i := range ev.Site {
			if o := &ev.Site[i]; o.ServerPort != ev.ServerPort && alikePhone(ev, o) {
				return ""
			}
		}
		return "no like phone on another server port"
	},
	Check: func(ev *Evidence) []Finding {
		if ev.ServerPort != 5060 || !publicPicture(ev) {
			return nil
		}
		for i := range ev.Site {
			o := &ev.Site[i]
			if o.ServerPort == ev.ServerPort || o.Transport != ev.Transport || !alikePhone(ev, o) || !o.private() || !ev.overlaps(o) {
				continue
			}
			return []Finding{{
				ID: "port-differential", Class: Strong, Group: Differential, DB: 12, Time: o.Last,
				Frames:   framesOf(viaSample(ev).Frame, o.Frame),
				Written:  o.AOR + " to port " + portText(o.ServerPort) + ": private",
				Seen:     "this one to port " + portText(ev.ServerPort) + ": Via " + viaSample(ev).Text,
				Summary:  "at the same address a like phone arrives untouched on server port " + portText(o.ServerPort) + ", this one on 5060 does not",
				Innocent: "the two are set up differently",
			}}
		}
		return nil
	},
}
