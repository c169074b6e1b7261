package capture

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

func TestWithoutLibpcap(t *testing.T) {
	if HasLibpcap {
		t.Skip("this build has libpcap")
	}
	if _, err := OpenFiles([]string{"-"}, Options{Filter: "udp"}); !errors.Is(err, ErrNoLibpcap) {
		t.Errorf("error %v", err)
	}
}

// udp is an IPv4 UDP datagram to the port, from 192.0.2.1 to 192.0.2.2.
func udp(port uint16) []byte {
	b := []byte("\x45\x00\x00\x1c\x00\x00\x00\x00\x40\x11\x00\x00\xc0\x00\x02\x01\xc0\x00\x02\x02\x13\xc4\x00\x00\x00\x08\x00\x00")
	binary.BigEndian.PutUint16(b[22:], port)
	return b
}

func TestFilter(t *testing.T) {
	if !HasLibpcap {
		t.Skip("this build has no libpcap")
	}
	if LibpcapVersion() == "" {
		t.Error("libpcap tells no version")
	}
	const eth = "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00"
	const sll = "\x00\x04\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00\x08\x00"
	const sll2 = "\x08\x00\x00\x00\x00\x00\x00\x02\x00\x01\x04\x06\x02\x00\x00\x00\x00\x01\x00\x00"
	for _, tt := range []struct {
		link   LinkType
		header string
	}{
		{linkEthernet, eth},
		{linkSLL, sll},
		{linkSLL2, sll2},
		{linkRaw, ""},
		{linkRawBSD, ""},
		{228, ""},
		{0, "\x02\x00\x00\x00"},
		{108, "\x00\x00\x00\x02"},
		{9, "\xff\x03\x00\x21"},
	} {
		var records []Record
		for i, port := range []uint16{5060, 5061, 5060} {
			records = append(records, Record{Time: int64(i), Data: append([]byte(tt.header), udp(port)...)})
		}
		records = append(records, Record{}, Record{Data: []byte("x")})
		path := saved(t, "a.pcap", write(t, "pcap-ns", tt.link, binary.LittleEndian, records))
		f, err := OpenFiles([]string{path}, Options{Filter: "udp dst port 5060 and host 192.0.2.1"})
		if err != nil {
			t.Fatal(err)
		}
		all := collect(f)
		if len(all) != 2 || all[0].Number != 1 || all[1].Number != 3 || all[0].Data != string(records[0].Data) {
			t.Errorf("%v: %+v", tt.link, all)
		}
		if in := f.Inputs()[0]; in.Packets != 5 || in.Err != nil {
			t.Errorf("%v: input %+v", tt.link, in)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	if !HasLibpcap {
		t.Skip("this build has no libpcap")
	}
	_, err := OpenFiles([]string{"-"}, Options{Filter: "port sip and"})
	if err == nil || !strings.HasPrefix(err.Error(), `filter "port sip and": `) {
		t.Errorf("error %v", err)
	}
	path := saved(t, "a.pcap", write(t, "pcap", 101, binary.LittleEndian, numbered(3)))
	f, err := OpenFiles([]string{path}, Options{Filter: "wlan type mgt"})
	if err != nil {
		t.Fatal(err)
	}
	const want = `filter "wlan type mgt" does not fit link type RAW`
	if all := collect(f); len(all) != 0 || f.Inputs()[0].Err == nil || f.Inputs()[0].Err.Error() != want {
		t.Errorf("%d frames, error %v", len(all), f.Inputs()[0].Err)
	}
}
