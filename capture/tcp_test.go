package capture

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var (
	phoneAddr  = AddrFrom4(0xc0000201, 49152)
	serverAddr = AddrFrom4(0xc6336401, 5060)
)

// seg is a segment as the tests write it: "c" client to server, "s" the other way.
type seg struct {
	from    string
	seq     uint32
	data    string
	flags   string // S, F, R
	ack     uint32
	ms      int64
	missing int
}

// feed gives segments to an assembler and returns what it hands on: one line
// per packet, direction, connection, frame, flags, payload.
func feed(a *assembler, segs []seg) (got []string) {
	emit := func(p *Packet) bool {
		from := "c"
		if p.Src == serverAddr {
			from = "s"
		}
		flags := ""
		for _, f := range []struct {
			on   bool
			name string
		}{{p.First, "first"}, {p.Gap, "gap"}, {p.Fin, "fin"}} {
			if f.on {
				flags += " " + f.name
			}
		}
		got = append(got, fmt.Sprintf("%s%d #%d%s %s", from, p.Conn, p.Frame, flags, p.Payload))
		return true
	}
	for i, s := range segs {
		p := &Packet{
			Proto: TCP, Frame: i + 1, Time: s.ms * 1e6,
			Src: phoneAddr, Dst: serverAddr, Payload: []byte(s.data), Missing: s.missing,
		}
		if s.from == "s" {
			p.Src, p.Dst = p.Dst, p.Src
		}
		a.segment(p, &segment{
			seq: s.seq, ack: s.ack, syn: strings.Contains(s.flags, "S"),
			fin: strings.Contains(s.flags, "F"), rst: strings.Contains(s.flags, "R"),
		}, emit)
	}
	a.flush(emit)
	return got
}

