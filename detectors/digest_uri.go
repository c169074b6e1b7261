package detectors

import (
	"bytes"

	"github.com/algsniff/algsniff/sipparse"
)

// digestURI compares the Request-URI with the copy of it that was hashed into
// the credentials, which nobody in the path can change.
var digestURI = Detector{
	ID:    "digest-uri",
	Title: "The Request-URI is not the one that the phone signed",
	Cite:  "RFC 3261 §22.4; RFC 2617 §3.2.2.5",
	Says: "Digest credentials repeat the Request-URI and are a hash over it, so a middlebox can change the request line but not the copy. The request " +
		"arrived for the server's private address, which a phone on the Internet can't know, while the credentials still name what the phone really asked for. " +
		"The device in front of the server, the one that forwards the port, rewrites SIP. The phone's own router has no part in it.",
	Guards: "Compared are hosts only. The source must be public, the Request-URI's host the server's own inside address as captured, and the request outside a dialog " +
		"(within one the phone answers to the Contact that it was given). ACK is left out: phones copy the INVITE's credentials into it. A host name in the credentials " +
		"is strong but no proof.",
	Innocent: digestInnocent,
	Classes:  []Class{Proof, Strong},
	Groups:   []Group{Structure},
	Needs: func(ev *Evidence) string {
		if !ev.ServerInside {
			return "the server is captured on its public address"
		}
		return needsPublicSource(ev)
	},
	Message: noteDigestURI,
	Check:   checkDigestURI,
}

const digestInnocent = "a phone with the server's private address set as its outbound proxy"

func noteDigestURI(c *Context, m *sipparse.Message, note Note) {
	if !m.Request || c.Clipped {
		return
	}
	id := sipparse.HdrAuthorization
	if m.First(id) == nil {
		if id = sipparse.HdrProxyAuthorization; m.First(id) == nil {
			return
		}
	}
	server := c.Server.Addr().Unmap()
	if !Inside(server) || Classify(c.Source.Addr()) != Public || string(m.Method) == "ACK" {
		return
	}
	asked, ok := sipparse.ParseURI(m.URI)
	if !ok || asked.Host.IP.Unmap() != server {
		return
	}
	if to, ok := m.To(); !ok {
		return
	} else if _, in := to.Params.Get("tag"); in {
		return
	}
	d, ok := m.Digest(id)
	if !ok {
		return
	}
	signed, ok := sipparse.ParseURI(d.URI)
	if !ok || sameHost(&signed.Host, &asked.Host) {
		return
	}
	key := "name"
	if signed.Host.IP.IsValid() {
		if Classify(signed.Host.IP) != Public {
			return
		}
		key = "address"
	} else if bytes.IndexByte(signed.Host.Name, '.') < 0 {
		return // a bare word is a realm
	}
	note(serverKey+key, `uri="`+string(d.URI)+`"`, "Request-URI: "+string(m.URI))
}

func checkDigestURI(ev *Evidence) (out []Finding) {
	for _, o := range ev.Of("digest-uri") {
		f := o.finding(Proof, Structure, 0)
		if o.Key != serverKey+"address" {
			f = o.finding(Strong, Structure, 8)
		}
		f.Summary = "the credentials were made for another Request-URI: something in front of the server put the server's private address there"
		f.Innocent = digestInnocent
		out = append(out, f)
	}
	return out
}
