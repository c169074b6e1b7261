package detectors

// optionsSDP compares the SDP that a phone puts into its answer to OPTIONS with
// the one of its calls.
var optionsSDP = Detector{
	ID:    "options-sdp",
	Title: "SDP is private in answers to OPTIONS, public in calls",
	Cite:  "RFC 3261 §11.2; RFC 4566 §5.7",
	Says: "Some phones (baresip) describe their media in the 200 to OPTIONS too. There o= and c= arrive private; " +
		"in INVITE and its answers o= and c= of the same phone are the public source. Helpers edit SDP only in the " +
		"methods of a call, so the answer to OPTIONS passes as the phone wrote it.",
	Guards: "In the call both o= and c= must be public: a phone with STUN for media only leaves o= private. " +
		"All from one source port, from a single hop, and the private answer must come after a public SDP or between two of them: " +
		"a phone may turn public once, by learning. Measured with baresip; user agents whose habit is not known weigh less.",
	Innocent: "a phone that asks STUN when a call begins, writes the result into o= as well, and answers OPTIONS without asking",
	Classes:  []Class{Strong, Weak},
	Groups:   []Group{Residue},
	Needs:    needsPublicSource,
	Check: func(ev *Evidence) []Finding {
		pub, in := splitOptions(ev.Log)
		if in == nil {
			return nil
		}
		class, db := Weak, 6.0
		if ev.Family == "baresip" { // writes o= private when it uses STUN
			class, db = Strong, 10
		}
		return []Finding{{
			ID: "options-sdp", Class: class, Group: Residue, DB: db, Time: in.LastTime,
			Frames:   []int{pub.Frame, in.Frame},
			Written:  "SDP c= " + in.ConnAddr.Addr().String() + " in the answer to OPTIONS",
			Seen:     "SDP c= " + pub.ConnAddr.Addr().String() + " in " + pub.name(),
			Summary:  "the phone's SDP is private in its answer to OPTIONS and public in its calls: it was changed only where calls are set up",
			Innocent: "a phone that asks STUN for each call, changes o= as well as c=, and answers OPTIONS without asking",
		}}
	},
}

// splitOptions finds a call with public SDP, and an answer to OPTIONS with
// private SDP from the same source that is not older.
func splitOptions(log []Record) (call, options *Record) {
	for i := range log {
		in := &log[i]
		if in.Method != "OPTIONS" || in.Status/100 != 2 || in.Vias > 1 || in.Conn != InsideOut || in.Origin != InsideOut {
			continue
		}
		for j := range log {
			pub := &log[j]
			if (pub.Method == "INVITE" || pub.Method == "UPDATE") && pub.Vias <= 1 && pub.Conn == Exact && pub.Origin == Exact &&
				pub.Source == in.Source && pub.Time <= in.LastTime {
				return pub, in
			}
		}
	}
	return nil, nil
}
