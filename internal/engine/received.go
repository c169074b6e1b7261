package engine

import (
	"net/netip"
	"strings"

	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/sipparse"
)

// receivedMissing keeps an answer that does not say where the request came
// from, although p asked for it, wrote an inside address, and the server is on
// a public one: then the server has to (RFC 3261 §18.2.1, RFC 3581 §4), unless
// the Via it saw was another.
func (p *party) receivedMissing(server *party, v *sipparse.Via, x *sipMeta) {
	if p.claims.rcvdMissing.Frame == 0 && v.HasRPort && v.Host.IP.IsValid() && v.Host.IP == p.source.Addr() &&
		detectors.Inside(v.Host.IP) && isPublic(server.key.src) {
		p.claims.rcvdMissing = detectors.Sample{Frame: x.frame, Text: "Via: " + clip(v.Raw, maxText), Seen: "answer from " + server.source.String()}
	}
}

// namedBy keeps a request of the server that comes addressed to p's inside
// address while To names p by a public one.
func (p *party) namedBy(server *party, m *sipparse.Message, x *sipMeta) {
	if p.claims == nil || p.claims.knownAs.Frame != 0 || !detectors.Inside(p.source.Addr()) || !isPublic(server.key.src) {
		return
	}
	to, ok := m.To()
	ip := to.URI.Host.IP
	if !ok || detectors.Classify(ip) != detectors.Public || ip == server.source.Addr() || strings.HasSuffix(p.aor, "@"+ip.String()) {
		return
	}
	if _, tagged := to.Params.Get("tag"); tagged {
		return
	}
	if u, ok := sipparse.ParseURI(m.URI); ok && u.Host.IP == p.source.Addr() && string(u.User) == string(to.URI.User) {
		p.claims.knownAs = detectors.Sample{Frame: x.frame, Text: "To: " + clip(to.Raw, maxText), Seen: "Request-URI: " + clip(m.URI, maxText)}
	}
}

// nearby is what a server tells a device's neighbours that it received.
type nearby struct {
	any  detectors.Sample // anybody on its network
	same detectors.Sample // from another address, over the same transport and port
}

// receivedOthers finds, for devices that see no public received=, that the same
// server writes it for a neighbour.
func receivedOthers(devices []*device) map[*device]nearby {
	type network struct {
		server netip.Addr
		near   netip.Prefix
	}
	type told struct {
		key  partyKey
		what detectors.Sample
	}
	public := map[network][]told{}
	at := func(d *device) network { return network{d.key.dst.IP(), nearBy(d.key.src.IP())} }
	for _, d := range devices {
		s := d.receivedPublic()
		if s.Frame == 0 {
			continue
		}
		if n := at(d); len(public[n]) < maxSources {
			public[n] = append(public[n], told{d.key, s})
		}
	}
	out := map[*device]nearby{}
	if len(public) == 0 {
		return out
	}
	for _, d := range devices {
		if d.receivedPublic().Frame != 0 || !d.receivedOddly() {
			continue
		}
		var n nearby
		for _, o := range public[at(d)] {
			if n.any.Frame == 0 {
				n.any = o.what
			}
			if o.key.dst == d.key.dst && o.key.proto == d.key.proto && !o.key.src.SameIP(d.key.src) {
				n.same = o.what
				break
			}
		}
		if n != (nearby{}) {
			out[d] = n
		}
	}
	return out
}

// receivedPublic is the first public received= that the device was told.
func (d *device) receivedPublic() detectors.Sample {
	for _, p := range d.pairs {
		if s := p.far.said().rcvdPublic; s.Frame != 0 {
			return s
		}
	}
	return detectors.Sample{}
}

// receivedOddly tells that received= was missing, or the device's own address.
func (d *device) receivedOddly() bool {
	for _, p := range d.pairs {
		if c := p.far.said(); c.rcvdMissing.Frame != 0 || c.rcvdOwn.Frame != 0 {
			return true
		}
	}
	return false
}

// nearBy is the network that a phone shares with its neighbours, as far as can
// be told: they have the same way to the server.
func nearBy(ip netip.Addr) netip.Prefix {
	bits := 24
	if ip.Is6() {
		bits = 64
	}
	p, _ := ip.Unmap().Prefix(bits)
	return p
}

// addCrossed adds what crossed a NAT of p's address.
func (p *party) addCrossed(ev *detectors.Evidence) {
	if ev.Crossed == 0 {
		ev.CrossedAt = p.crossed.at
	}
	ev.Crossed += p.crossed.n
	ev.CrossedRegisters += p.crossed.registers
	ev.CrossedInvites += p.crossed.invites
}