func TestAssembler(t *testing.T) {
	syn := seg{from: "c", seq: 99, flags: "S"}
	wrap := uint32(1<<32 - 3)
	for _, tt := range []struct {
		name string
		segs []seg
		want []string
	}{
		{
			"handshake and two ways",
			[]seg{syn, {from: "s", seq: 499, flags: "S", ack: 100}, {from: "c", seq: 100, ack: 500}, {from: "c", seq: 100, data: "abc", ack: 500}, {from: "s", seq: 500, data: "xyz", ack: 103}, {from: "c", seq: 103, data: "def", flags: "F", ack: 503}, {from: "s", seq: 503, flags: "F", ack: 107}},
			[]string{"c1 #4 first abc", "s1 #5 first xyz", "c1 #6 fin def", "s1 #7 fin "},
		},
		{
			"out of order",
			[]seg{syn, {from: "c", seq: 103, data: "def"}, {from: "c", seq: 106, data: "ghi"}, {from: "c", seq: 100, data: "abc"}, {from: "c", seq: 109, data: "jkl"}},
			[]string{"c1 #4 first abc", "c1 #2 def", "c1 #3 ghi", "c1 #5 jkl"},
		},
		{
			"retransmitted, other boundaries",
			[]seg{syn, {from: "c", seq: 100, data: "abc"}, {from: "c", seq: 100, data: "abc"}, {from: "c", seq: 102, data: "cde"}, {from: "c", seq: 100, data: "abcdefg"}, {from: "c", seq: 101, data: "bcd"}},
			[]string{"c1 #2 first abc", "c1 #4 de", "c1 #5 fg"},
		},
		{
			"overlaps behind a hole",
			[]seg{syn, {from: "c", seq: 103, data: "def"}, {from: "c", seq: 102, data: "cdefg"}, {from: "c", seq: 104, data: "ef"}, {from: "c", seq: 100, data: "abcd"}},
			[]string{"c1 #5 first abcd", "c1 #3 efg"},
		},
		{
			"wrap",
			[]seg{{from: "c", seq: wrap - 1, flags: "S"}, {from: "c", seq: wrap, data: "ab"}, {from: "c", seq: wrap + 4, data: "ef"}, {from: "c", seq: wrap + 2, data: "cd"}, {from: "c", seq: wrap, data: "ab"}, {from: "c", seq: wrap + 6, data: "gh"}},
			[]string{"c1 #2 first ab", "c1 #4 cd", "c1 #3 ef", "c1 #6 gh"},
		},
		{
			"data with the SYN",
			[]seg{{from: "c", seq: 99, flags: "S", data: "abc"}, {from: "c", seq: 100, data: "abcdef"}},
			[]string{"c1 #1 first abc", "c1 #2 def"},
		},
		{
			"keep-alive probes",
			[]seg{syn, {from: "c", seq: 100, data: "abc"}, {from: "c", seq: 102, data: "\x00"}, {from: "c", seq: 102}, {from: "c", seq: 103, data: "def"}},
			[]string{"c1 #2 first abc", "c1 #5 def"},
		},
		{
			"from the middle, with a probe first",
			[]seg{{from: "c", seq: 99, data: "\x00", ack: 7}, {from: "c", seq: 100, data: "abc"}, {from: "c", seq: 90, data: "old"}, {from: "s", seq: 7, data: "xyz"}},
			[]string{"c1 #1 \x00", "c1 #2 abc", "s1 #4 xyz"},
		},
		{
			"lost, acknowledged before",
			[]seg{syn, {from: "c", seq: 100, data: "abc"}, {from: "s", seq: 500, ack: 106}, {from: "c", seq: 106, data: "ghi", ack: 500}, {from: "s", seq: 500, data: "x", ack: 109, ms: 51}},
			[]string{"c1 #2 first abc", "c1 #4 gap ghi", "s1 #5 x"},
		},
		{
			"lost, acknowledged later",
			[]seg{syn, {from: "c", seq: 100, data: "abc"}, {from: "c", seq: 106, data: "ghi"}, {from: "s", seq: 500, data: "x", ack: 109, ms: 51}, {from: "c", seq: 109, data: "j", ms: 51}},
			[]string{"c1 #2 first abc", "c1 #3 gap ghi", "s1 #4 x", "c1 #5 j"},
		},
		{
			"acknowledged, but captured late",
			[]seg{syn, {from: "c", seq: 106, data: "ghi"}, {from: "s", seq: 500, data: "x", ack: 109, ms: 5}, {from: "c", seq: 100, data: "abcdef", ms: 10}},
			[]string{"s1 #3 x", "c1 #4 first abcdef", "c1 #2 ghi"},
		},
		{
			"lost in part",
			[]seg{syn, {from: "c", seq: 106, data: "ghi"}, {from: "s", seq: 500, data: "x", ack: 103, ms: 51}, {from: "c", seq: 100, data: "abcdef", ms: 52}},
			[]string{"s1 #3 x", "c1 #4 gap def", "c1 #2 ghi"},
		},
		{
			"lost, after three seconds",
			[]seg{syn, {from: "c", seq: 103, data: "def"}, {from: "c", seq: 109, data: "jkl", ms: 1000}, {from: "s", seq: 500, data: "x", ms: 3001}, {from: "c", seq: 112, data: "mno", ms: 3002}},
			[]string{"c1 #2 gap def", "c1 #3 gap jkl", "s1 #4 x", "c1 #5 mno"},
		},
		{
			"lost at the end of input",
			[]seg{syn, {from: "c", seq: 103, data: "def"}},
			[]string{"c1 #2 gap def"},
		},
		{
			"FIN behind a hole",
			[]seg{syn, {from: "c", seq: 103, data: "def", flags: "F"}, {from: "c", seq: 106, flags: "F"}, {from: "c", seq: 100, data: "abc"}, {from: "c", seq: 106, flags: "F"}},
			[]string{"c1 #4 first abc", "c1 #2 fin def"},
		},
		{
			"RST",
			[]seg{syn, {from: "c", seq: 100, data: "abc"}, {from: "c", seq: 106, data: "ghi"}, {from: "c", seq: 1 << 30, flags: "R"}, {from: "c", seq: 109, flags: "R"}, {from: "c", seq: 109, flags: "R"}},
			[]string{"c1 #2 first abc", "c1 #3 gap ghi", "c1 #5 fin "},
		},
		{
			"cut by the snaplen",
			[]seg{syn, {from: "c", seq: 100, data: "abc", missing: 5}, {from: "c", seq: 108, data: "ijk"}, {from: "c", seq: 111, missing: 2, flags: "F"}},
			[]string{"c1 #2 first abc", "c1 #3 gap ijk", "c1 #4 gap fin "},
		},
		{
			"ports used again",
			[]seg{syn, {from: "s", seq: 499, flags: "S", ack: 100}, {from: "c", seq: 100, data: "abc"}, {from: "c", seq: 106, data: "ghi"}, syn, {from: "c", seq: 7, flags: "S"}, {from: "s", seq: 9, flags: "S", ack: 8}, {from: "c", seq: 8, data: "new"}, {from: "s", seq: 10, data: "too"}},
			[]string{"c1 #3 first abc", "c1 #4 gap ghi", "c2 #8 first new", "s2 #9 first too"},
		},
		{
			"ports used again, only the answer seen",
			[]seg{{from: "c", seq: 100, data: "abc"}, {from: "s", seq: 9, flags: "S", ack: 1 << 20}, {from: "c", seq: 1 << 20, data: "new"}},
			[]string{"c1 #1 abc", "c2 #3 first new"},
		},
		{
			"ports used again, no SYN seen",
			[]seg{{from: "c", seq: 1 << 30, data: "abc"}, {from: "c", seq: 100, data: "def"}, {from: "c", seq: 103, data: "ghi"}, {from: "c", seq: 106, data: "jkl"}},
			[]string{"c1 #1 abc", "c2 #3 ghi", "c2 #4 jkl"},
		},
		{
			"ports used again after RST, no SYN seen",
			[]seg{{from: "c", seq: 1 << 30, data: "abc"}, {from: "c", seq: 1<<30 + 3, flags: "R"}, {from: "c", seq: 100, data: "def"}},
			[]string{"c1 #1 abc", "c1 #2 fin ", "c2 #3 def"},
		},
		{
			"SYN captured after its answer",
			[]seg{{from: "s", seq: 499, flags: "S", ack: 100}, syn, {from: "c", seq: 100, data: "abc"}},
			[]string{"c1 #3 first abc"},
		},
		{"nothing", []seg{syn, {from: "s", seq: 0, flags: "R", ack: 100}, {from: "c", seq: 100}, {from: "c", seq: 100, flags: "R"}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAssembler()
			got := feed(a, tt.segs)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			checkEmpty(t, a)
		})
	}
}

