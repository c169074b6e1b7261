package engine

import (
	"bytes"
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/algsniff/algsniff/sipparse"
)

// seed makes hash values differ from run to run, so that nobody can send
// colliding ones; no result depends on it.
var seed = maphash.MakeSeed()

func hash64(b []byte) uint64 { return maphash.Bytes(seed, b) }

// clip copies at most n bytes of packet text.
func clip(b []byte, n int) string {
	if len(b) > n {
		return string(b[:n]) + "…"
	}
	return string(b)
}

// hostText is a written host as "host" or "host:port".
func hostText(h *sipparse.Host) string {
	if h.Port <= 0 {
		return clip(h.Name, maxText)
	}
	return clip(h.Name, maxText) + ":" + strconv.Itoa(h.Port)
}

// aorOf is the address of record of a URI: scheme, user and host.
func aorOf(u *sipparse.URI) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(clip(u.Scheme, 16)))
	b.WriteByte(':')
	if len(u.User) > 0 {
		b.WriteString(clip(u.User, 128))
		b.WriteByte('@')
	}
	b.WriteString(strings.ToLower(clip(u.Host.Name, 128)))
	return b.String()
}

// lowerTransport returns the transport of a Via without allocating for the
// usual ones.
func lowerTransport(t []byte) string {
	for _, s := range [...]string{"udp", "tcp", "tls", "wss", "ws", "sctp"} {
		if len(t) == len(s) && strings.EqualFold(string(t), s) {
			return s
		}
	}
	return strings.ToLower(clip(bytes.TrimSpace(t), 16))
}
