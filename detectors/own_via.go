package detectors

import (
	"bytes"
	"strings"

	"github.com/algsniff/algsniff/sipparse"
)

// ownVia finds a phone's Via that was already filled in by somebody who should
// have added one of his own.
var ownVia = Detector{
	ID:    "own-via",
	Title: "The phone's own Via says where it was received",
	Cite:  "RFC 3261 §18.2.1; RFC 3581 §4",
	Says: "received and the value of rport are filled in by the server that gets a request, or by a proxy, which then puts its own Via on top. " +
		"Here the request came with one Via that already had them. Something between the phone and this capture wrote into the phone's own header without declaring itself.",
	Guards: "One Via, request whole. A few phones copy the Via of the last answer, filled in, into their next request. So it is proof only where a NAT is shown by an inside " +
		"address or a second phone, at least two requests have it, and one of them is the first REGISTER of its session, without credentials and before any answer.",
	Innocent: ownViaInnocent,
	Classes:  []Class{Proof, Strong},
	Groups:   []Group{Structure},
	Needs:    needsRouterBetween,
	Message:  noteOwnVia,
	Check:    checkOwnVia,
}

const (
	ownViaInnocent = "a phone that copies the Via of the server's last answer into its next request"
	untold         = "untold"
)

var receivedParam, rportParam = []byte("received"), []byte("rport=")

func noteOwnVia(c *Context, m *sipparse.Message, note Note) {
	if !m.Request || c.Clipped || c.Record == nil || c.Record.Vias != 1 {
		return
	}
	if top := m.Value(sipparse.HdrVia); !bytes.Contains(top, receivedParam) && !bytes.Contains(top, rportParam) {
		return
	}
	v, ok := m.TopVia()
	if !ok || !v.Received.IsValid() && v.RPort <= 0 {
		return
	}
	key := "told"
	if r := c.Record; r.NewSession && !c.Told && m.First(sipparse.HdrAuthorization) == nil {
		key = untold
	}
	note(key, "Via: "+plainVia(string(v.Raw)), "Via: "+string(v.Raw))
}

// plainVia is a Via as its owner would have sent it.
func plainVia(raw string) string {
	parts := strings.Split(raw, ";")
	out := parts[:1]
	for _, p := range parts[1:] {
		name, _, _ := strings.Cut(strings.TrimSpace(p), "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "received":
		case "rport":
			out = append(out, "rport")
		default:
			out = append(out, p)
		}
	}
	return strings.Join(out, ";")
}

func checkOwnVia(ev *Evidence) []Finding {
	obs := ev.Of("own-via")
	if len(obs) == 0 {
		return nil
	}
	n, first := 0, false
	for i := range obs {
		n += obs[i].Count
		first = first || obs[i].Key == untold
	}
	f, _ := together(obs, Strong, Structure, 12)
	f.Times = n
	f.Summary = "the phone's only Via arrived with received= or rport= already filled in"
	f.Innocent = ownViaInnocent
	for _, s := range ev.NAT {
		if first && n > 1 && (s.ID == "inside-address" || s.ID == "siblings") {
			f.Class, f.DB = Proof, 0
		}
	}
	if n == 1 {
		f.DB = 8
	}
	return []Finding{f}
}
