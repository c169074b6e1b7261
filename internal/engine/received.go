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

// receivedOthers tells devices that see no public received= that the same
// server writes it for a neighbour.
func receivedOthers(devices []*device) {
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
		if n := at(d); d.ev.ReceivedPublic.Frame != 0 && len(public[n]) < maxSources {
			public[n] = append(public[n], told{d.key, d.ev.ReceivedPublic})
		}
	}
	for _, d := range devices {
		if d.ev.ReceivedPublic.Frame != 0 || d.ev.ReceivedMissing.Frame == 0 && d.ev.ReceivedOwn.Frame == 0 {
			continue
		}
		for _, o := range public[at(d)] {
			if d.ev.ReceivedNear.Frame == 0 {
				d.ev.ReceivedNear = o.what
			}
			if o.key.dst == d.key.dst && o.key.proto == d.key.proto && !o.key.src.SameIP(d.key.src) {
				d.ev.ReceivedOthers = o.what
				break
			}
		}
	}
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
