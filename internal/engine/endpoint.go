package engine

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
)

const maxStrangersListed = 100

// device is one endpoint while its flows are being put together.
type device struct {
	pairs []pair // the one with most messages first
	key   partyKey
	view  detectors.Viewpoint
	first int64
	last  int64

	// Only while its site is being judged: of tens of thousands of phones the
	// evidence would not fit at once.
	ev         *detectors.Evidence
	then       *detectors.Evidence // before its addresses turned over; nil when they did not
	neighbours []*device           // those of ev.Site
	room       *[]Silent           // scratch: most rules have nothing to look at

	as *detectors.Sibling // as others see it; nil when nobody looks
}

// collectEndpoints judges everybody on the far side of a flow, site by site.
func (e *Engine) collectEndpoints(r *Result) {
	devices := e.devices()
	look := &outlook{near: receivedOthers(devices), media: mediaOf(r), models: e.modelsOf(devices)}
	sites := map[netip.Addr][]*device{}
	for _, d := range devices {
		ip := d.key.src.IP()
		sites[ip] = append(sites[ip], d)
	}
	strangers := 0
	r.Endpoints = make([]Endpoint, 0, len(devices))
	for _, d := range devices {
		ip := d.key.src.IP()
		site := sites[ip]
		delete(sites, ip) // judged with its first device
		for _, ep := range e.judgeSite(site, look) {
			if ep.strange {
				if strangers++; strangers > maxStrangersListed {
					r.LeftOut.Endpoints++
					tally(&r.Totals.Endpoints, ep.Verdict, 1)
					continue
				}
			}
			r.Endpoints = append(r.Endpoints, ep)
		}
	}
	slices.SortStableFunc(r.Endpoints, func(a, b Endpoint) int { return cmp.Compare(a.order, b.order) })
	e.serverSide(r)
	for i := range r.Endpoints {
		tally(&r.Totals.Endpoints, r.Endpoints[i].Verdict, 1)
	}
	e.overall(r)
}

// devices groups flows: a phone keeps being itself when its NAT gives it
// another port, or when it opens another connection.
func (e *Engine) devices() []*device {
	var list []*device
	byAOR := map[string][]*device{}
	for _, p := range e.pairs() {
		if p.far == nil {
			continue // only the server's side of it was captured
		}
		var d *device
		k := ""
		if p.far.aorFrom == 3 {
			k = p.key.dst.String() + " " + p.far.transport + " " + p.far.aor
			for _, c := range byAOR[k] {
				if c.sameAs(p.far) {
					d = c
					break
				}
			}
		}
		if d == nil {
			d = &device{first: p.far.first, last: p.far.last}
			list = append(list, d)
			if k != "" {
				byAOR[k] = append(byAOR[k], d)
			}
		}
		d.pairs = append(d.pairs, p)
		d.first, d.last = min(d.first, p.far.first), max(d.last, p.far.last)
	}
	for _, d := range list {
		slices.SortStableFunc(d.pairs, func(a, b pair) int { return cmp.Compare(b.far.messages, a.far.messages) })
		d.key = d.pairs[0].key
	}
	return list
}

// sameAs tells whether a flow with the same address of record comes from the
// same device: the same instance or registration, or the same user agent at
// another time.
func (d *device) sameAs(p *party) bool {
	for _, o := range d.pairs {
		q := o.far
		if q.twin == p || p.twin == q {
			return false // before and behind the router: two observations
		}
		if q.said().instance != "" && q.said().instance == p.said().instance || q.said().regCallID != 0 && q.said().regCallID == p.said().regCallID {
			return true
		}
		if q.userAgent == p.userAgent && (p.first >= q.last || p.last <= q.first) {
			return true
		}
	}
	return false
}

func (d *device) main() *party { return d.pairs[0].far }

