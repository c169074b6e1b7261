// Package report is the result of an analysis as plain data, and the writers
// that render it: text for a terminal, JSON for programs (the documented
// interface, additive only), CSV of the streams, Markdown for a ticket.
//
// Nothing that came out of a packet reaches a terminal or a page unescaped:
// every writer passes such strings through its escaper (escape.go).
package report
