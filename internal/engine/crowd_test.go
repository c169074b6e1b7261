package engine_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/algsniff/algsniff/internal/engine"
)

// noise is what else goes past a server: names being looked up, a web page, a
// stream of somebody else, and a healthy phone at another home.
func noise(from, to int64, server netip.AddrPort, rnd *rand.Rand) []traceFrame {
	var frames []traceFrame
	span := max(to-from, 1e9)
	at := func(i, of int) int64 { return from + span*int64(i)/int64(of) }
	ap := netip.MustParseAddrPort
	for i := range 5 {
		query := fmt.Appendf(nil, "%c%c\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x00\x00\x01\x00\x01", rnd.IntN(128), rnd.IntN(128))
		frames = append(frames, udpFrame(at(i, 5)+11e3, ap("198.18.7.7:53211"), ap("198.18.0.53:53"), query))
	}
	for i := range 4 {
		frames = append(frames, tcpFrame(at(i, 4)+12e3, ap("198.18.7.8:40404"), ap("198.18.0.80:80"), uint32(1000+i*40),
			[]byte("GET /sip:1001@203.0.113.5 HTTP/1.1\r\nHost: w\r\n\r\n")[:40]))
	}
	for i := range 80 {
		p := []byte{0x80, 0}
		p = binary.BigEndian.AppendUint16(p, uint16(7000+i))
		p = binary.BigEndian.AppendUint32(p, uint32(i*160))
		p = append(p, 0xaa, 0xbb, 0xcc, 0xdd)
		p = append(p, make([]byte, 160)...)
		frames = append(frames, udpFrame(from+int64(i)*20e6, ap("198.18.7.9:20000"), ap("198.18.0.9:20002"), p))
	}
	return append(frames, healthy(from, server)...)
}

// healthy is a registration of a phone behind a plain NAT.
func healthy(from int64, server netip.AddrPort) (frames []traceFrame) {
	src := netip.MustParseAddrPort("198.18.44.5:33044")
	for i, auth := range []string{"", "Authorization: Digest username=\"8080\", realm=\"r\", nonce=\"n\", uri=\"sip:pbx.example\", response=\"00\"\r\n"} {
		via := fmt.Sprintf("Via: SIP/2.0/UDP 192.168.77.5:5060;branch=z9hG4bKnoise%d;rport", i)
		same := fmt.Sprintf("From: <sip:8080@pbx.example>;tag=n1\r\nCall-ID: noise-registration\r\nCSeq: %d REGISTER\r\n", i+1)
		req := "REGISTER sip:pbx.example SIP/2.0\r\n" + via + "\r\nTo: <sip:8080@pbx.example>\r\n" + same +
			"Contact: <sip:8080@192.168.77.5:5060>\r\nMax-Forwards: 70\r\nUser-Agent: Bystander 1\r\n" + auth + "Content-Length: 0\r\n\r\n"
		status := [...]string{"401 Unauthorized", "200 OK"}[i]
		res := "SIP/2.0 " + status + "\r\n" + via + "=33044;received=198.18.44.5\r\nTo: <sip:8080@pbx.example>;tag=s\r\n" + same +
			"Content-Length: 0\r\n\r\n"
		at := from + int64(i)*50e6
		frames = append(frames, udpFrame(at, src, server, []byte(req)), udpFrame(at+20e6, server, src, []byte(res)))
	}
	return frames
}

// tcpFrame makes an Ethernet frame of a segment, IPv4 only.
func tcpFrame(time int64, src, dst netip.AddrPort, seq uint32, payload []byte) traceFrame {
	be := binary.BigEndian
	ip := slices.Concat([]byte{0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0}, src.Addr().AsSlice(), dst.Addr().AsSlice())
	ip = be.AppendUint16(ip, src.Port())
	ip = be.AppendUint16(ip, dst.Port())
	ip = be.AppendUint32(ip, seq)
	ip = append(ip, 0, 0, 0, 1, 5<<4, 0x18, 0xff, 0xff, 0, 0, 0, 0)
	ip = append(ip, payload...)
	seal(ip, true)
	data := slices.Concat(macA, macB, []byte{8, 0}, ip)
	return traceFrame{time: time, data: data, wire: len(data)}
}