// checkEmpty tells whether anything waits or is counted that isn't there.
func checkEmpty(t testing.TB, a *assembler) {
	t.Helper()
	if a.waits.bytes != 0 || a.waits.oldest != nil || a.waits.newest != nil {
		t.Errorf("%d bytes wait in %v", a.waits.bytes, a.waits.oldest)
	}
}

func TestAssemblerStops(t *testing.T) {
	a := newAssembler()
	n := 0
	emit := func(*Packet) bool { n++; return false }
	at := func(seq uint32, data string) bool {
		return a.segment(&Packet{Src: phoneAddr, Dst: serverAddr, Payload: []byte(data)}, &segment{seq: seq}, emit)
	}
	if at(100, "abc") || !at(106, "g") || !at(108, "i") || at(103, "def") || n != 2 {
		t.Errorf("%d packets", n)
	}
	if a.flush(emit) || n != 3 {
		t.Errorf("%d packets after flush", n)
	}
}

func TestAssemblerBounds(t *testing.T) {
	a := newAssembler()
	var pieces, gaps int
	emit := func(p *Packet) bool {
		pieces++
		if p.Gap {
			gaps++
		}
		return true
	}
	send := func(host int, seq uint32, n int, s segment) {
		s.seq = seq
		a.segment(&Packet{Src: AddrFrom4(uint32(host), 5060), Dst: serverAddr, Time: 1, Payload: make([]byte, n)}, &s, emit)
	}
	for i := range maxDirPieces {
		send(1, uint32(1000+2*i), 1, segment{})
	}
	// The first has set the base, so that 31 wait; two more are too many.
	if pieces != 1 || gaps != 0 {
		t.Errorf("%d pieces before the bound", pieces)
	}
	send(1, 2000, 1, segment{})
	send(1, 2002, 1, segment{})
	if pieces != 2 || gaps != 1 {
		t.Errorf("%d pieces, %d gaps behind the bound of pieces", pieces, gaps)
	}

	pieces = 0
	for host := 2; host < 2000; host++ {
		send(host, 1, 1, segment{syn: true})
		send(host, 3, 60000, segment{})
		if a.waits.bytes > maxTotalWait {
			t.Fatalf("%d bytes wait", a.waits.bytes)
		}
	}
	if pieces == 0 {
		t.Error("nothing was handed on early")
	}
	a.flush(emit)
	checkEmpty(t, a)
}

