package detectors

import "testing"

func TestOptionsSDP(t *testing.T) {
	const src, in = "203.0.113.5:5060", "192.168.1.52"
	call := message("INVITE", src, src, "x", "203.0.113.5")
	asked := message("200 OPTIONS", "", src, "y", in)
	// STUN for media only: o= and the session's c= stay private.
	stun := message("INVITE", src, src, "x", "v=0\no=- 1 1 IN IP4 192.168.1.52\ns=-\nc=IN IP4 192.168.1.52\nt=0 0\nm=audio 4000 RTP/AVP 0\nc=IN IP4 203.0.113.5\n")
	for _, tt := range []struct {
		name string
		says []string
		db   float64
	}{
		{"call, then asked", []string{call, asked}, 10},
		{"Contact left private", []string{message("INVITE", in+":5060", in+":5060", "x", "203.0.113.5"), asked}, 10},
		{"asked, call, asked", []string{asked, call, asked}, 10},
		{"asked, then call: may have learned (trap 4)", []string{asked, call}, 0},
		{"STUN for media (trap 3)", []string{asked, stun, asked}, 0},
		{"private both (trap 1)", []string{message("INVITE", src, src, "x", in), asked}, 0},
		{"asked without SDP", []string{call, message("200 OPTIONS", "", src, "y", "")}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, src)
			p.Family = "baresip"
			for _, m := range tt.says {
				p.says(m)
			}
			p.wants(&optionsSDP, tt.db)
		})
	}
}

func TestOptionsSDPUnknownHabit(t *testing.T) {
	p := newPhone(t, "203.0.113.5:5060")
	p.says(message("INVITE", "203.0.113.5:5060", "203.0.113.5:5060", "x", "203.0.113.5"))
	p.says(message("200 OPTIONS", "", "203.0.113.5:5060", "y", "192.168.1.52"))
	p.wants(&optionsSDP, 6)
}