// gather turns the flows into evidence.
func (d *device) gather(e *Engine) {
	d.view = e.viewpoint(d.pairs[0])
	d.ev = e.newEvidence()
	ev := d.ev
	p := d.main()
	ev.Viewpoint, ev.Transport, ev.ServerPort = d.view, d.transport(), d.key.dst.Port
	ev.Source, ev.UserAgent, ev.Family = p.source, p.userAgent, agentFamily(p.userAgent)
	ev.ServerInside = detectors.Classify(d.key.dst.IP()) != detectors.Public
	byTime := slices.Clone(d.pairs)
	slices.SortStableFunc(byTime, func(a, b pair) int { return cmp.Compare(a.far.order, b.far.order) })
	ev.OneWay = true
	for _, pr := range byTime {
		p := pr.far
		ev.Messages += p.complete
		ev.KeepAlives += p.quiet.alives
		if ev.Survived.Frame == 0 {
			ev.Survived = p.quiet.survived
		}
		ev.Cut += p.cut
		ev.OneWay = ev.OneWay && (pr.near == nil || pr.near.messages == 0)
		if c := p.said(); c.hasCallID && c.callID.Local && c.callID.IP == p.source.Addr() {
			ev.OwnPublic = true
		}
		if c := p.said(); ev.Family == "" && c.madeBy != "" {
			ev.Family = c.madeBy // a spelling that no other make has
		}
		ev.Registers += p.registers
		for f := range p.said().fields {
			ev.Fields[f].Merge(&p.said().fields[f])
		}
		for _, in := range p.said().inside {
			if !slices.Contains(ev.Inside, in.ip) {
				ev.Inside = append(ev.Inside, in.ip)
			}
			if detectors.Classify(p.source.Addr()) == detectors.Public && !hasSign(ev, "inside-address") {
				ev.NAT = append(ev.NAT, detectors.NATSign{
					ID: "inside-address", Frame: in.frame,
					Text: fmt.Sprintf("%s in %s, source %s", in.ip, in.where, p.source.Addr()),
				})
			}
		}
		if c := p.said(); c.localPort != 0 && c.localPort != p.source.Port() && p.key.proto == capture.UDP && !hasSign(ev, "port-differs") &&
			detectors.Classify(p.source.Addr()) == detectors.Public {
			ev.NAT = append(ev.NAT, detectors.NATSign{
				ID: "port-differs", Frame: c.localPortAt,
				Text: fmt.Sprintf("port %d in Call-ID, source port %d", c.localPort, p.source.Port()),
			})
		}
		if ev.FirstRegister.Frame == 0 {
			ev.FirstRegister = p.said().firstReg
		}
		if ev.LaterRegister.Frame == 0 {
			ev.LaterRegister = p.said().laterReg
		}
		if ev.ReceivedPublic.Frame == 0 {
			ev.ReceivedPublic = p.said().rcvdPublic
		}
		if ev.ReceivedOwn.Frame == 0 {
			ev.ReceivedOwn = p.said().rcvdOwn
		}
		if ev.ReceivedMissing.Frame == 0 {
			ev.ReceivedMissing = p.said().rcvdMissing
		}
		if ev.KnownAs.Frame == 0 {
			ev.KnownAs = p.said().knownAs
		}
	}
	ev.Server = d.key.dst.AddrPort()
	for i, pr := range byTime {
		c := pr.far.said()
		n := len(ev.Log)
		ev.Log = append(ev.Log, c.log...)
		if registeredBefore(byTime[:i], c.regCallID) {
			for j := n; j < len(ev.Log); j++ {
				ev.Log[j].NewSession = false
			}
		}
		ev.Skipped += c.skipped
		if ev.Echoes == 0 || ev.Telling == 0 {
			ev.TellingAt = c.tellingAt
		}
		ev.Echoes += c.echoes
		ev.Telling += c.telling
		pr.far.addCrossed(ev)
		for _, o := range c.observed {
			ev.Add(o)
		}
		if c.offers != nil {
			ev.Reworded = append(ev.Reworded, c.offers.reworded...)
		}
	}
	slices.SortStableFunc(ev.Log, func(a, b detectors.Record) int { return cmp.Compare(a.Time, b.Time) })
	ev.PeerTTL = p.steadyTTL()
	d.portMoved()
}

// registeredBefore tells a registration that went on over another flow.
func registeredBefore(earlier []pair, callID uint64) bool {
	return callID != 0 && slices.ContainsFunc(earlier, func(p pair) bool { return p.far.said().regCallID == callID })
}

func (d *device) transport() string {
	if t := d.main().transport; t != "" {
		return t
	}
	if d.key.proto == capture.TCP {
		return "tcp"
	}
	return "udp"
}

