package detectors

import (
	"net/netip"
	"slices"

	"github.com/algsniff/algsniff/sipparse"
)

// dialogTarget holds requests within a call against the Contact that the
// server gave: they are addressed to it.
var dialogTarget = Detector{
	ID:    "dialog-target",
	Title: "A request goes where the server never said it is",
	Cite:  "RFC 3261 §12.2.1.1, §13.2.2.4",
	Says: "Within a call the phone addresses its requests (ACK, BYE, re-INVITE) to the Contact that the server gave it. Here the request names an inside address that " +
		"the server never gave and that it does not have. Something between the two put its own address into the Contact on the way to the phone. " +
		"Calls that drop after half a minute for want of an ACK are the usual consequence.",
	Guards: "Compared is the host with every Contact that was seen to go to this phone in this call. The server's own address as captured is always right: PBXs and " +
		"border controllers use the source address on purpose. Silent when the server's address or one of its Contacts is an inside one (then the phone has every reason to use another, and the server " +
		"advertises a private Contact), or a host name; with a Route header, more than one Via, or a message that is not whole. Another public address is only weak: servers have several.",
	Innocent: targetInnocent,
	Classes:  []Class{Proof, Weak},
	Groups:   []Group{Structure},
	Needs:    needsPublicSource,
	Message:  noteDialogTarget,
	Check:    checkDialogTarget,
}

const targetInnocent = "a phone with an outbound proxy on its own network that it puts into the request line"

func noteDialogTarget(c *Context, m *sipparse.Message, note Note) {
	if len(c.Targets) == 0 || c.Clipped || c.Record == nil || c.Record.Vias != 1 || m.First(sipparse.HdrRoute) != nil {
		return
	}
	u, ok := sipparse.ParseURI(m.URI)
	ip := u.Host.IP.Unmap()
	if !ok || !isPlace(ip) || ip == c.Server.Addr().Unmap() || slices.Contains(c.Targets, ip) {
		return
	}
	if Classify(c.Server.Addr()) != Public || Classify(c.Source.Addr()) != Public {
		return
	}
	if slices.ContainsFunc(c.Targets, func(t netip.Addr) bool { return Classify(t) != Public }) {
		return
	}
	key := "public"
	if Inside(ip) {
		key = "inside"
	}
	note(key, "Contact: <sip:"+c.Targets[len(c.Targets)-1].String()+">", string(m.Method)+" "+string(m.URI))
}

func checkDialogTarget(ev *Evidence) (out []Finding) {
	for _, o := range ev.Of("dialog-target") {
		f := o.finding(Weak, Structure, 3)
		f.Summary = "a request within a call is addressed to a public host that the server did not name"
		f.Innocent = "another address of the server that the phone was given outside this capture"
		if o.Key == "inside" {
			f = o.finding(Proof, Structure, 0)
			f.Summary = "a request within a call is addressed to an inside address that the server never named"
			f.Innocent = targetInnocent
		}
		out = append(out, f)
	}
	return out
}
