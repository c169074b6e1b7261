package detectors

import (
	"bytes"

	"github.com/algsniff/algsniff/sipparse"
)

// body compares session descriptions by section and kind of line, any other
// body line by line.
func (d *differ) body(before, after *sipparse.Message) {
	if bytes.Equal(before.Body, after.Body) {
		return
	}
	isSDP := looksSDP(before.Body) && looksSDP(after.Body)
	if isSDP && d.sdpInStep(before.Body, after.Body) {
		return
	}
	a, b := bodyLines(before.Body), bodyLines(after.Body)
	if !isSDP {
		if len(a) != len(b) {
			d.add("body", before.Body, after.Body, OtherChange)
			return
		}
		d.values("body", a, b, func(a, b []byte) Change { return textChange(a, b, -1) })
		return
	}
	d.sdp(a, b)
}

// sdpInStep compares descriptions with the same kinds of lines in the same
// order.
func (d *differ) sdpInStep(before, after []byte) bool {
	for a, b := before, after; ; {
		var la, lb []byte
		la, a = nextLine(a)
		lb, b = nextLine(b)
		if (la == nil) != (lb == nil) || !bytes.Equal(sdpKey(la), sdpKey(lb)) {
			return false
		}
		if la == nil {
			break
		}
	}
	for {
		var la, lb []byte
		la, before = nextLine(before)
		lb, after = nextLine(after)
		if la == nil {
			return true
		}
		if !bytes.Equal(la, lb) {
			name := sdpName(la)
			d.add("SDP "+name, la, lb, textChange(la, lb, sdpPort(name)))
		}
	}
}

// nextLine cuts the first line that is not empty off a body; nil for none.
func nextLine(b []byte) (line, rest []byte) {
	for len(b) > 0 {
		line, b = b, nil
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line, b = line[:i], line[i+1:]
		}
		if line = bytes.TrimRight(line, "\r\n \t"); len(line) > 0 {
			return line, b
		}
	}
	return nil, nil
}

func looksSDP(b []byte) bool { return bytes.HasPrefix(b, []byte("v=0")) }

// bodyLines cuts a body into lines without their ends; empty ones don't count.
func bodyLines(b []byte) (out [][]byte) {
	for {
		var line []byte
		if line, b = nextLine(b); line == nil {
			return out
		}
		out = append(out, line)
	}
}

// sdpKind is what a line of SDP may be held against: section and kind.
type sdpKind struct {
	section int
	name    string
}

type sdpLines struct {
	sdpKind
	before, after [][]byte
}

func (d *differ) sdp(before, after [][]byte) {
	var order []*sdpLines
	kinds := map[sdpKind]*sdpLines{}
	collect := func(lines [][]byte, second bool) {
		section := 0
		for _, line := range lines {
			name := sdpName(line)
			if name == "m=" {
				section++
			}
			key := sdpKind{section, name}
			k := kinds[key]
			if k == nil {
				k = &sdpLines{sdpKind: key}
				kinds[key] = k
				order = append(order, k)
			}
			if second {
				k.after = append(k.after, line)
			} else {
				k.before = append(k.before, line)
			}
		}
	}
	collect(before, false)
	collect(after, true)
	for _, k := range order {
		d.values("SDP "+k.name, k.before, k.after, func(a, b []byte) Change { return textChange(a, b, sdpPort(k.name)) })
	}
}

// sdpName is "c=", "o=", … and "a=rtcp" for attributes; "?" for anything else.
func sdpName(line []byte) string {
	if key := sdpKey(line); key != nil {
		return string(key)
	}
	return "?"
}

// sdpKey is the part of a line that sdpName names; nil for anything else.
func sdpKey(line []byte) []byte {
	switch {
	case len(line) < 2 || line[1] != '=':
		return nil
	case line[0] != 'a':
		return line[:2]
	}
	name, _, _ := bytes.Cut(line, []byte{':'})
	return name
}

// sdpPort is which word of a line is a port; -1 for none.
func sdpPort(name string) int {
	switch name {
	case "m=":
		return 1
	case "a=rtcp":
		return 0
	case "a=candidate":
		return 5
	}
	return -1
}
