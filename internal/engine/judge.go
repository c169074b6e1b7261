package engine

import (
	"hash/maphash"
	"net/netip"
	"slices"

	"github.com/algsniff/algsniff/detectors"
)

// Silent is a rule that could not speak of an endpoint, and why.
type Silent struct{ ID, Reason string }

// outlook is what lies outside a device's site and is compared with.
type outlook struct {
	near   map[*device]nearby
	media  mediaIndex
	models map[string]model
}

// judgeSite judges the devices at one address, and then once more those whose
// neighbours proved something: a router's ALG is not one phone's affair.
func (e *Engine) judgeSite(site []*device, look *outlook) []Endpoint {
	for _, d := range site {
		d.room = &e.room
		d.gather(e)
		d.window()
		d.ev.ReceivedNear, d.ev.ReceivedOthers = look.near[d].any, look.near[d].same
	}
	for _, d := range site {
		d.siblings(site)
		d.others(site, look.models[d.ev.UserAgent])
		d.mediaFacts(&look.media)
	}
	out := make([]Endpoint, len(site))
	var index map[*device]int
	if len(site) > 1 {
		index = make(map[*device]int, len(site))
	}
	for i, d := range site {
		out[i] = d.judge(e)
		if index != nil {
			index[d] = i
		}
	}
	for i, d := range site {
		again := false
		for n, o := range d.neighbours {
			if ep := &out[index[o]]; ep.Verdict == Confirmed && ep.Side == string(detectors.ClientSide) && ep.proven {
				d.ev.Site[n].Proven, again = true, true
			}
		}
		if again && out[i].Verdict != Confirmed {
			out[i] = d.judge(e)
		}
	}
	for _, d := range site {
		e.recycle(d.ev)
		d.ev, d.then, d.neighbours, d.as, d.room = nil, nil, nil, nil, nil
	}
	return out
}

// newEvidence returns empty evidence, and recycle takes it back: nothing that
// outlives the judging of a site refers to its records.
func (e *Engine) newEvidence() *detectors.Evidence {
	if n := len(e.blank); n > 0 {
		ev := e.blank[n-1]
		e.blank = e.blank[:n-1]
		return ev
	}
	return &detectors.Evidence{}
}

func (e *Engine) recycle(ev *detectors.Evidence) {
	if len(e.blank) < 64 {
		log := ev.Log[:0]
		*ev = detectors.Evidence{Log: log}
		e.blank = append(e.blank, ev)
	}
}

// judge asks the detectors, weighs, and words the verdict.
func (d *device) judge(e *Engine) Endpoint {
	p, ev := d.main(), d.ev
	out := Endpoint{
		AOR: p.aor, UserAgent: p.userAgent, Transport: ev.Transport, Viewpoint: d.view,
		Server: d.key.dst.AddrPort(), Side: "none", order: p.order,
		strange: d.stranger(),
	}
	d.totals(&out, e.now)
	if d.unreadable() {
		out.Verdict = NotApplicable
		out.Reason = "encrypted on the way: nobody in the path can read or rewrite it"
		return out
	}
	d.weigh(ev, &out, d.last)
	out.Silent = e.shared(out.Silent)
	d.conclude(&out)
	out.Advice = e.sharedText(out.Advice)
	return out
}

// weigh lets the rules speak of ev, and sums up what they say.
func (d *device) weigh(ev *detectors.Evidence, out *Endpoint, now int64) {
	if d.room != nil {
		out.Silent = (*d.room)[:0]
		defer func() { *d.room = out.Silent[:0] }()
	}
	for i := range detectors.All {
		r := &detectors.All[i]
		if r.Needs != nil {
			if why := r.Needs(ev); why != "" {
				out.Silent = append(out.Silent, Silent{r.ID, why})
				continue
			}
		}
		if r.Check != nil {
			out.Findings = append(out.Findings, r.Check(ev)...)
		}
	}
	prior := d.prior(ev)
	if d.proxied() {
		out.Findings, prior = atProxy(out.Findings, prior)
	}
	out.ScoreDB, out.P = score(prior, certainty(ev), out.Findings, now)
	out.Verdict = wordFor(out.P)
}

