// Package compare holds two captures of the same traffic against each other,
// one from the phone's side of a router and one from behind it: every byte of
// SIP that came out other than it went in was changed on the way.
//
// Messages are matched by what no router has a reason to touch (method, CSeq,
// tags, branch, the user part of the Call-ID, and time by both clocks), never
// by addresses. Result is plain data; internal/report renders it.
package compare
