package capture

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// fragments4 cuts a UDP datagram over IPv4 into pieces of size bytes.
func fragments4(id int, payload []byte, size int) [][]byte {
	u := udpDatagram(testSrc, testDst, payload)
	var out [][]byte
	for off := 0; off < len(u); off += size {
		end := min(off+size, len(u))
		out = append(out, ip4("198.51.100.7", "203.0.113.9", 17, u[off:end],
			ipOptions{id: id, ttl: 64, off: off, more: end < len(u)}))
	}
	return out
}

func fragments6(id int, payload []byte, size int) [][]byte {
	u := udpDatagram("[2001:db8::7]:5060", "[2001:db8::9]:5062", payload)
	u = join(raw(17, 0, 1, 4, 0, 0, 0, 0), u) // an extension header in the fragmentable part
	var out [][]byte
	for off := 0; off < len(u); off += size {
		end := min(off+size, len(u))
		out = append(out, ip6("2001:db8::7", "2001:db8::9", 44, ip6Frag(60, id, off, end < len(u), u[off:end])))
	}
	return out
}

// rawFrames makes frames of raw IP, number by number, a millisecond apart.
func rawFrames(datagrams ...[]byte) []frame {
	var out []frame
	for i, b := range datagrams {
		f := frameOf(linkRaw, b)
		f.number = i + 1
		f.time += int64(i) * 1e6
		out = append(out, f)
	}
	return out
}

func textOf(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(i*7%26)
	}
	return b
}

func TestFragments(t *testing.T) {
	text := textOf(3000)
	rng := rand.New(rand.NewPCG(1, 2))
	for name, cut := range map[string]func(int, []byte, int) [][]byte{"IPv4": fragments4, "IPv6": fragments6} {
		for _, size := range []int{8, 512, 1480, 2992} {
			pieces := cut(77, text, size)
			for round := range 6 {
				order := slices.Clone(pieces)
				switch round {
				case 0:
				case 1:
					slices.Reverse(order)
				default:
					rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
				}
				frames := rawFrames(order...)
				for i := range frames { // within the lifetime however small the pieces
					frames[i].time = frameOf(0, nil).time + int64(i)
				}
				p := one(t, frames...)
				if string(p.Payload) != string(text) || p.Frags != len(pieces) || p.Frame != len(pieces) || p.Src.Port != 5060 {
					t.Fatalf("%s in %d, order %d: %d bytes, %d fragments, frame %d", name, len(pieces), round, len(p.Payload), p.Frags, p.Frame)
				}
			}
		}
	}
}

func TestFragmentsMixed(t *testing.T) {
	a, b := fragments4(1, textOf(2000), 1480), fragments4(2, textOf(2100), 1480)
	got := decode(rawFrames(a[0], b[1], a[1], b[0])...)
	if len(got.packets) != 2 || len(got.packets[0].Payload) != 2000 || len(got.packets[1].Payload) != 2100 || got.in.FragmentsLost != 0 {
		t.Errorf("two datagrams at once: %d packets, %+v", len(got.packets), got.in)
	}
}

func TestFragmentsLost(t *testing.T) {
	f := fragments4(1, textOf(4000), 1480)
	huge := ip4("198.51.100.7", "203.0.113.9", 17, make([]byte, 1480), ipOptions{id: 9, off: 65528, ttl: 64})
	odd := ip4("198.51.100.7", "203.0.113.9", 17, make([]byte, 1477), ipOptions{id: 9, more: true, ttl: 64})
	late := rawFrames(f[0], f[1], f[2])
	late[2].time += 31e9
	clipped := rawFrames(f...)
	clipped[0].data = clipped[0].data[:96]
	shorter := ip4("198.51.100.7", "203.0.113.9", 17, make([]byte, 8), ipOptions{id: 1, off: 1480, ttl: 64})
	for name, tt := range map[string]struct {
		frames []frame
		want   int
	}{
		"last one missing":       {rawFrames(f[0], f[1]), 2},
		"first one missing":      {rawFrames(f[1], f[2]), 2},
		"beyond 64 KiB":          {rawFrames(huge), 1},
		"length not a multiple":  {rawFrames(odd), 1},
		"after 31 s":             {late, 3},
		"clipped":                {clipped, 3},
		"two ends, second later": {rawFrames(f[2], shorter, f[0]), 3},
		"end before what is in":  {rawFrames(f[1], shorter), 2},
	} {
		got := decode(tt.frames...)
		if len(got.packets) != 0 || got.in.FragmentsLost != tt.want || got.in.Undecoded != 0 {
			t.Errorf("%s: %d packets, FragmentsLost = %d, want %d", name, len(got.packets), got.in.FragmentsLost, tt.want)
		}
	}
}