func TestAssemblerFlood(t *testing.T) {
	a := newAssembler()
	n := 0
	emit := func(*Packet) bool { n++; return true }
	addr := func(i int) Addr { return AddrFrom4(uint32(i), 5060) }
	one := func(i int, seq uint32, data string, syn bool) {
		a.segment(&Packet{Src: addr(i), Dst: serverAddr, Time: int64(i), Payload: []byte(data)}, &segment{seq: seq, syn: syn}, emit)
	}
	one(1, 100, "abc", false)
	for i := 2; i < 3*maxConns; i++ {
		one(i, 1, "", true)
	}
	if got := len(a.table.byKey); got != maxConns {
		t.Errorf("%d connections", got)
	}
	if want := 2*maxConns - 1; a.evicted != want {
		t.Errorf("%d evicted, want %d", a.evicted, want)
	}
	one(1, 103, "def", false)
	if a.table.opened != 3*maxConns-1 || n != 2 {
		t.Errorf("the connection with data was pushed out: opened %d, handed on %d", a.table.opened, n)
	}

	// Half open ones are forgotten soon, the others after hours.
	for i, want := range []int{maxConns, 1, 1, 0} {
		a.now = []int64{60e9, 300e9, 7200e9, 20000e9}[i]
		a.expire(emit)
		if got := len(a.table.byKey); got != want {
			t.Errorf("%d connections after %d s, want %d", got, a.now/1e9, want)
		}
	}
	for range a.table.conns {
		one(9, 100, "x", false)
	}
	if len(a.table.conns) != maxConns {
		t.Errorf("%d entries, free ones were not used again", len(a.table.conns))
	}
}

// content is what the stream of the tests holds at a sequence number.
func content(seq uint32, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		x := (seq + uint32(i)) * 2654435761
		b[i] = byte(x >> 24)
	}
	return b
}

// TestAssemblerAnyOrder: whatever the boundaries, the order within a window,
// and the copies, the same bytes come out in order without a gap.
func TestAssemblerAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		base := rapid.Uint32().Draw(rt, "base")
		total := rapid.IntRange(1, 4000).Draw(rt, "length")
		type part struct{ off, n, place int }
		var parts []part
		for off := 0; off < total; {
			n := min(total-off, rapid.IntRange(1, 500).Draw(rt, "cut"))
			parts = append(parts, part{off: off, n: n})
			if rapid.IntRange(0, 3).Draw(rt, "again") == 0 {
				back := rapid.IntRange(0, min(off, 300)).Draw(rt, "back")
				parts = append(parts, part{off: off - back, n: rapid.IntRange(1, back+n).Draw(rt, "again length")})
			}
			off += n
		}
		for i := range parts {
			parts[i].place = i + rapid.IntRange(0, maxDirPieces/2).Draw(rt, "late")
		}
		slices.SortStableFunc(parts, func(a, b part) int { return a.place - b.place })
		a := newAssembler()
		var got []byte
		emit := func(p *Packet) bool {
			if p.Gap || p.First != (len(got) == 0) || p.Conn != 1 || p.Src != phoneAddr {
				rt.Fatalf("gap %v, first %v, connection %d after %d bytes", p.Gap, p.First, p.Conn, len(got))
			}
			got = append(got, p.Payload...)
			return true
		}
		a.segment(&Packet{Src: phoneAddr, Dst: serverAddr}, &segment{seq: base - 1, syn: true}, emit)
		for i, s := range parts {
			seq := base + uint32(s.off)
			b := content(seq, s.n)
			a.segment(&Packet{Src: phoneAddr, Dst: serverAddr, Frame: i, Payload: b}, &segment{seq: seq}, emit)
			clear(b) // the read buffer is used again
		}
		if want := content(base, total); !slices.Equal(got, want) {
			rt.Fatalf("%d bytes of %d, or others", len(got), total)
		}
		checkEmpty(t, a)
	})
}

