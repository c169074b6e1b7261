package engine_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/engine"
	"github.com/algsniff/algsniff/rtpstats"
)

// Link types that traces are read from and written as, LINKTYPE_ numbers.
const (
	linkEthernet = 1
	linkRaw      = 101
	linkSLL      = 113
	linkSLL2     = 276
)

// trace is a capture as frames, to be written anew in another guise.
type trace struct {
	link   uint32
	nano   bool
	frames []traceFrame
}

type traceFrame struct {
	time int64 // ns
	data []byte
	wire int
	dir  capture.Direction // as a cooked header says
}

// readTrace reads a pcap file; ok is false for other formats, and for link
// types that can't be taken apart here.
func readTrace(b []byte) (t *trace, ok bool) {
	if len(b) < 24 {
		return nil, false
	}
	t = &trace{}
	var order binary.ByteOrder = binary.LittleEndian
	switch binary.BigEndian.Uint32(b) {
	case 0xd4c3b2a1:
	case 0x4d3cb2a1:
		t.nano = true
	case 0xa1b2c3d4:
		order = binary.BigEndian
	case 0xa1b23c4d:
		order, t.nano = binary.BigEndian, true
	default:
		return nil, false
	}
	t.link = order.Uint32(b[20:])
	if !slices.Contains([]uint32{linkEthernet, linkRaw, linkSLL, linkSLL2}, t.link) {
		return nil, false
	}
	unit := int64(1000)
	if t.nano {
		unit = 1
	}
	for b = b[24:]; len(b) >= 16; {
		n := int(order.Uint32(b[8:]))
		if n > len(b)-16 || n > 1<<18 {
			return nil, false // damaged: the reader's own tests are about that
		}
		t.frames = append(t.frames, traceFrame{
			time: int64(order.Uint32(b))*1e9 + int64(order.Uint32(b[4:]))*unit,
			data: b[16 : 16+n], wire: int(order.Uint32(b[12:])),
		})
		b = b[16+n:]
	}
	for i := range t.frames {
		if l, ok := t.unwrap(&t.frames[i]); ok {
			t.frames[i].dir = direction(l.kind)
		}
	}
	return t, len(b) == 0 && len(t.frames) > 0
}

// direction reads the packet type of a cooked header.
func direction(kind byte) capture.Direction {
	switch kind {
	case 0, 1, 2:
		return capture.DirIn
	case 4:
		return capture.DirOut
	}
	return capture.DirUnknown
}

func (t *trace) clone() *trace {
	c := *t
	c.frames = slices.Clone(t.frames)
	return &c
}

