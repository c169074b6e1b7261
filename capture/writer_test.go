package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
)

func TestWriterInterfaces(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, "pcapng", 1)
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.AddInterface(276, "eth0")
	if err != nil || id != 1 {
		t.Fatal(id, err)
	}
	for _, r := range []Record{
		{Time: 1, Data: []byte("abc"), Wire: 60, Comment: "first\xff " + strings.Repeat("x", 70000)},
		{Time: 2, Data: []byte("defg"), Iface: id, Dir: DirOut},
	} {
		if err := w.Write(&r); err != nil {
			t.Fatal(err)
		}
	}
	all, in := readStream(t, &b, blockSize)
	if len(all) != 2 || in.Err != nil || in.Truncated {
		t.Fatalf("%+v, input %+v", all, in)
	}
	if want := (got{1, false, "abc", 60, 1, 0, 1, 0, DirUnknown}); all[0] != want {
		t.Errorf("%+v, want %+v", all[0], want)
	}
	if want := (got{2, false, "defg", 4, 276, 0, 2, 1, DirOut}); all[1] != want {
		t.Errorf("%+v, want %+v", all[1], want)
	}
}

func TestWriterRefuses(t *testing.T) {
	if _, err := NewWriter(io.Discard, "snoop", 1); err == nil {
		t.Error("unknown format: no error")
	}
	for _, tt := range []struct {
		format string
		r      Record
	}{
		{"pcap", Record{Time: -1}},
		{"pcap", Record{Time: 1 << 62}},
		{"pcap", Record{Data: make([]byte, usualSnaplen+1)}},
		{"pcapng", Record{Iface: 1}},
		{"pcapng", Record{Iface: -1}},
	} {
		w, err := newWriter(io.Discard, tt.format, 1, binary.LittleEndian)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(&tt.r); err == nil {
			t.Errorf("%s, %d bytes at %d, interface %d: no error", tt.format, len(tt.r.Data), tt.r.Time, tt.r.Iface)
		}
	}
	w, _ := NewWriter(io.Discard, "pcap", 1)
	if _, err := w.AddInterface(1, ""); err == nil {
		t.Error("second interface in pcap: no error")
	}
}

func TestLinkTypeNames(t *testing.T) {
	for link, want := range map[LinkType]string{
		0: "NULL", 1: "EN10MB", 9: "PPP", 51: "PPP_ETHER", 101: "RAW", 104: "C_HDLC", 105: "IEEE802_11",
		108: "LOOP", 113: "LINUX_SLL", 127: "IEEE802_11_RADIO", 228: "IPV4", 229: "IPV6", 276: "LINUX_SLL2",
		123456: "LINKTYPE_123456",
	} {
		if got := link.String(); got != want {
			t.Errorf("%d: %s, want %s", uint32(link), got, want)
		}
	}
}
