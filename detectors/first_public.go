package detectors

// firstPublic (T2): the very first message of a registration is already
// public, before anybody could have told the phone.
var firstPublic = Detector{
	ID:    "first-public",
	Title: "The first REGISTER already carries the public address",
	Cite:  "RFC 3261 §10.2, §18.1.1; RFC 3581 §4",
	Says: "A phone behind a NAT learns its public address from the server's answers, or from a STUN server. " +
		"This one wrote it in the first REGISTER of a new registration, before the server had answered anything, " +
		"together with a port that a NAT gave it. Either it asked somebody else, or the address was put there on the way.",
	Guards: "Only the first REGISTER of a new Call-ID counts, without credentials and with a low CSeq (except of makes that begin with any): a capture that begins in the middle shows a phone " +
		"that may have learned long ago. Silent for makes that learn by habit, where the server's answers are not in the capture, and over UDP where the port is an " +
		"ordinary local one (5060 and its neighbours): a public address set by hand looks like that, unless the SDP is private, which such a setting covers first of all. Over TCP it weighs more, for STUN doesn't tell TCP mappings, " +
		"but only where the NAT shows by more than a private address left over.",
	Innocent: "STUN with a server that the capture doesn't show, or a phone that remembers its public address from before a restart",
	Classes:  []Class{Strong, Weak},
	Groups:   []Group{Temporal},
	Needs:    needsFirstPublic,
	Check:    checkFirstPublic,
}

// maxFirstCSeq is the highest CSeq a new registration is taken to begin with:
// most phones begin with 1 or 2, some with 20.
const maxFirstCSeq = 30

func needsFirstPublic(ev *Evidence) string {
	if why := needsNAT(ev); why != "" {
		return why
	}
	h := habits[ev.Family]
	r := firstRegister(ev)
	switch {
	case h.learnVia:
		return "phones of this make learn their public address"
	case ev.OneWay:
		return "no answer of the server in the capture"
	case r == nil:
		return "no REGISTER in the capture"
	case r.Auth || r.Told || !r.NewSession || r.CSeq > maxFirstCSeq && !h.randomCSeq:
		return "the beginning of its registration is not in the capture"
	}
	return ""
}

// firstRegister returns the first REGISTER of the log, or nil.
func firstRegister(ev *Evidence) *Record {
	for i := range ev.Log {
		if r := &ev.Log[i]; r.Method == "REGISTER" && r.Status == 0 {
			return r
		}
	}
	return nil
}

func checkFirstPublic(ev *Evidence) []Finding {
	r := firstRegister(ev)
	f := Finding{
		ID: "first-public", Class: Weak, Group: Temporal, Time: r.Time, Frames: framesOf(r.Frame),
		Written: r.written(), Seen: "source " + r.Source.String() + ", nothing sent to it before",
		Innocent: "a STUN server that the capture does not show, or a phone that remembers its address",
	}
	tcp := ev.Transport == "tcp"
	exact := r.Via == Exact && (r.Contact == Exact || !r.Contact.Comparable())
	switch {
	case tcp && exact && natByOthers(ev):
		f.Class, f.DB = Strong, 9
		f.Summary = "the first message of a new connection already carries its public address and port, which no STUN server could have told"
		f.Innocent = "a NAT that keeps ports, and a phone that was told its public address by hand"
	case tcp && exact:
		f.DB = 4
		f.Summary = "the first message of a new connection already carries the public address"
		f.Innocent = "a public address set by hand in the phone"
	case !tcp && exact && !ordinaryPort(r.Source.Port()):
		f.DB = 2
		if habits[ev.Family].port5060 || natByOthers(ev) {
			f.DB = 4 // this port is not the phone's own
		}
		f.Summary = "the first REGISTER already carries the public address and the port that the NAT gave it"
	case exact && ev.Fields[SDP].Majority() == InsideOut:
		f.DB = 3
		f.Seen += "; SDP " + ev.Fields[SDP].First(InsideOut).Text
		f.Summary = "the first REGISTER already carries the public address in Via and Contact, but the phone does not know it for its audio"
		f.Innocent = "a phone set to its public address for SIP only"
	case r.Via == InsideOut && (r.Contact == Exact || r.Contact == IPOnly):
		f.DB = 4
		f.Written = "Contact " + r.ContactAddr.String()
		f.Summary = "the first REGISTER already has the public address in Contact, beside a private Via: nobody had told the phone yet"
		f.Innocent = "a phone set to its public address, for Contact only"
	default:
		return nil
	}
	return []Finding{f}
}

// ordinaryPort tells a port that a phone may well have chosen itself.
func ordinaryPort(p uint16) bool { return p >= 5060 && p < 5100 }

// natByOthers tells a NAT by more than an inside address that was left over.
func natByOthers(ev *Evidence) bool {
	for i := range ev.NAT {
		if ev.NAT[i].ID != "inside-address" {
			return true
		}
	}
	return false
}
