package detectors

// Public tells a record whose addresses are the source that it was seen from,
// which is public; ports may differ.
func (r *Record) Public() bool {
	if r.Vias > 1 || Classify(r.Source.Addr()) != Public {
		return false
	}
	if r.Status != 0 {
		return public(r.Contact) // the Via of a response is the other side's
	}
	return public(r.Via) && (public(r.Contact) || !r.Contact.Comparable())
}

// Private tells a record whose addresses are inside ones, from a public source.
func (r *Record) Private() bool {
	if r.Vias > 1 {
		return false
	}
	if r.Status != 0 {
		return r.Contact == InsideOut
	}
	return r.Via == InsideOut && (r.Contact == InsideOut || !r.Contact.Comparable())
}

// written is the first address of a record that can be shown.
func (r *Record) written() string {
	switch {
	case r.Status == 0 && r.ViaAddr.IsValid():
		return "Via " + r.ViaAddr.String()
	case r.ContactAddr.IsValid():
		return "Contact " + r.ContactAddr.String()
	}
	return ""
}
