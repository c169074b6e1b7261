package capture

// Classes of connections, in the order in which they make room for a new one:
// a SYN flood pushes out itself and not the streams that carry data.
const (
	classClosed = iota
	classHalf   // no data yet
	classOpen
	numClasses
)

// idleAge is how long a connection may rest before it is forgotten, in ns. An
// open one must outlast the keep-alive of a host, two hours by default.
func idleAge(class int) int64 {
	if class == classOpen {
		return 3 * 3600e9
	}
	return 120e9
}

// connKey is both addresses of a connection in an order of their own, packed
// without padding so that it hashes as one block.
type connKey struct {
	loHi, loLo, hiHi, hiLo, ports uint64
}

// connKeyOf returns the key and the direction: 0 when src is the lower address.
func connKeyOf(src, dst Addr) (connKey, int) {
	if less(dst, src) {
		return connKey{dst.Hi, dst.Lo, src.Hi, src.Lo, uint64(dst.Port)<<16 | uint64(src.Port)}, 1
	}
	return connKey{src.Hi, src.Lo, dst.Hi, dst.Lo, uint64(src.Port)<<16 | uint64(dst.Port)}, 0
}

func less(a, b Addr) bool {
	if a.Hi != b.Hi {
		return a.Hi < b.Hi
	}
	if a.Lo != b.Lo {
		return a.Lo < b.Lo
	}
	return a.Port < b.Port
}

// conn is one TCP connection.
type conn struct {
	key    connKey
	id     uint64
	last   int64 // time of its latest segment, to about a second
	dirs   [2]direction
	prev   int32 // towards the newest of its class, -1 at the end
	next   int32 // towards the oldest; of a free entry the next free one
	list   uint8 // class whose list it is in
	closed bool  // by RST
}

// direction is one of the two streams of a connection.
type direction struct {
	wait  *wait  // pieces behind a hole, nil when there are none
	base  uint32 // first sequence number: behind the SYN, or where it was first seen
	next  uint32 // sequence number that comes next
	acked uint32 // highest believable ack of the other side; counts when beyond next
	stray uint32 // end of a segment far from next, valid iff strayed

	started bool // base and next are known
	first   bool // nothing was handed on since the SYN
	data    bool // something was
	gap     bool // bytes before next are lost
	fin     bool
	strayed bool
}

func (d *direction) start(seq uint32) {
	d.base, d.next, d.acked, d.started = seq, seq, seq, true
}

func (d *direction) skipTo(seq uint32) { d.next, d.gap = seq, true }

func (d *direction) noteAck(ack uint32) {
	if ahead := int32(ack - d.next); ahead > 0 && ahead < maxAckAhead && int32(ack-d.acked) > 0 {
		d.acked = ack
	}
}

// handshake starts the streams from a SYN whose data would begin at seq.
func (c *conn) handshake(dir, peer *direction, seq, ack uint32) {
	if !dir.started {
		dir.start(seq)
		dir.first = true
	}
	if ack != 0 && !peer.started {
		peer.start(ack) // its SYN was not captured, but this is the answer
		peer.first = true
	}
}

func (c *conn) class() uint8 {
	switch {
	case c.closed || c.dirs[0].fin && c.dirs[1].fin:
		return classClosed
	case c.dirs[0].data || c.dirs[1].data:
		return classOpen
	}
	return classHalf
}

// connTable finds connections by address and lists them by class and age. It
// grows with the connections that live at one time, up to maxConns.
type connTable struct {
	byKey   map[connKey]int32
	conns   []conn
	free    int32 // 1 + index of the first free entry
	newest  [numClasses]int32
	oldest  [numClasses]int32 // both 1 + index, 0: empty
	opened  uint64
	checked int64 // time of the last look for aged ones
	recent  int32 // 1 + index found last; segments come in bursts
}

