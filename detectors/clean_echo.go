package detectors

// cleanEcho speaks against an ALG of the Linux type: it could not have left
// this To alone.
var cleanEcho = Detector{
	ID:    "clean-echo",
	Title: "A To that a Linux ALG would change came back whole",
	Cite:  "RFC 3261 §8.2.6.2; Linux net/netfilter/nf_nat_sip.c",
	Says: "The server asked the phone with its public address in To and no port behind it, the NAT had kept port 5060, and the answer repeated To as it was. " +
		"The Linux ALG, which most routers have, translates that address on the way in and always prints a port on the way out. So it was not there, " +
		"and a phone that writes its public address everywhere knows it by itself: STUN, a static setting, a public address.",
	Guards: "UDP from port 5060 to the server's port 5060, the To an address without port and the same as the packet's source. Silent where the phone's own addresses " +
		"arrive private: then the public To was the server's own doing and an ALG in front of another NAT would not have known it. Silent when another answer came back changed.",
	Innocent: cleanEchoInnocent,
	Classes:  []Class{Counter},
	Groups:   []Group{Differential},
	Needs:    needsTelling,
	Check: func(ev *Evidence) []Finding {
		if ev.Telling == 0 || ev.Fields[Via].Majority() == InsideOut || ev.Fields[Contact].Majority() == InsideOut ||
			len(ev.Of("echo")) > 0 {
			return nil
		}
		db := cleanEchoDB
		if ev.Fields[SDP].Majority() == InsideOut || mixedSDP(ev) {
			db = cleanEchoMixedDB
		}
		return []Finding{{
			ID: "clean-echo", Class: Counter, Group: Differential, DB: db, Frames: frames(ev.TellingAt),
			Summary:  "the phone's answer repeats a To that a Linux-type ALG always changes",
			Innocent: cleanEchoInnocent,
		}}
	},
}

// mixedSDP tells that o= was private where c= was public.
func mixedSDP(ev *Evidence) bool {
	for i := range ev.Log {
		if r := &ev.Log[i]; r.Origin == InsideOut && public(r.Conn) {
			return true
		}
	}
	return false
}

// cleanEchoDB is for a phone whose addresses are all public, as STUN, a static
// setting or a public address make them. Where SDP, or o= of it, stays private
// something else must explain the headers, and what is ruled out is one type of ALG: about
// one in five leaves To as it is, or puts back what it took away.
const (
	cleanEchoDB      = -15.0
	cleanEchoMixedDB = -7.0
)

const cleanEchoInnocent = "an ALG of another type: one that leaves To alone (Broadcom's), or puts back exactly what it found"
