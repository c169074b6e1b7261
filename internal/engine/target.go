package engine

import (
	"net/netip"
	"slices"

	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/sipparse"
)

// given is a Contact that one side of a call gave the other: where requests
// within the dialog go (RFC 3261 §12.1).
type given struct {
	to partyKey // the flow on which those requests will come
	ip netip.Addr
}

const maxGiven = 8

// give keeps the Contact of a message that sets the remote target (§12.2: the
// requests that refresh it, and what is not an error in answer to them).
func (c *call) give(p *party, m *sipparse.Message, frame int) {
	if !m.Request && (m.Status <= 100 || m.Status >= 300) || len(c.given) >= maxGiven || m.First(sipparse.HdrContact) == nil {
		return
	}
	na, ok := m.Contact()
	if !ok || na.Star {
		return
	}
	g := given{p.key.reverse(), na.URI.Host.IP.Unmap()}
	if !slices.Contains(c.given, g) {
		c.given = append(c.given, g)
	}
	if p.insideContact == 0 && g.ip == p.source.Addr() && detectors.Inside(g.ip) && isPublic(p.key.dst) {
		p.insideContact = frame
	}
}

// targets lists the Contacts that the sender of a request within a call was
// given by the other side; nil when none was seen, or more than are kept.
func (e *Engine) targets(p *party, m *sipparse.Message, mt method) (out []netip.Addr) {
	switch mt {
	case mAck, mBye, mInvite, mUpdate, mPrack:
	default:
		return nil
	}
	c := e.calls[string(m.CallID())]
	if c == nil || len(c.given) == 0 || len(c.given) >= maxGiven {
		return nil
	}
	out = e.given[:0]
	for _, g := range c.given {
		if g.to == p.key {
			out = append(out, g.ip)
		}
	}
	e.given = out
	if to, ok := m.To(); !ok {
		return nil
	} else if _, tagged := to.Params.Get("tag"); !tagged {
		return nil
	}
	return out
}
