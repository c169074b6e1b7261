package report

import "strings"

func ptr[T any](v T) *T { return &v }

// sample is a report with a bit of everything: several endpoints, IPv6, bad
// calls, and strings of the kind that come out of hostile packets.
func sample() *Report {
	return &Report{
		Schema:  Schema,
		Version: "v0.0.0-test",
		Inputs: []Input{
			{
				Name: "ticket.pcap", Format: "pcap", LinkTypes: []string{"EN10MB"}, Packets: 1204, Bytes: 300123,
				First: ptr("2026-01-15T09:00:00Z"), Last: ptr("2026-01-15T09:00:43.2Z"), FramesUndecoded: 2, FramesCopied: 7,
			},
			{
				Name: "evil\x1b]0;owned\x07.pcapng", Format: "pcapng+gzip", LinkTypes: []string{"LINUX_SLL2", "RAW"}, Packets: 10,
				First: ptr("2026-01-15T08:59:58.123456789Z"), Last: ptr("2026-01-15T09:01:00Z"), Truncated: true,
				FramesClipped: 1, Error: ptr("frame 11: unexpected EOF"),
			},
		},
		Endpoints: []Endpoint{plainNAT(), confirmed(), hostile(), overTLS(), sixth()},
		Calls: []Call{
			{
				CallID: "a84b4c76e66710@192.168.1.50", From: "sip:1001@pbx", To: "sip:1002@pbx", Start: ptr("2026-01-15T09:00:05Z"),
				Answered: ptr("2026-01-15T09:00:07Z"), State: "answered", Status: 200, Endpoints: []int{1, 2}, Streams: []int{1, 2},
				Symptoms: []Symptom{{ID: "icmp-unreachable", Summary: "port unreachable", Frames: []int{9}}, {ID: "icmp-unreachable", Summary: "port unreachable", Frames: []int{12}}, {ID: "one-way-audio", Summary: "no RTP from 203.0.113.7, 412 packets towards it", Frames: []int{40, 41, 42, 43, 44}}},
			},
			{CallID: "x|y`z", From: "sip:=cmd|'/C calc'!A0@pbx", To: "sip:\u202e1002@pbx", State: "failed", Status: 486},
			{CallID: "c3", From: "sip:1@pbx", To: "sip:2@pbx", State: "in-progress"},
		},
		Streams: []Stream{
			{
				ID: 1, SSRC: "0x1234abcd", Src: "203.0.113.7:4000", Dst: "198.51.100.10:18000", PayloadType: 0, Codec: "PCMU", ClockRate: 8000,
				CallID: ptr("a84b4c76e66710@192.168.1.50"), First: ptr("2026-01-15T09:00:07Z"), Last: ptr("2026-01-15T09:00:40Z"),
				Packets: 1650, Expected: 1703, Lost: 53, LossPercent: 3.1, JitterMS: ptr(24.25), MeanJitterMS: ptr(24.7), MaxJitterMS: ptr(41.2),
				MaxDeltaMS: ptr(83.0), BurstRatio: 1.5, RTTMS: ptr(40.0), RFactor: 74.5, MOS: 3.6, Grade: "FAIR", PacketTimeMS: 20,
				ClockSkewPPM: ptr(-12.5), PayloadTypes: []int{0, 101}, Delay: &Delay{40, "rtcp"}, Remote: &Remote{LossPercent: 0.5, Lost: 3},
			},
			{
				ID: 2, SSRC: "0x00000001", Src: "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535", Dst: "[2001:db8:1234:5678:9abc:def0:1234:ffff]:65534",
				PayloadType: 111, Codec: "=opus\x1b[2J|`x`", Packets: 12, Expected: 12, Grade: "TOO_SHORT", CallID: ptr("x|y`z"),
			},
			{ID: 3, SSRC: "0xdeadbeef", Src: "192.0.2.9:5004", Dst: "198.51.100.10:18002", PayloadType: 8, Codec: "PCMA", Packets: 1234567, Expected: 1234567, MOS: 4.4, Grade: "EXCELLENT", MeanJitterMS: ptr(0.3), MaxJitterMS: ptr(1.1)},
		},
		Totals: Totals{
			Endpoints: VerdictCounts{Confirmed: 1, Possible: 1, Inconclusive: 1, Unlikely: 1, NotApplicable: 1},
			Calls:     StateCounts{Answered: 1, Failed: 1, InProgress: 1},
			Streams:   GradeCounts{Excellent: 1, Fair: 1, TooShort: 1},
		},
		Health: Health{
			SIPMessages: 120, SIPDefective: 3, RTPPackets: 1236229, RTCPPackets: 12, STUNPackets: 4, Evicted: 1,
			Viewpoint: "server", Server: "198.51.100.10:5060", Notes: []string{"a note with a tab\there, and @someone in it"},
		},
	}
}

