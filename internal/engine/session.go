package engine

import (
	"net/netip"

	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/sipparse"
)

const (
	maxSessions  = 4 // of a party, the newest
	maxRewording = 4
)

// offered is the newest SDP of a session as one party wrote it.
type offered struct {
	key     uint64 // Call-ID and o= session
	version uint64
	origin  netip.Addr
	conn    netip.AddrPort
	media   int // number of m= lines
	frame   int
}

// sessions remembers the newest SDPs of a party, and where one was worded
// anew without saying so.
type sessions struct {
	ring     []offered
	next     int // the oldest, once the ring is full
	reworded []detectors.Rewording
}

// see holds a session description against the one before it of the same
// session: o= without its address names one (RFC 4566 §5.2), and its version
// grows with every change (RFC 3264 §8).
func (s *sessions) see(p *party, m *sipparse.Message, d *sipparse.SDP, md *sipparse.Media, conn *sipparse.Conn, x *sipMeta) {
	if x.cut || len(d.Origin.SessID) == 0 || !d.Origin.Host.IP.IsValid() || !conn.Host.IP.IsValid() ||
		conn.Host.IP.IsUnspecified() || md.Port <= 0 {
		return
	}
	now := offered{
		key:     hash64(m.CallID()) ^ hash64(d.Origin.SessID)*0x9e3779b97f4a7c15,
		version: hash64(d.Origin.SessVersion),
		origin:  d.Origin.Host.IP, conn: netip.AddrPortFrom(conn.Host.IP, uint16(md.Port)),
		media: len(d.Media), frame: x.frame,
	}
	for i := range s.ring {
		was := &s.ring[i]
		if was.key != now.key {
			continue
		}
		same := was.version == now.version && was.media == now.media
		if len(s.reworded) < maxRewording && (was.origin != now.origin || same && was.conn != now.conn) {
			s.reworded = append(s.reworded, detectors.Rewording{
				Frames: [2]int{was.frame, now.frame}, Time: x.time, SameVersion: same,
				Session: clip(d.Origin.SessID, 32), Version: clip(d.Origin.SessVersion, 32),
				Origin: [2]netip.Addr{was.origin, now.origin}, Conn: [2]netip.AddrPort{was.conn, now.conn},
				Source: [2]netip.AddrPort{p.source, p.source},
			})
		}
		*was = now
		return
	}
	if len(s.ring) < maxSessions {
		s.ring = append(s.ring, now)
		return
	}
	s.ring[s.next] = now
	s.next = (s.next + 1) % maxSessions
}
