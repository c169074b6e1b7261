package pcaptest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Bounds, so that no source text can ask for more than a test would.
const (
	maxText     = 60_000 // bytes of one datagram
	maxDepth    = 8      // templates and values within each other
	maxFrames   = 50_000
	maxCaptured = 16 << 20 // bytes of all frames
)

// template is a named block of lines with default values: of a message, or of
// statements for a script.
type template struct {
	line     int // of the source
	lines    []string
	defaults map[string]string
}

// scope is where $NAME is looked up: the values of the statement, what was set
// for the whole source, and the defaults of the template in use.
type scope struct {
	args, globals, defaults map[string]string
	used                    map[string]bool // of args
	depth                   int
}

// expand replaces $NAME and ${NAME}.
func (s *scope) expand(text string) (string, error) {
	if !strings.Contains(text, "$") {
		return text, nil
	}
	var out strings.Builder
	for {
		plain, rest, found := strings.Cut(text, "$")
		out.WriteString(plain)
		if out.Len() > maxText {
			return "", fmt.Errorf("more than %d bytes", maxText)
		}
		if !found {
			return out.String(), nil
		}
		if strings.HasPrefix(rest, "$") {
			out.WriteByte('$')
			text = rest[1:]
			continue
		}
		name, after := variable(rest)
		value, err := s.value(name)
		if err != nil {
			return "", err
		}
		out.WriteString(value)
		text = after
	}
}

// variable splits the name behind a $ from what follows it.
func variable(s string) (name, after string) {
	if inner, ok := strings.CutPrefix(s, "{"); ok {
		name, after, _ = strings.Cut(inner, "}")
		return name, after
	}
	n := 0
	for n < len(s) && isWord(s[n]) {
		n++
	}
	return s[:n], s[n:]
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

func (s *scope) value(name string) (string, error) {
	if v, ok := s.args[name]; ok {
		s.used[name] = true
		return v, nil
	}
	if v, ok := s.globals[name]; ok {
		return v, nil
	}
	if v, ok := s.defaults[name]; ok {
		if s.depth++; s.depth > maxDepth {
			return "", fmt.Errorf("$%s: values within each other deeper than %d", name, maxDepth)
		}
		defer func() { s.depth-- }()
		return s.expand(v)
	}
	return "", fmt.Errorf("$%s is not set", name)
}

// within returns the scope inside a template that was given more values.
func (s *scope) within(t *template, args map[string]string) (*scope, error) {
	if s.depth >= maxDepth {
		return nil, fmt.Errorf("templates within each other deeper than %d", maxDepth)
	}
	in := &scope{defaults: t.defaults, globals: s.globals, used: s.used, depth: s.depth + 1}
	in.args = maps.Clone(s.args)
	for k, v := range args {
		v, err := s.expand(v)
		if err != nil {
			return nil, err
		}
		in.args[k] = v
	}
	return in, nil
}

// lines expands the lines of a block: templates first, then values, then escapes.
func (p *parser) lines(block []string, s *scope) ([]string, error) {
	var out []string
	size := 0
	for _, line := range block {
		add := []string{line}
		var err error
		if use, ok := strings.CutPrefix(line, "&"); ok {
			add, err = p.include(use, s)
		} else if add[0], err = s.expand(line); err == nil {
			add[0], err = unescape(add[0])
		}
		if err != nil {
			return nil, err
		}
		for _, a := range add {
			size += len(a) + 2
		}
		if size > maxText {
			return nil, fmt.Errorf("more than %d bytes", maxText)
		}
		out = append(out, add...)
	}
	return out, nil
}

func (p *parser) include(use string, s *scope) ([]string, error) {
	words, err := split(use)
	if err != nil {
		return nil, err
	}
	name := ""
	if len(words) > 0 {
		if name, err = s.expand(words[0]); err != nil {
			return nil, err
		}
	}
	t := p.templates[name]
	if t == nil {
		return nil, fmt.Errorf("no template &%s", use)
	}
	args := map[string]string{}
	for _, w := range words[1:] {
		k, v, ok := strings.Cut(w, "=")
		if !ok {
			return nil, fmt.Errorf("%s in &%s: want key=value", w, use)
		}
		args[k] = v
	}
	in, err := s.within(t, args)
	if err != nil {
		return nil, err
	}
	return p.lines(t.lines, in)
}

// split cuts a line into words at white space; double quotes hold words
// together and fall away.
func split(line string) (words []string, err error) {
	var word strings.Builder
	started, quoted := false, false
	flush := func() {
		if started {
			words = append(words, word.String())
		}
		word.Reset()
		started = false
	}
	for _, c := range []byte(line) {
		switch {
		case c == '"':
			quoted, started = !quoted, true
		case !quoted && (c == ' ' || c == '\t'):
			flush()
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if quoted {
		return nil, fmt.Errorf("a quote is not closed")
	}
	flush()
	return words, nil
}

func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		i++
		c := byte(0)
		if i < len(s) {
			c = s[i]
		}
		switch c {
		case 'r':
			out = append(out, '\r')
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case '0':
			out = append(out, 0)
		case '\\':
			out = append(out, '\\')
		case 'x':
			v, err := strconv.ParseUint(s[min(i+1, len(s)):min(i+3, len(s))], 16, 8)
			if err != nil || i+3 > len(s) {
				return "", fmt.Errorf(`want two hexadecimal digits behind \x in %q`, s)
			}
			out = append(out, byte(v))
			i += 2
		default:
			return "", fmt.Errorf(`no such escape: \%s`, string(rune(c)))
		}
	}
	return string(out), nil
}

// unused names the values of a statement that nothing asked for, most likely
// misspelt.
func (s *scope) unused() []string {
	var names []string
	for name := range s.args {
		if !s.used[name] && !slices.Contains(packetValues, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// packetValues are there for every packet.
var packetValues = []string{"src", "dst", "srcip", "dstip", "srcport", "dstport", "branch", "asked"}
