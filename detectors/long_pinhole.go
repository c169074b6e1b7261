package detectors

// longPinhole (S17): a binding lived longer than a plain NAT keeps one.
var longPinhole = Detector{
	ID:    "long-pinhole",
	Title: "A request got through after a long silence",
	Cite:  "RFC 4787 §4.3; RFC 5626 §3.5",
	Says: "More than a quarter of an hour nothing passed in either direction, and the server's next request still reached the phone. " +
		"Plain NATs forget a UDP binding after half a minute to five. A helper that understands SIP keeps it for as long as the " +
		"registration may last (Linux: an hour).",
	Guards: "UDP only; keep-alives of any kind count as traffic. The capture must hold both directions. " +
		"Silence that the capture itself slept through can't be told from silence.",
	Innocent: "a NAT with long timers or a fixed port forwarding; keep-alives that another flow carries; a capture with a gap",
	Classes:  []Class{Weak},
	Groups:   []Group{Structure},
	Needs: func(ev *Evidence) string {
		if why := needsUDP(ev); why != "" {
			return why
		}
		return needsNAT(ev)
	},
	Check: func(ev *Evidence) []Finding {
		s := ev.Survived
		if s.Frame == 0 {
			return nil
		}
		return []Finding{{
			ID: "long-pinhole", Class: Weak, Group: Structure, DB: 2, Frames: framesOf(s.Frame), Written: s.Text, Seen: s.Seen,
			Summary:  "a request of the server was answered after " + s.Text + ": something keeps the way open",
			Innocent: "a NAT with long timers",
		}}
	},
}
