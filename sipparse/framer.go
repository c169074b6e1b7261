package sipparse

import "bytes"

// Bounds of a Framer.
const (
	maxFramed    = 80 << 10 // bytes of a message: a body of 64 KiB has room; a larger one is cut
	maxStartLine = 4 << 10
	probe        = 4 << 10 // binary without a start line is not SIP; text has maxFramed
	maxMarks     = 128     // writes that one message remembers apart
)

// Framed is one SIP message cut from a stream, with the frames it came in.
type Framed struct {
	// Msg aliases the bytes written when the message lay in one write, else the
	// Framer's buffer; it is valid until the callback returns. When the stream
	// goes on with neither a message nor a line end where Content-Length ends
	// the body, the rest of that write up to the next start line is part of Msg.
	Msg        []byte
	Frame      int   // of the write that completed it
	Time       int64 // likewise
	FirstFrame int   // of the write that began it
	Segments   int   // number of writes that hold a part of it
	Cut        bool  // incomplete: ended by a gap, the end, or the bound of 80 KiB
}

// Framer cuts the bytes of one direction of a stream transport into SIP
// messages (RFC 3261 §18.3: Content-Length ends them). Where that is missing or
// wrong, and behind a gap, it finds the next start line. The zero value is ready.
type Framer struct {
	buf   []byte // begins with what may be a message
	marks []mark // the writes that buf came from
	last  mark   // the latest write, whether marked or not
	extra int    // writes in buf beyond maxMarks

	state framerState
	kind  streamKind
	bol   bool // looking: the next byte begins a line
	found bool // there was a message
	http  bool // looks like an HTTP exchange, perhaps an upgrade

	msg        extent
	total      int64
	looked     int // bytes skipped while looking for the first message
	skipped    int64
	keepAlives int
}

// mark tells where in buf the bytes of a write begin.
type mark struct {
	off   int
	frame int
	time  int64
}

type framerState uint8

const (
	between framerState = iota // at the start of a stream or behind a message
	looking                    // for a start line, skipping all else
	within
)

type streamKind uint8

const (
	kindOpen streamKind = iota
	kindOther
	kindTLS
	kindWebSocket
)

// NotSIP tells that the stream began with something else than SIP; what is
// written from then on is skipped unread.
func (f *Framer) NotSIP() bool { return f.kind != kindOpen }

// TLS tells that the stream began with a TLS record.
func (f *Framer) TLS() bool { return f.kind == kindTLS }

// WebSocket tells that the stream began with an upgrade to WebSocket (RFC 6455).
func (f *Framer) WebSocket() bool { return f.kind == kindWebSocket }

// Skipped returns the number of bytes that were part of no message: keep-alives,
// damaged pieces, and all of a stream that is not SIP.
func (f *Framer) Skipped() int64 { return f.skipped }

// KeepAlives returns how often line ends came between messages (RFC 5626 §3.5.1).
func (f *Framer) KeepAlives() int { return f.keepAlives }

// Buffered returns the number of bytes that wait for the rest of their message;
// never more than 80 KiB.
func (f *Framer) Buffered() int { return len(f.buf) }

// Write takes the next bytes of the stream, which came in the given frame, and
// calls fn for each message that they complete. gap tells that bytes were lost
// before b. When fn returns false Write does too, and the Framer is done with.
func (f *Framer) Write(b []byte, frame int, time int64, gap bool, fn func(Framed) bool) bool {
	if gap && !f.breakOff(fn) {
		return false
	}
	first := f.total == 0
	f.total += int64(len(b))
	if f.kind != kindOpen {
		f.skipped += int64(len(b))
		return true
	}
	if first {
		f.http = bytes.HasPrefix(b, []byte("GET ")) || bytes.HasPrefix(b, []byte("HTTP/1.1 101"))
	}
	now := mark{len(f.buf), frame, time}
	data := b
	if now.off > 0 {
		f.buf = append(f.buf, b...)
		data = f.buf
	}
	if !f.found && tlsRecord(data) {
		f.giveUp(kindTLS, len(data))
		return true
	}
	n, more := f.run(data, now, false, fn)
	if !more {
		return false
	}
	switch {
	case f.kind != kindOpen:
		f.giveUp(f.kind, len(data)-n)
	case !f.found && f.looked >= probe && (f.looked >= maxFramed || bytes.IndexByte(b, 0) >= 0):
		f.giveUp(kindOther, len(data)-n)
	default:
		f.hold(data[n:], n, now)
	}
	return true
}

// Close ends the stream: a message that is not complete is handed on as Cut.
func (f *Framer) Close(fn func(Framed) bool) bool { return f.breakOff(fn) }

// breakOff hands on what is there of a message that will not go on.
func (f *Framer) breakOff(fn func(Framed) bool) bool {
	end := f.last
	end.off = len(f.buf)
	n, more := f.run(f.buf, end, true, fn)
	f.skipped += int64(len(f.buf) - n)
	f.release()
	f.state, f.bol = looking, false
	return more
}

