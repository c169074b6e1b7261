package capture

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// Record is one frame to be written.
type Record struct {
	Time    int64 // ns since the epoch
	Data    []byte
	Wire    int // length on the wire; 0: that of Data
	Iface   int // as AddInterface returned it
	Dir     Direction
	Comment string // pcapng only; at most 65535 bytes, the rest is left out
}

// Writer writes frames as a capture file. It does not buffer.
type Writer struct {
	w      io.Writer
	order  order
	format string
	ifaces int
	buf    []byte
}

// order is a byte order, either way.
type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// NewWriter starts a capture file: format is "pcap", "pcap-ns" or "pcapng", as
// in Input.Format, and link the type of its frames or, in pcapng, of its first
// interface.
func NewWriter(w io.Writer, format string, link LinkType) (*Writer, error) {
	return newWriter(w, format, link, binary.LittleEndian)
}

func newWriter(w io.Writer, format string, link LinkType, o order) (*Writer, error) {
	f := &Writer{w: w, order: o, format: format}
	switch format {
	case "pcap", "pcap-ns":
		magic := uint32(magicMicro)
		if format == "pcap-ns" {
			magic = magicNano
		}
		f.u32(magic).u16(2).u16(4).u32(0).u32(0).u32(usualSnaplen).u32(uint32(link))
		return f, f.flush()
	case "pcapng":
		// The section's length is left open: all ones.
		f.u32(byteOrderMagic).u16(1).u16(0).u32(1<<32 - 1).u32(1<<32 - 1)
		f.option(4, "algsniff").end() // shb_userappl
		if err := f.block(blockSection); err != nil {
			return nil, err
		}
		_, err := f.AddInterface(link, "")
		return f, err
	}
	return nil, fmt.Errorf("no capture format %q", format)
}

// AddInterface describes a further interface, pcapng only, and returns its
// number; the first has number 0. The name may be empty.
func (f *Writer) AddInterface(link LinkType, name string) (int, error) {
	if f.format != "pcapng" {
		return 0, fmt.Errorf("%s has one interface only", f.format)
	}
	if link > 1<<16-1 || len(name) > 1<<16-1 {
		return 0, fmt.Errorf("link type %d or interface name %.20q does not fit", link, name)
	}
	f.u16(uint16(link)).u16(0).u32(0)
	f.option(2, name).option(9, "\x09").end() // if_name, if_tsresol: nanoseconds
	f.ifaces++
	return f.ifaces - 1, f.block(blockInterface)
}

// Write writes one frame.
func (f *Writer) Write(r *Record) error {
	wire := max(r.Wire, len(r.Data))
	switch {
	case len(r.Data) > usualSnaplen || wire > 1<<31-1:
		return fmt.Errorf("frame of %d bytes > %d", len(r.Data), usualSnaplen)
	case r.Time < 0:
		return fmt.Errorf("time %d is before 1970", r.Time)
	}
	if f.format == "pcapng" {
		return f.enhanced(r, uint32(wire))
	}
	sec, frac := r.Time/1e9, r.Time%1e9
	if f.format == "pcap" {
		frac /= 1000
	}
	if sec > 1<<32-1 {
		return fmt.Errorf("time %d is after 2106", r.Time)
	}
	f.u32(uint32(sec)).u32(uint32(frac)).u32(uint32(len(r.Data))).u32(uint32(wire))
	f.buf = append(f.buf, r.Data...)
	return f.flush()
}

func (f *Writer) enhanced(r *Record, wire uint32) error {
	if r.Iface < 0 || r.Iface >= f.ifaces {
		return fmt.Errorf("interface %d, have %d", r.Iface, f.ifaces)
	}
	f.u32(uint32(r.Iface)).u32(uint32(r.Time >> 32)).u32(uint32(r.Time))
	f.u32(uint32(len(r.Data))).u32(wire)
	f.buf = append(f.buf, r.Data...)
	f.pad()
	f.option(1, strings.ToValidUTF8(r.Comment[:min(len(r.Comment), 1<<16-1)], "?"))
	if r.Dir != DirUnknown {
		f.u16(2).u16(4).u32(uint32(r.Dir)) // epb_flags: 1 inbound, 2 outbound
	}
	f.end()
	return f.block(blockEnhanced)
}

func (f *Writer) u16(v uint16) *Writer { f.buf = f.order.AppendUint16(f.buf, v); return f }
func (f *Writer) u32(v uint32) *Writer { f.buf = f.order.AppendUint32(f.buf, v); return f }

func (f *Writer) pad() {
	for len(f.buf)%4 != 0 {
		f.buf = append(f.buf, 0)
	}
}

// option adds an option unless it is empty; it may have 65535 bytes.
func (f *Writer) option(code uint16, value string) *Writer {
	if value == "" {
		return f
	}
	f.u16(code).u16(uint16(len(value)))
	f.buf = append(f.buf, value...)
	f.pad()
	return f
}

// end closes the options.
func (f *Writer) end() { f.u32(0) }

// block writes what is in the buffer as a block's body.
func (f *Writer) block(kind uint32) error {
	size := uint32(len(f.buf) + 12)
	f.u32(size)
	body := f.buf
	f.buf = f.order.AppendUint32(f.order.AppendUint32(make([]byte, 0, size), kind), size)
	f.buf = append(f.buf, body...)
	return f.flush()
}

func (f *Writer) flush() error {
	_, err := f.w.Write(f.buf)
	f.buf = f.buf[:0]
	return err
}
