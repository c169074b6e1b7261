package capture

// Proto is the transport of a packet, by its IP protocol number.
type Proto uint8

// The transports that reach the caller. ICMP stands for ICMPv6 too.
const (
	ICMP Proto = 1
	TCP  Proto = 6
	UDP  Proto = 17
	SCTP Proto = 132
)

// Direction is what the capture itself says about a packet's way (the packet
// type of Linux cooked captures, the flags of a pcapng block); it tells which
// host took the capture.
type Direction uint8

// Directions. Most captures say nothing.
const (
	DirUnknown Direction = iota
	DirIn
	DirOut
)

// Tunnel names the innermost encapsulation that a packet came out of.
type Tunnel uint8

// Encapsulations whose outer addresses are kept in Packet.OuterSrc and OuterDst.
const (
	NoTunnel Tunnel = iota
	TunnelIPIP
	TunnelGRE
	TunnelERSPAN
	TunnelVXLAN
	TunnelGeneve
	TunnelGTPU
	TunnelTZSP
	TunnelHEP
)

// Packet is one datagram, or one in-order piece of a TCP byte stream, with the
// addresses of the innermost IP header (or of the HEP header that reported it).
//
// A Packet belongs to its Source and is reused: it and Payload, which aliases
// the read buffer, are valid until the callback returns. Copy what you keep.
type Packet struct {
	Time   int64 // ns since the Unix epoch by the capture's clock; see NoTime
	Frame  int   // number within its input as Wireshark counts, from 1
	Input  int   // index into the source's inputs
	Iface  int   // capture interface: pcapng interface or SLL2 index, else 0
	NoTime bool  // the format carries no timestamp (pcapng simple packet block)
	Copy   bool  // the same IP datagram was captured before, milliseconds ago
	Proto  Proto
	Dir    Direction
	Tunnel Tunnel
	TTL    uint8 // IPv4 TTL or IPv6 hop limit; 0 when not known (HEP)
	BadSum bool  // UDP checksum present and wrong; checked only where the payload is text, whole, and not from fragments
	Frags  int   // number of IP fragments the datagram was put together from, else 0

	Src, Dst           Addr
	OuterSrc, OuterDst Addr // of the tunnel that carried it, see Tunnel

	Payload []byte
	Missing int // payload bytes on the wire but not in the capture (snaplen)

	// TCP only. Conn numbers the connection from 1, both directions alike; 0 is
	// a whole message by itself, as HEP reports it, and no part of a stream.
	Conn  uint64
	First bool // Payload follows the SYN: the stream is seen from its start
	Gap   bool // bytes were lost in front of Payload
	Fin   bool // the sender closed; Payload may be empty

	// ICMP only: type and code, and the datagram it complains about.
	ICMPType, ICMPCode uint8
	ICMPv6             bool
	Cause              struct {
		Proto    Proto
		Src, Dst Addr
	}
}
