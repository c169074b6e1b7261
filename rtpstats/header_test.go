package rtpstats

import (
	"bytes"
	"testing"

	"github.com/pion/rtp"
)

var headerSeeds = map[string][]byte{
	"plain":            {0x80, 0x00, 0x12, 0x34, 0, 0, 0, 160, 0x11, 0x22, 0x33, 0x44, 0xff, 0xff},
	"marker":           {0x80, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0},
	"csrc":             {0x82, 0x00, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 0, 0, 0, 1, 0, 0, 0, 2, 9},
	"padding":          {0xa0, 0x00, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 9, 9, 0, 2},
	"padding 0":        {0xa0, 0x00, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 9, 0},
	"padding too long": {0xa0, 0x00, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 9, 3},
	"extension":        {0x90, 0x60, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 0xbe, 0xde, 0, 1, 0x10, 0xaa, 0, 0, 7},
	"two-byte":         {0x90, 0x60, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 0x10, 0, 0, 1, 1, 2, 8, 8, 7},
	"extension past":   {0x90, 0x60, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 0xbe, 0xde, 0xff, 0xff, 0x10, 0xaa},
	"damaged element":  {0x90, 0x60, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 0xbe, 0xde, 0, 1, 0x1f, 0xaa, 0, 0, 7},
	"version 1":        {0x40, 0x00, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4},
	"short":            {0x80, 0x00, 0, 1, 0, 0, 0, 160, 1, 2, 3},
	"empty":            {},
}

func TestParseHeader(t *testing.T) {
	want := map[string]Header{
		"plain":            {PT: 0, Seq: 0x1234, TS: 160, SSRC: 0x11223344, HeaderLen: 12, PayloadLen: 2},
		"marker":           {PT: 8, Marker: true, Seq: 0xffff, TS: 0xffffffff, HeaderLen: 12},
		"csrc":             {Seq: 1, TS: 160, SSRC: 0x01020304, HeaderLen: 20, PayloadLen: 1},
		"padding":          {Seq: 1, TS: 160, SSRC: 0x01020304, HeaderLen: 12, PayloadLen: 2},
		"padding 0":        {Seq: 1, TS: 160, SSRC: 0x01020304, HeaderLen: 12, PayloadLen: 2, BadPadding: true},
		"padding too long": {Seq: 1, TS: 160, SSRC: 0x01020304, HeaderLen: 12, PayloadLen: 2, BadPadding: true},
		"extension":        {PT: 96, Seq: 1, TS: 160, SSRC: 0x01020304, HeaderLen: 20, PayloadLen: 1},
		"two-byte":         {PT: 96, Seq: 1, TS: 160, SSRC: 0x01020304, HeaderLen: 20, PayloadLen: 1},
		"damaged element":  {PT: 96, Seq: 1, TS: 160, SSRC: 0x01020304, HeaderLen: 20, PayloadLen: 1},
	}
	for name, b := range headerSeeds {
		h := Header{BadPadding: true, Marker: true} // left over from the packet before
		got := ParseHeader(b, &h)
		w, ok := want[name]
		if got != ok {
			t.Errorf("%s: %v, want %v", name, got, ok)
		} else if ok && h != w {
			t.Errorf("%s: %+v, want %+v", name, h, w)
		}
	}
}

// pion differs in two ways: it takes any version, and it refuses header
// extensions with damaged elements.
func FuzzParseHeader(f *testing.F) {
	for _, b := range headerSeeds {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		var h Header
		ok := ParseHeader(b, &h)
		if !bytes.Equal(b, before) {
			t.Fatal("input changed")
		}
		if ok && (h.HeaderLen < 12 || h.PayloadLen < 0 || h.HeaderLen+h.PayloadLen > len(b)) {
			t.Fatalf("%+v of %d bytes", h, len(b))
		}
		var p rtp.Header
		n, err := p.Unmarshal(b)
		if err != nil {
			if ok && !p.Extension {
				t.Fatalf("pion: %v; read as %+v", err, h)
			}
			return
		}
		if ok != (p.Version == 2) {
			t.Fatalf("%v, pion reads version %d", ok, p.Version)
		}
		if !ok {
			return
		}
		if h.PT != p.PayloadType || h.Marker != p.Marker || h.Seq != p.SequenceNumber ||
			h.TS != p.Timestamp || h.SSRC != p.SSRC || h.HeaderLen != n {
			t.Fatalf("%+v, pion %+v, header %d bytes", h, p, n)
		}
		var whole rtp.Packet
		if err := whole.Unmarshal(b); (err != nil) != h.BadPadding {
			t.Fatalf("bad padding %v, pion: %v", h.BadPadding, err)
		} else if err == nil && len(whole.Payload) != h.PayloadLen {
			t.Fatalf("payload %d bytes, pion %d", h.PayloadLen, len(whole.Payload))
		}
	})
}

func BenchmarkParseHeader(b *testing.B) {
	for _, name := range []string{"plain", "extension"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var h Header
			data := headerSeeds[name]
			for b.Loop() {
				ParseHeader(data, &h)
			}
		})
	}
}

// BenchmarkPion is what pion's reader would cost in ParseHeader's place.
func BenchmarkPion(b *testing.B) {
	for _, name := range []string{"plain", "extension"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var h rtp.Header
			data := headerSeeds[name]
			for b.Loop() {
				if _, err := h.Unmarshal(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
