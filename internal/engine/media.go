package engine

import (
	"net/netip"
	"strings"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/rtpstats"
	"github.com/algsniff/algsniff/sipparse"
)

// mediaRef says whose media address this is: as written in an SDP, or as seen
// on a stream that was joined to the call.
type mediaRef struct {
	call      *call
	side      side
	frame     int
	seen      bool // learned from a packet, not written
	ambiguous bool // written in more than one call (inside addresses of two homes)
}

// learnMedia keeps the media addresses and payload types that one side wrote.
func (e *Engine) learnMedia(c *call, s side, p *party, d *sipparse.SDP, x *sipMeta) {
	ms := &c.media[s]
	ms.sdp, ms.frame = true, x.frame
	usable, held := 0, false
	for i := range d.Media {
		md := &d.Media[i]
		conn := &d.Conn
		if md.Conn.Raw != nil {
			conn = &md.Conn
		}
		if md.Port <= 0 || i >= 16 {
			continue
		}
		if !isRTPProfile(md.Proto) {
			continue
		}
		usable++
		dir := md.Dir
		if dir == sipparse.DirUnset {
			dir = d.Dir
		}
		ip := conn.Host.IP
		if dir == sipparse.DirSendOnly || dir == sipparse.DirInactive || dir == sipparse.DirRecvOnly || ip.IsValid() && ip.IsUnspecified() {
			held = true
		}
		if i == 0 || len(ms.payloads) == 0 {
			ms.payloads = e.codecs.payloads(md)
		} else if more := e.codecs.payloads(md); len(more) > 0 {
			ms.payloads = mergePayloads(ms.payloads, more)
		}
		if ip.IsValid() && !ip.IsUnspecified() {
			a := capture.AddrFrom(netip.AddrPortFrom(ip, uint16(md.Port)))
			e.learnAddr(a, mediaRef{call: c, side: s, frame: x.frame})
		}
	}
	ms.rejected = usable == 0
	if held {
		ms.hold = true
	}
	e.eachLive(c, func(st *stream) {
		if st.toSide == s {
			st.rtp.SetPayloads(ms.payloads)
		}
	})
}

// isRTPProfile tells RTP/AVP and its kin from T.38, MSRP and the like.
func isRTPProfile(proto []byte) bool {
	return strings.Contains(strings.ToUpper(clip(proto, 32)), "RTP/")
}

// learnAddr notes a media address. Streams that waited for it join the call.
func (e *Engine) learnAddr(a capture.Addr, ref mediaRef) {
	old := e.media[a]
	switch {
	case old == nil:
		if len(ref.call.addrs) >= 64 {
			return
		}
	case old.call == ref.call:
		if !ref.seen && old.seen {
			old.seen, old.side, old.frame = false, ref.side, ref.frame
		}
		return
	case ref.seen && !old.call.endedBefore(e.now):
		return // what an SDP says goes before what one packet showed
	case !ref.seen && !old.seen && !old.call.endedBefore(e.now) && detectors.Inside(a.IP()):
		ref.ambiguous = true
	}
	r := ref
	e.media[a] = &r
	ref.call.addrs = append(ref.call.addrs, a)
	if keys := e.waiting[a]; len(keys) > 0 {
		for _, k := range append([]streamKey(nil), keys...) {
			if s := e.streams.find(&k.src, &k.dst, k.ssrc); s != nil && s.call == nil {
				e.joinStream(s)
			}
		}
	}
}

// mediaOf returns the call that a flow belongs to: by the address it goes to,
// else the one it comes from.
func (e *Engine) mediaOf(k *streamKey) (ref *mediaRef, ok bool) {
	to, from := e.media[k.dst], e.media[k.src]
	switch {
	case to == nil && from == nil:
		return nil, false
	case to == nil:
		return from, true
	case from == nil || !to.ambiguous || from.call == to.call:
		return to, true
	}
	return from, true
}

