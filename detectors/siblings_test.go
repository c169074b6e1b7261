package detectors

import (
	"net/netip"
	"testing"
)

// beside is another phone at the router's address, toward the same server port.
func beside(family string, rel Relation) Sibling {
	return Sibling{
		AOR: "sip:1002@pbx.example", UserAgent: family + " 1.0", Family: family, Transport: "udp", ServerPort: 5060,
		Source: netip.MustParseAddrPort("203.0.113.5:1044"), Via: rel, Contact: rel, Messages: 4, Frame: 9, Last: 5e9,
	}
}

// home is a phone with all its addresses public, or private.
func home(t *testing.T, family, via string, others ...Sibling) *phone {
	p := newPhone(t, "203.0.113.5:5060").behindNAT("siblings")
	p.Family, p.UserAgent, p.Site = family, family+" 1.0", others
	p.says(message("REGISTER", via, via, "x", ""))
	p.says(message("INVITE", via, via, "y", ""))
	return p
}

const (
	homeInside = "192.168.1.10:5060"
	homePublic = "203.0.113.5:5060"
)

func TestPortDifferential(t *testing.T) {
	other := beside("snom", InsideOut)
	other.ServerPort = 5160
	home(t, "snom", homePublic, other).wants(&portDifferential, 12)
	home(t, "snom", homeInside, other).wants(&portDifferential, 0)
	home(t, "yealink", homePublic, other).wants(&portDifferential, 0) // another make
	other.SameDevice = true
	home(t, "yealink", homePublic, other).wants(&portDifferential, 12)
	other.Transport = "tcp"
	home(t, "snom", homePublic, other).wants(&portDifferential, 0)
	other = beside("snom", Exact)
	other.ServerPort = 5160
	home(t, "snom", homePublic, other).wants(&portDifferential, 0)
	elsewhere := beside("snom", InsideOut)
	elsewhere.ServerPort = 5080
	p := home(t, "snom", homePublic, elsewhere)
	p.ServerPort = 5160 // the other way round no helper explains it
	p.wants(&portDifferential, 0)
}

func TestTransportDifferential(t *testing.T) {
	other := beside("snom", InsideOut)
	other.Transport = "tcp"
	home(t, "snom", homePublic, other).wants(&transportDifferential, 8)
	home(t, "snom", homeInside, other).wants(&transportDifferential, 0)
	home(t, "yealink", homePublic, other).wants(&transportDifferential, 0)
	other.SameDevice = true // STUN tells UDP mappings only
	home(t, "snom", homePublic, other).wants(&transportDifferential, 3)
	home(t, "snom", homePublic, beside("snom", InsideOut)).wants(&transportDifferential, 0)
}

func TestVendorsAgree(t *testing.T) {
	other := beside("grandstream", Exact)
	other.Residue = true
	leftover := func(p *phone) *phone {
		p.Inside = []netip.Addr{netip.MustParseAddr("192.168.1.10")}
		return p
	}
	leftover(home(t, "yealink", homePublic, other)).wants(&vendorsAgree, 6)
	home(t, "yealink", homePublic, other).wants(&vendorsAgree, 0) // nothing left over here
	leftover(home(t, "grandstream", homePublic, other)).wants(&vendorsAgree, 0)
	leftover(home(t, "gigaset", homePublic, other)).wants(&vendorsAgree, 0) // STUN by default
	leftover(home(t, "yealink", homePublic, other, beside("snom", InsideOut))).wants(&vendorsAgree, 0)
	other.Residue = false
	leftover(home(t, "yealink", homePublic, other)).wants(&vendorsAgree, 0)
}

func TestSiblingPrivate(t *testing.T) {
	other := beside("snom", InsideOut)
	home(t, "yealink", homePublic, other).wants(&siblingPrivate, -10)
	home(t, "yealink", homeInside, other).wants(&siblingPrivate, 0) // nothing to explain

	other.Inside = netip.MustParseAddr("192.168.1.11")
	lan := home(t, "yealink", homePublic, other)
	lan.Inside = []netip.Addr{netip.MustParseAddr("192.168.1.10")}
	lan.wants(&siblingPrivate, -14)
	lan.Inside[0] = netip.MustParseAddr("10.9.8.7") // behind another router
	lan.wants(&siblingPrivate, -6)

	for _, change := range []func(o *Sibling){
		func(o *Sibling) { o.ServerPort = 5160 },
		func(o *Sibling) { o.Transport = "tcp" },
		func(o *Sibling) { o.Via, o.Contact = Exact, Exact },
		func(o *Sibling) { o.First, o.Last = 30*3600e9, 31*3600e9 }, // another day
	} {
		o := other
		change(&o)
		home(t, "yealink", homePublic, o).wants(&siblingPrivate, 0)
	}
}

func TestSiblingProven(t *testing.T) {
	other := beside("snom", Exact)
	home(t, "yealink", homePublic, other).wants(&siblingProven, 0)
	other.Proven = true
	home(t, "yealink", homePublic, other).wants(&siblingProven, 12)
	home(t, "yealink", homeInside, other).wants(&siblingProven, 0)
	clean := home(t, "yealink", homePublic, other)
	clean.Telling = 1
	clean.wants(&siblingProven, 0)
	other.ServerPort = 5160
	home(t, "yealink", homePublic, other).wants(&siblingProven, 0)
}

func TestUAElsewhere(t *testing.T) {
	away := beside("snom", InsideOut)
	away.Source = netip.MustParseAddrPort("192.0.2.9:5060")
	p := home(t, "snom", homePublic)
	p.Elsewhere = []Sibling{away}
	p.wants(&uaElsewhere, 3)
	public := away
	public.Via, public.Contact = Exact, Exact
	p.Elsewhere = []Sibling{away, public} // its owners may well have set STUN
	p.wants(&uaElsewhere, 0)
	p.Elsewhere = nil
	p.wants(&uaElsewhere, 0)
	q := home(t, "snom", homeInside)
	q.Elsewhere = []Sibling{away}
	q.wants(&uaElsewhere, 0)
}
