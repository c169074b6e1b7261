package detectors

import (
	"bytes"
	"net/netip"

	"github.com/algsniff/algsniff/sipparse"
)

// echo is the workhorse: a phone answers with the Via, From, To and Call-ID it
// was asked with. What comes back changed was changed in the path, and a
// server that qualifies its phones asks all day.
var echo = Detector{
	ID:    "echo",
	Title: "The phone's answer repeats other addresses",
	Cite:  "RFC 3261 §8.2.6.2, §18.2.2",
	Says: "The server sent a request and the phone answered it. An answer must repeat Via, From, To and Call-ID of the request byte for byte, " +
		"apart from a tag on To and received and rport on the topmost Via. Here an address or a port in one of them came back as another one. " +
		"An ALG translates these fields on the way to the phone and back again, and does not always end where it began: the Linux one prints " +
		"\":5060\" behind an address that had no port. The bytes were changed between this capture and the phone.",
	Guards: "Compared are addresses and ports only: brackets, display names, letter case, folding, compact forms, the order of parameters, dropped " +
		"parameters, an added tag, received or rport never count, nor does a default port in Via. A port added to To counts as proof only if the same answer left a From " +
		"without port alone, or the other way round: so the phone does not just write ports everywhere. The user part must be the same, both hosts must be " +
		"addresses, the number of Vias equal, both messages whole. A branch must come back changed in two transactions. A To with a private address is no " +
		"proof from a phone whose own Via arrives private. Silent for captures taken on the phone's side of the router. Record-Route is never proof: PBXs rewrite it themselves.",
	Innocent: echoInnocent,
	Classes:  []Class{Proof, Strong},
	Groups:   []Group{Structure},
	Needs:    needsEchoes,
	Echo:     noteEcho,
	Check:    checkEcho,
}

const (
	echoInnocent = "a phone that makes up To or Via by itself instead of copying them"
	maxHops      = 8
)

func noteEcho(c *Context, request, response *sipparse.Message, note Note) {
	if c.Clipped {
		return
	}
	noteVias(c, request, response, note)
	noteParties(c, request, response, note)
	if a, b := request.CallID(), response.CallID(); !bytes.Equal(a, b) {
		if d := (Difference{Before: a, After: b}); textChange(a, b, -1).Translates() {
			before, after := d.addresses()
			note(keyOf(c.whose(before.Addr(), after.Addr()), "call-id"), "Call-ID: "+string(a), "Call-ID: "+string(b))
		}
	}
	noteRecordRoute(c, request, response, note)
}

// noteVias compares the Vias hop by hop; a hop more or less is a proxy's work.
func noteVias(c *Context, request, response *sipparse.Message, note Note) {
	switch n := viaCount(request); {
	case n != viaCount(response) || n > maxHops:
		return
	case n == 1:
		if bytes.Equal(request.Value(sipparse.HdrVia), response.Value(sipparse.HdrVia)) {
			return
		}
		a, okA := request.TopVia()
		b, okB := response.TopVia()
		if okA && okB {
			noteVia(c, &a, &b, note)
		}
		return
	}
	i := 0
	for b := range response.Vias() {
		j := 0
		for a := range request.Vias() {
			if j == i && len(a.Host.Name) > 0 && len(b.Host.Name) > 0 {
				noteVia(c, &a, &b, note)
				break
			}
			j++
		}
		i++
	}
}

func noteVia(c *Context, a, b *sipparse.Via, note Note) {
	key := ""
	switch ha, hb := &a.Host, &b.Host; {
	case !sameHost(ha, hb):
		if ha.IP.IsValid() && isPlace(hb.IP) {
			key = keyOf(c.whose(ha.IP.Unmap(), hb.IP.Unmap()), "via-host")
		}
	case ha.Port != hb.Port && defaultPort(ha.Port) != defaultPort(hb.Port) && ha.Port >= 0 && hb.Port >= 0:
		key = keyOf(c.whose(ha.IP.Unmap(), hb.IP.Unmap()), "via-port")
	case otherBranch(a.Branch, b.Branch):
		key = "branch"
	}
	if key != "" {
		note(key, "Via: "+string(a.Raw), "Via: "+string(b.Raw))
	}
}

// otherBranch tells branches that differ in more than case or being cut short.
func otherBranch(a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	n := min(len(a), len(b))
	return !bytes.EqualFold(a[:n], b[:n])
}

func defaultPort(port int) int {
	if port == 0 {
		return 5060
	}
	return port
}

// isPlace tells an address that a translator would write: 0.0.0.0 and loopback
// are what phones write that don't know better.
func isPlace(ip netip.Addr) bool {
	return ip.IsValid() && !ip.IsUnspecified() && !ip.IsLoopback()
}

