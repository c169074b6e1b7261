// Package alglab tests against the real thing: the SIP helper of the Linux
// kernel between phones and a server that run here, each side in a network
// namespace of its own. It holds nothing but tests, and they need root.
package alglab
