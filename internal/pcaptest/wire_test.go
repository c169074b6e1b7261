package pcaptest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// everything uses each kind of packet once.
const everything = `
set A 203.0.113.5
set B 198.51.100.10
template hello n=1
  OPTIONS sip:$dstip SIP/2.0
  Via: SIP/2.0/UDP $src;branch=z9hG4bK$n;rport
  From: <sip:a@$srcip>;tag=1
  To: <sip:b@$dstip>
  Call-ID: $n@$srcip
  CSeq: $n OPTIONS
@0 udp $A:5060 > $B:5060 hello as=first
@+0.01 udp $B:5060 > $A:5060 reply 200 OK
@1 udp $A:5060 > $B:5060 hello n=2 frag=100 ttl=9
@1.1 again first
@1.2 copy first
@2 udp [2001:db8::5]:5060 > [2001:db8::1]:5060 hello n=3
@2.1 udp [2001:db8::5]:5060 > [2001:db8::1]:5060 hello n=4 frag=99
@2.2 icmp 2001:db8::1 > 2001:db8::5 port-unreachable
@3 tcp $A:50000 > $B:5060 hello n=5 mss=100
@3.1 tcp $B:5060 > $A:50000 reply 200 OK
@3.2 tcp $A:50000 > $B:5060 fin
@4 rtp $A:4000 > $B:4002 count=20 lose=3,5-6 dup=8 swap=10 jitter=5ms marker
@5 icmp $B > $A 3/3
`

// TestTshark lets tshark verify every checksum, fragment and segment.
func TestTshark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed: nothing else here verifies the packets that pcaptest makes")
	}
	for _, link := range []string{"EN10MB", "RAW", "LINUX_SLL", "LINUX_SLL2"} {
		name := filepath.Join(t.TempDir(), "a.pcap")
		if err := os.WriteFile(name, Make(t, "link "+link+everything), 0o644); err != nil {
			t.Fatal(err)
		}
		run := func(args ...string) string {
			cmd := exec.Command(tshark, slices.Concat([]string{
				"-n", "-r", name, "-o", "ip.check_checksum:TRUE",
				"-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
			}, args)...)
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("tshark: %v", err)
			}
			return string(out)
		}
		if out := run("-Y", "_ws.expert.severity >= 6291456 || _ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0"); out != "" {
			t.Errorf("%s: tshark objects:\n%s", link, out)
		}
		if link != "EN10MB" {
			continue
		}
		for filter, want := range map[string]int{
			"sip && !icmp && !icmpv6": 9, "tcp.stream == 0": 8, "rtp && !icmp": 18, "ip.ttl == 9 && sip": 1,
			"icmpv6.type == 1": 1, "icmp.type == 3": 1,
		} {
			args := []string{"-Y", filter}
			if filter == "rtp && !icmp" {
				args = append(args, "-d", "udp.port==4002,rtp")
			}
			if got := strings.Count(run(args...), "\n"); got != want {
				t.Errorf("%s: %d frames of %s, want %d", link, got, filter, want)
			}
		}
	}
}

// TestWrong holds what is made wrong on purpose.
func TestWrong(t *testing.T) {
	frames := func(options string) []Frame {
		c, err := Parse("s", []byte("@0 udp 1.1.1.1:1 > 2.2.2.2:2 raw "+options+"\n  0123456789"))
		if err != nil {
			t.Fatal(err)
		}
		return c.Frames
	}
	const sumAt = 14 + 20 + 6
	good, bad, zero := frames("")[0].Data, frames("sum=bad")[0].Data, frames("sum=zero")[0].Data
	if bytes.Equal(good[sumAt:sumAt+2], bad[sumAt:sumAt+2]) {
		t.Error("sum=bad changed nothing")
	}
	if zero[sumAt] != 0 || zero[sumAt+1] != 0 {
		t.Error("sum=zero is not zero")
	}
	if f := frames("clip=20")[0]; len(f.Data) != 20 || f.Wire != len(good) {
		t.Errorf("clip=20: %d of %d bytes", len(f.Data), f.Wire)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(everything)
	f.Add(request)
	f.Add("snaplen 5\nhost 1.1.1.1\nstart 2001-01-01T00:00:00Z\n@0 frame\n  00112233445566")
	f.Fuzz(func(t *testing.T, src string) {
		c, err := Parse("s", []byte(src))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "s:") {
				t.Fatalf("error without its place: %v", err)
			}
			return
		}
		var a, b bytes.Buffer
		if _, err := c.WriteTo(&a); err != nil {
			t.Fatal(err)
		}
		for i, fr := range c.Frames {
			if len(fr.Data) > fr.Wire || len(fr.Data) > c.Snaplen {
				t.Fatalf("frame %d: %d bytes of %d captured with a snaplen of %d", i+1, len(fr.Data), fr.Wire, c.Snaplen)
			}
			if i > 0 && fr.Time < c.Frames[i-1].Time {
				t.Fatalf("frame %d is earlier than the one before", i+1)
			}
		}
		again, err := Parse("s", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := again.WriteTo(&b); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Fatal("the same source made another capture")
		}
	})
}
