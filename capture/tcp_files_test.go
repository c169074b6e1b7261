package capture

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// tcpStreams reads a capture of one connection and returns the bytes of both
// directions by the sender's port, and the number of gaps.
func tcpStreams(t *testing.T, name string) (streams map[uint16][]byte, gaps, firsts int) {
	t.Helper()
	f, err := OpenFiles([]string{name}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	streams = map[uint16][]byte{}
	f.Packets(func(p *Packet) bool {
		if p.Proto != TCP {
			return true
		}
		port := p.Src.Port
		if p.Conn != 1 {
			t.Errorf("%s: frame %d is of connection %d", filepath.Base(name), p.Frame, p.Conn)
		}
		if p.Gap {
			gaps++
		}
		if p.First {
			firsts++
			if len(streams[port]) > 0 {
				t.Errorf("%s: frame %d is first, not at the start", filepath.Base(name), p.Frame)
			}
		}
		streams[port] = append(streams[port], p.Payload...)
		return true
	})
	return streams, gaps, firsts
}

// TestTCPVariants: the same conversation, wrapped into segments in every way,
// gives the same bytes.
func TestTCPVariants(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "captures", "variants")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no shared captures: %v", err)
	}
	read := func(name string) (map[uint16][]byte, int, int) {
		return tcpStreams(t, filepath.Join(dir, "tcpsip-tcp-"+name+".pcap"))
	}
	want, _, _ := read("one-per-segment")
	const phone, server = 49812, 5060
	if len(want) != 2 || len(want[phone]) == 0 || len(want[server]) == 0 {
		t.Fatalf("directions: %d", len(want))
	}
	for _, tt := range []struct {
		name   string
		firsts int
	}{
		{"cut-7", 2},
		{"cut-97", 2},
		{"midstream", 0},
		{"out-of-order", 2},
		{"pipelined", 2},
		{"retransmissions", 2},
	} {
		got, gaps, firsts := read(tt.name)
		if gaps != 0 || firsts != tt.firsts {
			t.Errorf("%s: %d gaps, %d firsts", tt.name, gaps, firsts)
		}
		for port := range want {
			if !bytes.Equal(got[port], want[port]) {
				t.Errorf("%s: %d bytes from port %d, want %d, or others", tt.name, len(got[port]), port, len(want[port]))
			}
		}
	}

	got, gaps, _ := read("lost-segment")
	if gaps != 1 || !bytes.Equal(got[phone], want[phone]) {
		t.Errorf("lost segment: %d gaps", gaps)
	}
	// Bytes 301 to 397 of the server were not captured.
	if w := append(want[server][:300:300], want[server][397:]...); !bytes.Equal(got[server], w) {
		t.Errorf("lost segment: %d bytes from the server, want %d, or others", len(got[server]), len(w))
	}

	got, gaps, _ = read("crlf-keepalive")
	for port := range want {
		if plain := bytes.ReplaceAll(got[port], []byte("\r\n\r\n\r\n\r\n"), []byte("\r\n\r\n")); gaps != 0 || !bytes.Contains(plain, want[port][:300]) {
			t.Errorf("keep-alives: %d bytes from port %d, %d gaps", len(plain), port, gaps)
		}
	}
}
