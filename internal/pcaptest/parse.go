package pcaptest

import (
	_ "embed"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// defaultStart is the time of @0.
const defaultStart = "2026-01-15T09:00:00Z"

// maxTime bounds the times within a source, in ns.
const maxTime = 8 * 24 * int64(time.Hour)

// statement is one line that is not indented, and the lines below it.
type statement struct {
	line  int
	words []string
	rest  string // everything behind the first word
	block []string
}

type parser struct {
	link      uint32
	snaplen   int
	host      netip.Addr
	start     int64
	now       int64 // ns from start, of the last packet statement
	globals   map[string]string
	templates map[string]*template
	scripts   map[string]*template
	depth     int // of scripts within each other
	steps     int // run of scripts
	ttl       map[netip.Addr]int
	seed      string
	hep       *datagram // from a HEP agent to its collector, when it reports what is sent

	frames   []Frame
	captured int
	ipID     uint16
	sent     []*sent
	named    map[string]*sent
	tcp      map[flow]*connection
	requests int // made by "next"
}

// Parse makes the capture that a source text describes. Errors name the
// source, the line, and what is wrong with it.
func Parse(name string, src []byte) (*Capture, error) {
	p := &parser{
		link: linkTypes["EN10MB"], snaplen: 262144,
		globals: map[string]string{}, templates: map[string]*template{}, scripts: map[string]*template{},
		ttl:   map[netip.Addr]int{},
		named: map[string]*sent{}, tcp: map[flow]*connection{},
	}
	p.start = mustTime(defaultStart)
	for _, file := range []struct{ name, text string }{{"library.txt", library}, {"agents.txt", agents}, {name, string(src)}} {
		if err := p.source(file.name, file.text); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(p.frames, func(a, b Frame) int {
		switch {
		case a.Time < b.Time:
			return -1
		case a.Time > b.Time:
			return 1
		}
		return 0
	})
	return &Capture{LinkType: p.link, Snaplen: p.snaplen, Frames: p.frames}, nil
}

// library has the names and templates that every source begins with.
//
//go:embed library.txt
var library string

// agents has what known user agents write.
//
//go:embed agents.txt
var agents string

func (p *parser) source(name, text string) error {
	statements, err := scan(text)
	if err != nil {
		return fmt.Errorf("%s:%w", name, err)
	}
	for _, st := range statements {
		if err := p.run(st); err != nil {
			return fmt.Errorf("%s:%d: %w", name, st.line, err)
		}
	}
	return nil
}

func mustTime(s string) int64 {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err) // a constant of this file
	}
	return t.UnixNano()
}

// scan puts lines together to statements.
func scan(src string) (statements []statement, err error) {
	empty := 0
	for i, line := range strings.Split(src, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if strings.TrimSpace(line) == "" {
			empty++
			continue
		}
		text, indented := strings.CutPrefix(line, "  ")
		if !indented {
			text, indented = strings.CutPrefix(line, "\t")
		}
		if indented {
			if len(statements) == 0 {
				return nil, fmt.Errorf("%d: an indented line with nothing above it", i+1)
			}
			st := &statements[len(statements)-1]
			st.block = append(st.block, slices.Repeat([]string{""}, empty)...)
			st.block = append(st.block, text)
			empty = 0
			continue
		}
		empty = 0
		words, err := split(line)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", i+1, err)
		}
		_, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		statements = append(statements, statement{i + 1, words, strings.TrimSpace(rest), nil})
	}
	return statements, nil
}

func (p *parser) run(st statement) error {
	if at, ok := strings.CutPrefix(st.words[0], "@"); ok {
		return p.packet(at, st)
	}
	if len(st.words) < 2 {
		return fmt.Errorf("%s: want something behind it", st.words[0])
	}
	if st.words[0] != "template" && st.words[0] != "script" && len(st.block) > 0 {
		return fmt.Errorf("%s takes no lines below it", st.words[0])
	}
	arg := st.words[1]
	switch st.words[0] {
	case "set":
		_, value, _ := strings.Cut(st.rest, " ")
		value, err := (&scope{globals: p.globals}).expand(strings.TrimSpace(value))
		p.globals[arg] = value
		return err
	case "template":
		return define(p.templates, arg, st)
	case "script":
		return define(p.scripts, arg, st)
	case "ttl":
		return p.setTTL(st.words[1:])
	case "seed":
		p.seed = arg
		return nil
	case "hep":
		return p.setHEP(st.words[1:])
	case "link":
		if _, ok := linkTypes[arg]; !ok || len(p.frames) > 0 {
			return fmt.Errorf("link %s: not known, or after the first packet", arg)
		}
		p.link = linkTypes[arg]
		return nil
	case "snaplen":
		n, err := number(arg, 1, 262144)
		p.snaplen = int(n)
		return err
	case "host":
		text, err := (&scope{globals: p.globals}).expand(arg)
		if err != nil {
			return err
		}
		p.host, err = netip.ParseAddr(text)
		return err
	case "start":
		t, err := time.Parse(time.RFC3339Nano, arg)
		if err == nil && (t.Year() < 1971 || t.Year() > 2100) {
			err = fmt.Errorf("start %s: want a year from 1971 to 2100", arg)
		}
		p.start = t.UnixNano()
		return err
	}
	return fmt.Errorf("%s: no such statement", st.words[0])
}

// define keeps a template or script under its name.
func define(in map[string]*template, name string, st statement) error {
	t := &template{line: st.line, lines: st.block, defaults: map[string]string{}}
	for _, w := range st.words[2:] {
		k, v, ok := strings.Cut(w, "=")
		if !ok {
			return fmt.Errorf("%s %s: %s: want key=value", st.words[0], name, w)
		}
		t.defaults[k] = v
	}
	in[name] = t
	return nil
}

