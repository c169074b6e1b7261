// Package sipparse reads SIP (RFC 3261) and SDP (RFC 4566) as found on the
// wire: lossless, tolerant, with byte offsets.
//
// Parse splits a message into its start line, header fields and body without
// changing or copying a byte. Every header field keeps its raw bytes and its
// offset, unknown and damaged ones included. What departs from the grammar is
// recorded as a Defect and nothing after it is lost. The typed views (Via,
// NameAddr, CSeq, SDP, …) are computed on demand from those raw bytes; a view
// never returns a guessed value as if it were read: what can't be read is
// absent, and says so.
//
// All slices alias the parsed buffer and are valid as long as it is.
package sipparse