// atProxy is for an endpoint whose messages came through another hop. Behind a
// declared one nothing can be told from here but what that hop did itself; a
// router that plays the proxy is judged like any other.
func atProxy(list []detectors.Finding, prior float64) ([]detectors.Finding, float64) {
	var out []detectors.Finding
	edge := false
	for _, f := range list {
		edge = edge || f.Side == detectors.ProxySide && f.DB > 0
	}
	for _, f := range list {
		switch {
		case edge:
		case f.Side != detectors.ProxySide && f.Class != detectors.Proof:
			continue
		}
		out = append(out, f)
	}
	if edge {
		prior = weights.udp5060
	}
	return out, prior
}

// shared returns one copy of equal lists: a site of equal phones has one.
func (e *Engine) shared(list []Silent) []Silent {
	if len(list) == 0 {
		return nil
	}
	var h uint64
	for i := range list {
		h = h*0x9e3779b97f4a7c15 + maphash.String(seed, list[i].Reason) + uint64(len(list[i].ID))
	}
	if s, ok := e.silent[h]; ok && slices.Equal(s, list) {
		return s
	}
	if e.silent == nil || len(e.silent) >= 4096 {
		e.silent = map[uint64][]Silent{}
	}
	own := slices.Clone(list)
	e.silent[h] = own
	return own
}

// sharedText returns one copy of equal texts.
func (e *Engine) sharedText(s string) string {
	if t, ok := e.texts[s]; ok {
		return t
	}
	if e.texts == nil || len(e.texts) >= 4096 {
		e.texts = map[string]string{}
	}
	e.texts[s] = s
	return s
}

func (d *device) prior(ev *detectors.Evidence) float64 {
	switch {
	case d.trunk():
		return weights.trunk
	case !ev.HasNAT() && d.view != detectors.FromClient && d.view != detectors.FromRouter:
		return weights.noNAT
	case ev.ServerPort != 5060:
		return weights.otherPort
	case ev.Transport == "tcp":
		return weights.tcp5060
	}
	return weights.udp5060
}

// serverSide tells once for the whole capture what sits in front of our own
// server. Each endpoint that shows it says so with its side, and no client's
// router is blamed: what changes the server's own address is one box, and it
// sits where all clients come together.
func (e *Engine) serverSide(r *Result) {
	seen := map[string]*sight{}
	var order []string
	for i := range r.Endpoints {
		ep := &r.Endpoints[i]
		for j := range ep.Findings {
			f := &ep.Findings[j]
			if !aboutServer(f) || ep.strange {
				continue
			}
			if seen[f.ID] == nil {
				seen[f.ID] = &sight{}
				order = append(order, f.ID)
			}
			seen[f.ID].add(ep, f)
		}
	}
	var all sight
	var ids []string
	for _, id := range order {
		s := seen[id]
		if !s.proof && len(s.nets) < serverNetworks {
			continue
		}
		ids = append(ids, id)
		all.merge(s)
		for i := range r.Endpoints {
			ep := &r.Endpoints[i]
			for j := range ep.Findings {
				if f := &ep.Findings[j]; f.ID == id && aboutServer(f) && !ep.strange && ep.Verdict != Confirmed {
					ep.blameServer(f)
				}
			}
		}
	}
	if len(ids) > 0 {
		r.Health.Notes = append(r.Health.Notes, serverNote(ids, len(all.nets), all.frames))
	}
}

// aboutServer tells a finding that speaks of a box in front of the server.
func aboutServer(f *detectors.Finding) bool {
	return f.Side == detectors.ServerSide && (f.DB > 0 || f.Class == detectors.Proof)
}

// serverNetworks is from how many client networks the same sign about the
// server's address makes a proof of it: no client's router sits in all of them.
const serverNetworks = 3

// sight is where one sign was seen.
type sight struct {
	nets   []netip.Addr // public addresses, each a network of clients
	proof  bool
	frames []int
}

func (s *sight) add(ep *Endpoint, f *detectors.Finding) {
	s.proof = s.proof || f.Class == detectors.Proof
	var nets []netip.Addr
	if len(ep.Sources) > 0 {
		a := ep.Sources[0].Addr().Unmap()
		if n, err := a.Prefix(64); err == nil && a.Is6() {
			a = n.Addr()
		}
		nets = append(nets, a)
	}
	s.merge(&sight{nets: nets, frames: f.Frames[:min(1, len(f.Frames))]})
}

func (s *sight) merge(o *sight) {
	for _, n := range o.nets {
		if len(s.nets) < 1000 && !slices.Contains(s.nets, n) {
			s.nets = append(s.nets, n)
		}
	}
	for _, f := range o.frames {
		if len(s.frames) < maxFrames && !slices.Contains(s.frames, f) {
			s.frames = append(s.frames, f)
		}
	}
}
