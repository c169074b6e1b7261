package detectors

// receivedBack reads, on the client's side, what the server says it received:
// received= is the source the server saw (RFC 3261 §18.2.1), unless something
// in the path translates it back.
var receivedBack = Detector{
	ID:    "received-back",
	Title: "What the server says it received, seen by the client",
	Cite:  "RFC 3261 §18.2.1; RFC 3581 §4",
	Says: "Captured on the phone's side. A server writes into received= of its answer where the request came from. A phone behind a NAT finds its public address there, and " +
		"then its private Via went through untouched. If it finds its own private address, although the server is on the Internet, the answer was translated back; " +
		"if it finds none at all, although its Via was private, the server saw a Via that fitted the source: it had been rewritten.",
	Guards: "Only for captures between phone and router, and servers on public addresses. Being shown its own address is proof only where the same server " +
		"also names the phone by a public address (a request that comes for the private address with the public one left in To), or tells a phone on the same network its public address: " +
		"then the way to the server is no VPN. The server's own address in received= says nothing: some registrars stamp themselves. A missing received= counts only where the same server, on the same port and transport, adds it for a phone on the same network, and never for this one: some servers never do.",
	Innocent: receivedInnocent,
	Classes:  []Class{Proof, Strong, Counter},
	Groups:   []Group{Structure, Addresses},
	Needs:    needsPhoneSide,
	Check:    checkReceivedBack,
}

const receivedInnocent = "the server is reached through a VPN or a routed private network and really saw that address"

func checkReceivedBack(ev *Evidence) (out []Finding) {
	if s := ev.ReceivedOwn; s.Frame != 0 {
		f := Finding{
			ID: "received-back", Class: Strong, Group: Structure, DB: 12,
			Frames: []int{s.Frame}, Written: s.Text, Seen: s.Seen,
			Summary:  "a server on a public address answers with received= holding the phone's own private address: something in the path put it back",
			Innocent: receivedInnocent,
		}
		if k := ev.KnownAs; k.Frame != 0 {
			f.Class, f.DB = Proof, 0
			f.Frames = append(f.Frames, k.Frame)
			f.Seen = k.Text + " in a request for the private address"
			f.Summary = "the server answers with received= holding the phone's private address, and yet names it by a public one: something in the path translates both ways"
			f.Innocent = "none that fits both"
		}
		if n := ev.ReceivedNear; n.Frame != 0 && f.Class != Proof {
			f.Class, f.DB = Proof, 0
			f.Frames = append(f.Frames, n.Frame)
			f.Seen = n.Text + " for a neighbour"
			f.Summary = "the server answers with received= holding the phone's private address, and a neighbour with the public one: so there is a NAT, and something translates back"
			f.Innocent = "a network that routes this phone through a VPN to the server and its neighbour not"
		}
		return []Finding{f}
	}
	if s := ev.ReceivedMissing; s.Frame != 0 && ev.ReceivedOthers.Frame != 0 && ev.ReceivedPublic.Frame == 0 {
		return []Finding{{
			ID: "received-back", Class: Proof, Group: Structure,
			Frames: []int{s.Frame, ev.ReceivedOthers.Frame}, Written: s.Text, Seen: s.Seen + " without received=",
			Summary:  "the server adds received= for another phone and not for this one, whose Via is just as private: it saw another Via",
			Innocent: "a network that routes this phone through a VPN to the server and its neighbour not",
		}}
	}
	if s := ev.ReceivedPublic; s.Frame != 0 {
		return []Finding{{
			ID: "received-back", Class: Counter, Group: Addresses, DB: -15,
			Frames: []int{s.Frame}, Written: s.Text, Seen: s.Seen,
			Summary:  "the server saw the private Via arrive from the public address: nothing rewrote it on the way",
			Innocent: "an ALG that leaves Via alone and rewrites only SDP",
		}}
	}
	return nil
}
