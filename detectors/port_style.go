package detectors

// portStyle (S9): Linux' helper prints a port wherever it replaced an address.
var portStyle = Detector{
	ID:    "port-style",
	Title: "A default port that this model elsewhere leaves out",
	Cite:  "RFC 3261 §19.1.2",
	Says: "Phones of the same model and firmware at other addresses of this capture write their Contact without a port, as one may " +
		"with 5060. Here every Contact says :5060. Linux' nf_nat_sip always prints the port with the address it puts in.",
	Guards: "Learned from this very capture: at least one other endpoint with the same User-Agent, seen with untouched private Contacts, " +
		"and never a port in them. Only port 5060 counts; another one must be written.",
	Innocent: "another setting in this phone, or a NAT setting that makes it print the port",
	Classes:  []Class{Weak},
	Groups:   []Group{Structure},
	Needs: func(ev *Evidence) string {
		if why := needsNAT(ev); why != "" {
			return why
		}
		if len(ev.Elsewhere) == 0 {
			return "no endpoint of the same model elsewhere"
		}
		return ""
	},
	Check: func(ev *Evidence) []Finding {
		var model *Sibling
		for i := range ev.Elsewhere {
			switch ev.Elsewhere[i].ContactPort {
			case Never:
				model = &ev.Elsewhere[i]
			case Always, Mixed:
				return nil
			}
		}
		if model == nil {
			return nil
		}
		var here *Record
		for i := range ev.Log {
			r := &ev.Log[i]
			if r.Vias > 1 || !r.Contact.Comparable() {
				continue
			}
			if !public(r.Contact) || !r.ContactPort || r.ContactAddr.Port() != 5060 {
				return nil
			}
			here = r
		}
		if here == nil {
			return nil
		}
		return []Finding{{
			ID: "port-style", Class: Weak, Group: Structure, DB: 3, Frames: framesOf(model.Frame, here.Frame), Time: here.LastTime,
			Written: "Contact without a port, from " + model.Source.Addr().String(), Seen: "Contact " + here.ContactAddr.String(),
			Summary:  "the same model writes no port elsewhere; here :5060 stands behind the public address",
			Innocent: "another setting in this phone",
		}}
	},
}
