package sipparse

import "net/netip"

// Host is the host and port part of a sent-by or URI.
type Host struct {
	Name []byte     // as written, brackets of an IPv6 reference included
	IP   netip.Addr // valid iff Name is an IP literal (brackets or not); no zone
	Port int        // 1..65535; 0 when not written; -1 when written but unreadable
}

// Via is one value of a Via header field (RFC 3261 §20.42).
type Via struct {
	Raw       []byte
	Off       int    // offset of Raw in Message.Raw
	Transport []byte // "UDP", as written
	Host      Host   // sent-by
	Params    Params

	Branch   []byte     // nil when absent
	Received netip.Addr // valid iff the parameter is there and is an address (brackets or not)
	HasRPort bool       // ;rport, with or without a value
	RPort    int        // its value; 0 without one; -1 unreadable
}

// Params are the ;name=value parameters of a header value or URI, raw, from the
// first semicolon on.
type Params []byte

// URI is a SIP, SIPS or other URI (RFC 3261 §19.1).
type URI struct {
	Raw     []byte
	Scheme  []byte // "sip", as written; nil when there is none
	User    []byte // without password; nil when there is none
	Host    Host   // only for sip and sips
	Params  Params
	Headers []byte // behind "?"
}

// NameAddr is one value of Contact, From, To, Route and their kin: a
// display name, a URI with or without angle brackets, and header parameters.
type NameAddr struct {
	Raw     []byte
	Off     int
	Display []byte // without quotes around it, escapes kept
	URI     URI
	Star    bool // Contact: *
	Params  Params
}

// CSeq is the value of the CSeq header field (RFC 3261 §20.16).
type CSeq struct {
	Seq    uint32
	Method []byte
}

// Digest are the parameters of an Authorization or Proxy-Authorization header
// field with the Digest scheme (RFC 3261 §22.4); quotes are cut.
type Digest struct {
	Username, Realm, Nonce, URI, Response, Algorithm, Opaque, QOP, NC, CNonce []byte
}

// SDP is a session description (RFC 4566) as far as addresses, ports and
// codecs go. It is reused like Message.
type SDP struct {
	Raw     []byte
	Off     int // offset of Raw in Message.Raw
	Origin  Origin
	Session []byte    // s=
	Info    []byte    // first session-level i=, nil when there is none
	Conn    Conn      // session c=
	Media   []Media   // m= sections
	Dir     Direction // session level a=sendrecv and so on
	Defects []Defect
}

// Origin is the o= line.
type Origin struct {
	Raw                       []byte // value of the line; nil when there is none
	Off                       int
	User, SessID, SessVersion []byte
	Host                      Host // address; Port is 0
}

// Conn is a c= line.
type Conn struct {
	Raw  []byte // value of the line; nil when there is none
	Off  int
	Host Host // Port is 0
}

// Media is an m= section.
type Media struct {
	Raw       []byte // value of the m= line
	Off       int
	Type      []byte // audio, video, image, …
	Port      int    // -1 when unreadable
	Proto     []byte // RTP/AVP, …
	Formats   []byte // raw list
	Conn      Conn   // its own c=; Raw is nil when the session's counts
	RTCP      RTCPAttr
	RTCPMux   bool
	Crypto    bool      // a=crypto, a=fingerprint or an SAVP profile
	Dir       Direction // DirUnset: the session's
	PTime     int       // a=ptime, ms; 0 when not given
	Codecs    []Codec   // one per payload type in Formats that is a number
	Candidate []Candidate
}

// RTCPAttr is a=rtcp (RFC 3605).
type RTCPAttr struct {
	Raw  []byte // nil when there is none
	Off  int
	Port int
	Host Host // Name is nil when only the port is given
}

// Codec is what a=rtpmap and a=fmtp say of a payload type; a static type
// without rtpmap has no Name.
type Codec struct {
	PT       uint8
	Name     []byte
	Clock    int // Hz; 0 when not given or absurd
	Channels int
	FMTP     []byte
}

// Candidate is a=candidate (RFC 8839 §5.1).
type Candidate struct {
	Raw  []byte
	Off  int
	Type []byte // host, srflx, prflx, relay
	Host Host
}

// Direction is the media direction attribute.
type Direction uint8

// Directions; DirUnset when none is written.
const (
	DirUnset Direction = iota
	DirSendRecv
	DirSendOnly
	DirRecvOnly
	DirInactive
)