// file writes the trace; format is that of capture.NewWriter, or "" for the
// plainest one that holds all that is known.
func (t *trace) file(format string) []byte {
	told := t.link != linkSLL && t.link != linkSLL2 && slices.ContainsFunc(t.frames, func(f traceFrame) bool { return f.dir != 0 })
	switch {
	case told:
		format = "pcapng"
	case format == "" && t.nano:
		format = "pcap-ns"
	case format == "":
		format = "pcap"
	}
	var b bytes.Buffer
	w, err := capture.NewWriter(&b, format, capture.LinkType(t.link))
	if err != nil {
		panic(err)
	}
	for _, f := range t.frames {
		if err := w.Write(&capture.Record{Time: f.time, Data: f.data, Wire: f.wire, Dir: f.dir}); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

// layer is the link layer of a frame, taken off.
type layer struct {
	etherType uint16
	kind      byte // of cooked captures: 0 to us, 3 to somebody else, 4 from us
	header    int  // its length
}

// unwrap takes the link layer off.
func (t *trace) unwrap(f *traceFrame) (l layer, ok bool) {
	be, b := binary.BigEndian, f.data
	l.kind = map[capture.Direction]byte{capture.DirUnknown: 3, capture.DirIn: 0, capture.DirOut: 4}[f.dir]
	switch t.link {
	case linkEthernet:
		for l.header = 14; l.header <= len(b); l.header += 4 {
			l.etherType = be.Uint16(b[l.header-2:])
			if l.etherType != 0x8100 && l.etherType != 0x88a8 {
				return l, l.etherType > 1500
			}
		}
		return l, false
	case linkSLL:
		if len(b) < 16 {
			return l, false
		}
		l.header, l.etherType, l.kind = 16, be.Uint16(b[14:]), b[1]
	case linkSLL2:
		if len(b) < 20 {
			return l, false
		}
		l.header, l.etherType, l.kind = 20, be.Uint16(b), b[10]
	case linkRaw:
		if len(b) < 1 {
			return l, false
		}
		l.etherType = map[byte]uint16{4: 0x0800, 6: 0x86dd}[b[0]>>4]
	}
	return l, l.etherType > 1500
}

// rewrap writes every frame with another link layer; nil where that one can't
// carry what is inside.
func (t *trace) rewrap(link uint32, header func(l layer, payload []byte, wire int) []byte) *trace {
	out := &trace{link: link, nano: t.nano}
	for i := range t.frames {
		f := &t.frames[i]
		l, ok := t.unwrap(f)
		switch {
		case !ok || link == linkRaw && l.etherType == 0x0806:
			continue // ARP, spanning tree
		case link == linkRaw && l.etherType != 0x0800 && l.etherType != 0x86dd:
			return nil
		}
		payload := f.data[l.header:]
		h := header(l, payload, f.wire-l.header)
		out.frames = append(out.frames, traceFrame{
			time: f.time, data: slices.Concat(h, payload), wire: f.wire - l.header + len(h), dir: f.dir,
		})
	}
	if len(out.frames) == 0 {
		return nil
	}
	return out
}

var (
	macA = []byte{2, 0, 0, 0, 0, 1}
	macB = []byte{2, 0, 0, 0, 0, 2}
)

func ethernet(l layer, _ []byte, _ int) []byte {
	return binary.BigEndian.AppendUint16(slices.Concat(macA, macB), l.etherType)
}

func vlan(l layer, _ []byte, _ int) []byte {
	h := slices.Concat(macA, macB, []byte{0x81, 0, 0x20, 7})
	return binary.BigEndian.AppendUint16(h, l.etherType)
}

func qinq(l layer, _ []byte, _ int) []byte {
	h := slices.Concat(macA, macB, []byte{0x88, 0xa8, 0, 5, 0x81, 0, 0x20, 7})
	return binary.BigEndian.AppendUint16(h, l.etherType)
}

func sll(l layer, _ []byte, _ int) []byte {
	h := slices.Concat([]byte{0, l.kind, 0, 1, 0, 6}, macA, []byte{0, 0})
	return binary.BigEndian.AppendUint16(h, l.etherType)
}

func sll2(l layer, _ []byte, _ int) []byte {
	h := binary.BigEndian.AppendUint16(nil, l.etherType)
	return slices.Concat(h, []byte{0, 0, 0, 0, 0, 2, 0, 1, l.kind, 6}, macA, []byte{0, 0})
}

func rawIP(layer, []byte, int) []byte { return nil }

// vxlan puts an Ethernet frame into VXLAN (RFC 7348) between two mirrors.
func vxlan(l layer, payload []byte, wire int) []byte {
	be := binary.BigEndian
	inner := ethernet(l, payload, wire)
	n := len(inner) + wire
	h := slices.Concat(macB, macA, []byte{8, 0, 0x45, 0})
	h = be.AppendUint16(h, uint16(20+8+8+n))
	h = append(h, 0, 0, 0, 0, 64, 17, 0, 0, 10, 99, 0, 1, 10, 99, 0, 2)
	be.PutUint16(h[14+10:], internetSum(0, h[14:34]))
	h = be.AppendUint16(h, 51000)
	h = be.AppendUint16(h, 4789)
	h = be.AppendUint16(h, uint16(8+8+n))
	h = append(h, 0, 0, 8, 0, 0, 0, 0, 0, 99, 0)
	return append(h, inner...)
}

// internetSum is the checksum of RFC 1071.
func internetSum(sum uint64, b []byte) uint16 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint64(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint64(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// analyzed reads captures as one, as the command does.
func analyzed(t testing.TB, files ...[]byte) *engine.Result {
	t.Helper()
	names, o := []string{"-"}, capture.Options{Stdin: bytes.NewReader(files[0])}
	if len(files) > 1 {
		names = nil
		dir := t.TempDir()
		for i, b := range files {
			name := filepath.Join(dir, fmt.Sprintf("%d.pcap", i))
			if err := os.WriteFile(name, b, 0o644); err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
	}
	src, err := capture.OpenFiles(names, o)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	return engine.Analyze(src, engine.Options{})
}

// picture is what must not depend on how traffic was captured: a line for each
// endpoint, call and stream, sorted.
func picture(r *engine.Result) []string {
	var lines []string
	for i := range r.Endpoints {
		e := &r.Endpoints[i]
		var ids, sources []string
		for _, f := range e.Findings {
			ids = append(ids, f.ID+"/"+f.Class.String())
		}
		for _, s := range e.Sources {
			sources = append(sources, s.String())
		}
		slices.Sort(ids)
		slices.Sort(sources)
		lines = append(lines, fmt.Sprintf("endpoint %s %q %s %v to %s, %s, nat %s: %s side %s p %.3f %v",
			e.AOR, e.UserAgent, e.Transport, sources, e.Server, e.Viewpoint, e.NAT, e.Verdict, e.Side, e.P, ids))
	}
	for i := range r.Calls {
		c := &r.Calls[i]
		lines = append(lines, fmt.Sprintf("call %s: %s %d", c.CallID, c.State, c.Status))
	}
	for i := range r.Streams {
		s := &r.Streams[i]
		lines = append(lines, fmt.Sprintf("stream %#08x %s > %s: %s", s.SSRC, s.Src, s.Dst, figures(s.Stats)))
	}
	slices.Sort(lines)
	return lines
}

func figures(s rtpstats.Stats) string {
	return fmt.Sprintf("pt %d %d packets, %d lost, %d reordered, jitter %.6f %.6f %.6f",
		s.PayloadType, s.Packets, s.Lost, s.Reordered, s.JitterMS, s.MeanJitterMS, s.MaxJitterMS)
}

// missing returns the lines of want that got has not, as often as want has them.
func missing(want, got []string) (lines []string) {
	have := map[string]int{}
	for _, l := range got {
		have[l]++
	}
	for _, l := range want {
		if have[l]--; have[l] < 0 {
			lines = append(lines, l)
		}
	}
	return lines
}

func indent(lines []string) string { return "\n\t" + strings.Join(lines, "\n\t") }
