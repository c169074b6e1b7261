package capture

import (
	"errors"
	"fmt"
)

// ErrNoLibpcap is returned by what needs libpcap in a build without it.
var ErrNoLibpcap = errors.New("built without libpcap: no filter expressions, no live capture")

// maxFilterLinks bounds the link types that a filter is compiled for.
const maxFilterLinks = 64

// filter runs a BPF expression, compiled once for each link type.
type filter struct {
	expr  string
	progs map[LinkType]*program // nil value: can't be compiled
}

// newFilter checks the expression. What makes sense for one link type may not
// for another ("type mgt", "ether host"), so it is wrong only if it is for all.
func newFilter(expr string) (*filter, error) {
	f := &filter{expr: expr, progs: make(map[LinkType]*program)}
	var first error
	for _, link := range []LinkType{linkEthernet, linkSLL, linkRadiotap} {
		_, err := compileFilter(link, expr)
		if err == nil {
			return f, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, fmt.Errorf("filter %q: %w", expr, first)
}

// pass moves the frames that match to the front and returns them. Where the
// expression can't be compiled for a link type, none match, and the input's Err
// says so.
func (f *filter) pass(frames []frame, inputs []*Input) []frame {
	n := 0
	for i := range frames {
		fr := &frames[i]
		p, ok := f.progs[fr.link]
		if !ok && len(f.progs) < maxFilterLinks {
			var err error
			if p, err = compileFilter(fr.link, f.expr); err != nil {
				p = nil
			}
			f.progs[fr.link] = p
		}
		if p == nil {
			if in := inputs[fr.input]; in.Err == nil {
				in.Err = fmt.Errorf("filter %q does not fit link type %v", f.expr, fr.link)
			}
			continue
		}
		if len(fr.data) > 0 && p.matches(fr) {
			frames[n] = *fr
			n++
		}
	}
	return frames[:n]
}
