// Package engine joins packets into endpoints, dialogs and RTP streams, asks
// the detectors, weighs what they say, and forms a verdict per endpoint.
//
//	Packet ─► by content ─┬─ RTP, RTCP ─► stream table (streams.go, rtcp.go)
//	          (engine.go) ├─ SIP ───────► party: one sender towards one receiver (party.go)
//	                      │              ├► call: one dialog started by INVITE (call.go)
//	                      │              └► media addresses as SDP writes them (media.go)
//	                      └─ STUN, ICMP, TLS: counted, or tied to the above
//	end ─► who is the server? (roles.go) ─► endpoints (endpoint.go) ─► evidence
//	    ─► detectors ─► score (score.go) ─► Result (result.go)
//
// Time is the capture's; the same packets give the same Result. Every table is
// bounded (limits.go), evicts what has been idle longest, and counts it.
package engine
