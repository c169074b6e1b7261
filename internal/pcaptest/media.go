package pcaptest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// rtpOptions are the options of an RTP stream and their defaults.
//
// lose, dup and swap name packets by their place in the stream, from 0, as
// 3,7,10-12: they are lost, sent twice, sent behind the next one. jitter=D
// delays every packet by 0 to D, always by the same sequence. The word marker
// sets the marker bit of the first packet.
var rtpOptions = map[string]string{
	"pt": "0", "ssrc": "0x11111111", "seq": "1", "ts": "0", "count": "50",
	"every": "20ms", "step": "160", "size": "160",
	"lose": "", "dup": "", "swap": "", "jitter": "0",
}

// stream is an RTP stream to be written.
type stream struct {
	pt, ssrc, seq, ts, count, step, size int64
	every, jitter                        int64
	lose, dup, swap                      map[int64]bool
	marker                               bool
}

// rtp writes a stream. The payload is silence of PCMU.
func (p *parser) rtp(d datagram, name string, words []string, s *scope) error {
	r, err := newStream(words, s)
	if err != nil {
		return err
	}
	d.proto = 17
	random := uint32(r.ssrc) | 1
	var last *sent
	for i := range r.count {
		at := p.now + i*r.every
		if r.swap[i] {
			at += r.every + r.every/2
		}
		random = random*1664525 + 1013904223 // Numerical Recipes' generator
		at += int64(random>>16) * r.jitter >> 16
		if r.lose[i] {
			continue
		}
		d.payload = r.packet(i)
		copies := 1
		if r.dup[i] {
			copies = 2
		}
		for c := range int64(copies) {
			p.ipID++
			if err := p.write(at+c*1e5, &d, p.ipID); err != nil {
				return err
			}
		}
		last = &sent{d: d, id: p.ipID}
	}
	if last != nil {
		p.remember(last, name)
	}
	return nil
}

// packet is the i-th RTP packet (RFC 3550 §5.1).
func (r *stream) packet(i int64) []byte {
	b := []byte{0x80, byte(r.pt)}
	if r.marker && i == 0 {
		b[1] |= 0x80
	}
	b = be.AppendUint16(b, uint16(r.seq+i))
	b = be.AppendUint32(b, uint32(r.ts)+uint32(i)*uint32(r.step))
	b = be.AppendUint32(b, uint32(r.ssrc))
	return append(b, slices.Repeat([]byte{0xff}, int(r.size))...)
}

func newStream(words []string, s *scope) (*stream, error) {
	for k := range s.args {
		if _, ok := rtpOptions[k]; !ok && !slices.Contains(packetValues, k) {
			return nil, fmt.Errorf("%s: not known for rtp", k)
		}
	}
	r := &stream{}
	for _, w := range words {
		if w != "marker" {
			return nil, fmt.Errorf("%s: not known for rtp", w)
		}
		r.marker = true
	}
	value := func(k string) string {
		if v, ok := s.args[k]; ok {
			return v
		}
		return rtpOptions[k]
	}
	for _, n := range []struct {
		name string
		to   *int64
		high int64
	}{
		{"pt", &r.pt, 127},
		{"ssrc", &r.ssrc, 1<<32 - 1},
		{"seq", &r.seq, 1<<16 - 1},
		{"ts", &r.ts, 1<<32 - 1},
		{"count", &r.count, maxFrames},
		{"step", &r.step, 1<<32 - 1},
		{"size", &r.size, 1400},
	} {
		var err error
		if *n.to, err = number(value(n.name), 0, n.high); err != nil {
			return nil, fmt.Errorf("%s: %w", n.name, err)
		}
	}
	var err error
	if r.every, err = seconds(value("every")); err != nil {
		return nil, err
	}
	if r.jitter, err = seconds(value("jitter")); err != nil {
		return nil, err
	}
	if r.jitter > 1e10 || r.every > 1e12 {
		return nil, fmt.Errorf("jitter at most 10s, every at most 1000s")
	}
	for name, to := range map[string]*map[int64]bool{"lose": &r.lose, "dup": &r.dup, "swap": &r.swap} {
		if *to, err = places(value(name)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return r, nil
}

// places reads 3,7,10-12.
func places(list string) (map[int64]bool, error) {
	set := map[int64]bool{}
	if list == "" {
		return set, nil
	}
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		a, err := number(first, 0, maxFrames)
		if err != nil {
			return nil, err
		}
		b, err := number(last, a, maxFrames)
		if err != nil {
			return nil, err
		}
		for i := a; i <= b; i++ {
			set[i] = true
		}
	}
	return set, nil
}

// unreachable are the names of ICMP destination unreachable codes, for IPv4
// (RFC 792) and IPv6 (RFC 4443 §3.1).
var unreachable = map[string][2]byte{
	"net-unreachable": {0, 0}, "host-unreachable": {1, 3}, "port-unreachable": {3, 4}, "prohibited": {13, 1},
}

// icmp complains about the last datagram of the host it is sent to.
func (p *parser) icmp(d datagram, words []string, s *scope) error {
	if len(words) != 1 {
		return fmt.Errorf("want one of port-unreachable, host-unreachable, net-unreachable, prohibited, or TYPE/CODE")
	}
	d.proto = 1
	if codes, ok := unreachable[words[0]]; ok {
		d.icmpType, d.icmpCode = 3, codes[0]
		if d.is6() {
			d.icmpType, d.icmpCode = 1, codes[1]
		}
	} else if n, err := fmt.Sscanf(words[0], "%d/%d", &d.icmpType, &d.icmpCode); n != 2 || err != nil {
		return fmt.Errorf("%s: no such ICMP message", words[0])
	}
	name := s.args["of"]
	count, every := int64(1), int64(0)
	for k, v := range s.args {
		var err error
		switch {
		case k == "of" || slices.Contains(packetValues, k):
		case k == "count":
			count, err = number(v, 1, maxFrames)
		case k == "every":
			every, err = seconds(v)
		default:
			err = fmt.Errorf("%s: not known for icmp", strconv.Quote(k))
		}
		if err != nil {
			return err
		}
	}
	cause, err := p.earlier(name, d.dst.Addr())
	if err != nil {
		return err
	}
	if cause.d.is6() != d.is6() {
		return fmt.Errorf("%s did not send over this IP version", d.dst.Addr())
	}
	quoted := cause.d.ipPackets(cause.id)[0]
	d.payload = quoted[:min(len(quoted), 548)] // RFC 1812 §4.3.2.3: within 576 bytes
	for i := range count {
		p.ipID++
		if err := p.write(p.now+i*every, &d, p.ipID); err != nil {
			return err
		}
	}
	return nil
}