func confirmed() Endpoint {
	return Endpoint{
		ID: 2, AOR: "sip:1001@pbx", UserAgent: "Yealink SIP-T46U 108.86.0.20", Transport: "udp", Viewpoint: "server",
		Source: []string{"203.0.113.7:5060", "203.0.113.7:1027"}, Server: "198.51.100.10:5060", NAT: "yes",
		Verdict: "CONFIRMED", P: 0.99, ScoreDB: 31, Side: "client", Vendor: ptr("linux"), Registered: true,
		Tuple: Tuple{
			Via:     Relation{"203.0.113.7:5060", "203.0.113.7:5060", ptr(true), "exact", 1},
			Contact: Relation{"203.0.113.7:5060", "203.0.113.7:5060", ptr(true), "exact", 1},
			SDP:     Relation{"203.0.113.7", "203.0.113.7", ptr(false), "ip-only", 17},
		},
		Messages: 42, First: ptr("2026-01-15T09:00:00Z"), Last: ptr("2026-01-15T09:00:43.2Z"),
		Findings: []Finding{
			{ID: "call-id-inside", Class: "weak", DB: 2, Frames: []int{1}, Written: "a84b4c76e66710@192.168.1.50", Seen: "203.0.113.7", Summary: "192.168.1.50 left in Call-ID", Innocent: "some phones keep the address of their first start"},
			{ID: "to-came-back", Class: "proof", DB: 30, Frames: []int{17, 19, 23, 25, 29}, Written: "<sip:1001@pbx>", Seen: "<sip:1001@203.0.113.7:5060>", Summary: "To came back as <sip:1001@203.0.113.7:5060>, we had sent it without a port"},
			{ID: "learned", Class: "counter", DB: -4, Summary: "the phone learns its address"},
		},
		Silent: []Silent{{"first-public", "no REGISTER"}, {"toggle", "no REGISTER"}, {"siblings", "one phone only at this address"}},
		Notes:  []string{"present until 2026-01-15 09:00:30; the 5 answers after it are clean"},
		Reason: "SIP ALG in the client's router (Linux type)",
		Advice: "switch off SIP ALG on the router, restart it, then the phone; then look again",
	}
}

func plainNAT() Endpoint {
	return Endpoint{
		ID: 1, AOR: "sip:1002@pbx", UserAgent: "snomD785", Transport: "udp", Source: []string{"192.0.2.9:38204"}, NAT: "yes",
		Verdict: "UNLIKELY", P: 0.01, ScoreDB: -20, Side: "none",
		Tuple: Tuple{
			Via:     Relation{"192.168.7.20:5060", "192.0.2.9:38204", ptr(false), "inside", 2},
			Contact: Relation{"192.168.7.20:5060", "192.0.2.9:38204", ptr(false), "inside", 2},
			SDP:     Relation{"192.168.7.20", "192.0.2.9", ptr(false), "inside", 30},
		},
		Reason:   "NAT, nothing rewritten",
		Symptoms: []Symptom{{"registration-flapping", "OPTIONS unanswered between two REGISTERs", []int{7, 8}}},
	}
}

// hostile writes to the terminal, to the page, and over the neighbour's lines.
func hostile() Endpoint {
	return Endpoint{
		ID: 3, AOR: "sip:\x1b[31mroot\x1b[0m@pbx\r\nverdict: fine", UserAgent: "<script>alert(1)</script>|`*_[x](http://evil)" + strings.Repeat("A", 500),
		Transport: "tcp", Source: []string{"[2001:db8:1234:5678:9abc:def0:1234:5678]:65535"}, Verdict: "POSSIBLE", P: 0.5, Side: "client",
		Tuple: Tuple{
			Via:     Relation{"pbx.\u200bexample\xff", "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535", nil, "name", 5},
			Contact: Relation{"[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:5060", "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535", ptr(false), "inside", 5},
		},
		Findings: []Finding{{ID: "x", Class: "strong", DB: 5, Frames: []int{5}, Written: "\x9b2J\u202eevil\u2069", Seen: "日本語のユーザーエージェント", Summary: "Contact says \"\x1b]8;;http://evil\x07click\" @octocat #12 ![x](http://evil/p.png)"}},
		Reason:   "some bytes were changed: " + strings.Repeat("日本", 60),
		Advice:   "capture at the phone too, and algsniff compare the two",
	}
}

func overTLS() Endpoint {
	return Endpoint{ID: 4, Transport: "tls", Source: []string{"203.0.113.99:41000"}, Verdict: "NOT_APPLICABLE", Side: "none", Reason: "TLS: nobody in the path can read it"}
}

func sixth() Endpoint {
	return Endpoint{
		ID: 5, AOR: "sip:alice@[2001:db8::1]", Transport: "udp", Source: []string{"[2001:db8::2]:5060"}, Verdict: "INCONCLUSIVE", NAT: "unknown",
		Side: "none", Reason: "two messages only; capture a registration", Tuple: Tuple{Via: Relation{"[2001:db8::2]:5060", "[2001:db8::2]:5060", ptr(true), "exact", 9}},
	}
}
