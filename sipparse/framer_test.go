package sipparse

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sipMessage builds a message with the header fields given as lines.
func sipMessage(start, body string, fields ...string) string {
	return start + "\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n" +
		strings.Join(append(fields, ""), "\r\n") + "\r\n" + body
}

func withLength(start, ctype, body string) string {
	fields := []string{fmt.Sprintf("Content-Length: %d", len(body))}
	if ctype != "" {
		fields = append(fields, "Content-Type: "+ctype)
	}
	return sipMessage(start, body, fields...)
}

const (
	inviteLine = "INVITE sip:b@c SIP/2.0"
	sdpBody    = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nm=audio 4000 RTP/AVP 0\r\n"
)

// piece is one write to a Framer.
type piece struct {
	data string
	gap  bool
}

// framed is what came out, in a form to compare.
type framed struct {
	msg string
	cut bool
}

func frameAll(t testing.TB, f *Framer, ps []piece) (got []framed) {
	t.Helper()
	keep := func(fr Framed) bool {
		got = append(got, framed{string(fr.Msg), fr.Cut})
		if len(fr.Msg) > maxFramed || len(fr.Msg) == 0 {
			t.Errorf("message of %d bytes", len(fr.Msg))
		}
		if fr.FirstFrame > fr.Frame || fr.Segments < 1 {
			t.Errorf("frames %d..%d in %d segments", fr.FirstFrame, fr.Frame, fr.Segments)
		}
		return true
	}
	for i, p := range ps {
		f.Write([]byte(p.data), i+1, int64(i+1), p.gap, keep)
		if f.Buffered() > maxFramed {
			t.Errorf("%d bytes buffered", f.Buffered())
		}
	}
	f.Close(keep)
	return got
}

func whole(msgs ...string) (fs []framed) {
	for _, m := range msgs {
		fs = append(fs, framed{m, false})
	}
	return fs
}

