package report

import (
	"bufio"
	"io"
	"strings"
	"unicode"
)

const (
	defaultWidth = 80
	minWidth     = 40 // below, an IPv6 address would not be readable any more
)

// page lays out text of a fixed width.
type page struct {
	out     *bufio.Writer
	width   int
	blanks  int // spaces not written yet: a line does not end in any
	color   bool
	verbose bool
}

func newPage(w io.Writer, o Options) *page {
	width := o.Width
	if width == 0 {
		width = defaultWidth
	}
	return &page{out: bufio.NewWriter(w), width: max(width, minWidth), color: o.Color, verbose: o.Verbose}
}

// item is a piece of a line that is not broken while it fits a line of its own.
type item struct {
	text string // escaped already
	gap  int    // spaces in front, except at the start of a line
	sgr  string // colour
}

// field is an item set apart from what comes before it.
func field(text string) item { return item{text: text, gap: 3} }

// prose breaks a sentence into items at its spaces; gap is that of the first.
func prose(text string, gap int) []item {
	var items []item
	for _, word := range strings.Fields(Escape(text, maxProse)) {
		items = append(items, item{text: word, gap: gap})
		gap = 1
	}
	return items
}

// flow writes the items as one line from column indent, and where that gets
// too long on further lines from column hang.
func (p *page) flow(indent, hang int, items ...item) {
	p.blanks = indent
	col, fresh := indent, true
	next := func() {
		p.gap()
		p.blanks = hang
		col, fresh = hang, true
	}
	for _, it := range items {
		text, gap := it.text, it.gap
		if text == "" {
			continue
		}
		if !fresh && col+gap+textWidth(text) > p.width {
			next()
		}
		if !fresh {
			p.blanks += gap
			col += gap
		}
		for textWidth(text) > p.width-col {
			n := fitting(text, p.width-col)
			p.paint(text[:n], it.sgr)
			text = text[n:]
			next()
		}
		p.paint(text, it.sgr)
		col += textWidth(text)
		fresh = false
	}
	p.gap()
}

// line writes a label and a text from column indent as they are: both are
// escaped, and fit.
func (p *page) line(indent int, label, text, sgr string) {
	p.blanks = indent
	p.paint(label, "")
	p.paint(text, sgr)
	p.gap()
}

// gap ends a line; where there is none, it sets two sections apart.
func (p *page) gap() {
	p.blanks = 0
	p.out.WriteByte('\n')
}

func (p *page) paint(text, sgr string) {
	shown := strings.TrimRight(text, " ")
	if shown != "" {
		p.out.WriteString(strings.Repeat(" ", p.blanks))
		p.blanks = 0
		if p.color && sgr != "" {
			p.out.WriteString("\x1b[" + sgr + "m" + shown + "\x1b[0m")
		} else {
			p.out.WriteString(shown)
		}
	}
	p.blanks += len(text) - len(shown)
}

// fitting returns how many bytes of text fill at most width columns, one rune
// at least.
func fitting(text string, width int) int {
	cols := 0
	for i, r := range text {
		cols += runeWidth(r)
		if cols > width && i > 0 {
			return i
		}
	}
	return len(text)
}

func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// wide are the blocks that terminals draw two columns wide.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1},
		{0x231a, 0x231b, 1},
		{0x23e9, 0x23f3, 1},
		{0x25fd, 0x25fe, 1},
		{0x2614, 0x2615, 1},
		{0x2648, 0x2653, 1},
		{0x267f, 0x27bf, 1}, // some of these are narrow; a column too many does no harm
		{0x2b1b, 0x2b55, 1},
		{0x2e80, 0x303e, 1},
		{0x3041, 0xa4cf, 1},
		{0xa960, 0xa97f, 1},
		{0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1},
		{0xfe10, 0xfe6f, 1},
		{0xff01, 0xff60, 1},
		{0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{
		{0x16fe0, 0x18cff, 1},
		{0x1aff0, 0x1b2ff, 1},
		{0x1f000, 0x1faff, 1},
		{0x20000, 0x3fffd, 1},
	},
}

// runeWidth returns the columns of a visible rune. A combining mark counts as
// one, so that no line is ever longer than it says.
func runeWidth(r rune) int {
	if r >= 0x1100 && unicode.Is(wide, r) {
		return 2
	}
	return 1
}
