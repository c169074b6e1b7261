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