// The bytes that came first stay, in whatever order fragments overlap.
func TestFragmentsOverlap(t *testing.T) {
	u := udpDatagram(testSrc, testDst, textOf(56))
	frag := func(from, to int, more bool, fill byte) []byte {
		b := slices.Clone(u[from:to])
		if fill != 0 {
			for i := range b {
				b[i] = fill
			}
		}
		return ip4("198.51.100.7", "203.0.113.9", 17, b, ipOptions{id: 5, ttl: 64, off: from, more: more})
	}
	for name, frames := range map[string][]frame{
		"over the end of the one before": rawFrames(frag(0, 32, true, 0), frag(16, 40, true, 'X'), frag(40, 64, false, 0), frag(32, 40, true, 0)),
		"over two holes":                 rawFrames(frag(0, 8, true, 0), frag(32, 40, true, 0), frag(16, 24, true, 0), frag(8, 64, false, 0)),
		"inside":                         rawFrames(frag(0, 48, true, 0), frag(8, 16, true, 'X'), frag(48, 64, false, 0)),
	} {
		got := decode(frames...)
		if len(got.packets) != 1 {
			t.Errorf("%s: %d packets, want 1", name, len(got.packets))
			continue
		}
		want := string(u[8:])
		if name == "over the end of the one before" {
			want = string(u[8:32]) + "XXXXXXXX" + string(u[40:])
		}
		if p := got.packets[0]; string(p.Payload) != want {
			t.Errorf("%s: payload %q", name, p.Payload)
		}
	}
}

// With "-i any" and mirror ports every fragment is there twice.
func TestFragmentsCopied(t *testing.T) {
	f := fragments4(1, textOf(2000), 1480)
	for name, order := range map[string][][]byte{
		"each twice":      {f[0], f[0], f[1], f[1]},
		"one after other": {f[0], f[1], f[0], f[1]},
		"crossed":         {f[0], f[1], f[1], f[0]},
	} {
		got := decode(rawFrames(order...)...)
		if len(got.packets) != 1 || got.packets[0].Frags != 2 || got.in.FragmentsLost != 0 || got.in.Copies != 2 {
			t.Errorf("%s: %d packets, %+v", name, len(got.packets), got.in)
		}
	}
	// The same ID again later is another datagram.
	frames := rawFrames(f[0], f[1], f[0], f[1])
	frames[2].time += 1e9
	frames[3].time += 1e9
	if got := decode(frames...); len(got.packets) != 2 || got.in.Copies != 0 {
		t.Errorf("a second later: %d packets, %+v; want 2", len(got.packets), got.in)
	}
}

