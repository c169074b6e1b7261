package capture

import "slices"

// piece is a segment behind a hole. pkt.Payload is a copy of its own.
type piece struct {
	seq uint32
	fin bool
	pkt Packet
}

// end is the sequence number behind the piece.
func (w *piece) end() uint32 {
	n := w.seq + uint32(len(w.pkt.Payload)+w.pkt.Missing)
	if w.fin {
		n++
	}
	return n
}

// wait holds the pieces of one direction that wait for earlier bytes.
type wait struct {
	pieces []piece // by sequence number; may overlap
	bytes  int
	since  int64 // time when the present hole was first seen
	key    connKey
	dir    int

	older, newer *wait
}

// waitList lists the waits by since, for all connections together.
type waitList struct {
	oldest, newest *wait
	bytes          int // held by all, with overhead
}

func (l *waitList) push(w *wait) {
	w.older, w.newer = l.newest, nil
	if l.newest != nil {
		l.newest.newer = w
	} else {
		l.oldest = w
	}
	l.newest = w
}

func (l *waitList) remove(w *wait) {
	if w.older != nil {
		w.older.newer = w.newer
	} else {
		l.oldest = w.newer
	}
	if w.newer != nil {
		w.newer.older = w.older
	} else {
		l.newest = w.older
	}
	w.older, w.newer = nil, nil
}

// keep copies a segment that lies behind a hole, and hands on what may no
// longer wait.
func (a *assembler) keep(p *Packet, c *conn, dir *direction, seq uint32, fin bool, emit func(*Packet) bool) bool {
	w := dir.wait
	if w == nil {
		_, d := connKeyOf(p.Src, p.Dst)
		w = &wait{since: a.now, key: c.key, dir: d}
		dir.wait = w
		a.waits.push(w)
	}
	if w.add(p, seq, fin) {
		w.bytes += len(p.Payload)
		a.waits.bytes += len(p.Payload) + pieceOverhead
	}
	if !a.drain(c, dir, false, emit) {
		return false
	}
	for a.waits.bytes > maxTotalWait {
		if !a.skip(a.waits.oldest, emit) {
			return false
		}
	}
	return true
}

// add enters a copy of p in its place, unless another piece covers it.
func (w *wait) add(p *Packet, seq uint32, fin bool) bool {
	n := piece{seq: seq, fin: fin, pkt: *p}
	end := n.end()
	at := len(w.pieces)
	for at > 0 && int32(w.pieces[at-1].seq-seq) > 0 {
		at--
	}
	for i := range w.pieces[:at] {
		if q := &w.pieces[i]; int32(q.end()-end) >= 0 && q.pkt.Missing == 0 {
			return false
		}
	}
	n.pkt.Payload = slices.Clone(p.Payload)
	w.pieces = slices.Insert(w.pieces, at, n)
	return true
}

// drain hands on the pieces that are next. At a hole it stops, unless that is
// known to be lost, too much waits behind it, or all is true.
func (a *assembler) drain(c *conn, dir *direction, all bool, emit func(*Packet) bool) bool {
	w, moved := dir.wait, false
	for len(w.pieces) > 0 {
		q := &w.pieces[0]
		if ahead := int32(q.seq - dir.next); ahead > 0 {
			// What was received is not sent again for us.
			received := int32(0)
			if a.now-w.since > ackGrace {
				received = int32(dir.acked - dir.next)
			}
			switch {
			case all || received >= ahead || w.bytes > maxDirWait || len(w.pieces) > maxDirPieces:
				dir.skipTo(q.seq)
			case received > 0:
				dir.skipTo(dir.acked)
				return true
			case moved: // another hole than before
				w.since = a.now
				a.waits.remove(w)
				a.waits.push(w)
				return true
			default:
				return true
			}
		}
		a.out = q.pkt
		old, fin := int(dir.next-q.seq), q.fin
		w.drop(&a.waits)
		moved = true
		if !a.deliver(&a.out, c, dir, old, fin, emit) {
			return false
		}
	}
	dir.wait = nil
	a.waits.remove(w)
	return true
}

// drop takes the first piece off.
func (w *wait) drop(l *waitList) {
	n := len(w.pieces[0].pkt.Payload)
	w.bytes -= n
	l.bytes -= n + pieceOverhead
	w.pieces = slices.Delete(w.pieces, 0, 1)
}

// skip gives up the hole before the pieces of w, and every later one in it.
func (a *assembler) skip(w *wait, emit func(*Packet) bool) bool {
	i, _ := a.table.find(w.key)
	c := &a.table.conns[i]
	return a.drain(c, &c.dirs[w.dir], true, emit)
}

// skipAged gives up the holes that stayed open too long.
func (a *assembler) skipAged(emit func(*Packet) bool) bool {
	for w := a.waits.oldest; w != nil && a.now-w.since > maxHoleAge; w = a.waits.oldest {
		if !a.skip(w, emit) {
			return false
		}
	}
	return true
}
