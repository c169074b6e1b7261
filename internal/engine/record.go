package engine

import (
	"net/netip"

	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/sipparse"
)

// The log keeps the first and the newest records of an endpoint; a fixed
// router shows in the newest, a learner in the first.
const (
	logHead = 16
	logTail = 24
)

var methodNames = [...]string{"", "INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "UPDATE", "PRACK", "SUBSCRIBE"}

// keep adds a message to the log. One that says the same as the last of its
// kind from the same source only counts.
func (c *claims) keep(r *detectors.Record, p *party, m *sipparse.Message, x *sipMeta, mt method) {
	r.Method = methodNames[mt]
	if !m.Request {
		r.Status = m.Status
	}
	for i := len(c.log) - 1; i >= 0; i-- {
		o := &c.log[i]
		if o.Method != r.Method || o.Status/100 != r.Status/100 || o.Status == 0 != (r.Status == 0) {
			continue
		}
		if alike(o, r, p.source) {
			o.Count++
			o.LastFrame, o.LastTime = x.frame, x.time
			c.told = c.told || p.answersTo > 0
			return
		}
		break
	}
	if mt == mOther {
		if m.Request {
			r.Method = clip(m.Method, 32)
		} else if cs, ok := m.CSeq(); ok {
			r.Method = clip(cs.Method, 32)
		}
	}
	r.Frame, r.LastFrame, r.Time, r.LastTime, r.Count = x.frame, x.frame, x.time, x.time, 1
	r.Source = p.source
	r.Auth = m.First(sipparse.HdrAuthorization) != nil || m.First(sipparse.HdrProxyAuthorization) != nil
	r.Told = p.answersTo > 0 || p.peer != nil && p.peer.messages > 0
	r.MaxForwards = maxForwards(m)
	r.Segments, r.Size = max(x.segments, 1), len(m.Raw)
	if len(c.log) >= logHead+logTail {
		copy(c.log[logHead:], c.log[logHead+1:])
		c.log = c.log[:len(c.log)-1]
		c.skipped++
	}
	c.log = append(c.log, *r)
}

// alike tells whether two messages paint the same picture of their sender.
func alike(a, b *detectors.Record, source netip.AddrPort) bool {
	return a.Via == b.Via && a.Contact == b.Contact && a.Conn == b.Conn && a.Origin == b.Origin &&
		a.Vias == b.Vias && !b.NewSession &&
		a.ViaAddr == b.ViaAddr && a.ContactAddr == b.ContactAddr && a.ConnAddr.Addr() == b.ConnAddr.Addr() &&
		a.OriginIP == b.OriginIP && a.Source == source
}

func maxForwards(m *sipparse.Message) int {
	v := m.Value(sipparse.HdrMaxForwards)
	if len(v) == 0 || len(v) > 3 {
		return -1
	}
	n := 0
	for _, c := range v {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// addrOf is a written host with its effective port; not valid for a name.
func addrOf(h *sipparse.Host, transport string) netip.AddrPort {
	port := effectivePort(h.Port, transport)
	if !h.IP.IsValid() || port < 0 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(h.IP, uint16(port))
}
