package detectors

import "net/netip"

// AddressClass tells what kind of network an address belongs to.
type AddressClass uint8

// The classes. The documentation and benchmark ranges count as Public: they
// stand for public addresses in examples and in tests.
const (
	NotAnAddress AddressClass = iota
	Public
	Private     // RFC 1918
	CGN         // RFC 6598, 100.64/10
	LinkLocal   // 169.254/16, fe80::/10
	UniqueLocal // RFC 4193, fc00::/7
	CLAT        // RFC 7335, 192.0.0.0/29
	Loopback
	Unspecified
)

var (
	cgnPrefix  = netip.MustParsePrefix("100.64.0.0/10")
	clatPrefix = netip.MustParsePrefix("192.0.0.0/29")
)

// Classify returns the class of ip; NotAnAddress for the zero Addr.
func Classify(ip netip.Addr) AddressClass {
	ip = ip.Unmap()
	switch {
	case !ip.IsValid():
		return NotAnAddress
	case ip.IsUnspecified():
		return Unspecified
	case ip.IsLoopback():
		return Loopback
	case ip.IsLinkLocalUnicast():
		return LinkLocal
	case ip.IsPrivate():
		if ip.Is4() {
			return Private
		}
		return UniqueLocal
	case ip.Is4() && cgnPrefix.Contains(ip):
		return CGN
	case ip.Is4() && clatPrefix.Contains(ip):
		return CLAT
	}
	return Public
}

// Inside tells whether an address of this class can only have been written by
// somebody behind a NAT when it arrives over the Internet.
func (c AddressClass) Inside() bool {
	switch c {
	case Private, CGN, LinkLocal, UniqueLocal, CLAT:
		return true
	}
	return false
}

// Inside tells whether ip is an inside address.
func Inside(ip netip.Addr) bool { return Classify(ip).Inside() }

// Relation is how an address written in a message stands to the source that
// the packet was seen from.
type Relation uint8

// The relations, from "nothing to compare" to "different".
const (
	Absent      Relation = iota // not written
	Name                        // a host name, or not readable: can't be compared
	Unset                       // 0.0.0.0 or ::, as on hold
	Exact                       // address and port are the source
	IPOnly                      // the address is the source's, the port is not
	InsideOut                   // an inside address, and the source is public
	OtherInside                 // an inside address other than the source, which is inside too
	OtherPublic                 // a public address other than the source
	OtherLocal                  // loopback, link-local, … other than the source
	NumRelations
)

var relationNames = [NumRelations]string{
	"absent", "name", "unset", "exact", "ip-only", "inside", "other-inside", "other-public", "other-local",
}

func (r Relation) String() string { return relationNames[r] }

// Comparable tells whether an address was written that can agree or differ.
func (r Relation) Comparable() bool { return r >= Exact }

// Agrees tells whether the address is the source. A differing port counts as
// agreement only where ports are not compared.
func (r Relation) Agrees() bool { return r == Exact }

// Relate compares a written address and port with the source. A port of 0 or
// less in either is not compared.
func Relate(written netip.Addr, port int, source netip.AddrPort) Relation {
	if !written.IsValid() {
		return Name
	}
	written = written.Unmap()
	if written.IsUnspecified() {
		return Unset
	}
	if !source.Addr().IsValid() {
		return Name
	}
	src := source.Addr().Unmap()
	if written == src {
		if port > 0 && source.Port() != 0 && port != int(source.Port()) {
			return IPOnly
		}
		return Exact
	}
	w, s := Classify(written), Classify(src)
	switch {
	case w.Inside() && s == Public:
		return InsideOut
	case w.Inside() && s.Inside():
		return OtherInside
	case w == Public:
		return OtherPublic
	}
	return OtherLocal
}