func FuzzAssembler(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 1, 0, 20, 9, 0, 0, 1, 0, 10, 9, 0}, uint32(1<<32-9))
	f.Add([]byte{1, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 1, 0, 9, 40, 9, 0, 8, 0, 49, 1, 0, 4, 1, 0, 1, 0, 12}, uint32(0))
	f.Fuzz(func(t *testing.T, ops []byte, base uint32) {
		a := newAssembler()
		type streamKey struct {
			conn uint64
			src  Addr
		}
		ends := map[streamKey]uint32{}
		rstFrame := 0
		emit := func(p *Packet) bool {
			key, d := connKeyOf(p.Src, p.Dst)
			i, ok := a.table.find(key)
			if !ok || p.Conn == 0 || p.Conn > a.table.opened {
				t.Fatalf("connection %d unknown", p.Conn)
			}
			// deliver has counted the payload already.
			end := a.table.conns[i].dirs[d].next
			start := end - uint32(len(p.Payload))
			if !slices.Equal(p.Payload, content(start, len(p.Payload))) {
				t.Errorf("payload of #%d is not what was sent at %d", p.Frame, start)
			}
			k := streamKey{p.Conn, p.Src}
			if last, seen := ends[k]; seen && (int32(start-last) < 0 || start != last && !p.Gap) {
				t.Errorf("piece at %d behind %d, gap %v", start, last, p.Gap)
			} else if seen && p.First {
				t.Error("first twice")
			}
			if p.Fin && p.Frame != rstFrame {
				end++ // a FIN has a sequence number, a RST has none
			}
			ends[k] = end
			return true
		}
		var now int64
		next := [2]uint32{base, base * 3}
		for n := 0; len(ops) >= 6; n++ {
			flags, length, off, ack := ops[0], int(ops[4])*6, int16(ops[2])<<8|int16(ops[3]), ops[5]
			now += int64(ops[1]) * 30e6
			d := int(flags >> 1 & 1)
			s := segment{seq: next[d] + uint32(off), syn: flags&1 != 0, fin: flags&4 != 0, rst: flags&0x38 == 0x38}
			if ack > 0 {
				s.ack = next[1-d] + uint32(ack-1)*16
			}
			if flags&0xc0 == 0xc0 {
				next[d] = s.seq
			}
			if s.rst {
				rstFrame = n + 1
			}
			first := s.seq
			if s.syn {
				first++
			}
			p := &Packet{Src: phoneAddr, Dst: serverAddr, Frame: n + 1, Time: now, Payload: content(first, length)}
			if d == 1 {
				p.Src, p.Dst = p.Dst, p.Src
			}
			if flags&8 != 0 {
				p.Missing = length / 3
				p.Payload = p.Payload[:length-p.Missing]
			}
			a.segment(p, &s, emit)
			clear(p.Payload)
			for _, dir := range a.table.conns {
				for _, dir := range dir.dirs {
					if w := dir.wait; w != nil && (w.bytes > maxDirWait || len(w.pieces) > maxDirPieces || len(w.pieces) == 0) {
						t.Fatalf("%d bytes, %d pieces wait", w.bytes, len(w.pieces))
					}
				}
			}
			ops = ops[6:]
		}
		a.flush(emit)
		checkEmpty(t, a)
	})
}

func BenchmarkAssembler(b *testing.B) {
	payload := make([]byte, 500)
	nop := func(*Packet) bool { return true }
	b.Run("in order", func(b *testing.B) {
		a := newAssembler()
		p := &Packet{Src: phoneAddr, Dst: serverAddr}
		s := &segment{seq: 1, ack: 1}
		b.ReportAllocs()
		for b.Loop() {
			p.Payload = payload
			a.segment(p, s, nop)
			s.seq += uint32(len(payload))
			p.Time += 1000
		}
	})
	b.Run("in order, 10000 connections", func(b *testing.B) {
		a := newAssembler()
		p := &Packet{Dst: serverAddr}
		s := &segment{seq: 1, ack: 1}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if i%10000 == 0 {
				s.seq += uint32(len(payload))
			}
			p.Src = AddrFrom4(uint32(i%10000), 5060)
			p.Payload = payload
			a.segment(p, s, nop)
			p.Time += 1000
		}
	})
	b.Run("swapped pairs", func(b *testing.B) {
		a := newAssembler()
		p := &Packet{Src: phoneAddr, Dst: serverAddr}
		s := &segment{seq: 1, syn: true}
		a.segment(p, s, nop)
		b.ReportAllocs()
		for i := uint32(0); b.Loop(); i++ {
			p.Payload = payload
			a.segment(p, &segment{seq: 2 + (i^1)*500}, nop)
			p.Time += 1000
		}
	})
	b.Run("SYN flood", func(b *testing.B) {
		a := newAssembler()
		p := &Packet{Dst: serverAddr}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			p.Src, p.Payload = AddrFrom4(uint32(i), uint16(i)), nil
			a.segment(p, &segment{seq: uint32(i), syn: true}, nop)
			p.Time += 1000
		}
	})
}
