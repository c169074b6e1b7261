package sipparse

import "iter"

// Get returns the value of the first parameter with a name, ignoring case.
// The quotes around a quoted string are cut, escapes kept. The value is nil
// when the parameter stands without "=".
func (p Params) Get(name string) (value []byte, ok bool) {
	for len(p) > 0 {
		var n, v []byte
		n, v, p = p.next()
		if len(n) == len(name) && foldSame(n, name) {
			return v, true
		}
	}
	return nil, false
}

// All returns names and values in order, values as Get has them. Empty
// parameters (";;") are left out.
func (p Params) All() iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for rest := p; len(rest) > 0; {
			var n, v []byte
			n, v, rest = rest.next()
			if len(n) == 0 && v == nil {
				continue
			}
			if !yield(n, v) {
				return
			}
		}
	}
}

// next cuts off the first parameter, with any semicolon in front of it.
func (p Params) next() (name, value []byte, rest Params) {
	i := 0
	for i < len(p) && (p[i] == ';' || isSpace(p[i])) {
		i++
	}
	start, eq := i, -1
	for ; i < len(p) && p[i] != ';'; i++ {
		switch p[i] {
		case '=':
			if eq < 0 {
				eq = i
			}
		case '"':
			n := quotedEnd(p[i:])
			if n < 0 {
				n = len(p) - 1 - i
			}
			i += n
		}
	}
	one, rest := []byte(p[start:i]), p[i:]
	if eq < 0 {
		return trimRight(one), nil, rest
	}
	name, value = trimRight(p[start:eq]), trim(p[eq+1:i])
	if len(value) > 1 && value[0] == '"' && quotedEnd(value) == len(value)-1 {
		value = value[1 : len(value)-1]
	}
	return name, value, rest
}

func foldSame(b []byte, s string) bool {
	for i, c := range b {
		if lower(c) != lower(s[i]) {
			return false
		}
	}
	return true
}
