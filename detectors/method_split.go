package detectors

import "strconv"

// methodSplit (S1): one method arrives rewritten, another does not, by turns.
var methodSplit = Detector{
	ID:    "method-split",
	Title: "Public addresses in one method, private in another",
	Cite:  "RFC 3261 §18.1.1, §8.1.1.8",
	Says: "From one and the same source the phone's requests of one method arrive with the public address, those of another with the private one, " +
		"by turns. A phone has one idea of its address at a time; a helper that knows some methods and not others makes such a picture.",
	Guards: "Each of the two methods must always look the same, and a private message must come between two public ones: a phone that learns " +
		"turns public once. One source, one hop, each message in one TCP segment. A private REGISTER beside public calls is no hit: every helper " +
		"knows REGISTER. Silent for user agents known to put what they learned into some messages only (PJSIP, Linphone, baresip, Zoiper, Cisco SPA); " +
		"a Contact alone that changes counts half.",
	Innocent: "a phone that applies the address it learned to its registration only",
	Classes:  []Class{Strong, Weak},
	Groups:   []Group{Structure},
	Needs: func(ev *Evidence) string {
		if why := needsPublicSource(ev); why != "" {
			return why
		}
		if h := habits[ev.Family]; h.learnContact || h.learnVia {
			return "this make learns its address, and uses it in some messages only"
		}
		return ""
	},
	Check: func(ev *Evidence) []Finding {
		f := Finding{ID: "method-split", Class: Strong, Group: Structure, DB: 12, Innocent: "a phone that applies the address it learned to its registration only"}
		pub, in := splitMethods(ev.Log, func(r *Record) Relation { return r.Via })
		if in == nil {
			pub, in = splitMethods(ev.Log, func(r *Record) Relation {
				if r.Status != 0 || !public(r.Via) {
					return Absent // beside a private Via a public Contact is a learner's
				}
				return r.Contact
			})
			if in == nil {
				return nil
			}
			f.Class, f.DB = Weak, 6
			f.Written, f.Seen = "Contact "+in.ContactAddr.String(), "Contact "+pub.ContactAddr.String()
		} else {
			f.Written, f.Seen = "Via "+in.ViaAddr.String(), "Via "+pub.ViaAddr.String()
		}
		f.Written += " in " + in.Method
		f.Seen += " in " + pub.Method
		f.Frames, f.Time = framesOf(pub.Frame, in.Frame, pub.LastFrame), in.LastTime
		f.Summary = in.Method + " arrives private, " + pub.Method + " public, by turns and from the same source (" +
			strconv.Itoa(in.Count) + " and " + strconv.Itoa(pub.Count) + " times)"
		return []Finding{f}
	},
}

// splitMethods finds two records of different methods, by of always public the
// one and always private the other, where a private one came between two public
// ones.
func splitMethods(log []Record, of func(*Record) Relation) (pub, in *Record) {
	usable := func(r *Record) bool { return r.Vias <= 1 && r.Segments <= 1 && Classify(r.Source.Addr()) == Public }
	for i := range log {
		b := &log[i]
		if !usable(b) || of(b) != InsideOut || b.Method == "REGISTER" {
			continue
		}
		for j := range log {
			a := &log[j]
			if usable(a) && public(of(a)) && a.Method != b.Method && a.Source == b.Source &&
				spans(log, a, b, of) && always(log, a, of) && always(log, b, of) {
				return a, b
			}
		}
	}
	return nil, nil
}

// always tells whether every message of a record's method from its source
// paints its picture.
func always(log []Record, a *Record, of func(*Record) Relation) bool {
	for i := range log {
		r := &log[i]
		if r.Method == a.Method && r.Source == a.Source && of(r).Comparable() && public(of(r)) != public(of(a)) {
			return false
		}
	}
	return true
}

// spans tells whether messages of a's method were seen before and after one
// that b stands for.
func spans(log []Record, a, b *Record, of func(*Record) Relation) bool {
	first, last := a.Time, a.LastTime
	for i := range log {
		if r := &log[i]; r.Method == a.Method && r.Source == a.Source && of(r).Comparable() {
			first, last = min(first, r.Time), max(last, r.LastTime)
		}
	}
	return first < b.Time && b.Time < last || first < b.LastTime && b.LastTime < last
}
