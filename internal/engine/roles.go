package engine

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
)

// hostInfo is what all flows together tell of one IP address.
type hostInfo struct {
	registrar int // answers to REGISTER: 2xx and challenges
	out, in   int // by what the capture says of the direction
	peers     int
	server    bool // calls itself a PBX, proxy or registrar
}

// pair is one SIP flow with the side to be judged told apart.
type pair struct {
	far  *party // the endpoint's messages; nil when only the server's are in the capture
	near *party // the server's; nil likewise
	key  partyKey
}

// pairs tells for every flow who is the endpoint: the side that registers, or
// the one that is less of a server by everything else that is known.
func (e *Engine) pairs() []pair {
	list := e.parties.all()
	slices.SortFunc(list, func(a, b *party) int { return cmp.Compare(a.order, b.order) })

	hosts := map[netip.Addr]*hostInfo{}
	host := func(a capture.Addr) *hostInfo {
		h := hosts[a.IP()]
		if h == nil {
			h = &hostInfo{}
			hosts[a.IP()] = h
		}
		return h
	}
	for _, p := range list {
		h := host(p.key.src)
		h.registrar += p.registrar + p.challenger
		h.out += p.out
		h.in += p.in
		h.server = h.server || isServerAgent(p.userAgent)
		if q := p.peer; q == nil || q.order > p.order {
			h.peers++
			host(p.key.dst).peers++
		}
	}

	var out []pair
	for _, p := range list {
		q := p.peer
		if q != nil && q.order < p.order {
			continue // seen from its other direction
		}
		if e.isEndpoint(p, q, host(p.key.src), host(p.key.dst)) {
			out = append(out, pair{far: p, near: q, key: p.key})
		} else {
			out = append(out, pair{far: q, near: p, key: p.key.reverse()})
		}
	}
	return out
}

// isEndpoint tells whether p, the side that spoke first, is the endpoint.
func (e *Engine) isEndpoint(p, q *party, hp, hq *hostInfo) bool {
	var regQ int
	if q != nil {
		regQ = q.registers
	}
	for _, yes := range [...][2]bool{
		{e.ours(p.key.dst), e.ours(p.key.src)},
		{p.transport == "tls" && p.messages == 0, false},
		{p.registers > regQ, regQ > p.registers},
		{hq.registrar > 0, hp.registrar > 0},
		{hq.out > 0, hp.out > 0},
		{hq.server, hp.server},
		{hq.peers > hp.peers, hp.peers > hq.peers},
		{p.key.dst.Port == 5060, p.key.src.Port == 5060},
	} {
		if yes[0] != yes[1] {
			return yes[0]
		}
	}
	return p.requests > 0
}

// onOurSide tells whether the user said that an address is where the capture
// was taken. That a host is the server doesn't say so: there are captures of
// the server's traffic from the phone's side.
func (e *Engine) onOurSide(a capture.Addr) bool {
	ip := a.IP()
	for _, n := range e.opt.Local {
		if n.Contains(ip) {
			return true
		}
	}
	return false
}

// ours tells whether the user said that an address is a server.
func (e *Engine) ours(a capture.Addr) bool {
	ip := a.IP()
	for _, s := range e.opt.Servers {
		if s.Addr().Unmap() == ip && (s.Port() == 0 || s.Port() == a.Port) {
			return true
		}
	}
	for _, n := range e.opt.Local {
		if n.Contains(ip) {
			return true
		}
	}
	return false
}

// viewpoint tells from which side of its router an endpoint was captured. The
// TTL says it best: no router has lowered it on the sender's own network.
func (e *Engine) viewpoint(p pair) detectors.Viewpoint {
	switch {
	case p.far.hep*2 > p.far.messages:
		return detectors.FromHEP
	case p.far.twin != nil:
		return detectors.FromRouter
	case e.onOurSide(p.key.dst), p.far.routed:
		return detectors.FromServer
	case e.onOurSide(p.key.src):
		return detectors.FromClient
	}
	near := func(q *party) (first, lowered bool) {
		return q != nil && q.initialTTL > 0 && q.otherTTL == 0, q != nil && q.otherTTL > 0 && q.initialTTL == 0
	}
	farFirst, farLowered := near(p.far)
	nearFirst, nearLowered := near(p.near)
	inside, serverInside := detectors.Inside(p.key.src.IP()), detectors.Inside(p.key.dst.IP())
	switch {
	case p.near != nil && p.near.out > 0 && p.far.out == 0:
		return detectors.FromServer
	case p.far.out > 0 && (p.near == nil || p.near.out == 0):
		return detectors.FromClient
	case farLowered && (nearFirst || p.near == nil):
		return detectors.FromServer
	case farFirst && nearLowered:
		return detectors.FromClient
	case inside && !serverInside && detectors.Classify(p.key.dst.IP()) == detectors.Public:
		return detectors.FromClient
	}
	return detectors.FromServer
}

// isPublic tells whether an address is public.
func isPublic(a capture.Addr) bool { return detectors.Classify(a.IP()) == detectors.Public }

// serverAgents are words in the User-Agent or Server of PBXs, proxies, session
// border controllers and carriers.
var serverAgents = []string{
	"asterisk", "freeswitch", "fpbx", "freepbx", "kamailio", "opensips", "openser", "3cx", "sbc", "mediant", "audiocodes",
	"metaswitch", "sonus", "ribbon", "broadworks", "oracle", "cisco-sipgateway", "cucm", "sip router", "sip-router", "elastix", "issabel", "yate/",
}

func isServerAgent(ua string) bool {
	if ua == "" {
		return false
	}
	ua = strings.ToLower(ua)
	for _, w := range serverAgents {
		if strings.Contains(ua, w) {
			return true
		}
	}
	return false
}

// agentFamilies tell user agents whose habits matter to the rules.
var agentFamilies = []struct{ word, family string }{
	{"pjsip", "pjsip"},
	{"pjsua", "pjsip"},
	{"microsip", "pjsip"},
	{"linphone", "linphone"},
	{"belle-sip", "linphone"},
	{"baresip", "baresip"},
	{"linksys/spa", "cisco-spa"},
	{"cisco/spa", "cisco-spa"},
	{"sipura", "cisco-spa"},
	{"zoiper", "zoiper"},
	{"gigaset", "gigaset"},
	{"grandstream", "grandstream"},
	{"yealink", "yealink"},
	{"polycom", "polycom"},
	{"snom", "snom"},
	{"fanvil", "fanvil"},
	{"fritz!box", "fritzbox"},
}

func agentFamily(ua string) string {
	ua = strings.ToLower(ua)
	for _, f := range agentFamilies {
		if strings.Contains(ua, f.word) {
			return f.family
		}
	}
	return ""
}
