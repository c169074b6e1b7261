package detectors

import "testing"

func TestSDPSplit(t *testing.T) {
	const src, in = "203.0.113.5:5060", "192.168.1.10"
	offer := message("INVITE", src, src, "x", "203.0.113.5")
	answer := message("200 INVITE", "", src, "s", "203.0.113.5")
	ack := message("ACK", src, "", "s", in)
	twoLines := func(second, more string) string {
		return message("INVITE", src, src, "x", "v=0\no=- 1 1 IN IP4 203.0.113.5\ns=-\nt=0 0\nm=audio 4000 RTP/AVP 0\nc=IN IP4 203.0.113.5\n"+more+
			"m=audio 4002 RTP/AVP 8\nc=IN IP4 "+second+"\n")
	}
	for _, tt := range []struct {
		name string
		says []string
		db   float64
	}{
		{"late answer in ACK", []string{answer, ack}, 12},
		{"PRACK", []string{offer, message("PRACK", src, "", "x", in)}, 12},
		{"second audio line", []string{twoLines(in, "")}, 8},
		{"private before public (trap 4)", []string{ack, offer}, 0},
		{"private both (trap 1)", []string{message("INVITE", src, src, "x", in), ack}, 0},
		{"both lines public (trap 3)", []string{twoLines("203.0.113.5", "")}, 0},
		{"ICE", []string{twoLines(in, "a=candidate:1 1 UDP 2130706431 192.168.1.10 4000 typ host\n")}, 0},
		{"a held line", []string{twoLines("0.0.0.0", "")}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, src)
			for _, m := range tt.says {
				p.says(m)
			}
			p.wants(&sdpSplit, tt.db)
		})
	}
}
