package capture

import (
	"fmt"
	"testing"
)

// TestEvictedConnections: connections that were pushed out of the full table
// are counted for the input whose frame did it.
func TestEvictedConnections(t *testing.T) {
	in := []*Input{{}, {}}
	d := newDecoder(in)
	const over = 3
	for i := range maxConns + over {
		syn := join(be16b(1024+i%50000), be16b(5060), be32b(1), be32b(0), raw(0x50, 0x02), be16b(1000), be32b(0))
		f := frameOf(linkEthernet, eth(etherIPv4, ip4(fmt.Sprintf("10.0.%d.1", i/50000), "198.51.100.10", 6, syn)))
		if i >= maxConns+1 {
			f.input = 1
		}
		d.frame(&f, func(*Packet) bool { return true })
	}
	if in[0].Evicted != 1 || in[1].Evicted != over-1 {
		t.Errorf("evicted %d and %d, want 1 and %d", in[0].Evicted, in[1].Evicted, over-1)
	}
}
