package detectors

// habit is what a family of user agents does by default about NAT. A setting
// may change each of it: a habit shifts the balance, it never decides.
type habit struct {
	stun         bool // asks a STUN server as it comes out of the box
	unaware      bool // knows nothing of NAT as it comes out of the box
	learnContact bool // puts what received= and rport= told it into Contact
	learnVia     bool // and into Via
	handset      bool // a device on a desk: it stands behind somebody's router
	port5060     bool // listens and sends on 5060, a line or two beside it
	randomCSeq   bool // begins with a CSeq of any size
}

// habits are those of the families of Evidence.Family.
var habits = map[string]habit{
	"pjsip":       {learnContact: true, learnVia: true, randomCSeq: true},
	"linphone":    {learnContact: true},
	"baresip":     {learnContact: true, randomCSeq: true},
	"zoiper":      {learnContact: true},
	"cisco-spa":   {unaware: true, learnContact: true, handset: true, port5060: true},
	"gigaset":     {stun: true, handset: true},
	"yealink":     {unaware: true, handset: true, port5060: true},
	"polycom":     {unaware: true, handset: true, port5060: true},
	"grandstream": {handset: true, port5060: true},
	"fanvil":      {handset: true, port5060: true},
	"snom":        {handset: true},
}

// agentHabit weighs what the phone is known to do as it comes out of the box.
var agentHabit = Detector{
	ID:    "agent-habit",
	Title: "What this make of phone does about NAT by default",
	Cite:  "RFC 8489 (STUN); RFC 3581 §3; the makers' default settings",
	Says: "The phone arrives with public addresses. A make that asks a STUN server out of the box explains that by itself; " +
		"one that knows nothing of NAT out of the box does not.",
	Guards:   "Speaks only of makes in its table, and only where the written addresses are the public source. It leans on default settings, so it weighs little.",
	Innocent: "STUN or a public address set by hand in a phone that has neither by default, or switched off in one that has",
	Classes:  []Class{Weak, Counter},
	Groups:   []Group{Agent},
	Needs: func(ev *Evidence) string {
		if why := needsPublicSource(ev); why != "" {
			return why
		}
		if h := habits[ev.Family]; !h.stun && !h.unaware {
			return "nothing known of this make"
		}
		return ""
	},
	Check: func(ev *Evidence) []Finding {
		if !publicPicture(ev) {
			return nil
		}
		s := viaSample(ev)
		f := Finding{ID: "agent-habit", Group: Agent, Written: "User-Agent " + ev.UserAgent, Seen: "Via " + s.Text, Frames: framesOf(s.Frame)}
		switch h := habits[ev.Family]; {
		case h.stun:
			f.Class, f.DB = Counter, -4
			f.Summary = "phones of this make ask a STUN server by default and write the public address themselves"
			f.Innocent = "STUN may be switched off in this one"
		case len(uaElsewhere.Check(ev)) > 0:
			return nil // what this model does is seen: better than what its make is known for
		case ev.holdsPublic():
			return nil // nor is this one unaware
		case h.unaware:
			f.Class, f.DB = Weak, 2
			f.Summary = "phones of this make write their private address by default"
			f.Innocent = "STUN, or the public address, may have been set in this one"
		}
		return []Finding{f}
	},
}

// publicPicture tells that Via and Contact are the public source.
func publicPicture(ev *Evidence) bool {
	via, contact := ev.Fields[Via].Majority(), ev.Fields[Contact].Majority()
	return public(via) && (contact == Absent || public(contact))
}

// framesOf drops the frames that never were.
func framesOf(frames ...int) []int {
	out := frames[:0]
	for _, f := range frames {
		if f != 0 {
			out = append(out, f)
		}
	}
	return out
}