// stranger tells a sender that the server never accepted: a scanner, or a
// phone with a wrong password. What such a sender writes proves nothing.
func (d *device) stranger() bool {
	for _, p := range d.pairs {
		if p.far.accepted > 0 || p.far.registered > 0 || p.near != nil && p.near.accepted > 0 {
			return false
		}
		if p.far.answersTo == 0 && (p.near == nil || p.near.messages == 0) && p.far.messages > 2 {
			return false // the answers are not in the capture at all
		}
		if p.far.requests == 0 {
			return false
		}
	}
	return true
}

// trunk tells a PBX, carrier or session border controller from a phone.
func (d *device) trunk() bool {
	p := d.main()
	if d.proxied() || isServerAgent(p.userAgent) {
		return true
	}
	return d.ev.Registers == 0 && p.said().nUsers >= 3
}

// proxied tells a sender most of whose requests came through another hop.
func (d *device) proxied() bool {
	n, of := 0, 0
	for _, p := range d.pairs {
		n += p.far.proxied
		of += p.far.requests
	}
	return n*2 > of
}

// totals fills in what needs no judgement.
func (d *device) totals(out *Endpoint, now int64) {
	lost, probes := 0, 0
	var frames []int
	for _, p := range d.pairs {
		out.parties = append(out.parties, p.far)
		out.Messages += p.far.messages
		out.Registered = out.Registered || p.far.registered > 0
		if len(out.Sources) < maxSources && p.far.source.IsValid() && !slices.Contains(out.Sources, p.far.source) {
			out.Sources = append(out.Sources, p.far.source)
		}
		if p.near != nil {
			n, at := p.near.probesLost(now)
			lost += n
			probes += p.near.probes
			frames = append(frames, at...)
		}
	}
	if len(frames) > maxFrames {
		frames = frames[:maxFrames]
	}
	out.First, out.Last = d.first, d.last
	out.Symptoms = endpointSymptoms(lost, probes, frames, out.Registered)
	for f := range d.ev.Fields {
		c := &d.ev.Fields[f]
		rel := c.Majority()
		if rel == detectors.Absent {
			for _, r := range [...]detectors.Relation{detectors.Name, detectors.Unset} {
				if c.Count[r] > 0 {
					rel = r
					break
				}
			}
		}
		out.Tuple[f] = Relation{rel, c.First(rel)}
	}
	out.NAT = d.nat()
}

func (d *device) nat() string {
	src := d.key.src.IP()
	switch {
	case d.ev.HasNAT():
		return "yes"
	case d.ev.ReceivedPublic.Frame != 0 && detectors.Inside(src):
		return "yes"
	case detectors.Inside(src) && detectors.Inside(d.key.dst.IP()) && d.ev.Fields[detectors.Via].Majority() == detectors.Exact:
		return "no"
	}
	return "unknown"
}

// unreadable tells TLS and WebRTC.
func (d *device) unreadable() bool {
	switch d.ev.Transport {
	case "tls", "ws", "wss":
		return true
	}
	s := d.ev.Fields[detectors.Via].First(detectors.Name)
	return strings.HasSuffix(hostOnly(s.Text), ".invalid")
}

func hostOnly(s string) string {
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		return s[:i]
	}
	return s
}

// overall tells the viewpoint and server of most endpoints.
func (e *Engine) overall(r *Result) {
	views, servers := map[detectors.Viewpoint]int{}, map[string]int{}
	for i := range r.Endpoints {
		ep := &r.Endpoints[i]
		views[ep.Viewpoint]++
		if ep.Server.IsValid() {
			servers[ep.Server.String()]++
		}
	}
	r.Health.Viewpoint = mostOf(views, func(a, b detectors.Viewpoint) bool { return a > b })
	r.Health.Server = mostOf(servers, func(a, b string) bool { return a < b })
}

// mostOf returns the key with the highest count, on a tie the first by less.
func mostOf[K comparable](m map[K]int, less func(a, b K) bool) K {
	var best K
	n := 0
	for k, c := range m {
		if c > n || c == n && less(k, best) {
			best, n = k, c
		}
	}
	return best
}