func TestFragmentsOfTunnel(t *testing.T) {
	inner := ipUDP(testSrc, testDst, testSIP)
	for name, outer := range map[string][]byte{
		"vxlan": udpTo("4789", vxlan(8, eth(0, inner)))[20:],
		"gre":   gre(0, etherIPv4, nil, inner),
	} {
		proto := byte(17)
		if name == "gre" {
			proto = 47
		}
		a := ip4(outerA, outerB, proto, outer[:48], ipOptions{id: 3, ttl: 9, more: true})
		b := ip4(outerA, outerB, proto, outer[48:], ipOptions{id: 3, ttl: 9, off: 48})
		p := one(t, rawFrames(b, a)...)
		sameAsPlain(t, p)
		if p.Tunnel == NoTunnel || p.Frags != 0 {
			t.Errorf("%s: tunnel %d, %d fragments", name, p.Tunnel, p.Frags)
		}
	}
	// Fragments inside of fragments.
	in := fragments4(8, textOf(3000), 1480)
	var frames [][]byte
	for i, f := range in {
		g := gre(0, etherIPv4, nil, f)
		half := len(g) / 16 * 8
		frames = append(frames,
			ip4(outerA, outerB, 47, g[:half], ipOptions{id: 100 + i, ttl: 9, more: true}),
			ip4(outerA, outerB, 47, g[half:], ipOptions{id: 100 + i, ttl: 9, off: half}))
	}
	if p := one(t, rawFrames(frames...)...); string(p.Payload) != string(textOf(3000)) || p.Frags != 3 || p.Tunnel != TunnelGRE {
		t.Errorf("fragments in fragments: %d bytes, %d fragments, tunnel %d", len(p.Payload), p.Frags, p.Tunnel)
	}
}

// A flood of fragments stays within bounds, is counted, and what is whole
// afterwards still gets through.
func TestFragmentFlood(t *testing.T) {
	var in Input
	d := newDecoder([]*Input{&in})
	n, packets := 0, 0
	emit := func(*Packet) bool { packets++; return true }
	push := func(b []byte) {
		f := frameOf(linkRaw, b)
		f.time += int64(n)
		n++
		d.frame(&f, emit)
		checkFragBounds(t, &d.frags)
	}
	for i := range 3 * maxDatagrams {
		push(ip4("192.0.2.1", "192.0.2.2", 17, make([]byte, 16000), ipOptions{id: i, ttl: 9, off: i % 100 * 8, more: true}))
	}
	for i := range 3 * maxFragParts { // one datagram of tiny pieces with holes
		push(ip4("192.0.2.3", "192.0.2.4", 17, make([]byte, 8), ipOptions{id: 1, ttl: 9, off: i * 16 % 65000, more: true}))
	}
	for _, b := range fragments4(1, textOf(3000), 1480) {
		push(b)
	}
	if packets != 1 {
		t.Errorf("%d packets after the flood, want 1", packets)
	}
	d.flush(emit)
	if in.FragmentsLost+in.Copies != n-3 {
		t.Errorf("lost %d + copies %d, want all %d", in.FragmentsLost, in.Copies, n-3)
	}
	if d.frags.bytes != 0 || len(d.frags.open) != 0 {
		t.Errorf("after flush: %d bytes in %d datagrams", d.frags.bytes, len(d.frags.open))
	}
}

// checkFragBounds checks the reassembler's own accounts.
func checkFragBounds(t *testing.T, r *reassembler) {
	t.Helper()
	if len(r.open) > maxDatagrams || r.bytes > maxFragBytes || len(r.free) > maxFreeFrags || len(r.whole) > maxDatagramLen {
		t.Fatalf("%d datagrams, %d bytes, %d free, %d whole", len(r.open), r.bytes, len(r.free), len(r.whole))
	}
	if len(r.open) > 64 && r.bytes%7 != 0 {
		return // the walk below is for small tables, and now and then
	}
	n, bytes := 0, 0
	for g := r.oldest; g != nil; g = g.new {
		n++
		bytes += len(g.buf)
		at, sum := 0, 0
		for _, part := range g.parts {
			if part.off < at || part.n <= 0 {
				t.Fatalf("parts overlap: %v", g.parts)
			}
			at = part.off + part.n
			sum += part.n
		}
		if sum != len(g.buf) || len(g.parts) > maxFragParts+maxFragParts || g.end >= 0 && at > g.end || len(g.buf) > maxDatagramLen {
			t.Fatalf("%d bytes in parts, %d in buffer, %d parts, end %d", sum, len(g.buf), len(g.parts), g.end)
		}
	}
	if n != len(r.open) || bytes != r.bytes {
		t.Fatalf("list has %d datagrams, %d bytes; table %d, %d", n, bytes, len(r.open), r.bytes)
	}
}
