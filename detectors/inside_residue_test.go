package detectors

import (
	"net/netip"
	"strings"
	"testing"
)

func TestInsideResidue(t *testing.T) {
	const pub, in = "203.0.113.5:1027", "192.168.1.50:5060"
	for _, tt := range []struct {
		name, family, text string
		source             string
		db                 float64
	}{
		{"Call-ID", "yealink", message("REGISTER", pub, pub, "0_7@192.168.1.50", ""), pub, 2},
		{"letters in Call-ID", "grandstream", message("REGISTER", pub, pub, "7-5060-1@BJC.BGI.B.FA", ""), pub, 2},
		{"underscores in Call-ID", "", message("REGISTER", pub, pub, "2516407383@192_168_1_2", ""), pub, 2},
		{"known STUN user", "gigaset", message("REGISTER", pub, pub, "2516407383@192_168_1_2", ""), pub, 0},
		{"User-Agent", "", message("REGISTER", pub, pub, "x", "", "User-Agent: phone/1 (192.168.1.50)"), pub, 2},
		{"Contact parameter", "", message("REGISTER", pub, pub+">;local=\"10.0.0.7\";x=<y", "x", ""), pub, 2},
		{"Warning in an answer", "", message("200 OPTIONS", "", pub, "x", "", `Warning: 399 192.168.1.50 "no"`), pub, 2},
		{"cname in SDP", "baresip", message("INVITE", pub, pub, "x", "v=0\no=- 1 1 IN IP4 203.0.113.5\ns=-\nc=IN IP4 203.0.113.5\nt=0 0\n"+
			"m=audio 4000 RTP/AVP 0\na=ssrc:1 cname:sip:1@192.168.1.50:5060\n"), pub, 2},

		{"all inside (trap 1)", "yealink", message("REGISTER", in, in, "0_7@192.168.1.50", ""), pub, 0},
		{"nothing left", "", message("REGISTER", pub, pub, "0_7@203.0.113.5", ""), pub, 0},
		{"in front of the router", "", message("REGISTER", in, in, "0_7@192.168.1.51", ""), "192.168.1.50:5060", 0},
		{"ICE lists host addresses (trap 3)", "", message("INVITE", pub, pub, "x", "v=0\no=- 1 1 IN IP4 203.0.113.5\ns=-\nc=IN IP4 203.0.113.5\nt=0 0\n"+
			"m=audio 4000 RTP/AVP 0\na=candidate:1 1 UDP 2130706431 192.168.1.50 4000 typ host\n"), pub, 0},
		{"behind a declared proxy (trap 7)", "", message("REGISTER", pub+";branch=z9hG4bKq\nVia: SIP/2.0/UDP 192.168.1.50:5060", pub, "0_7@192.168.1.50", "",
			"Record-Route: <sip:203.0.113.5;lr>"), pub, 0},
		{"a carrier's asserted identity (trap 32)", "", message("INVITE", pub, pub, "x", "", "P-Asserted-Identity: <sip:1@192.168.1.83>",
			"Remote-Party-ID: <sip:1@10.9.8.7>"), pub, 0},
		{"the server's Call-ID in an answer", "", message("200 OPTIONS", "", pub, "3e0b6f3a70de3b5c1fbb2d6c0e6ad4f2@10.0.0.5:5060", ""), pub, 0},
		{"somebody else's address in Refer-To", "", message("REFER", pub, pub, "x", "", "Refer-To: <sip:9@10.1.1.1>"), pub, 0},
		{"Asterisk's bookkeeping (trap 14)", "", message("REGISTER", pub, pub+";x-ast-orig-host=192.168.1.50:5060", "x", ""), pub, 0},
		{"version number", "", message("REGISTER", pub, pub, "x", "", "User-Agent: fw/10.2.3.4-5 v172.16.4.1b"), pub, 0},
		{"names in Via and Contact (trap 11)", "", message("REGISTER", "pbx.cust.example:5060", "pbx.cust.example", "0_7@192.168.1.50", ""), pub, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPhone(t, tt.source)
			p.Family = tt.family
			p.says(tt.text)
			p.wants(&insideResidue, tt.db)
		})
	}
}

// TestResidueServerAddress: the address of a server behind its own NAT is not
// the phone's, whoever wrote it (trap 13).
func TestResidueServerAddress(t *testing.T) {
	p := newPhone(t, "203.0.113.5:1027")
	p.Server = netip.MustParseAddrPort("10.0.0.5:5060")
	p.Inside = append(p.Inside, p.Server.Addr())
	p.says(strings.ReplaceAll(message("REGISTER", "203.0.113.5:1027", "203.0.113.5:1027", "x", "", "Warning: 399 10.0.0.5 no"), "@pbx.example", "@10.0.0.5"))
	p.wants(&insideResidue, 0)
	p.says(strings.ReplaceAll(message("REGISTER", "203.0.113.5:1027", "203.0.113.5:1027", "x", ""), "@pbx.example", "@10.0.0.6"))
	p.wants(&insideResidue, 0)
}

// TestResidueFindingOfSTUNUser: it counts nothing, but it is shown.
func TestResidueFindingOfSTUNUser(t *testing.T) {
	p := newPhone(t, "203.0.113.5:5060")
	p.Family = "gigaset"
	p.says(message("REGISTER", "203.0.113.5:5060", "203.0.113.5:5060", "2516407383@192_168_1_2", ""))
	if got := p.finds(&insideResidue); len(got) != 1 || got[0].Written != "Call-ID 2516407383@192_168_1_2 = 192.168.1.2" {
		t.Errorf("%+v", got)
	}
}

func FuzzEachInside(f *testing.F) {
	f.Add([]byte("x 192.168.1.1;10.0.0.1,172.16.0.1 100.64.0.1 1.10.0.0.1 10.0.0.300 10."))
	f.Fuzz(func(t *testing.T, b []byte) {
		eachInside(b, func(ip4 netip.Addr, off int) bool {
			if !Inside(ip4) || len(b)-off < len(ip4.String()) || string(b[off:off+len(ip4.String())]) != ip4.String() {
				t.Errorf("%v at %d of %q", ip4, off, b)
			}
			return true
		})
	})
}

func BenchmarkNoteResidue(b *testing.B) {
	p := newPhone(b, "203.0.113.5:1027")
	m := sip(b, message("REGISTER", "203.0.113.5:1027", "203.0.113.5:1027", "0_7@203.0.113.5", "", "User-Agent: Yealink SIP-T46U 108.86.0.20",
		`Authorization: Digest username="1001", realm="pbx", nonce="0123456789abcdef", uri="sip:pbx.example", response="0123456789abcdef0123456789abcdef"`))
	r := p.record(m)
	c := Context{Source: p.Source, Server: p.Server, Record: &r}
	b.ReportAllocs()
	for b.Loop() {
		noteResidue(&c, m, func(string, string, string) { b.Error("noted") })
	}
}