// merged is two captures as one, in order of time.
func merged(a, b *trace) *trace {
	c := a.rewrap(linkEthernet, ethernet)
	d := b.rewrap(linkEthernet, ethernet)
	if c == nil || d == nil {
		return nil
	}
	c.nano = a.nano || b.nano
	c.frames = append(c.frames, d.frames...)
	slices.SortStableFunc(c.frames, func(x, y traceFrame) int {
		switch {
		case x.time < y.time:
			return -1
		case x.time > y.time:
			return 1
		}
		return 0
	})
	return c
}

// span is the time a trace begins and ends.
func (t *trace) span() (from, to int64) {
	from, to = t.frames[0].time, t.frames[0].time
	for _, f := range t.frames {
		from, to = min(from, f.time), max(to, f.time)
	}
	return from, to
}

// TestSameAmongOthers: what else goes past doesn't change what is said.
func TestSameAmongOthers(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, name := range sources(t) {
		if !sampled(name, "noise") {
			continue
		}
		tr, r, ok := load(t, name)
		if !ok || !tr.plain(t) {
			continue
		}
		server, err := netip.ParseAddrPort(r.Health.Server)
		if err != nil || !server.Addr().Is4() || bytes.Contains(tr.file(""), []byte("198.18.")) {
			continue
		}
		rnd := seeded(name + "noise")
		from, to := tr.span()
		for _, where := range []netip.AddrPort{server, netip.MustParseAddrPort("198.18.99.1:5060")} {
			c := merged(tr, &trace{link: linkEthernet, frames: noise(from, to, where, rnd)})
			if c == nil {
				continue
			}
			tried++
			if lost := missing(picture(r), picture(analyzed(t, c.file("")))); len(lost) > 0 {
				t.Errorf("%s with a phone at %s: no longer there:%s", filepath.Base(name), where, indent(lost))
			}
		}
	}
	t.Logf("%d variants", tried)
}

// TestSameInAnyOrder: two sites that have nothing in common may be captured
// together, one after the other, or at the same time.
func TestSameInAnyOrder(t *testing.T) {
	t.Parallel()
	names := sources(t)
	rnd := seeded("order")
	tried := 0
	for i, name := range names {
		if !sampled(name, "order") {
			continue
		}
		tr, r, ok := load(t, name)
		if !ok || !tr.plain(t) {
			continue
		}
		other := names[(i+1+rnd.IntN(len(names)-1))%len(names)]
		tr2, r2, ok := load(t, other)
		if !ok || !tr2.plain(t) || related(r, r2) {
			continue
		}
		n := newNumbering(rnd)
		b := n.trace(tr2)
		if b == nil || !n.apart(tr) {
			continue
		}
		from, to := tr.span()
		from2, _ := b.span()
		by := from - from2 + rnd.Int64N(to-from+2)
		by -= by % 1000
		for j := range b.frames {
			b.frames[j].time += by
		}
		c := merged(tr, b)
		if c == nil {
			continue
		}
		tried++
		want := append(picture(r), n.lines(picture(r2))...)
		samePicture(t, name+" and "+filepath.Base(other), want, picture(analyzed(t, c.file(""))))
	}
	t.Logf("%d pairs", tried)
}

// apart tells whether no renumbered address occurs in a trace.
func (n *numbering) apart(t *trace) bool {
	taken := map[netip.Addr]bool{}
	for _, b := range n.seen {
		taken[b] = true
	}
	ok := true
	t.eachIP(func(_ int, ip []byte, d datagram) []byte {
		ok = ok && !taken[d.src.Addr()] && !taken[d.dst.Addr()] && !d.v6
		return nil
	})
	return ok
}

// related tells captures that know the same user agent or call: phones of one
// model are compared with each other, and that is as it should be.
func related(a, b *engine.Result) bool {
	known := map[string]bool{}
	for _, e := range a.Endpoints {
		known["ua "+e.UserAgent] = true
	}
	for _, c := range a.Calls {
		known["call "+c.CallID] = true
	}
	for _, e := range b.Endpoints {
		if known["ua "+e.UserAgent] || strings.Contains(e.AOR, ":[") {
			return true
		}
	}
	for _, c := range b.Calls {
		if known["call "+c.CallID] {
			return true
		}
	}
	return false
}
