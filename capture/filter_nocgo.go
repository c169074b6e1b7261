//go:build !cgo

package capture

// HasLibpcap tells whether this build can compile filters and open interfaces.
const HasLibpcap = false

// LibpcapVersion returns libpcap's own words about its version.
func LibpcapVersion() string { return "" }

// program is a filter compiled for one link type; there are none here.
type program struct{}

func compileFilter(LinkType, string) (*program, error) { return nil, ErrNoLibpcap }

func (*program) matches(*frame) bool { return false }
