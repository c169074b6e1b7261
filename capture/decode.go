package capture

// maxNesting bounds how many IP and Ethernet headers a frame may hold inside
// one another; no real tunnel comes near it.
const maxNesting = 12

// decoder turns frames into packets: link layer, tunnels, IP, fragments, and
// then UDP, ICMP, HEP or the TCP assembler.
//
// The layers call each other downwards and return what emit returned. Each
// takes the captured bytes b of its layer and cut, the number of bytes that
// stood behind them on the wire (snaplen). Trailers may be among them, which
// is why only an IP header knows what is really missing.
type decoder struct {
	inputs []*Input // counters of what could not be decoded, by frame.input
	tcp    *assembler
	pkt    Packet // reused for everything that is handed on
	dirty  bool   // pkt has fields set that begin does not set anew

	f        *frame
	emit     func(*Packet) bool
	seg      segment
	fromTCP  func(*Packet) bool // emit, with HEP over TCP taken apart
	copies   copyTable
	frags    reassembler
	inflater inflater
	hepTCP   hepStreams
}

func newDecoder(inputs []*Input) *decoder {
	d := &decoder{inputs: inputs, tcp: newAssembler()}
	d.fromTCP = d.tcpBytes
	return d
}

// frame decodes one frame and hands on what it holds. It returns false as
// soon as emit did.
func (d *decoder) frame(f *frame, emit func(*Packet) bool) bool {
	d.emit = emit
	d.begin(f)
	b, cut := f.data, max(f.wire-len(f.data), 0)
	if f.link == linkEthernet && len(b) >= ethernetLen && b[12] == etherIPv4>>8 && b[13] == etherIPv4&0xff {
		return d.ipv4(b[ethernetLen:], cut, 0) // nearly always
	}
	return d.linkLayer(f.link, b, cut, 0)
}

// flush hands on what was still waiting for earlier bytes when input ended.
func (d *decoder) flush(emit func(*Packet) bool) bool {
	d.emit = emit
	d.frags.evictAll(d.inputs)
	return d.tcp.flush(d.fromTCP)
}

// begin makes pkt ready for the first packet of a frame. Addresses, protocol,
// TTL and payload are not cleared: every way to emit sets them.
func (d *decoder) begin(f *frame) {
	p := &d.pkt
	if d.dirty {
		*p = Packet{}
		d.dirty = false
	}
	d.f = f
	p.Time, p.NoTime = f.time, f.noTime
	p.Frame, p.Input, p.Iface = f.number, f.input, f.iface
	p.Dir = f.dir
	p.Copy, p.BadSum = false, false
}

// broken counts a frame whose content could not be reached.
func (d *decoder) broken() bool {
	d.inputs[d.pkt.Input].Undecoded++
	return true
}

// enter makes the current addresses those of the tunnel around what follows.
func (d *decoder) enter(t Tunnel) {
	p := &d.pkt
	d.dirty = true
	p.OuterSrc, p.OuterDst, p.Tunnel = p.Src, p.Dst, t
	p.Frags = 0
}