// noteParties compares To and From, if they are not plainly the same.
func noteParties(c *Context, request, response *sipparse.Message, note Note) {
	added, ok := bytes.CutPrefix(response.Value(sipparse.HdrTo), request.Value(sipparse.HdrTo))
	if ok && (len(added) == 0 || added[0] == ';') && bytes.Equal(request.Value(sipparse.HdrFrom), response.Value(sipparse.HdrFrom)) {
		return
	}
	toA, okA := request.To()
	toB, okB := response.To()
	fromA, okC := request.From()
	fromB, okD := response.From()
	if okA && okB && okC && okD {
		noteParty(c, "to", &toA, &toB, &fromA, &fromB, note)
		noteParty(c, "from", &fromA, &fromB, &toA, &toB, note)
	}
}

// noteParty compares To or From, whichever name says; the other one is the
// control: a phone that writes ports everywhere would have changed it too.
func noteParty(c *Context, name string, a, b, controlA, controlB *sipparse.NameAddr, note Note) {
	ha, hb := &a.URI.Host, &b.URI.Host
	if !isPlace(ha.IP) || !isPlace(hb.IP) || !sameUser(a.URI.User, b.URI.User) {
		return
	}
	key := ""
	switch {
	case !sameHost(ha, hb):
		key = name + "-host"
		if ip := hb.IP.Unmap(); !Inside(ip) && ip != c.Source.Addr().Unmap() && ip != c.Server.Addr().Unmap() {
			key = name + "-other-host"
		}
	case ha.Port == 0 && hb.Port > 0:
		key = name + "-port"
		if x, y := &controlA.URI.Host, &controlB.URI.Host; x.Port != 0 || y.Port != 0 || len(x.Name) == 0 || !sameHost(x, y) {
			key = name + "-port-anyway"
		}
		if ip := ha.IP.Unmap(); ip != c.Source.Addr().Unmap() && ip != c.Server.Addr().Unmap() {
			key = name + "-port-anyway"
		}
	case ha.Port > 0 && hb.Port > 0 && ha.Port != hb.Port:
		key = name + "-other-port"
	default:
		return
	}
	label := "To: "
	if name == "from" {
		label = "From: "
	}
	note(keyOf(c.whose(ha.IP.Unmap(), hb.IP.Unmap()), key), label+string(a.Raw), label+string(b.Raw))
}

func noteRecordRoute(c *Context, request, response *sipparse.Message, note Note) {
	if request.First(sipparse.HdrRecordRoute) == nil || response.First(sipparse.HdrRecordRoute) == nil {
		return
	}
	var sent [maxHops]sipparse.NameAddr
	n, got := 0, 0
	for a := range request.NameAddrs(sipparse.HdrRecordRoute) {
		if n == maxHops {
			return
		}
		sent[n] = a
		n++
	}
	for range response.NameAddrs(sipparse.HdrRecordRoute) {
		got++
	}
	if n != got {
		return
	}
	i := 0
	for b := range response.NameAddrs(sipparse.HdrRecordRoute) {
		a := &sent[i]
		i++
		if ha, hb := &a.URI.Host, &b.URI.Host; isPlace(ha.IP) && isPlace(hb.IP) && !sameHost(ha, hb) {
			note(keyOf(c.whose(ha.IP.Unmap(), hb.IP.Unmap()), "record-route"), "Record-Route: "+string(a.Raw), "Record-Route: "+string(b.Raw))
		}
	}
}

func checkEcho(ev *Evidence) (out []Finding) {
	for _, o := range ev.Of("echo") {
		side, key := sideOf(o.Key)
		var f Finding
		strong := func(db float64) Finding { return o.finding(Strong, Structure, db) }
		proof := func() Finding { return o.finding(Proof, Structure, 0) }
		switch key {
		case "to-port":
			f = proof()
			f.Summary = "To came back with a port that the server had not written"
		case "to-port-anyway":
			f = strong(10)
			f.Summary = "To came back with a port that the server had not written; whether the phone writes ports everywhere can't be told"
		case "to-host":
			f = proof()
			if ev.plainInside() {
				f = strong(6)
			}
			f.Summary = "To came back with another address than the server had written"
		case "to-other-host", "from-other-host":
			f = strong(6)
			f.Summary = "To or From came back with another public address than the server had written"
		case "to-other-port", "from-other-port", "via-port":
			f = strong(10)
			f.Summary = "a port came back as another one than the server had written"
		case "from-port", "from-host":
			f = proof()
			if side != ServerSide {
				f = strong(10)
			}
			f.Summary = "From, the server's own address, came back as another one"
		case "from-port-anyway":
			f = strong(6)
			f.Summary = "From came back with a port that the server had not written"
		case "via-host":
			f = proof()
			if side == ServerSide {
				f = strong(10)
			}
			f.Summary = "the Via that the server had written came back with another address"
		case "branch":
			f = strong(10)
			if o.transactions() > 1 {
				f = proof()
			}
			f.Summary = "the branch of the server's Via came back as another one"
		case "call-id":
			f = proof()
			f.Summary = "an address in the server's Call-ID came back as another one"
		case "record-route":
			f = strong(4)
			f.Summary = "Record-Route came back with another address"
		default:
			continue
		}
		f.Innocent = echoInnocent
		out = append(out, f)
	}
	return out
}
