package capture

// segment is the TCP header of a packet, beside its addresses and payload.
type segment struct {
	seq, ack           uint32
	syn, fin, rst bool
}

// assembler puts TCP segments in order, connection by connection.
type assembler struct{}

func newAssembler() *assembler { return &assembler{} }

// segment takes one segment (p.Payload is its data) and hands on the bytes
// that are now in order. It returns false as soon as emit did.
func (a *assembler) segment(p *Packet, s *segment, emit func(*Packet) bool) bool {
	return true
}

// flush hands on what was still waiting, as if the missing bytes were lost.
func (a *assembler) flush(emit func(*Packet) bool) bool { return true }
