package engine

import (
	"fmt"
	"net/netip"
	"os"
	"testing"

	"github.com/algsniff/algsniff/capture"
)

// BenchmarkFile analyses the capture named by ALGSNIFF_BENCH_FILE: the figures
// that count come from files of gigabytes, which no repository holds.
func BenchmarkFile(b *testing.B) {
	name := os.Getenv("ALGSNIFF_BENCH_FILE")
	if name == "" {
		b.Skip("set ALGSNIFF_BENCH_FILE to a capture")
	}
	b.ReportAllocs()
	packets := 0
	for b.Loop() {
		f, err := capture.OpenFiles([]string{name}, capture.Options{})
		if err != nil {
			b.Fatal(err)
		}
		Analyze(f, Options{})
		for _, in := range f.Inputs() {
			packets += in.Packets
			b.SetBytes(in.Bytes)
		}
		f.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
}

// BenchmarkSIP takes one SIP message of a phone behind NAT per operation:
// registrations and the server's qualifies, by turns over all phones. Evidence
// apart from the rest is what "rules=no" leaves out.
func BenchmarkSIP(b *testing.B) {
	for _, phones := range []int{1, 1000, 50000} {
		for _, rules := range []string{"yes", "no"} {
			b.Run(fmt.Sprintf("phones=%d/rules=%s", phones, rules), func(b *testing.B) {
				e := New(Options{})
				if rules == "no" {
					e.hooks = hooks{}
				}
				feed := newFeed(phones)
				for range 4 * phones {
					e.Packet(feed.next())
				}
				b.ReportAllocs()
				for b.Loop() {
					e.Packet(feed.next())
				}
			})
		}
	}
}

// feed makes messages: a REGISTER, its answer, an OPTIONS, its answer, of one
// phone after the other. The text of all phones has the same length.
type feed struct {
	n, phones int
	p         capture.Packet
	buf       []byte
	server    capture.Addr
}

func newFeed(phones int) *feed {
	return &feed{phones: phones, server: capture.AddrFrom(netip.MustParseAddrPort("198.51.100.10:5060"))}
}

func (f *feed) next() *capture.Packet {
	phone, round := f.n%f.phones, f.n/f.phones
	kind, seq := round%4, round/4
	f.n++
	public := capture.AddrFrom4(203<<24|uint32(phone), 5060)
	via := fmt.Appendf(nil, "Via: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bK%08d%05d;rport", seq, phone)
	f.buf = f.buf[:0]
	f.p = capture.Packet{Time: int64(f.n) * 1e6, Frame: f.n, Proto: capture.UDP, TTL: 57}
	f.p.Src, f.p.Dst = public, f.server
	if kind == 1 || kind == 2 {
		f.p.Src, f.p.Dst, f.p.TTL = f.server, public, 64
	}
	if kind >= 2 {
		via = fmt.Appendf(nil, "Via: SIP/2.0/UDP 198.51.100.10:5060;rport;branch=z9hG4bKPj%08d%05d", seq, phone)
	}
	method := [...]string{"REGISTER", "REGISTER", "OPTIONS", "OPTIONS"}[kind]
	start := [...]string{"REGISTER sip:198.51.100.10 SIP/2.0", "SIP/2.0 200 OK", "OPTIONS sip:1001@192.168.1.10:5060 SIP/2.0", "SIP/2.0 200 OK"}[kind]
	f.buf = fmt.Appendf(f.buf, "%s\r\n%s\r\nMax-Forwards: 70\r\nFrom: <sip:%05d@198.51.100.10>;tag=%08d\r\nTo: <sip:%05d@198.51.100.10>\r\n"+
		"Call-ID: 0_%05d@192.168.1.10\r\nCSeq: %d %s\r\nContact: <sip:%05d@192.168.1.10:5060>\r\nUser-Agent: Yealink SIP-T46U 108.86.0.20\r\n"+
		"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n",
		start, via, phone, seq, phone, phone, seq+1, method, phone)
	f.p.Payload = f.buf
	return &f.p
}

// BenchmarkFeed is what of BenchmarkSIP goes into making the messages.
func BenchmarkFeed(b *testing.B) {
	feed := newFeed(1000)
	for b.Loop() {
		feed.next()
	}
}
