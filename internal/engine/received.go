package engine

import (
	"strings"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/sipparse"
)

// receivedMissing keeps an answer that does not say where the request came
// from, although p wrote an inside address and the server is on a public one:
// then the server has to (RFC 3261 §18.2.1), unless the Via it saw was another.
func (p *party) receivedMissing(server *party, v *sipparse.Via, x *sipMeta) {
	if p.claims.rcvdMissing.Frame == 0 && v.Host.IP.IsValid() && v.Host.IP == p.source.Addr() &&
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

// receivedOthers tells devices that got no received= that the same server adds
// it for another one.
func receivedOthers(devices []*device) {
	type server struct {
		addr  capture.Addr
		proto capture.Proto
	}
	adds := map[server]*device{}
	for _, d := range devices {
		if k := (server{d.key.dst, d.key.proto}); d.ev.ReceivedPublic.Frame != 0 && adds[k] == nil {
			adds[k] = d
		}
	}
	for _, d := range devices {
		if o := adds[server{d.key.dst, d.key.proto}]; o != nil && o != d && d.ev.ReceivedMissing.Frame != 0 {
			d.ev.ReceivedOthers = o.ev.ReceivedPublic
		}
	}
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
