package capture

import (
	"bytes"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// chunk makes a HEP3 chunk.
func chunk(vendor, kind int, b []byte) []byte {
	return join(be16b(vendor), be16b(kind), be16b(6+len(b)), b)
}

func hep3(chunks ...[]byte) []byte {
	b := join(chunks...)
	return join([]byte("HEP3"), be16b(6+len(b)), b)
}

// testHEPHead reports the test datagram's addresses; the payload follows.
var testHEPHead = join(
	chunk(0, 1, raw(2)), chunk(0, 2, raw(17)),
	chunk(0, 3, raw(198, 51, 100, 7)), chunk(0, 4, raw(203, 0, 113, 9)),
	chunk(0, 7, be16b(5060)), chunk(0, 8, be16b(5062)),
	chunk(0, 9, be32b(1_600_000_000)), chunk(0, 10, be32b(250_000)),
	chunk(0, 12, be32b(2001)), chunk(7, 15, []byte("vendor")), chunk(0, 17, []byte("call-id")),
)

var testHEP = [][]byte{testHEPHead, chunk(0, 11, raw(1)), chunk(0, 15, testSIP)}

// hep2 makes a HEP2 packet of the test datagram with its time in little endian.
func hep2(payload []byte) []byte {
	return join(raw(2, 16, 2, 17), be16b(5060), be16b(5062), raw(198, 51, 100, 7, 203, 0, 113, 9),
		le32b(1_600_000_000), le32b(250_000), be16b(1), be16b(0), payload)
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func hepFrame(payload []byte) frame {
	return frameOf(linkEthernet, eth(0, ipUDP("192.0.2.5:40000", "192.0.2.6:9060", payload)))
}

func TestHEP(t *testing.T) {
	sip := chunk(0, 11, raw(1))
	v6 := join(raw(2, 40, 10, 17), be16b(5060), be16b(5062), make([]byte, 10), raw(255, 255, 198, 51, 100, 7), make([]byte, 10), raw(255, 255, 203, 0, 113, 9),
		be32b(1_600_000_000), be32b(250_000), be32b(0), testSIP)
	for name, payload := range map[string][]byte{
		"hep3":                             hep3(testHEP...),
		"hep3 gzip":                        hep3(testHEPHead, sip, chunk(0, 16, zipped(testSIP))),
		"hep3 zlib":                        hep3(testHEPHead, sip, chunk(0, 16, deflated(testSIP))),
		"hep3 first name":                  join([]byte("EEP1"), hep3(testHEP...)[4:]),
		"hep3 then noise":                  join(hep3(testHEP...), make([]byte, 5)),
		"hep2":                             hep2(testSIP),
		"hep2 IPv6, time in network order": v6,
	} {
		t.Run(name, func(t *testing.T) {
			p := one(t, hepFrame(payload))
			if p.Proto != UDP || p.Src != addrOf(testSrc) || p.Dst != addrOf(testDst) || string(p.Payload) != string(testSIP) {
				t.Errorf("got proto %d %v > %v %q", p.Proto, p.Src, p.Dst, p.Payload)
			}
			if p.Tunnel != TunnelHEP || p.OuterSrc != addrOf("192.0.2.5:40000") || p.OuterDst != addrOf("192.0.2.6:9060") {
				t.Errorf("tunnel %d %v > %v", p.Tunnel, p.OuterSrc, p.OuterDst)
			}
			if p.Time != 1_600_000_000_250_000_000 || p.TTL != 0 || p.Conn != 0 {
				t.Errorf("time %d, TTL %d, conn %d", p.Time, p.TTL, p.Conn)
			}
		})
	}
}

func TestHEPAddresses(t *testing.T) {
	body := join(chunk(0, 11, raw(1)), chunk(0, 15, testSIP))
	ports := join(chunk(0, 7, be16b(1)), chunk(0, 8, be16b(2)))
	v6 := addrOf("[2001:db8::1]:1")
	for name, tt := range map[string]struct {
		chunks   []byte
		src, dst Addr
	}{
		"none":                {ports, Addr{}, Addr{}},
		"unspecified":         {join(ports, chunk(0, 3, make([]byte, 4)), chunk(0, 4, raw(203, 0, 113, 9))), Addr{}, addrOf("203.0.113.9:2")},
		"unspecified IPv6":    {join(ports, chunk(0, 5, make([]byte, 16)), chunk(0, 6, make([]byte, 16))), Addr{}, Addr{}},
		"mapped, unspecified": {join(ports, chunk(0, 5, join(make([]byte, 10), raw(255, 255, 0, 0, 0, 0)))), Addr{}, Addr{}},
		"IPv6":                {join(ports, chunk(0, 5, v6.IP().AsSlice())), v6, Addr{}},
	} {
		p := one(t, hepFrame(hep3(tt.chunks, body)))
		if p.Src != tt.src || p.Dst != tt.dst {
			t.Errorf("%s: %v > %v, want %v > %v", name, p.Src, p.Dst, tt.src, tt.dst)
		}
	}
}

func TestHEPFields(t *testing.T) {
	sip := join(chunk(0, 11, raw(1)), chunk(0, 15, testSIP))
	if p := one(t, hepFrame(hep3(chunk(0, 2, raw(6)), sip))); p.Proto != TCP || p.Conn != 0 || p.Time != hepFrame(nil).time {
		t.Errorf("TCP without time: proto %d, conn %d, time %d", p.Proto, p.Conn, p.Time)
	}
	f := hepFrame(hep3(testHEP...))
	f.noTime = true
	if p := one(t, f); p.NoTime {
		t.Error("NoTime, though HEP has one")
	}
	rtcp := raw(0x80, 200, 0, 6)
	if p := one(t, hepFrame(hep3(chunk(0, 11, raw(5)), chunk(0, 15, rtcp)))); string(p.Payload) != string(rtcp) {
		t.Errorf("RTCP: %q", p.Payload)
	}
	// The snaplen cuts the payload, which comes last.
	f = hepFrame(hep3(testHEP...))
	f.data = f.data[:len(f.data)-10]
	if p := one(t, f); p.Missing != 10 || string(p.Payload) != string(testSIP[:len(testSIP)-10]) {
		t.Errorf("clipped: %d bytes, %d missing", len(p.Payload), p.Missing)
	}
}

func TestHEPNotHandedOn(t *testing.T) {
	sip := chunk(0, 11, raw(1))
	bomb := deflated(make([]byte, maxHEPInflated+1))
	for name, tt := range map[string]struct {
		payload   []byte
		undecoded int
	}{
		"log":              {hep3(testHEPHead, chunk(0, 11, raw(100)), chunk(0, 15, []byte("log line"))), 0},
		"RTCP in JSON":     {hep3(testHEPHead, chunk(0, 11, raw(5)), chunk(0, 15, []byte(`{"a":1}`))), 0},
		"keep-alive":       {hep3(testHEPHead, sip), 0},
		"no chunks":        {hep3(), 0},
		"length too big":   {join([]byte("HEP3"), be16b(900), testHEPHead), 1},
		"length too small": {join([]byte("HEP3"), be16b(3), testHEPHead), 1},
		"chunk too big":    {hep3(testHEPHead, be16b(0), be16b(15), be16b(100), raw(1, 2, 3)), 1},
		"chunk of 5":       {hep3(testHEPHead, be16b(0), be16b(15), be16b(5)), 1},
		"half a chunk":     {hep3(testHEPHead, raw(0, 0, 0)), 1},
		"bomb":             {hep3(sip, chunk(0, 16, bomb)), 1},
		"no compression":   {hep3(sip, chunk(0, 16, testSIP)), 1},
		"compression cut":  {hep3(sip, chunk(0, 16, deflated(testSIP)[:20])), 1},
		"gzip cut":         {hep3(sip, chunk(0, 16, zipped(testSIP)[:5])), 1},
	} {
		got := decode(hepFrame(tt.payload))
		if len(got.packets) != 0 || got.in.Undecoded != tt.undecoded {
			t.Errorf("%s: %d packets, Undecoded = %d, want %d", name, len(got.packets), got.in.Undecoded, tt.undecoded)
		}
	}
	// The readers are good again afterwards.
	got := decode(hepFrame(hep3(sip, chunk(0, 16, zipped(testSIP)[:5]))), hepFrame(hep3(sip, chunk(0, 16, bomb))),
		hepFrame(hep3(sip, chunk(0, 16, zipped(testSIP)))), hepFrame(hep3(sip, chunk(0, 16, deflated(testSIP)))))
	if len(got.packets) != 2 {
		t.Errorf("after broken payloads: %d packets, want 2", len(got.packets))
	}
}

// What only begins like HEP2 stays a datagram.
func TestNotHEP2(t *testing.T) {
	for name, payload := range map[string][]byte{
		"binary behind":  hep2(make([]byte, 40)),
		"header only":    hep2(nil),
		"wrong length":   join(raw(2, 17, 2, 17), hep2(testSIP)[4:]),
		"wrong family":   join(raw(2, 16, 10, 17), hep2(testSIP)[4:]),
		"wrong protocol": join(raw(2, 16, 2, 1), hep2(testSIP)[4:]),
		"stun":           join(be16b(0x0101), be16b(12), make([]byte, 28)),
	} {
		if p := one(t, hepFrame(payload)); p.Tunnel != NoTunnel || string(p.Payload) != string(payload) {
			t.Errorf("%s: tunnel %d, %q", name, p.Tunnel, p.Payload)
		}
	}
}

// HEP over TCP is cut into packets however the segments fall.
func TestHEPStream(t *testing.T) {
	stream := join(hep3(testHEP...), hep3(testHEPHead, chunk(0, 11, raw(100)), chunk(0, 15, []byte("log"))), hep3(testHEP...), hep3(testHEP...))
	for _, size := range []int{7, 50, 333, len(stream)} {
		var got decoded
		d := newDecoder([]*Input{&got.in})
		p := Packet{Proto: TCP, Conn: 3, First: true, Src: addrOf("192.0.2.5:40000"), Dst: addrOf("192.0.2.6:9060")}
		d.emit = func(q *Packet) bool { got.packets = append(got.packets, *q); return true }
		for off := 0; off < len(stream); off += size {
			p.Payload = stream[off:min(off+size, len(stream))]
			if !d.tcpBytes(&p) {
				t.Fatal("stopped")
			}
			p.First = false
		}
		if len(got.packets) != 3 || got.in.Undecoded != 0 {
			t.Fatalf("segments of %d: %d packets, %+v", size, len(got.packets), got.in)
		}
		for _, q := range got.packets {
			if q.Src != addrOf(testSrc) || q.Conn != 0 || q.First || q.Tunnel != TunnelHEP || q.OuterSrc != p.Src || q.Proto != UDP {
				t.Errorf("segments of %d: %+v", size, q)
			}
		}
	}
}

func TestHEPStreamGap(t *testing.T) {
	var got decoded
	d := newDecoder([]*Input{&got.in})
	d.emit = func(q *Packet) bool { got.packets = append(got.packets, *q); return true }
	whole := hep3(testHEP...)
	key := Packet{Proto: TCP, Conn: 3, Src: addrOf("192.0.2.5:40000"), Dst: addrOf("192.0.2.6:9060")}
	push := func(b []byte, gap, fin bool) {
		p := key
		p.Payload, p.Gap, p.Fin = b, gap, fin
		d.tcpBytes(&p)
	}
	push(whole[:100], false, false)
	push(join(whole[150:], whole), true, false)
	if len(got.packets) != 1 {
		t.Errorf("after a gap: %d packets, want 1", len(got.packets))
	}
	push(nil, false, true)
	if len(d.hepTCP.streams) != 0 {
		t.Errorf("after FIN: %d streams, want 0", len(d.hepTCP.streams))
	}
	push(testSIP, false, false)
	if len(got.packets) != 2 || got.packets[1].Tunnel != NoTunnel {
		t.Errorf("SIP on TCP: %d packets", len(got.packets))
	}
	for i := range 3 * maxHEPStreams {
		key.Conn = uint64(10 + i)
		push(whole[:100], false, false)
	}
	if len(d.hepTCP.streams) != maxHEPStreams {
		t.Errorf("%d streams, want %d", len(d.hepTCP.streams), maxHEPStreams)
	}
}
