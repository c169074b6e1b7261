package pcaptest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/pcaps/*.pcap anew from testdata/pcaps/src/*.txt")

// TestSources makes every source of testdata/pcaps/src and compares the result
// with the capture beside it. "make captures" writes them anew.
func TestSources(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "pcaps")
	sources, err := filepath.Glob(filepath.Join(dir, "src", "*.txt"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources in %s: %v", dir, err)
	}
	for _, source := range sources {
		base := strings.TrimSuffix(filepath.Base(source), ".txt")
		t.Run(base, func(t *testing.T) {
			text, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Parse(filepath.Base(source), text)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if _, err := c.WriteTo(&got); err != nil {
				t.Fatal(err)
			}
			pcap := filepath.Join(dir, base+".pcap")
			if *update {
				if err := os.WriteFile(pcap, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(pcap)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s is not what %s makes: run make captures", pcap, source)
			}
		})
	}
}

// udpPayloads returns the payloads of a capture of unfragmented UDP over IPv4
// on Ethernet.
func udpPayloads(t *testing.T, src string) (texts []string) {
	t.Helper()
	c, err := Parse("source", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Frames {
		texts = append(texts, string(f.Data[14+20+8:]))
	}
	return texts
}

func crlf(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

const request = `
@0 udp 203.0.113.5:1027 > 198.51.100.10:5060
  INVITE sip:100@pbx SIP/2.0
  Via: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bK1;rport
  Via: SIP/2.0/UDP 192.168.1.11
  From: <sip:1@pbx>;tag=a
  t: <sip:100@pbx>
  Call-ID: c1
  CSeq: 7 INVITE
  Contact: <sip:1@192.168.1.10:5060>
`

func TestMessages(t *testing.T) {
	for _, test := range []struct {
		name, src string
		want      string // the last datagram
	}{
		{"length is added", `
@0 udp 1.1.1.1:5060 > 2.2.2.2:5060
  OPTIONS sip:a SIP/2.0
  Via: x
`, crlf("OPTIONS sip:a SIP/2.0", "Via: x", "Content-Length: 0", "")},
		{"length and type of a body", `
@0 udp 1.1.1.1:5060 > 2.2.2.2:5060
  OPTIONS sip:a SIP/2.0

  v=0
  s=-
`, crlf("OPTIONS sip:a SIP/2.0", "Content-Type: application/sdp", "Content-Length: 10", "", "v=0", "s=-")},
		{"length as written", `
@0 udp 1.1.1.1:5060 > 2.2.2.2:5060
  OPTIONS sip:a SIP/2.0
  l: 77
`, crlf("OPTIONS sip:a SIP/2.0", "l: 77", "")},
		{"length auto where it is written", `
@0 udp 1.1.1.1:5060 > 2.2.2.2:5060
  OPTIONS sip:a SIP/2.0
  l: auto
  Via: x

  abc
`, crlf("OPTIONS sip:a SIP/2.0", "l: 5", "Via: x", "", "abc")},
		{"no length, folding, line feeds", `
@0 udp 1.1.1.1:5060 > 2.2.2.2:5060 eol=lf
  OPTIONS sip:a SIP/2.0
  Subject: one
    two
  -Content-Length
`, "OPTIONS sip:a SIP/2.0\nSubject: one\n  two\n\n"},
		{"values and escapes", `
set A 10.0.0.1
set B $A:5060
@0 udp $B > 2.2.2.2:9 raw x=1
  \r\n$$ ${A}5 $srcip $dstport $x\x41\0
`, "\r\n$ 10.0.0.15 10.0.0.1 9 1A\x00"},
		{"hexadecimal", `
@0 udp 1.1.1.1:1 > 2.2.2.2:2 hex
  00 ff
  7e7E
`, "\x00\xff~~"},
		{"reply", request + `
@1 udp 198.51.100.10:5060 > 203.0.113.5:1027 reply 200 OK
  Contact: <sip:100@198.51.100.10>
`, crlf(
			"SIP/2.0 200 OK",
			"Via: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bK1;rport=1027;received=203.0.113.5",
			"Via: SIP/2.0/UDP 192.168.1.11", "From: <sip:1@pbx>;tag=a", "t: <sip:100@pbx>;tag="+mark("to", "c1", "198.51.100.10:5060"),
			"Call-ID: c1", "CSeq: 7 INVITE", "Contact: <sip:100@198.51.100.10>", "Content-Length: 0", "",
		)},
		{"reply with a header replaced and one left out", request + `
@1 udp 198.51.100.10:5060 > 203.0.113.5:1027 reply 200 OK
  v: SIP/2.0/UDP 192.168.1.10:5060;branch=other
  -CSeq
`, crlf(
			"SIP/2.0 200 OK", "v: SIP/2.0/UDP 192.168.1.10:5060;branch=other", "From: <sip:1@pbx>;tag=a",
			"t: <sip:100@pbx>;tag="+mark("to", "c1", "198.51.100.10:5060"), "Call-ID: c1", "Content-Length: 0", "",
		)},
		{"ACK", request + `
@1 udp 198.51.100.10:5060 > 203.0.113.5:1027 reply 200 OK
  Contact: <sip:100@198.51.100.10>
@2 udp 203.0.113.5:1027 > 198.51.100.10:5060 next ACK
`, crlf(
			"ACK sip:100@198.51.100.10 SIP/2.0",
			"Via: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bK"+mark("c1", "ACK", "1")+";rport", "Max-Forwards: 70",
			"From: <sip:1@pbx>;tag=a", "To: <sip:100@pbx>;tag="+mark("to", "c1", "198.51.100.10:5060"),
			"Call-ID: c1", "CSeq: 7 ACK", "Content-Length: 0", "",
		)},
		{"ACK to a refusal", request + `
@1 udp 198.51.100.10:5060 > 203.0.113.5:1027 reply 486 Busy Here
@2 udp 203.0.113.5:1027 > 198.51.100.10:5060 next ACK
`, crlf(
			"ACK sip:100@pbx SIP/2.0",
			"Via: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bK1;rport", "Max-Forwards: 70",
			"From: <sip:1@pbx>;tag=a", "To: <sip:100@pbx>;tag="+mark("to", "c1", "198.51.100.10:5060"),
			"Call-ID: c1", "CSeq: 7 ACK", "Content-Length: 0", "",
		)},
		{"BYE from the called side", request + `
@1 udp 198.51.100.10:5060 > 203.0.113.5:1027 reply 200 OK
  Contact: <sip:100@198.51.100.10>
@2 udp 198.51.100.10:5060 > 203.0.113.5:1027 next BYE
`, crlf(
			"BYE sip:1@192.168.1.10:5060 SIP/2.0",
			"Via: SIP/2.0/UDP 198.51.100.10:5060;rport;branch=z9hG4bK"+mark("c1", "BYE", "1"), "Max-Forwards: 70",
			"From: <sip:100@pbx>;tag="+mark("to", "c1", "198.51.100.10:5060"), "To: <sip:1@pbx>;tag=a",
			"Call-ID: c1", "CSeq: 1 BYE", "Content-Length: 0", "",
		)},
		{"CANCEL", request + `
@1 udp 203.0.113.5:1027 > 198.51.100.10:5060 next CANCEL
  User-Agent: x
`, crlf(
			"CANCEL sip:100@pbx SIP/2.0",
			"Via: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bK1;rport", "Max-Forwards: 70",
			"From: <sip:1@pbx>;tag=a", "To: <sip:100@pbx>",
			"Call-ID: c1", "CSeq: 7 CANCEL", "User-Agent: x", "Content-Length: 0", "",
		)},
		{"template with defaults and changes", `
template body addr=$srcip
  c=$addr
template m via=$src ua=none
  OPTIONS sip:a SIP/2.0
  Via: $via
  User-Agent: $ua

  &body
@0 udp 1.1.1.1:5060 > 2.2.2.2:5060 m ua="a b"
  X: 1
`, crlf("OPTIONS sip:a SIP/2.0", "Via: 1.1.1.1:5060", "User-Agent: a b", "X: 1", "Content-Length: 11", "", "c=1.1.1.1")},
		{"another start line, and no body", `
template m
  INVITE sip:a SIP/2.0
  Via: x

  v=0
@0 udp 1.1.1.1:5060 > 2.2.2.2:5060 m
  INVITE sip:b SIP/2.0
  -Body
`, crlf("INVITE sip:b SIP/2.0", "Via: x", "Content-Length: 0", "")},
		{"reply with what was asked", request + `
@1 udp 198.51.100.10:5060 > 203.0.113.5:1027 reply 200 OK
  -From
  -To
  -Via
  -Call-ID
  Contact: <$asked>;expires=60
`, crlf("SIP/2.0 200 OK", "CSeq: 7 INVITE", "Contact: <sip:1@192.168.1.10:5060>;expires=60", "Content-Length: 0", "")},
		{"script", `
set user eve
template t-1 user=x via=none
  OPTIONS sip:$user SIP/2.0
  Via: $via
script twice kind=1 n=2 via=$n user=bob cid=-
  @+1 udp 1.1.1.1:5060 > 2.2.2.2:5060 t-$kind
    X: $n
  @+1 udp 1.1.1.1:5060 > 2.2.2.2:5060 t-$kind
    Y: $via
@5 do twice n=7
`, crlf("OPTIONS sip:eve SIP/2.0", "Via: 7", "Y: 7", "Content-Length: 0", "")},
		{"again is the same datagram", request + "@1 again\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := udpPayloads(t, test.src)
			want := test.want
			if want == "" {
				want = got[0]
			}
			if diff := cmp.Diff(want, got[len(got)-1]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSurroundings looks at what a capture says beside the datagrams' bytes.
func TestSurroundings(t *testing.T) {
	c, err := Parse("source", []byte(`
ttl 1.1.1.1 57
seed x
@0 udp 1.1.1.1:1 > 2.2.2.2:2 raw
  $branch
@1 udp 2.2.2.2:2 > 1.1.1.1:1 raw
  $branch
hep 3.3.3.3:3 4.4.4.4:4
@2 udp 1.1.1.1:1 > 2.2.2.2:2 raw
  $branch
hep off
@3 udp 1.1.1.1:1 > 2.2.2.2:2 raw ttl=9
  $branch
`))
	if err != nil {
		t.Fatal(err)
	}
	const ttlAt, srcAt = 14 + 8, 14 + 12
	for i, want := range []struct {
		ttl, src byte
		text     string
	}{
		{57, 1, mark("branch", "x", "0")},
		{64, 2, mark("branch", "x", "1")},
		{64, 3, "HEP3"},
		{9, 1, mark("branch", "x", "3")},
	} {
		b := c.Frames[i].Data
		if b[ttlAt] != want.ttl || b[srcAt] != want.src || !bytes.HasPrefix(b[14+20+8:], []byte(want.text)) {
			t.Errorf("frame %d: ttl %d, from %d, %q; want %+v", i, b[ttlAt], b[srcAt], b[14+20+8:], want)
		}
	}
	if b := c.Frames[2].Data; !bytes.HasSuffix(b, []byte(mark("branch", "x", "2"))) || int(be.Uint16(b[14+20+8+4:])) != len(b)-14-20-8 {
		t.Errorf("HEP: %q", b)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct{ src, want string }{
		{"  x", "s:1: an indented line with nothing above it"},
		{"nonsense 1", "s:1: nonsense: no such statement"},
		{"set", "s:1: set: want something behind it"},
		{"\nset A $B", "s:2: $B is not set"},
		{`set A "`, "s:1: a quote is not closed"},
		{"set A 1\n  x", "s:1: set takes no lines below it"},
		{"link TOKENRING", "s:1: link TOKENRING: not known, or after the first packet"},
		{"snaplen 0", "s:1: 0 is not within 1 to 262144"},
		{"template t x", "s:1: template t: x: want key=value"},
		{"@x udp", `s:1: "x" is not a time of 0 s to 8 days`},
		{"@900000", `s:1: "900000s" is not a time of 0 s to 8 days`},
		{"@600000 frame\n@+600000 frame", "s:2: more than 8 days from the start"},
		{"@0", "s:1: want what happens behind the time"},
		{"@0 smoke", "s:1: smoke: no such packet"},
		{"@0 udp 1.1.1.1:1 2.2.2.2:2", "s:1: want: udp ADDRESS > ADDRESS"},
		{"@0 udp 1.1.1.1 > 2.2.2.2:2", `s:1: "1.1.1.1" is not ip:port`},
		{"@0 udp 1.1.1.1:1 > [::1]:2", "s:1: 1.1.1.1:1 and [::1]:2 are not of one IP version"},
		{"@0 udp 1.1.1.1:1 > 2.2.2.2:2 hex\n  0g", "s:1: want hexadecimal digits: encoding/hex: invalid byte: U+0067 'g'"},
		{"@0 udp 1.1.1.1:1 > 2.2.2.2:2 raw\n  \\q", `s:1: no such escape: \q`},
		{"@0 udp 1.1.1.1:1 > 2.2.2.2:2 raw\n  \\x4", `s:1: want two hexadecimal digits behind \x in "\\x4"`},
		{"@0 udp 1.1.1.1:1 > 2.2.2.2:2 via=1\n  x", "s:1: nothing asks for $via"},
		{"@0 udp 1.1.1.1:1 > 2.2.2.2:2 sum=odd", "s:1: sum: sum=odd: want bad or zero"},
		{"@0 udp 1.1.1.1:1 > 2.2.2.2:2 nosuch", "s:1: nosuch: not for UDP"},
		{"@0 udp 1.1.1.1:1 > 2.2.2.2:2 reply 200 OK", "s:1: no request from 2.2.2.2:2 to 1.1.1.1:1 to reply to"},
		{"@0 udp 1.1.1.1:1 > 2.2.2.2:2 next ACK", "s:1: no INVITE between 1.1.1.1:1 and 2.2.2.2:2"},
		{"@0 again", "s:1: no datagram before this one"},
		{"@0 again x", `s:1: no datagram is named "x"`},
		{"@0 rtp 1.1.1.1:1 > 2.2.2.2:2 pt=128", "s:1: pt: 128 is not within 0 to 127"},
		{"@0 rtp 1.1.1.1:1 > 2.2.2.2:2 lost=1", "s:1: lost: not known for rtp"},
		{"@0 rtp 1.1.1.1:1 > 2.2.2.2:2 lose=5-3", "s:1: lose: 3 is not within 5 to 50000"},
		{"@0 icmp 1.1.1.1 > 2.2.2.2 sulking", "s:1: sulking: no such ICMP message"},
		{"@0 icmp 1.1.1.1:1 > 2.2.2.2 port-unreachable", `s:1: "1.1.1.1:1" is not an IP address`},
		{"@0 do nothing", "s:1: do: no script of that name: nothing"},
		{"@0 do", "s:1: do: no script of that name: "},
		{"script a n=1\n@0 do a m=1", "s:2: m=1: the script has no such value"},
		{"script a\n  @1 again\n@0 do a", "s:3: script a: @1: want @+, times are relative within a script"},
		{"script a\n  @+1 do a\n@0 do a", "s:3: " + strings.Repeat("script a, line 1: ", 8) + "scripts within each other deeper than 8"},
		{"ttl 1.1.1.1", "s:1: want: ttl ADDRESS N"},
		{"ttl 1.1.1.1 0", "s:1: 0 is not within 1 to 255"},
		{"hep 1.1.1.1:9060", "s:1: want: hep AGENT COLLECTOR, both ip:port, or hep off"},
		{"template a\n  &a\n@0 udp 1.1.1.1:1 > 2.2.2.2:2 a", "s:3: templates within each other deeper than 8"},
		{"template a v=$v\n  $v\n@0 udp 1.1.1.1:1 > 2.2.2.2:2 a", "s:3: $v: values within each other deeper than 8"},
	} {
		_, err := Parse("s", []byte(test.src))
		if err == nil || err.Error() != test.want {
			t.Errorf("%q: got %v, want %s", test.src, err, test.want)
		}
	}
}
