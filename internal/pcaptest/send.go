package pcaptest

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// message puts a text or bytes on the wire over UDP or TCP.
func (p *parser) message(kind string, out *sent, name string, words, block []string, options map[string]string, s *scope) (err error) {
	out.d.payload, out.text, words, err = p.payload(out.d, words, block, options, s)
	if err != nil {
		return err
	}
	if unused := s.unused(); len(unused) > 0 {
		return fmt.Errorf("nothing asks for $%s", strings.Join(unused, ", $"))
	}
	if n := len(out.d.payload); n > maxText {
		return fmt.Errorf("%d bytes, at most %d", n, maxText)
	}
	if kind == "tcp" {
		return p.sendTCP(out, name, words)
	}
	if len(words) > 0 {
		return fmt.Errorf("%s: not for UDP", words[0])
	}
	out.d.proto = 17
	return p.send(out, name)
}

// payload makes the bytes of a datagram, and returns the words it did not need.
func (p *parser) payload(d datagram, words, block []string, options map[string]string, s *scope) ([]byte, *message, []string, error) {
	what := ""
	if len(words) > 0 {
		what = words[0]
	}
	var base *message
	var err error
	switch t := p.templates[what]; {
	case what == "hex":
		b, err := unhex(block)
		return b, nil, words[1:], err
	case what == "raw":
		lines, err := p.lines(block, s)
		return []byte(strings.Join(lines, "")), nil, words[1:], err
	case what == "reply":
		base, s.args["asked"], err = p.reply(d.src, d.dst, strings.Join(words[1:], " "), options["cseq"])
		words = nil
	case what == "next" && len(words) > 1:
		base, err = p.next(d.src, d.dst, words[1])
		words = words[2:]
	case t != nil:
		in := *s
		in.defaults = t.defaults
		s = &in
		var lines []string
		if lines, err = p.lines(t.lines, s); err == nil {
			base = newMessage(nil, lines)
		}
		words = words[1:]
	}
	if err != nil || base == nil && len(block) == 0 {
		return nil, nil, words, err
	}
	lines, err := p.lines(block, s)
	if err != nil {
		return nil, nil, nil, err
	}
	eol := "\r\n"
	if options["eol"] == "lf" {
		eol = "\n"
	}
	text := newMessage(base, lines).text(eol)
	if !strings.Contains(strings.ToUpper(text), "SIP/2.0") {
		return []byte(text), nil, words, nil
	}
	return []byte(text), readMessage(text), words, nil
}

// set reads the options of a datagram.
func (d *datagram) set(options map[string]string) (mss int, name string, err error) {
	mss = 1400
	for k, v := range options {
		n := int64(0)
		switch k {
		case "as":
			name = v
		case "ttl":
			n, err = number(v, 1, 255)
			d.ttl = int(n)
		case "frag":
			n, err = number(v, 8, 65535)
			d.frag = int(n)
		case "clip":
			n, err = number(v, 1, 65535)
			d.clip = int(n)
		case "mss":
			n, err = number(v, 1, 65535)
			mss = int(n)
		case "sum":
			if d.sum = v; v != "bad" && v != "zero" {
				err = fmt.Errorf("sum=%s: want bad or zero", v)
			}
		case "eol":
			if v != "lf" && v != "crlf" {
				err = fmt.Errorf("eol=%s: want lf or crlf", v)
			}
		}
		if err != nil {
			return 0, "", fmt.Errorf("%s: %w", k, err)
		}
	}
	return mss, name, nil
}

// send writes a datagram and remembers it.
func (p *parser) send(s *sent, name string) error {
	p.ipID++
	s.id = p.ipID
	if err := p.write(p.now, &s.d, s.id); err != nil {
		return err
	}
	p.remember(s, name)
	return nil
}

func (p *parser) remember(s *sent, name string) {
	p.sent = append(p.sent, s)
	if name != "" {
		p.named[name] = s
	}
}

// again sends a datagram anew, or captures the same IP packet once more.
func (p *parser) again(kind string, words []string) error {
	s, err := p.earlier(strings.Join(words, " "), netip.Addr{})
	if err != nil {
		return err
	}
	switch {
	case kind == "copy":
		return p.write(p.now, &s.d, s.id)
	case s.d.proto == 6:
		return fmt.Errorf("TCP sends nothing again by itself")
	}
	again := *s
	return p.send(&again, "")
}