func TestFramer(t *testing.T) {
	var (
		reg    = withLength("REGISTER sip:c SIP/2.0", "", "")
		invite = withLength(inviteLine, "application/sdp", sdpBody)
		ok     = withLength("SIP/2.0 200 OK", "application/sdp", sdpBody)
		frag   = withLength("NOTIFY sip:b@c SIP/2.0", "message/sipfrag", "SIP/2.0 200 OK\r\nVia: x\r\n\r\n")
		sdpLen = func(v string) string {
			return sipMessage(inviteLine, sdpBody, "Content-Type: application/sdp", v)
		}
		tooLarge = sdpLen(fmt.Sprintf("Content-Length: %d", len(sdpBody)+8))
		absurd   = sdpLen("Content-Length: 4000000000")
		tooSmall = sdpLen(fmt.Sprintf("Content-Length: %d", len(sdpBody)-8))
		noLength = sdpLen("X: y")
		fragLong = sipMessage("NOTIFY sip:b@c SIP/2.0", "SIP/2.0 200 OK\r\n", "Content-Type: message/sipfrag", "Content-Length: 60")
		big      = withLength("MESSAGE sip:b@c SIP/2.0", "text/plain", strings.Repeat("long line\r\n", 9000))
	)
	one := func(ss ...string) (ps []piece) {
		for _, s := range ss {
			ps = append(ps, piece{data: s})
		}
		return ps
	}
	for _, tt := range []struct {
		name    string
		writes  []piece
		want    []framed
		skipped int
	}{
		{"one", one(reg), whole(reg), 0},
		{"pipelined", one(reg + invite + ok), whole(reg, invite, ok), 0},
		{"keep-alives", one("\r\n\r\n"+reg, "\r\n\r\n", "\r\n", "\x00\x00\x00\x00", invite), whole(reg, invite), 14},
		{"line feeds only", one(strings.ReplaceAll(reg+reg, "\r", "")), whole(strings.ReplaceAll(reg, "\r", ""), strings.ReplaceAll(reg, "\r", "")), 0},
		{"split in the header", one(invite[:50], invite[50:]+reg[:3], reg[3:]), whole(invite, reg), 0},
		{"compact, odd spelling", one(sdpLen(fmt.Sprintf("L \t:  %d ", len(sdpBody))) + reg), whole(sdpLen(fmt.Sprintf("L \t:  %d ", len(sdpBody))), reg), 0},
		{"folded length", one(sdpLen(fmt.Sprintf("Content-Length:\r\n  %d", len(sdpBody))) + reg), whole(sdpLen(fmt.Sprintf("Content-Length:\r\n  %d", len(sdpBody))), reg), 0},
		{"sipfrag", one(frag + reg), whole(frag, reg), 0},
		{"sipfrag in halves", one(frag[:len(frag)-9], frag[len(frag)-9:], reg), whole(frag, reg), 0},
		{"length too large", one(tooLarge + reg + ok), whole(tooLarge, reg, ok), 0},
		{"length too large, in writes", one(tooLarge, reg, ok), whole(tooLarge, reg, ok), 0},
		{"length too large, at the end", one(reg, tooLarge), []framed{{reg, false}, {tooLarge, true}}, 0},
		{"length absurd", one(absurd, reg[:40], reg[40:]), whole(absurd, reg), 0},
		{"length too large for a sipfrag", one(fragLong+reg, ok), whole(fragLong, reg, ok), 0},
		{"length too small", one(tooSmall + reg + ok), whole(tooSmall, reg, ok), 0},
		{"length too small, rest later", one(tooSmall[:len(tooSmall)-8], tooSmall[len(tooSmall)-8:], reg), whole(tooSmall[:len(tooSmall)-8], reg), 8},
		{"no length", one(noLength + reg), whole(noLength, reg), 0},
		{"no length, in writes", one(noLength, reg[:20], reg[20:]), whole(noLength, reg), 0},
		{"no length, body later", one(strings.TrimSuffix(noLength, sdpBody), sdpBody, reg), whole(noLength, reg), 0},
		{"no length, body never", one(strings.TrimSuffix(noLength, sdpBody), reg), whole(strings.TrimSuffix(noLength, sdpBody), reg), 0},
		{"no length, no body", one(sipMessage("ACK sip:b@c SIP/2.0", "") + reg), whole(sipMessage("ACK sip:b@c SIP/2.0", ""), reg), 0},
		{"negative length", one(sdpLen("Content-Length: -1") + reg), whole(sdpLen("Content-Length: -1"), reg), 0},
		{"length in words", one(sdpLen("Content-Length: ten") + reg), whole(sdpLen("Content-Length: ten"), reg), 0},
		{"header never ends", one("INVITE sip:b@c SIP/2.0\r\nVia: x\r\n" + reg), []framed{{"INVITE sip:b@c SIP/2.0\r\nVia: x\r\n", true}, {reg, false}}, 0},
		{"too large", one(big[:40000], big[40000:]+reg), []framed{{big[:maxFramed], true}, {reg, false}}, len(big) - maxFramed},
		{"gap in the body", []piece{{data: invite[:len(invite)-30]}, {ok[20:] + reg, true}}, []framed{{invite[:len(invite)-30], true}, {reg, false}}, len(ok) - 20},
		{"gap in the start line", []piece{{data: reg}, {invite[3:] + reg, true}}, whole(reg, reg), len(invite) - 3},
		{"gap in the method", []piece{{data: reg[:4]}, {reg, true}}, whole(reg), 4},
		{"gap between", []piece{{data: reg}, {ok, true}, {reg, true}}, whole(reg, ok, reg), 0},
		{"gap before keep-alive", []piece{{data: reg}, {"\r\n\r\n" + ok, true}}, whole(reg, ok), 4},
		{"from the middle", one(invite[70:]+reg, ok), whole(reg, ok), len(invite) - 70},
		{"from the middle of a sipfrag", one(frag[len(frag)-28:len(frag)-14]+"\r\n"+reg, ok), whole(reg, ok), 16},
		{"garbage byte, then a message", one("\x01", reg), whole(reg), 1},
		{"end in the header", one(reg + invite[:80]), []framed{{reg, false}, {invite[:80], true}}, 0},
		{"end in the start line", one(reg + invite[:10]), whole(reg), 10},
		{"other protocols", one("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "SSH-2.0-x\r\n", "OPTIONS rtsp://a RTSP/1.0\r\nCSeq: 1\r\n\r\n"), nil, 76},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f Framer
			got := frameAll(t, &f, tt.writes)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %+v\nwant %+v", got, tt.want)
			}
			if f.Skipped() != int64(tt.skipped) {
				t.Errorf("skipped %d, want %d", f.Skipped(), tt.skipped)
			}
		})
	}
}

