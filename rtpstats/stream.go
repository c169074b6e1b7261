package rtpstats

// Header is the fixed part of an RTP header (RFC 3550 §5.1) and what its
// optional parts take.
type Header struct {
	PT         uint8
	Marker     bool
	Seq        uint16
	TS         uint32
	SSRC       uint32
	HeaderLen  int // bytes, with CSRCs and header extension
	PayloadLen int // bytes, without padding
}
