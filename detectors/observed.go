package detectors

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"

	"github.com/algsniff/algsniff/sipparse"
)

// serverKey begins the key of an observation that is about the server's own
// addresses: something in front of the server changed it.
const serverKey = "server "

// keyOf puts the side in front of a key.
func keyOf(side Side, key string) string {
	if side == ServerSide {
		return serverKey + key
	}
	return key
}

// sideOf takes the side off a key again.
func sideOf(key string) (Side, string) {
	if rest, ok := strings.CutPrefix(key, serverKey); ok {
		return ServerSide, rest
	}
	return ClientSide, key
}

// whose tells which router translates: the one in front of the endpoint, or
// the one in front of the server when the value is an address of the server.
func (c *Context) whose(before, after netip.Addr) Side {
	server := c.Server.Addr().Unmap()
	switch {
	case after == c.Source.Addr().Unmap():
		return ClientSide
	case after == server, before == server && Inside(server):
		return ServerSide
	}
	return ClientSide
}

// finding is what an observation looks like as a finding.
func (o *Observation) finding(class Class, group Group, db float64) Finding {
	side, _ := sideOf(o.Key)
	return Finding{
		ID: o.Detector, Class: class, Group: group, DB: db, Side: side, Times: o.Count,
		Frames: o.Frames, Time: o.Last, Written: o.Written, Seen: o.Seen,
	}
}

// transactions is how many different earlier messages an observation refers
// to; where that was not counted, as far as its frames tell.
func (o *Observation) transactions() int {
	if o.Pairs > 0 {
		return o.Pairs
	}
	var seen []int
	for i := 0; i+1 < len(o.Frames); i += 2 {
		if !slices.Contains(seen, o.Frames[i]) {
			seen = append(seen, o.Frames[i])
		}
	}
	return len(seen)
}

// addresses returns the first two addresses in a difference that are not the
// same, or the only ones.
func (d *Difference) addresses() (before, after netip.AddrPort) {
	a, b := d.Before, d.After
	for {
		i, n, ipA, portA := nextAddress(a)
		j, k, ipB, portB := nextAddress(b)
		if !ipA.IsValid() || !ipB.IsValid() {
			return before, after
		}
		before, after = netip.AddrPortFrom(ipA, uint16(portA)), netip.AddrPortFrom(ipB, uint16(portB))
		if before != after {
			return before, after
		}
		a, b = a[i+n:], b[j+k:]
	}
}

// phoneSide tells that the capture was taken between the phone and its router:
// what is not as it should be there is the phone's own doing.
func (ev *Evidence) phoneSide() bool {
	return ev.Viewpoint == FromClient || ev.Viewpoint == FromRouter && Inside(ev.Source.Addr())
}

// needsRouterBetween tells why what the endpoint sent can't have been changed
// yet.
func needsRouterBetween(ev *Evidence) string {
	switch {
	case ev.phoneSide():
		return "captured on the phone's side of the router"
	case !ev.Source.IsValid():
		return "the source address is not known"
	}
	return ""
}

// needsWire is for what only the packets themselves tell.
func needsWire(ev *Evidence) string {
	if ev.Viewpoint == FromHEP {
		return "reported by an agent, not captured"
	}
	return needsRouterBetween(ev)
}

// needsDatagrams is for what is told from whole datagrams.
func needsDatagrams(ev *Evidence) string {
	switch {
	case ev.Viewpoint == FromHEP:
		return "reported by an agent, not captured"
	case ev.Transport != "udp" && ev.Transport != "":
		return "not UDP"
	}
	return needsRouterBetween(ev)
}

func needsEchoes(ev *Evidence) string {
	if why := needsRouterBetween(ev); why != "" {
		return why
	}
	if ev.Echoes == 0 && len(ev.Of("echo")) == 0 {
		return "no request of the server with its answer is in the capture"
	}
	return ""
}

func needsTelling(ev *Evidence) string {
	if why := needsEchoes(ev); why != "" {
		return why
	}
	if ev.Telling == 0 {
		return "no answer to a request with a To that the Linux ALG would have changed"
	}
	return ""
}

func needsBothSides(ev *Evidence) string {
	switch {
	case ev.Viewpoint == FromHEP:
		return "reported by an agent, not captured"
	case ev.Crossed == 0 && len(ev.Of("across")) == 0:
		return "captured on one side of the router only"
	}
	return ""
}

// needsPhoneSide is for what only the phone's side shows of the way back.
func needsPhoneSide(ev *Evidence) string {
	switch {
	case !ev.phoneSide():
		return "not captured on the phone's side of the router"
	case ev.ServerInside:
		return "the server is on an inside address: it may be reached without a NAT"
	}
	return ""
}

// plainInside tells that the endpoint's own addresses arrive untouched.
func (ev *Evidence) plainInside() bool { return ev.Fields[Via].Majority() == InsideOut }

// viaCount counts Via values.
func viaCount(m *sipparse.Message) (n int) {
	for i := range m.Headers {
		if h := &m.Headers[i]; h.ID == sipparse.HdrVia {
			if bytes.IndexByte(h.Value, ',') >= 0 {
				n = 0
				for range m.Vias() {
					n++
				}
				return n
			}
			n++
		}
	}
	return n
}

// fieldList joins names for a summary: "Via, Contact and SDP c=".
func fieldList(fields []string) string {
	switch n := len(fields); n {
	case 0:
		return ""
	case 1:
		return fields[0]
	default:
		return strings.Join(fields[:n-1], ", ") + " and " + fields[n-1]
	}
}

// said is how a finding is worded.
type said struct{ summary, innocent string }

// proofElse sums up the observations that prove; only where there are none,
// those that leave the phone a way out. The changed fields end the summary.
func proofElse(proof, less []Observation, proves, suggests said) []Finding {
	class, db, list, words := Proof, 0.0, proof, proves
	if len(proof) == 0 {
		class, db, list, words = Strong, 6, less, suggests
	}
	if len(list) == 0 {
		return nil
	}
	f, fields := together(list, class, Structure, db)
	f.Summary, f.Innocent = words.summary+fields, words.innocent
	return []Finding{f}
}

// together makes one finding of the observations whose keys name fields and
// that the same was said of: the first one's bytes, all frames, all fields.
func together(obs []Observation, class Class, group Group, db float64) (f Finding, fields string) {
	var names []string
	for i := range obs {
		_, key := sideOf(obs[i].Key)
		names = append(names, key)
		if i == 0 {
			f = obs[i].finding(class, group, db)
			f.Frames = slices.Clone(f.Frames)
			continue
		}
		for _, n := range obs[i].Frames {
			if !slices.Contains(f.Frames, n) && len(f.Frames) < 12 {
				f.Frames = append(f.Frames, n)
			}
		}
		f.Times = max(f.Times, obs[i].Count)
		f.Time = max(f.Time, obs[i].Last)
	}
	return f, fieldList(names)
}