func TestFramerFrames(t *testing.T) {
	a, b := withLength("REGISTER sip:c SIP/2.0", "", ""), withLength(inviteLine, "application/sdp", sdpBody)
	swallower := sipMessage("NOTIFY sip:b@c SIP/2.0", "x\r\n", "Content-Type: text/plain", fmt.Sprintf("Content-Length: %d", len(a)+10))
	type at struct{ first, last, segments int }
	for _, tt := range []struct {
		name   string
		writes []string
		want   []at
	}{
		{"one each", []string{a, b}, []at{{1, 1, 1}, {2, 2, 1}}},
		{"over three", []string{a[:10], a[10:20], a[20:] + b}, []at{{1, 3, 3}, {3, 3, 1}}},
		{"shared", []string{a + b[:30], b[30:] + a[:5], a[5:]}, []at{{1, 1, 1}, {1, 2, 2}, {2, 3, 2}}},
		{"found late", []string{swallower, a, b}, []at{{1, 1, 1}, {2, 2, 1}, {3, 3, 1}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f Framer
			var got []at
			for i, w := range tt.writes {
				f.Write([]byte(w), i+1, int64(i+1), false, func(fr Framed) bool {
					got = append(got, at{fr.FirstFrame, fr.Frame, fr.Segments})
					if fr.Time != int64(fr.Frame) {
						t.Errorf("time %d of frame %d", fr.Time, fr.Frame)
					}
					return true
				})
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFramerKinds(t *testing.T) {
	random := make([]byte, 1<<20)
	for i := range random {
		random[i] = byte(rand.Uint32())
	}
	random[0] = 0x80
	upgrade := "GET /ws HTTP/1.1\r\nHost: a\r\nupgrade: WebSocket\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
	for _, tt := range []struct {
		name, data      string
		not, tls, webSo bool
	}{
		{"sip", withLength(inviteLine, "", ""), false, false, false},
		{"client hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", true, true, false},
		{"TLS from the middle", "\x17\x03\x03\x00\x20", true, true, false},
		{"web socket", upgrade, true, false, true},
		{"random", string(random), true, false, false},
		{"text", strings.Repeat("hello, world\n", 10000), true, false, false},
		{"large body seen from the middle", strings.Repeat("<a>b</a>\r\n", 3000) + withLength(inviteLine, "", ""), false, false, false},
		{"keep-alives only", strings.Repeat("\r\n\r\n", 50000), false, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f Framer
			for chunk := range slices.Chunk([]byte(tt.data), 1400) {
				f.Write(chunk, 1, 1, false, func(Framed) bool { return true })
			}
			if f.NotSIP() != tt.not || f.TLS() != tt.tls || f.WebSocket() != tt.webSo {
				t.Errorf("NotSIP %v TLS %v WebSocket %v", f.NotSIP(), f.TLS(), f.WebSocket())
			}
			if tt.not && f.Skipped() != int64(len(tt.data)) {
				t.Errorf("skipped %d of %d", f.Skipped(), len(tt.data))
			}
		})
	}
}

func TestFramerStops(t *testing.T) {
	m := withLength(inviteLine, "", "")
	var f Framer
	n := 0
	more := f.Write([]byte(m+m), 1, 1, false, func(Framed) bool { n++; return false })
	if more || n != 1 {
		t.Errorf("more %v after %d messages", more, n)
	}
}

func TestFramerAliases(t *testing.T) {
	b := []byte(withLength(inviteLine, "application/sdp", sdpBody) + withLength("ACK sip:b@c SIP/2.0", "", ""))
	var f Framer
	n := testing.AllocsPerRun(100, func() {
		off := 0
		f.Write(b, 1, 1, false, func(fr Framed) bool {
			if &fr.Msg[0] != &b[off] {
				t.Error("message was copied")
			}
			off += len(fr.Msg)
			return true
		})
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// wellFormed draws a stream of messages with right lengths, and those messages.
func wellFormed(t *rapid.T) (stream string, msgs []string) {
	starts := []string{inviteLine, "SIP/2.0 200 OK", "ACK sip:b@c SIP/2.0", "sip/2.0 100 ", "X-NEW  tel:1   SIP/2.0"}
	bodies := []string{"", "v=0\r\n", sdpBody, "SIP/2.0 200 OK\r\n", "\r\n\r\n", "\x00\xff\n\n", "INVITE sip:b@c SIP/2.0\r\nVia: x\r\n\r\n", strings.Repeat("x", 3000)}
	types := []string{"message/sipfrag", "multipart/mixed; boundary=b", "text/plain"}
	for range rapid.IntRange(1, 8).Draw(t, "messages") {
		b := rapid.SampledFrom(bodies).Draw(t, "body")
		typ := rapid.SampledFrom(types).Draw(t, "type")
		if b == sdpBody || b == "" {
			typ = "application/sdp"
		}
		m := withLength(rapid.SampledFrom(starts).Draw(t, "start"), typ, b)
		stream += rapid.SampledFrom([]string{"", "\r\n", "\r\n\r\n"}).Draw(t, "keep-alive") + m
		msgs = append(msgs, m)
	}
	return stream, msgs
}

func TestFramerAnyCut(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		stream, msgs := wellFormed(rt)
		var ps []piece
		for rest := stream; rest != ""; {
			n := min(len(rest), rapid.IntRange(1, 400).Draw(rt, "cut"))
			ps = append(ps, piece{data: rest[:n]})
			rest = rest[n:]
		}
		var f Framer
		if got := frameAll(t, &f, ps); !slices.Equal(got, whole(msgs...)) {
			rt.Fatalf("got %+v\nwant %q", got, msgs)
		}
	})
}

func TestFramerByteByByte(t *testing.T) {
	a, b := withLength(inviteLine, "application/sdp", sdpBody), withLength("SIP/2.0 100 Trying", "", "")
	var ps []piece
	for _, c := range []byte(a + "\r\n\r\n" + b + a) {
		ps = append(ps, piece{data: string(c)})
	}
	var f Framer
	if got := frameAll(t, &f, ps); !slices.Equal(got, whole(a, b, a)) {
		t.Errorf("got %+v", got)
	}
}

func FuzzFramer(f *testing.F) {
	m := withLength(inviteLine, "application/sdp", sdpBody)
	f.Add([]byte(m+m), uint16(7), uint16(0))
	f.Add([]byte("\r\n\r\n"+m+"garbage\r\n"+m), uint16(100), uint16(3))
	f.Add([]byte(strings.Replace(m, "Content-Length: ", "l: 9", 1)+m+m), uint16(50), uint16(0))
	f.Add([]byte(strings.Replace(m, "Content-Length: ", "l: -", 1)+m+m), uint16(50), uint16(9))
	f.Add([]byte(withLength("NOTIFY sip:b@c SIP/2.0", "message/sipfrag", m)+m), uint16(33), uint16(0))
	f.Fuzz(func(t *testing.T, data []byte, cut, gapEvery uint16) {
		var fr Framer
		var ps []piece
		for chunk := range slices.Chunk(data, int(cut)+1) {
			gap := gapEvery > 0 && len(ps)%(int(gapEvery)+1) == int(gapEvery)
			ps = append(ps, piece{string(chunk), gap})
		}
		sum := fr.Skipped()
		rest := data
		for _, g := range frameAll(t, &fr, ps) {
			sum += int64(len(g.msg))
			i := bytes.Index(rest, []byte(g.msg))
			if i < 0 {
				t.Fatalf("message %q is not in the rest of the input", g.msg)
			}
			rest = rest[i+len(g.msg):]
		}
		if sum += fr.Skipped(); sum != int64(len(data)) {
			t.Errorf("%d bytes accounted for, %d written", sum, len(data))
		}
	})
}

func BenchmarkFramer(b *testing.B) {
	m := []byte(withLength(inviteLine, "application/sdp", sdpBody+strings.Repeat("a=fmtp:101 0-15\r\n", 20)))
	nop := func(Framed) bool { return true }
	b.Run("message in a write", func(b *testing.B) {
		var f Framer
		b.ReportAllocs()
		b.SetBytes(int64(len(m)))
		for b.Loop() {
			f.Write(m, 1, 1, false, nop)
		}
	})
	b.Run("message in two writes", func(b *testing.B) {
		var f Framer
		b.ReportAllocs()
		b.SetBytes(int64(len(m)))
		for b.Loop() {
			f.Write(m[:300], 1, 1, false, nop)
			f.Write(m[300:], 2, 2, false, nop)
		}
	})
	b.Run("not SIP", func(b *testing.B) {
		var f Framer
		f.Write([]byte("\x16\x03\x03\x00"), 1, 1, false, nop)
		b.ReportAllocs()
		for b.Loop() {
			f.Write(m, 1, 1, false, nop)
		}
	})
}