func (t *connTable) find(k connKey) (int32, bool) {
	if t.recent > 0 && t.conns[t.recent-1].key == k {
		return t.recent - 1, true
	}
	i, ok := t.byKey[k]
	if ok {
		t.recent = i + 1
	}
	return i, ok
}

// add makes room and an entry; there must be less than maxConns.
func (t *connTable) add(k connKey, now int64) int32 {
	if t.byKey == nil {
		t.byKey = make(map[connKey]int32)
	}
	var i int32
	if t.free > 0 {
		i = t.free - 1
		t.free = t.conns[i].next
	} else {
		i = int32(len(t.conns))
		t.conns = append(t.conns, conn{})
	}
	t.opened++
	t.conns[i] = conn{key: k, id: t.opened, last: now}
	t.byKey[k] = i
	t.push(i, classHalf)
	return i
}

func (t *connTable) remove(i int32) {
	t.unlink(i)
	t.recent = 0
	delete(t.byKey, t.conns[i].key)
	t.conns[i] = conn{next: t.free}
	t.free = i + 1
}

// touch makes a connection the newest of its class. Within a second it stays
// where it is: the neighbours of each are elsewhere in memory.
func (t *connTable) touch(i int32, now int64) {
	c := &t.conns[i]
	class := c.class()
	if c.list == class && uint64(now-c.last) < 1e9 {
		return
	}
	c.last = now
	t.unlink(i)
	t.push(i, class)
}

func (t *connTable) push(i int32, class uint8) {
	c := &t.conns[i]
	c.list, c.prev, c.next = class, -1, t.newest[class]-1
	if c.next >= 0 {
		t.conns[c.next].prev = i
	} else {
		t.oldest[class] = i + 1
	}
	t.newest[class] = i + 1
}

func (t *connTable) unlink(i int32) {
	c := &t.conns[i]
	if c.prev >= 0 {
		t.conns[c.prev].next = c.next
	} else {
		t.newest[c.list] = c.next + 1
	}
	if c.next >= 0 {
		t.conns[c.next].prev = c.prev
	} else {
		t.oldest[c.list] = c.prev + 1
	}
}

// open enters a new connection, and drops another one where the table is full.
func (a *assembler) open(k connKey, emit func(*Packet) bool) (int32, bool) {
	t := &a.table
	if len(t.byKey) >= maxConns {
		class := 0
		for t.oldest[class] == 0 {
			class++
		}
		if class != classClosed {
			a.evicted++
		}
		if !a.drop(t.oldest[class]-1, emit) {
			return 0, false
		}
	}
	return t.add(k, a.now), true
}

// reopen makes a new connection out of one whose ports were used again.
func (a *assembler) reopen(i int32, emit func(*Packet) bool) bool {
	if !a.drainConn(i, emit) {
		return false
	}
	c := &a.table.conns[i]
	a.table.opened++
	c.id, c.closed, c.dirs = a.table.opened, false, [2]direction{}
	return true
}

// drop forgets a connection after handing on what waits in it.
func (a *assembler) drop(i int32, emit func(*Packet) bool) bool {
	if !a.drainConn(i, emit) {
		return false
	}
	a.table.remove(i)
	return true
}

func (a *assembler) drainConn(i int32, emit func(*Packet) bool) bool {
	c := &a.table.conns[i]
	for d := range c.dirs {
		if c.dirs[d].wait != nil && !a.drain(c, &c.dirs[d], true, emit) {
			return false
		}
	}
	return true
}

// expire forgets the connections that were idle too long. It looks once per
// second of capture time.
func (a *assembler) expire(emit func(*Packet) bool) bool {
	t, now := &a.table, a.now
	if now-t.checked < 1e9 && now >= t.checked {
		return true
	}
	t.checked = now
	for class := range t.oldest {
		for t.oldest[class] > 0 {
			i := t.oldest[class] - 1
			if now-t.conns[i].last <= idleAge(class) {
				break
			}
			if !a.drop(i, emit) {
				return false
			}
		}
	}
	return true
}
