package pcaptest

import (
	"fmt"
	"maps"
	"strings"
)

// do runs the statements of a script. Its values are set for as long as it
// runs; the times in it count from the statement that runs it.
func (p *parser) do(st statement) error {
	if len(st.words) < 3 || p.scripts[st.words[2]] == nil {
		return fmt.Errorf("do: no script of that name: %s", strings.Join(st.words[2:], " "))
	}
	if len(st.block) > 0 {
		return fmt.Errorf("do takes no lines below it")
	}
	if p.depth >= maxDepth {
		return fmt.Errorf("scripts within each other deeper than %d", maxDepth)
	}
	name := st.words[2]
	script := p.scripts[name]
	values, err := p.values(script, st.words[3:])
	if err != nil {
		return err
	}
	statements, err := scan(strings.Join(script.lines, "\n"))
	if err != nil {
		return fmt.Errorf("script %s: %w", name, err)
	}
	outer := p.globals
	p.globals = maps.Clone(outer)
	maps.Copy(p.globals, values)
	p.depth++
	defer func() { p.globals, p.depth = outer, p.depth-1 }()
	for _, s := range statements {
		if s.words[0][0] == '@' && !strings.HasPrefix(s.words[0], "@+") {
			return fmt.Errorf("script %s: %s: want @+, times are relative within a script", name, s.words[0])
		}
		if p.steps++; p.steps > maxFrames {
			return fmt.Errorf("more than %d statements", maxFrames)
		}
		if err := p.run(s); err != nil {
			return fmt.Errorf("script %s, line %d: %w", name, s.line, err)
		}
	}
	return nil
}

// unset is the default of a script's value that it hands on only when given.
const unset = "-"

// values are those of a script's defaults, with the words key=value and what
// was set for the whole source in their place.
func (p *parser) values(script *template, words []string) (map[string]string, error) {
	outer := &scope{globals: p.globals}
	args := map[string]string{}
	for _, w := range words {
		k, v, ok := strings.Cut(w, "=")
		if _, known := script.defaults[k]; !ok || !known {
			return nil, fmt.Errorf("%s: the script has no such value", w)
		}
		v, err := outer.expand(v)
		if err != nil {
			return nil, err
		}
		args[k] = v
	}
	in := &scope{args: args, globals: p.globals, defaults: script.defaults, used: map[string]bool{}}
	values := map[string]string{}
	for k := range script.defaults {
		v, err := in.value(k)
		if err != nil {
			return nil, err
		}
		if v != unset {
			values[k] = v
		}
	}
	return values, nil
}
