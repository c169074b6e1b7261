package capture

import "math"

// Bounds of the assembler. SIP fits them many times over; what does not fit is
// handed on early with Gap, never kept.
const (
	maxConns      = 1 << 16
	maxDirWait    = 64 << 10 // bytes of one direction that wait for a hole to be filled
	maxDirPieces  = 32
	maxTotalWait  = 32 << 20 // bytes of all connections, with their overhead
	maxHoleAge    = 3e9      // ns a hole may stay open; a retransmission comes sooner
	ackGrace      = 50e6     // ns it may when the other side has the bytes; captures swap a few ms
	maxAckAhead   = 1 << 24  // a further ack is not believed
	maxBehind     = 1 << 20  // what lies further back is no retransmission
	pieceOverhead = 512      // of a waiting piece beside its bytes
)

// segment is the TCP header of a packet, beside its addresses and payload.
type segment struct {
	seq, ack      uint32 // ack 0: none (of 2^32 real acks one is missed, which harms nothing)
	syn, fin, rst bool
}

// assembler puts TCP segments in order, connection by connection.
//
//	segment ─► connection (tcp_conn.go) ─┬─ in order ─► emit, no copy
//	                                     └─ behind a hole ─► wait (tcp_wait.go) ─► emit
//
// Copies, retransmissions and keep-alive probes fall out by sequence number.
type assembler struct {
	table connTable
	waits waitList
	out   Packet // what is handed on from the waiting pieces
	now   int64  // capture time; stands still for packets without one

	// evicted counts the connections that were still open when the table was
	// full and they were dropped.
	evicted int
}

func newAssembler() *assembler { return &assembler{} }

// segment takes one segment (p.Payload is its data, p.Missing what the snaplen
// cut from it) and hands on the bytes that are now in order: p itself, with the
// stream fields set and Payload trimmed, or packets that had waited. It returns
// false as soon as emit did. p.Payload is not what it was after the call.
func (a *assembler) segment(p *Packet, s *segment, emit func(*Packet) bool) bool {
	if !p.NoTime {
		a.now = p.Time
	}
	if a.waits.oldest != nil && !a.skipAged(emit) || !a.expire(emit) {
		return false
	}
	key, d := connKeyOf(p.Src, p.Dst)
	i, ok := a.table.find(key)
	if !ok {
		if !s.syn && (s.rst || len(p.Payload)+p.Missing == 0) {
			return true // nothing worth an entry
		}
		if i, ok = a.open(key, emit); !ok {
			return false
		}
	} else if a.isOther(&a.table.conns[i], d, p, s) {
		if !a.reopen(i, emit) {
			return false
		}
	}
	c := &a.table.conns[i]
	dir, peer := &c.dirs[d], &c.dirs[1-d]
	seq := s.seq
	if s.syn {
		seq++
		c.handshake(dir, peer, seq, s.ack)
	}
	if s.ack != 0 && peer.started {
		peer.noteAck(s.ack)
	}
	for d := range c.dirs {
		if c.dirs[d].wait != nil && !a.drain(c, &c.dirs[d], false, emit) {
			return false
		}
	}
	more := a.data(p, s, c, dir, seq, emit)
	a.table.touch(i, a.now)
	return more
}

// isOther tells whether a segment belongs to another connection than c: its
// ports were used again, with a SYN or, where that was not captured, without.
func (a *assembler) isOther(c *conn, d int, p *Packet, s *segment) bool {
	dir, peer := &c.dirs[d], &c.dirs[1-d]
	if s.syn {
		if dir.started {
			return s.seq+1 != dir.base
		}
		if !peer.started {
			return false
		}
		// The answer to the peer's SYN acknowledges that, and the data that came with it.
		return s.ack == 0 && peer.data || s.ack != 0 && s.ack-peer.base > math.MaxUint16
	}
	n := uint32(len(p.Payload) + p.Missing)
	if !dir.started || n == 0 || s.rst {
		return false
	}
	ahead := int32(s.seq - dir.next)
	closed := c.class() == classClosed
	if ahead > -maxBehind && (ahead < maxBehind || !closed) {
		dir.strayed = false
		return false
	}
	// Far from the stream. One such segment may be anything; two in a row are a stream.
	if closed || dir.strayed && dir.stray == s.seq {
		return true
	}
	dir.strayed, dir.stray = true, s.seq+n
	return false
}

// data handles the data, FIN and RST of a segment that starts at seq.
func (a *assembler) data(p *Packet, s *segment, c *conn, dir *direction, seq uint32, emit func(*Packet) bool) bool {
	if s.rst {
		return a.reset(p, c, dir, seq, emit)
	}
	n := len(p.Payload) + p.Missing
	if n == 0 && !s.fin {
		return true
	}
	if !dir.started {
		dir.start(seq)
	}
	ahead := int32(seq - dir.next)
	if ahead > 0 {
		return a.keep(p, c, dir, seq, s.fin, emit)
	}
	if !a.deliver(p, c, dir, -int(ahead), s.fin, emit) {
		return false
	}
	return dir.wait == nil || a.drain(c, dir, false, emit)
}

// deliver hands p on without its first old bytes, which were handed on before.
func (a *assembler) deliver(p *Packet, c *conn, dir *direction, old int, fin bool, emit func(*Packet) bool) bool {
	n := len(p.Payload)
	cut := min(old, n)
	lost := p.Missing - (old - cut)
	fin = fin && !dir.fin && old <= n+p.Missing
	if cut == n && lost <= 0 && !fin {
		return true // all of it is old
	}
	p.Payload = p.Payload[cut:]
	p.Missing = max(lost, 0)
	p.Conn, p.First, p.Gap = c.id, dir.first && !dir.gap, dir.gap
	p.Fin = fin && lost <= 0
	dir.next += uint32(len(p.Payload))
	more := true
	if len(p.Payload) > 0 || p.Fin {
		dir.first, dir.gap = false, false
		more = emit(p)
	}
	if lost > 0 {
		dir.skipTo(dir.next + uint32(lost))
		if fin && more { // the FIN stands behind what the snaplen cut
			p.Payload, p.Missing = nil, 0
			p.First, p.Gap, p.Fin = false, true, true
			dir.gap = false
			more = emit(p)
		}
	}
	if fin {
		dir.next++
		dir.fin = true
	}
	dir.data = true
	if int32(dir.acked-dir.next) < 0 {
		dir.acked = dir.next
	}
	p.Conn, p.First, p.Gap, p.Fin = 0, false, false, false // p is its owner's again
	return more
}

// reset ends a connection: nothing that is missing will come any more.
func (a *assembler) reset(p *Packet, c *conn, dir *direction, seq uint32, emit func(*Packet) bool) bool {
	if dir.started && dir.data {
		if off := int32(seq - dir.next); off < -1 || off > maxBehind {
			return true // outside of any window: not the host's
		}
	}
	c.closed = true
	for d := range c.dirs {
		if c.dirs[d].wait != nil && !a.drain(c, &c.dirs[d], true, emit) {
			return false
		}
	}
	if !dir.data || dir.fin {
		return true
	}
	dir.fin = true
	p.Payload, p.Missing = nil, 0
	p.Conn, p.First, p.Gap, p.Fin = c.id, false, dir.gap, true
	more := emit(p)
	p.Conn, p.Gap, p.Fin = 0, false, false
	return more
}

// flush hands on what was still waiting, as if the missing bytes were lost.
func (a *assembler) flush(emit func(*Packet) bool) bool {
	for a.waits.oldest != nil {
		if !a.skip(a.waits.oldest, emit) {
			return false
		}
	}
	return true
}
