package engine

import (
	"fmt"
	"slices"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
)

// portMoved finds a source port that changed while the registration stayed.
func (d *device) portMoved() {
	for i := range d.pairs {
		for j := range d.pairs[:i] {
			a, b := d.pairs[i].far, d.pairs[j].far
			if a.key.proto == capture.UDP && a.said().regCallID != 0 && a.said().regCallID == b.said().regCallID &&
				a.key.src.SameIP(b.key.src) && a.key.src.Port != b.key.src.Port && a.key.dst == b.key.dst {
				d.ev.NAT = append(d.ev.NAT, detectors.NATSign{
					ID: "port-moved", Frame: max(a.firstFrame, b.firstFrame),
					Text: fmt.Sprintf("the same registration from port %d and %d", b.key.src.Port, a.key.src.Port),
				})
				return
			}
		}
	}
}

// siblings finds other phones behind the same public address.
func (d *device) siblings(site []*device) {
	if detectors.Classify(d.key.src.IP()) != detectors.Public || d.ev.Registers == 0 || isServerAgent(d.main().userAgent) {
		return
	}
	for n, o := range site {
		if n > 64 {
			return
		}
		if o == d || o.ev.Registers == 0 || o.last < d.first || d.last < o.first || o.key.src.Port == d.key.src.Port {
			continue
		}
		if a, b := d.main(), o.main(); a.aor != b.aor && differentDevices(a, b) {
			d.ev.NAT = append(d.ev.NAT, detectors.NATSign{
				ID: "siblings", Frame: o.main().firstFrame,
				Text: fmt.Sprintf("another phone, %s, at the same address", b.aor),
			})
			return
		}
	}
}

// linePorts is how far apart the ports of one device's lines may be.
const linePorts = 32

// differentDevices tells two senders at one address apart for sure. Lines of one
// device share its user agent and use the same port or neighbouring ones.
func differentDevices(a, b *party) bool {
	x, y := a.said(), b.said()
	switch {
	case x.instance != "" && y.instance != "":
		return x.instance != y.instance
	case a.userAgent != b.userAgent:
		return true
	case len(x.inside) > 0 && len(y.inside) > 0 && x.inside[0].ip != y.inside[0].ip:
		return true
	}
	apart := int(a.key.src.Port) - int(b.key.src.Port)
	return a.key.proto == capture.UDP && b.key.proto == capture.UDP && (apart > linePorts || apart < -linePorts)
}

func hasSign(ev *detectors.Evidence, id string) bool {
	return slices.ContainsFunc(ev.NAT, func(s detectors.NATSign) bool { return s.ID == id })
}
