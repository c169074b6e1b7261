package detectors

import "testing"

func TestWritesPublic(t *testing.T) {
	const in, pub = "192.168.1.10:5060", "203.0.113.5:5060"
	seen := func(via, contact string) *phone {
		p := newPhone(t, in)
		p.Viewpoint = FromClient
		p.says(message("REGISTER", via, contact, "x", ""))
		p.says(message("REGISTER", via, contact, "x", "")).Told = true
		return p
	}
	seen(pub, pub).wants(&writesPublic, -10)
	seen(in, in).wants(&writesPublic, 0)
	seen(pub, in).wants(&writesPublic, 0)
	seen(serverAddr, serverAddr).wants(&writesPublic, 0)

	server := seen(pub, pub)
	server.Viewpoint = FromServer
	server.wants(&writesPublic, 0)
	back := seen(pub, pub) // the ALG translates answers whatever the phone wrote
	back.ReceivedOwn = Sample{Frame: 2, Text: "received=192.168.1.10"}
	back.wants(&writesPublic, 0)
	oneWay := seen(pub, pub)
	oneWay.OneWay = true
	oneWay.wants(&writesPublic, 0)
	learned := seen(in, in)
	learned.says(message("REGISTER", pub, pub, "x", ""))
	learned.wants(&writesPublic, 0)
}