// joinStream ties a stream to its call, or lets it wait for one. The address
// it came from is then known as its sender's, so that the answer to a NATed
// source finds the call too.
func (e *Engine) joinStream(s *stream) {
	ref, ok := e.mediaOf(&s.key)
	if !ok {
		e.wait(s)
		return
	}
	e.unwait(s)
	c := ref.call
	s.call, s.announced = c, true
	if ref == e.media[s.key.dst] {
		s.toSide = ref.side
	} else {
		s.toSide = ref.side.other()
	}
	c.live++
	if len(c.keys) < maxCallStreams {
		c.keys = append(c.keys, s.key)
	}
	if len(c.streams) < 256 {
		c.streams = append(c.streams, s.order)
	}
	pl := c.media[s.toSide].payloads
	if pl == nil {
		pl = c.media[s.toSide.other()].payloads
	}
	if pl != nil {
		s.rtp.SetPayloads(pl)
	}
	e.noteElsewhere(c, s)
	e.learnAddr(s.key.src, mediaRef{call: c, side: s.toSide.other(), frame: s.firstFrame, seen: true})
}

// noteElsewhere keeps that RTP came from another public address or port than
// its sender's SDP said. Behind a plain NAT the SDP is private and says nothing.
func (e *Engine) noteElsewhere(c *call, s *stream) {
	if r := e.media[s.key.src]; r != nil && r.call == c && !r.seen {
		return
	}
	from := s.toSide.other()
	for _, a := range c.addrs {
		r := e.media[a]
		if r == nil || r.call != c || r.seen || r.side != from || detectors.Inside(a.IP()) {
			continue
		}
		if len(c.elsewhere) < 4 {
			c.elsewhere = append(c.elsewhere, rtpElsewhere{s.firstFrame, s.key.src, a})
		}
		return
	}
}

func (e *Engine) wait(s *stream) {
	e.waiting[s.key.src] = append(e.waiting[s.key.src], s.key)
	e.waiting[s.key.dst] = append(e.waiting[s.key.dst], s.key)
}

func (e *Engine) unwait(s *stream) {
	for _, a := range [2]capture.Addr{s.key.src, s.key.dst} {
		keys := e.waiting[a]
		for i := range keys {
			if keys[i] == s.key {
				keys = append(keys[:i], keys[i+1:]...)
				if len(keys) == 0 {
					delete(e.waiting, a)
				} else {
					e.waiting[a] = keys
				}
				break
			}
		}
	}
}

// codecTable shares the payload lists of equal media descriptions: an office
// of equal phones has one.
type codecTable struct {
	m map[uint64][]rtpstats.Payload
}

func (t *codecTable) payloads(md *sipparse.Media) []rtpstats.Payload {
	h := uint64(len(md.Codecs))
	for i := range md.Codecs {
		c := &md.Codecs[i]
		h = (h^hash64(c.Name))*0x9e3779b97f4a7c15 + uint64(c.PT) + uint64(c.Clock)<<8 + uint64(c.Channels)<<40
	}
	if p, ok := t.m[h]; ok {
		return p
	}
	list := make([]rtpstats.Payload, 0, len(md.Codecs))
	for i := range md.Codecs {
		c := &md.Codecs[i]
		if len(list) >= 64 {
			break
		}
		name := clip(c.Name, 32)
		pl := rtpstats.Payload{
			PT: c.PT, Codec: name, Clock: uint32(c.Clock), Channels: c.Channels,
			Event: strings.EqualFold(name, "telephone-event"),
		}
		if name == "" {
			st, ok := rtpstats.StaticPayload(c.PT)
			if !ok {
				continue
			}
			pl = st
		}
		list = append(list, pl)
	}
	if t.m == nil || len(t.m) >= 4096 {
		t.m = map[uint64][]rtpstats.Payload{}
	}
	t.m[h] = list
	return list
}

// mergePayloads adds the types of another media section of the same SDP.
func mergePayloads(a, b []rtpstats.Payload) []rtpstats.Payload {
	out := append([]rtpstats.Payload(nil), a...)
	for _, p := range b {
		known := false
		for i := range a {
			known = known || a[i].PT == p.PT
		}
		if !known {
			out = append(out, p)
		}
	}
	return out
}
