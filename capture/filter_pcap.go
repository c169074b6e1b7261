//go:build cgo

package capture

import (
	"fmt"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcap"
)

// HasLibpcap tells whether this build can compile filters and open interfaces.
const HasLibpcap = true

// LibpcapVersion returns libpcap's own words about its version.
func LibpcapVersion() string { return pcap.Version() }

// program is a filter compiled for one link type.
type program struct {
	bpf  *pcap.BPF
	sll2 bool
}

// compileFilter compiles the expression for frames of one link type.
func compileFilter(link LinkType, expr string) (*program, error) {
	p := &program{sll2: link == linkSLL2}
	switch {
	case p.sll2:
		link = linkSLL // gopacket's link types end at 255, see matches
	case link == linkRaw:
		link = linkRawBSD // libpcap knows it by the DLT_ number here
	case link > 255:
		return nil, fmt.Errorf("no filters for link type %v", link)
	}
	var err error
	if p.bpf, err = pcap.NewBPF(layers.LinkType(link), usualSnaplen, expr); err != nil {
		return nil, err
	}
	return p, nil
}

// matches runs the filter. A frame of Linux cooked capture v2 has the fields of
// v1 in another order: for the time of the filter its header becomes a v1 one.
func (p *program) matches(f *frame) bool {
	ci := gopacket.CaptureInfo{CaptureLength: len(f.data), Length: f.wire}
	if !p.sll2 {
		return p.bpf.Matches(ci, f.data)
	}
	const v1, v2 = 16, 20
	if len(f.data) < v2 {
		return false
	}
	var h [v2]byte
	copy(h[:], f.data)
	b := f.data[v2-v1:]
	b[0], b[1] = 0, h[10]     // packet type
	b[2], b[3] = h[8], h[9]   // hardware type
	b[4], b[5] = 0, h[11]     // address length
	copy(b[6:14], h[12:20])   // address
	b[14], b[15] = h[0], h[1] // protocol
	defer copy(f.data, h[:])
	ci.CaptureLength, ci.Length = len(b), f.wire-(v2-v1)
	return p.bpf.Matches(ci, b)
}
