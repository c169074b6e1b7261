// Package capture is where packets come from: capture files in every common
// format and link type, tunnels, fragments, TCP byte streams, HEP. It is the
// only package that imports gopacket, and it knows nothing of SIP or RTP.
//
// The way of a packet:
//
//	file ──► frame ──► link, VLAN, tunnel ──► IP, fragments ──► UDP ─────────────► Packet
//	(files.go, pcap.go,  (link.go, tunnel.go)  (ip.go, frag.go) └► TCP, in order ► Packet
//	 pcapng.go)                                                 └► HEP ──────────► Packet
//
// One goroutine does it all in place: nothing is allocated per packet, and the
// payload handed on is a slice of the read buffer.
package capture
