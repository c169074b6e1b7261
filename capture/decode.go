package capture

// decoder turns frames into packets: link layer, tunnels, IP, fragments, and
// then UDP, ICMP, HEP or the TCP assembler.
type decoder struct {
	inputs []*Input // counters of what could not be decoded, by frame.input
	tcp    *assembler
	pkt    Packet // reused for everything that is handed on
}

func newDecoder(inputs []*Input) *decoder {
	return &decoder{inputs: inputs, tcp: newAssembler()}
}

// frame decodes one frame and hands on what it holds. It returns false as
// soon as emit did.
func (d *decoder) frame(f *frame, emit func(*Packet) bool) bool {
	return true
}

// flush hands on what was still waiting for earlier bytes when input ended.
func (d *decoder) flush(emit func(*Packet) bool) bool {
	return d.tcp.flush(emit)
}
