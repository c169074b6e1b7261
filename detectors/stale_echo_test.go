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
