package pcaptest

import (
	"fmt"
)

// setHEP reads "AGENT COLLECTOR" or "off".
func (p *parser) setHEP(words []string) error {
	p.hep = nil
	if len(words) == 1 && words[0] == "off" {
		return nil
	}
	if len(words) != 2 {
		return fmt.Errorf("want: hep AGENT COLLECTOR, both ip:port, or hep off")
	}
	d := datagram{proto: 17, ttl: 64}
	for i, w := range words {
		text, err := (&scope{globals: p.globals}).expand(w)
		if err != nil {
			return err
		}
		a, err := address(text, false)
		if err != nil {
			return err
		}
		if i == 0 {
			d.src = a
		} else {
			d.dst = a
		}
	}
	p.hep = &d
	return nil
}

// report is the datagram that carries d to a HEP collector (HEP3).
func (d *datagram) report(hep datagram, at int64) *datagram {
	var b []byte
	chunk := func(kind uint16, data ...byte) {
		b = be.AppendUint16(b, 0)
		b = be.AppendUint16(b, kind)
		b = be.AppendUint16(b, uint16(6+len(data)))
		b = append(b, data...)
	}
	family, src := byte(2), uint16(3)
	if d.is6() {
		family, src = 10, 5
	}
	chunk(1, family)
	chunk(2, d.proto)
	chunk(src, d.src.Addr().AsSlice()...)
	chunk(src+1, d.dst.Addr().AsSlice()...)
	chunk(7, be.AppendUint16(nil, d.src.Port())...)
	chunk(8, be.AppendUint16(nil, d.dst.Port())...)
	chunk(9, be.AppendUint32(nil, uint32(at/1e9))...)
	chunk(10, be.AppendUint32(nil, uint32(at%1e9/1e3))...)
	chunk(11, 1) // SIP
	chunk(12, be.AppendUint32(nil, 2001)...)
	chunk(15, d.payload...)
	hep.payload = append([]byte("HEP3"), be.AppendUint16(nil, uint16(6+len(b)))...)
	hep.payload = append(hep.payload, b...)
	return &hep
}
