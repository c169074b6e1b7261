package detectors

import "testing"

func TestNeverPrivate(t *testing.T) {
	a, b := "203.0.113.5:1027", "203.0.113.5:1031"
	sessions := func(n int, sources ...string) *phone {
		var list []string
		for i := range n {
			list = append(list, sources[i%len(sources)])
		}
		p := moved(t, false, list, nil)
		for i := range p.Log {
			p.Log[i].NewSession = true
		}
		return p
	}
	sessions(6, a, b).wants(&neverPrivate, 3)
	sessions(4, a, b).wants(&neverPrivate, 0)
	sessions(6, a).wants(&neverPrivate, 0)
	slip := sessions(6, a, b)
	slip.Log[2].Contact = InsideOut
	slip.wants(&neverPrivate, 0)
}