// earlier finds a named datagram, or the last one (from an address).
func (p *parser) earlier(name string, from netip.Addr) (*sent, error) {
	if name != "" {
		if s := p.named[name]; s != nil {
			return s, nil
		}
		return nil, fmt.Errorf("no datagram is named %q", name)
	}
	s := p.last(func(s *sent) bool { return !from.IsValid() || s.d.src.Addr() == from })
	if s == nil {
		return nil, fmt.Errorf("no datagram before this one")
	}
	return s, nil
}

// write puts a datagram's frames into the capture, 1 µs apart.
func (p *parser) write(at int64, d *datagram, id uint16) error {
	if p.hep != nil {
		d = d.report(*p.hep, p.start+at)
	}
	for i, packet := range d.ipPackets(id) {
		b := linkFrame(p.link, d.src.Addr(), d.dst.Addr(), p.host, packet)
		if err := p.frame(at+int64(i)*1e3, b, d.clip); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) frame(at int64, b []byte, clip int) error {
	f := Frame{Time: p.start + at, Data: b, Wire: len(b)}
	if clip == 0 || clip > p.snaplen {
		clip = p.snaplen
	}
	f.Data = f.Data[:min(len(f.Data), clip)]
	p.captured += len(f.Data)
	if len(p.frames) >= maxFrames || p.captured > maxCaptured {
		return fmt.Errorf("more than %d frames or %d bytes", maxFrames, maxCaptured)
	}
	p.frames = append(p.frames, f)
	return nil
}

func unhex(block []string) ([]byte, error) {
	text := strings.Join(strings.Fields(strings.Join(block, " ")), "")
	b, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("want hexadecimal digits: %w", err)
	}
	return b, nil
}

// flow is the two ends of a TCP connection, the lesser one first.
type flow struct{ a, b netip.AddrPort }

// connection keeps the next sequence number of each end.
type connection struct{ seq map[netip.AddrPort]uint32 }

// sendTCP sends a payload in segments, after a handshake if it is the first.
func (p *parser) sendTCP(s *sent, name string, words []string) error {
	for _, w := range words {
		if !slices.Contains([]string{"mid", "fin", "rst"}, w) {
			return fmt.Errorf("%s: not known for TCP", w)
		}
	}
	d := &s.d
	d.proto = 6
	key := flow{d.src, d.dst}
	if d.dst.Compare(d.src) < 0 {
		key = flow{d.dst, d.src}
	}
	c := p.tcp[key]
	if c == nil {
		c = &connection{map[netip.AddrPort]uint32{d.src: 1000, d.dst: 5000}}
		p.tcp[key] = c
		if !slices.Contains(words, "mid") {
			if err := p.handshake(*d, c); err != nil {
				return err
			}
		}
	}
	whole := d.payload
	at := p.now
	segment := func(b []byte, flags byte) error {
		d.payload, d.flags = b, flags|ack
		d.seq, d.ack = c.seq[d.src], c.seq[d.dst]
		c.seq[d.src] += uint32(len(b))
		p.ipID++
		s.id = p.ipID
		at += 1e3
		return p.write(at-1e3, d, s.id)
	}
	for off := 0; off < len(whole); off += s.mss {
		if err := segment(whole[off:min(off+s.mss, len(whole))], psh); err != nil {
			return err
		}
	}
	if slices.Contains(words, "fin") || slices.Contains(words, "rst") {
		flags := byte(fin)
		if slices.Contains(words, "rst") {
			flags = rst
		}
		if err := segment(nil, flags); err != nil {
			return err
		}
		delete(p.tcp, key)
	}
	p.remember(s, name)
	return nil
}

// handshake opens a connection within the three milliseconds before now.
func (p *parser) handshake(d datagram, c *connection) error {
	d.payload = nil
	client, server := d.src, d.dst
	for i, flags := range []byte{syn, syn | ack, ack} {
		d.src, d.dst = client, server
		if i == 1 {
			d.src, d.dst = server, client
		}
		d.flags, d.seq, d.ack = flags, c.seq[d.src], 0
		if flags&ack != 0 {
			d.ack = c.seq[d.dst]
		}
		p.ipID++
		if err := p.write(p.now-int64(3-i)*1e6, &d, p.ipID); err != nil {
			return err
		}
		if flags&syn != 0 {
			c.seq[d.src]++
		}
	}
	return nil
}
