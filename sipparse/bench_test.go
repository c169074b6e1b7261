package sipparse

import (
	"strings"
	"testing"
)

// register is a typical request without a body: 12 header fields.
const register = "REGISTER sip:pbx.example.com SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 192.168.1.50:5060;branch=z9hG4bK1866247325;rport\r\n" +
	"From: \"Reception\" <sip:1001@pbx.example.com>;tag=1362581122\r\n" +
	"To: \"Reception\" <sip:1001@pbx.example.com>\r\n" +
	"Call-ID: 0_1362581122@192.168.1.50\r\n" +
	"CSeq: 2 REGISTER\r\n" +
	"Contact: <sip:1001@192.168.1.50:5060;transport=udp>;expires=3600\r\n" +
	"Allow: INVITE, INFO, PRACK, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REFER\r\n" +
	"Max-Forwards: 70\r\n" +
	"User-Agent: Yealink SIP-T46U 108.86.0.20\r\n" +
	"Expires: 3600\r\n" +
	"Supported: path\r\n" +
	"Content-Length: 0\r\n" +
	"\r\n"

const offer = "v=0\r\n" +
	"o=- 20012 20012 IN IP4 192.168.1.50\r\n" +
	"s=SDP data\r\n" +
	"c=IN IP4 192.168.1.50\r\n" +
	"t=0 0\r\n" +
	"m=audio 11780 RTP/AVP 9 0 8 18 101\r\n" +
	"a=rtpmap:9 G722/8000\r\n" +
	"a=rtpmap:0 PCMU/8000\r\n" +
	"a=rtpmap:8 PCMA/8000\r\n" +
	"a=rtpmap:18 G729/8000\r\n" +
	"a=fmtp:18 annexb=no\r\n" +
	"a=fmtp:101 0-15\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\n" +
	"a=ptime:20\r\n" +
	"a=sendrecv\r\n"

// invite is an INVITE with an offer.
var invite = strings.Replace(strings.Replace(register, "REGISTER", "INVITE", 2), "Content-Length: 0\r\n",
	"Content-Type: application/sdp\r\nContent-Length: 332\r\n", 1) + offer

func BenchmarkSniffRTP(b *testing.B) {
	rtp := []byte{0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	b.ReportAllocs()
	for b.Loop() {
		Sniff(rtp)
	}
}

func BenchmarkSniff(b *testing.B) {
	raw := []byte(register)
	b.ReportAllocs()
	for b.Loop() {
		Sniff(raw)
	}
}

func BenchmarkParse(b *testing.B) {
	raw := []byte(register)
	var m Message
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		m.Parse(raw)
	}
}

func BenchmarkTopVia(b *testing.B) {
	var m Message
	m.Parse([]byte(register))
	b.ReportAllocs()
	for b.Loop() {
		m.TopVia()
	}
}

func BenchmarkContact(b *testing.B) {
	var m Message
	m.Parse([]byte(register))
	b.ReportAllocs()
	for b.Loop() {
		m.Contact()
	}
}

func BenchmarkContacts(b *testing.B) {
	var m Message
	m.Parse([]byte(register))
	b.ReportAllocs()
	for b.Loop() {
		for a := range m.Contacts() {
			_ = a
		}
	}
}

func BenchmarkSDP(b *testing.B) {
	var m Message
	var s SDP
	m.Parse([]byte(invite))
	b.ReportAllocs()
	for b.Loop() {
		m.SDP(&s)
	}
}
