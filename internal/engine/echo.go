package engine

import (
	"bytes"

	"github.com/algsniff/algsniff/sipparse"
)

// echoes tells whether a response repeats the Via, From and To of its request,
// in whatever words (RFC 3261 §8.2.6.2, §19.1.4): folded, reordered, with or
// without display names and brackets. Only then does it speak for a clean path.
func echoes(request, response *sipparse.Message) bool {
	fromA, ok1 := request.From()
	fromB, ok2 := response.From()
	toA, ok3 := request.To()
	toB, ok4 := response.To()
	return ok1 && ok2 && ok3 && ok4 && sameAddress(&fromA, &fromB) && sameAddress(&toA, &toB) && sameVias(request, response)
}

func sameAddress(a, b *sipparse.NameAddr) bool {
	return bytes.EqualFold(a.URI.Scheme, b.URI.Scheme) && bytes.Equal(a.URI.User, b.URI.User) && sameHost(&a.URI.Host, &b.URI.Host)
}

// sameHost compares host and port as written: a port that was added, though it
// be the default, is a difference.
func sameHost(a, b *sipparse.Host) bool {
	return a.Port == b.Port && bytes.EqualFold(a.Name, b.Name)
}

func sameVias(request, response *sipparse.Message) bool {
	const maxHops = 8
	var sent [maxHops]sipparse.Via
	n, got := 0, 0
	for v := range request.Vias() {
		if n == maxHops {
			return false
		}
		sent[n] = v
		n++
	}
	for v := range response.Vias() {
		if got == n {
			return false
		}
		if a := &sent[got]; !sameHost(&a.Host, &v.Host) || !bytes.EqualFold(a.Branch, v.Branch) {
			return false
		}
		got++
	}
	return n > 0 && n == got
}
