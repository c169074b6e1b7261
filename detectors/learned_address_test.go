package detectors

import "testing"

func TestLearnedAddress(t *testing.T) {
	const in, pub = "192.168.1.10:5060", "203.0.113.5:40000"
	p := newPhone(t, pub)
	p.says(message("REGISTER", in, in, "x", ""))
	p.says(message("REGISTER", pub, pub, "x", ""))
	p.FirstRegister = Register{Frame: 1, Via: InsideOut, Contact: InsideOut}
	p.LaterRegister = Register{Frame: 2, Via: Exact, Contact: Exact}
	p.wants(&learnedAddress, -12)
	p.LaterRegister.Via = InsideOut // Linphone: Contact only
	p.wants(&learnedAddress, -12)
	p.LaterRegister.Contact = InsideOut
	p.wants(&learnedAddress, 0)
	p.FirstRegister, p.LaterRegister = Register{Frame: 1, Via: Exact, Contact: Exact}, Register{Frame: 2, Via: Exact, Contact: Exact}
	p.wants(&learnedAddress, 0)
	p.FirstRegister.Via, p.Before = InsideOut, Period{Messages: 20}
	p.wants(&learnedAddress, 0) // private for long before: that was no learning
}

// TestLearnedInCalls: the same without a second REGISTER.
func TestLearnedInCalls(t *testing.T) {
	const in, pub = "192.168.1.10:5060", "203.0.113.5:40000"
	say := func(told int, says ...string) *phone {
		p := newPhone(t, pub)
		for i, s := range says {
			p.says(s).Told = i >= told
		}
		return p
	}
	invite := func(a string) string { return message("INVITE", a, a, "y", "192.168.1.10") }
	ack := func(a string) string { return message("ACK", a, "", "y", "") }
	register := message("REGISTER", in, in, "x", "")

	say(1, register, invite(in), ack(pub), invite(pub), ack(pub)).wants(&learnedAddress, -12)
	say(1, invite(in), invite(pub)).wants(&learnedAddress, -12)
	say(1, invite(in), message("INVITE", pub, in, "y", "192.168.1.10")).wants(&learnedAddress, -12) // Via only
	say(2, invite(in), invite(pub)).wants(&learnedAddress, 0)                                       // nobody had told it
	say(1, invite(in), invite(pub), invite(in)).wants(&learnedAddress, 0)
	say(1, invite(pub), invite(in), invite(pub)).wants(&learnedAddress, 0)
	say(1, register, register, register, register, invite(in), invite(pub)).wants(&learnedAddress, 0) // told long ago
	say(1, register, invite(pub)).wants(&learnedAddress, 0)                                           // by method

	split := say(1, invite(in), invite(pub))
	split.Log[0].Segments = 2
	split.wants(&learnedAddress, 0)
}
