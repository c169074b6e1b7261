package detectors

import "testing"

func TestStaleEcho(t *testing.T) {
	a, b := "203.0.113.5:5060", "203.0.113.77:5060"
	moved(t, true, []string{a, b}, []string{"", a}).wants(&staleEcho, -10)
	moved(t, false, []string{a, b}, nil).wants(&staleEcho, 0)
	// An address that never was its source is a setting or a proxy's.
	moved(t, true, []string{a, b}, []string{"", "203.0.113.99:5060"}).wants(&staleEcho, 0)
	in := "192.168.1.10:5060"
	moved(t, true, []string{a, b}, []string{in, in}).wants(&staleEcho, 0)
}

// TestStaleEchoOutweighs: a phone that holds its public address itself and left
// its private one in the Call-ID forgot it itself.
func TestStaleEchoOutweighs(t *testing.T) {
	a, b := "203.0.113.5:5060", "203.0.113.77:5060"
	late := moved(t, true, []string{a, b}, []string{"", a})
	late.Add(Observation{Detector: "inside-residue", Key: "Call-ID", Frames: []int{1}, Count: 1})
	late.wants(&insideResidue, 0)
	prompt := moved(t, true, []string{a, b}, nil)
	prompt.Add(Observation{Detector: "inside-residue", Key: "Call-ID", Frames: []int{1}, Count: 1})
	prompt.wants(&insideResidue, 2)
}