// run takes message after message from data, of which the bytes from now.off
// are new, and returns how many bytes it is done with. final: no more follow.
func (f *Framer) run(data []byte, now mark, final bool, fn func(Framed) bool) (pos int, more bool) {
	for pos < len(data) {
		rest := data[pos:]
		switch f.state {
		case between:
			if n := blankPrefix(rest); n > 0 {
				f.keepAlives++
				f.skip(&pos, n)
				continue
			}
			switch m := atStart(rest); {
			case m == yes:
				f.begin()
			case m == maybe && !final:
				return pos, true
			default:
				f.state, f.bol = looking, false
			}
		case looking:
			n, found := f.look(rest, pos == now.off, final)
			f.skip(&pos, n)
			f.looked += n
			if f.kind != kindOpen {
				return pos, true
			}
			if found {
				f.begin()
			} else if pos < len(data) {
				return pos, true
			}
		case within:
			n, cut := f.msg.measure(rest, final)
			if n == 0 {
				return pos, true
			}
			f.state, f.bol = between, false
			if n > maxFramed {
				n, cut = maxFramed, true
				f.state = looking
			}
			if cut && f.msg.fields == 0 {
				f.skip(&pos, n)
				continue
			}
			fr := f.frames(pos, pos+n, now)
			fr.Msg, fr.Cut = rest[:n:n], cut
			pos += n
			if !fn(fr) {
				return pos, false
			}
		}
	}
	return pos, true
}

func (f *Framer) begin() {
	f.state, f.found = within, true
	f.msg = extent{length: -1}
}

func (f *Framer) skip(pos *int, n int) {
	*pos += n
	f.skipped += int64(n)
}

// frames tells which writes data[from:to] came in.
func (f *Framer) frames(from, to int, now mark) Framed {
	fr := Framed{Frame: now.frame, Time: now.time, FirstFrame: now.frame, Segments: 1}
	if from >= now.off {
		return fr
	}
	i := f.markAt(from)
	fr.FirstFrame = f.marks[i].frame
	if to > now.off {
		fr.Segments += len(f.marks) - i + f.extra
		return fr
	}
	j := f.markAt(to - 1)
	fr.Segments = 1 + j - i
	fr.Frame, fr.Time = f.marks[j].frame, f.marks[j].time
	if j == len(f.marks)-1 && f.extra > 0 {
		fr.Segments += f.extra
		fr.Frame, fr.Time = f.last.frame, f.last.time
	}
	return fr
}

// markAt returns the index of the write that brought buf[off].
func (f *Framer) markAt(off int) int {
	i := len(f.marks) - 1
	for i > 0 && f.marks[i].off > off {
		i--
	}
	return i
}

// hold keeps rest, which is the data of the last write from offset n on.
func (f *Framer) hold(rest []byte, n int, now mark) {
	f.last = now
	if len(rest) == 0 {
		f.release()
		return
	}
	if f.buf == nil {
		f.buf = make([]byte, 0, max(2*len(rest), 2048))
		f.marks = make([]mark, 0, 4)
	}
	if now.off == 0 || n >= now.off { // all of it is of this write
		f.buf = append(f.buf[:0], rest...)
		f.marks, f.extra = append(f.marks[:0], mark{0, now.frame, now.time}), 0
		return
	}
	if n > 0 {
		i := f.markAt(n)
		f.buf = append(f.buf[:0], rest...)
		f.marks = f.marks[:copy(f.marks, f.marks[i:])]
		for i := range f.marks {
			f.marks[i].off = max(f.marks[i].off-n, 0)
		}
	}
	if len(f.marks) < maxMarks {
		f.marks = append(f.marks, mark{now.off - n, now.frame, now.time})
	} else {
		f.extra++
	}
}

// release drops the buffer: most streams rest between messages.
func (f *Framer) release() {
	f.buf, f.marks, f.extra = nil, nil, 0
}

func (f *Framer) giveUp(k streamKind, unread int) {
	f.kind = k
	f.skipped += int64(unread)
	f.release()
}

// look skips to the next start line that a header field follows. It returns
// what to skip; found is false where more is needed. fresh tells that b begins
// with a write, where a message may begin behind anything.
func (f *Framer) look(b []byte, fresh, final bool) (n int, found bool) {
	for n < len(b) {
		if f.bol || fresh && n == 0 && startsKnown(b) {
			switch m := startsMessage(b[n:]); {
			case m == yes:
				return n, true
			case m == maybe && !final:
				f.bol = true
				return n, false
			}
		}
		i := bytes.IndexByte(b[n:], '\n')
		f.bol = i >= 0
		if i < 0 {
			return len(b), false
		}
		if f.http && isUpgrade(b[n:n+i]) {
			f.kind = kindWebSocket
		}
		n += i + 1
	}
	return n, false
}

func isUpgrade(line []byte) bool {
	return prefixFold(line, "upgrade:") && equalFold(trim(line[len("upgrade:"):]), "websocket")
}

// tlsRecord tells a TLS record header: type, then version 3.x.
func tlsRecord(b []byte) bool {
	return len(b) >= 3 && 0x14 <= b[0] && b[0] <= 0x18 && b[1] == 3 && b[2] <= 4
}

// blankPrefix returns the length of what keeps connections alive between
// messages: line ends, and the zero bytes of some phones.
func blankPrefix(b []byte) int {
	n := 0
	for n < len(b) && (b[n] == '\r' || b[n] == '\n' || b[n] == 0) {
		n++
	}
	return n
}
