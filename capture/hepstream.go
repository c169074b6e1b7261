package capture

import "bytes"

const (
	maxHEPStreams = 64
	maxHEPLen     = 65535
)

// hepStream is one direction of a TCP connection that carries HEP3.
type hepStream struct {
	key hepKey
	buf []byte // the start of a packet that is not whole yet
}

type hepKey struct {
	conn uint64
	src  Addr
}

// hepStreams are the TCP connections known to carry HEP, oldest first.
type hepStreams struct {
	streams []*hepStream
	pkt     Packet // what is handed on; the assembler keeps its own
}

// tcpBytes takes what the assembler has in order, cuts the streams of HEP
// senders into packets, and hands on everything else as it is.
func (d *decoder) tcpBytes(p *Packet) bool {
	start := isHEP3(p.Payload)
	if !start && len(d.hepTCP.streams) == 0 {
		return d.emit(p)
	}
	s := d.hepTCP.find(hepKey{p.Conn, p.Src}, start)
	if s == nil {
		return d.emit(p)
	}
	if p.Fin {
		defer d.hepTCP.remove(s)
	}
	b := p.Payload
	if p.Gap {
		s.buf = s.buf[:0]
	}
	if len(s.buf) > 0 {
		s.buf = append(s.buf, b...)
		b = s.buf
	}
	for {
		if !isHEP3(b) && len(b) >= hep3HeaderLen {
			b = skipToHEP3(b)
		}
		if len(b) < hep3HeaderLen {
			break
		}
		n := int(b[4])<<8 | int(b[5])
		if n > len(b) {
			break
		}
		h, _, ok := parseHEP3(b[:max(n, hep3HeaderLen)], 0)
		if !ok {
			d.inputs[p.Input].Undecoded++
			b = b[4:]
			continue
		}
		q := &d.hepTCP.pkt
		*q = *p
		q.Conn, q.First, q.Gap, q.Fin, q.Missing = 0, false, false, false, 0
		if !d.handHEP(q, &h) {
			return false
		}
		b = b[n:]
	}
	s.buf = append(s.buf[:0], b...)
	return true
}

// skipToHEP3 returns b from the next packet's start on, or the few last bytes
// that may be the beginning of one.
func skipToHEP3(b []byte) []byte {
	if i := bytes.Index(b, []byte("HEP3")); i >= 0 {
		return b[i:]
	}
	return b[len(b)-3:]
}

// find returns the stream of a key, and makes one if add is set.
func (h *hepStreams) find(key hepKey, add bool) *hepStream {
	for _, s := range h.streams {
		if s.key == key {
			return s
		}
	}
	if !add {
		return nil
	}
	if len(h.streams) == maxHEPStreams {
		h.remove(h.streams[0])
	}
	s := &hepStream{key: key}
	h.streams = append(h.streams, s)
	return s
}

func (h *hepStreams) remove(s *hepStream) {
	for i := range h.streams {
		if h.streams[i] == s {
			h.streams = append(h.streams[:i], h.streams[i+1:]...)
			return
		}
	}
}