// setTTL reads "ADDRESS N".
func (p *parser) setTTL(words []string) error {
	if len(words) != 2 {
		return fmt.Errorf("want: ttl ADDRESS N")
	}
	text, err := (&scope{globals: p.globals}).expand(words[0])
	if err != nil {
		return err
	}
	a, err := address(text, true)
	if err != nil {
		return err
	}
	n, err := number(words[1], 1, 255)
	p.ttl[a.Addr()] = int(n)
	return err
}

// number reads a decimal or 0x number within bounds.
func number(s string, low, high int64) (int64, error) {
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	if n < low || n > high {
		return 0, fmt.Errorf("%d is not within %d to %d", n, low, high)
	}
	return n, nil
}

// seconds reads "1.5" or "20ms" as ns, at most eight days.
func seconds(s string) (int64, error) {
	if s != "" && '0' <= s[len(s)-1] && s[len(s)-1] <= '9' {
		s += "s"
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || int64(d) > maxTime {
		return 0, fmt.Errorf("%q is not a time of 0 s to 8 days", s)
	}
	return int64(d), nil
}

// packet runs a statement that begins with @time.
func (p *parser) packet(at string, st statement) error {
	later, relative := strings.CutPrefix(at, "+")
	t, err := seconds(later)
	if err != nil {
		return err
	}
	if relative {
		t += p.now
	}
	if t > maxTime {
		return fmt.Errorf("more than 8 days from the start")
	}
	p.now = t
	if len(st.words) < 2 {
		return fmt.Errorf("want what happens behind the time")
	}
	kind, err := (&scope{globals: p.globals}).expand(st.words[1])
	if err != nil {
		return err
	}
	switch kind {
	case "do":
		return p.do(st)
	case "again", "copy":
		return p.again(kind, st.words[2:])
	case "frame":
		b, err := unhex(st.block)
		if err != nil {
			return err
		}
		return p.frame(p.now, b, 0)
	case "udp", "tcp", "rtp", "icmp":
		return p.between(kind, st)
	default:
		return fmt.Errorf("%s: no such packet", kind)
	}
}

// between runs a statement "kind A > B words key=value".
func (p *parser) between(kind string, st statement) error {
	if len(st.words) < 5 || st.words[3] != ">" {
		return fmt.Errorf("want: %s ADDRESS > ADDRESS", kind)
	}
	s := &scope{args: map[string]string{}, globals: p.globals, used: map[string]bool{}}
	var ends [2]netip.AddrPort
	for i, w := range []string{st.words[2], st.words[4]} {
		text, err := s.expand(w)
		if err != nil {
			return err
		}
		if ends[i], err = address(text, kind == "icmp"); err != nil {
			return err
		}
	}
	src, dst := ends[0], ends[1]
	if src.Addr().Is4() != dst.Addr().Is4() {
		return fmt.Errorf("%s and %s are not of one IP version", src, dst)
	}
	for k, v := range map[string]string{
		"src": src.String(), "srcip": src.Addr().String(), "srcport": strconv.Itoa(int(src.Port())),
		"dst": dst.String(), "dstip": dst.Addr().String(), "dstport": strconv.Itoa(int(dst.Port())),
		"branch": p.branch(src, dst),
	} {
		s.args[k] = v
	}
	words, options, err := s.options(st.words[5:])
	if err != nil {
		return err
	}
	d := datagram{src: src, dst: dst, ttl: 64}
	if n := p.ttl[src.Addr()]; n > 0 {
		d.ttl = n
	}
	mss, name, err := d.set(options)
	if err != nil {
		return err
	}
	if kind == "udp" || kind == "tcp" {
		return p.message(kind, &sent{d: d, mss: mss}, name, words, st.block, options, s)
	}
	if len(st.block) > 0 {
		return fmt.Errorf("%s takes no lines below it", kind)
	}
	if kind == "rtp" {
		return p.rtp(d, name, words, s)
	}
	return p.icmp(d, words, s)
}

// branch is different in each packet; with a seed it does not depend on the
// addresses.
func (p *parser) branch(src, dst netip.AddrPort) string {
	n := strconv.Itoa(len(p.sent))
	if p.seed != "" {
		return mark("branch", p.seed, n)
	}
	return mark("branch", src.String(), dst.String(), n)
}

// address reads ip:port, or an address alone where ports don't exist.
func address(text string, noPort bool) (netip.AddrPort, error) {
	if noPort {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return netip.AddrPort{}, fmt.Errorf("%q is not an IP address", text)
		}
		return netip.AddrPortFrom(a.Unmap(), 0), nil
	}
	a, err := netip.ParseAddrPort(text)
	if err != nil || a.Addr().Zone() != "" {
		return netip.AddrPort{}, fmt.Errorf("%q is not ip:port", text)
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), nil
}

// reserved are the options of a datagram; all other keys are values.
var reserved = []string{"as", "ttl", "frag", "sum", "clip", "mss", "eol", "cseq"}

// options sorts words into plain ones, options and values for $key.
func (s *scope) options(words []string) (plain []string, options map[string]string, err error) {
	options = map[string]string{}
	for _, w := range words {
		w, err := s.expand(w)
		if err != nil {
			return nil, nil, err
		}
		k, v, ok := strings.Cut(w, "=")
		switch {
		case !ok:
			plain = append(plain, w)
		case slices.Contains(reserved, k):
			options[k] = v
		default:
			s.args[k] = v
		}
	}
	return plain, options, nil
}
