package engine

import (
	"slices"

	"github.com/algsniff/algsniff/detectors"
)

// turnMessages is how many messages of either kind it takes to believe that an
// endpoint's addresses turned over for good; turnRegisters, how many REGISTERs
// stay private after an answer where no phone would still be learning.
const (
	turnMessages  = 3
	turnRegisters = 3
)

// window looks for the moment from which on the endpoint's addresses are
// public where they were private, or the other way round: an ALG was switched
// on, or off. What came before is judged apart, so that a router that was
// mended turns green within the capture.
func (d *device) window() {
	at, before, ok := turnover(d.ev.Log)
	if !ok {
		return
	}
	then, now := *d.ev, *d.ev
	cut(&then, func(r *detectors.Record) bool { return r.Time < at }, func(o *detectors.Observation) bool { return o.First < at })
	cut(&now, func(r *detectors.Record) bool { return r.Time >= at }, func(o *detectors.Observation) bool { return o.Last >= at })
	then.Echoes, then.Telling = 0, 0 // their times are not kept: they speak of the present
	now.Before = before
	d.then, d.ev = &then, &now
}

// turnover finds that moment. A method must be on both sides of it: an ALG may
// well leave some methods alone.
func turnover(log []detectors.Record) (at int64, before detectors.Period, ok bool) {
	last := -1 // the kind of the newest, and until when the other kind was seen
	var until int64
	for i := range log {
		if k := turnKind(&log[i]); k >= 0 && (last < 0 || log[i].LastTime >= until) {
			last, until = k, log[i].LastTime
		}
	}
	if last < 0 {
		return 0, before, false
	}
	until = 0
	for i := range log {
		if turnKind(&log[i]) == 1-last {
			until = max(until, log[i].LastTime)
		}
	}
	n, methods := 0, []string{}
	for i := range log {
		r := &log[i]
		switch turnKind(r) {
		case 1 - last:
			if before.Messages == 0 {
				before.First, before.Since, before.Source = r.Frame, r.Time, r.Source
			}
			before.Messages += r.Count
			if r.LastTime >= before.Until {
				before.Last, before.Until = r.LastFrame, r.LastTime
			}
			before.Text = recordText(r)
			if r.Method == "REGISTER" && r.Status == 0 {
				before.ToldRegistered += r.Count
				if !r.Told {
					before.ToldRegistered--
				}
			}
			methods = append(methods, methodKey(r))
		case last:
			if r.LastTime <= until {
				continue
			}
			if r.Time <= until {
				return 0, before, false // by turns
			}
			if n == 0 {
				at = r.Time
			}
			n += r.Count
		}
	}
	before.Public = last == 0
	if n < turnMessages || before.Messages < turnMessages || last == 1 && before.ToldRegistered < turnRegisters {
		return 0, before, false
	}
	for i := range log {
		if r := &log[i]; r.Time >= at && turnKind(r) == last && slices.Contains(methods, methodKey(r)) {
			return at, before, true
		}
	}
	return 0, before, false
}

// turnKind is 0 for a message with private addresses, 1 for one with public
// ones, -1 for any other. Over TCP an ALG may miss what takes two segments.
func turnKind(r *detectors.Record) int {
	switch {
	case r.Segments > 1:
	case r.Private():
		return 0
	case r.Public():
		return 1
	}
	return -1
}

func methodKey(r *detectors.Record) string {
	if r.Status != 0 {
		return r.Method + " answer"
	}
	return r.Method
}

func recordText(r *detectors.Record) string {
	if r.Status == 0 && r.ViaAddr.IsValid() {
		return "Via " + r.ViaAddr.String()
	}
	return "Contact " + r.ContactAddr.String()
}

// cut reduces evidence to a time, as the log and the observations tell it.
func cut(ev *detectors.Evidence, in func(*detectors.Record) bool, seen func(*detectors.Observation) bool) {
	var log []detectors.Record
	ev.Messages, ev.Registers = 0, 0
	ev.Fields = [detectors.NumFields]detectors.Compared{}
	ev.FirstRegister, ev.LaterRegister = detectors.Register{}, detectors.Register{}
	for i := range ev.Log {
		r := &ev.Log[i]
		if !in(r) {
			continue
		}
		log = append(log, *r)
		ev.Messages += r.Count
		for _, f := range [...]struct {
			field detectors.Field
			rel   detectors.Relation
			text  string
		}{{detectors.Via, r.Via, r.ViaAddr.String()}, {detectors.Contact, r.Contact, r.ContactAddr.String()}, {detectors.SDP, r.Conn, r.ConnAddr.Addr().String()}} {
			if !f.rel.Comparable() {
				continue
			}
			c := &ev.Fields[f.field]
			if c.Note(f.rel) {
				c.SetFirst(f.rel, detectors.Sample{Frame: r.Frame, Text: f.text, Seen: r.Source.String()})
			}
			c.Count[f.rel] += uint32(r.Count - 1)
		}
		if r.Method == "REGISTER" && r.Status == 0 {
			ev.Registers += r.Count
			reg := detectors.Register{Frame: r.Frame, Via: r.Via, Contact: r.Contact, Auth: r.Auth, Fresh: !r.Told}
			switch f := &ev.FirstRegister; {
			case f.Frame == 0:
				*f = reg
			case ev.LaterRegister.Frame == 0 || ev.LaterRegister.Via == f.Via && ev.LaterRegister.Contact == f.Contact:
				ev.LaterRegister = reg
			}
		}
	}
	ev.Log = log
	var obs []detectors.Observation
	for i := range ev.Observed {
		if o := &ev.Observed[i]; seen(o) {
			obs = append(obs, *o)
		}
	}
	ev.Observed = obs
}
