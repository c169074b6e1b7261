package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks a letter may carry: real names need
// two, a pile of them climbs over the neighbouring lines.
const maxMarks = 2

// Escape returns s made safe for a terminal or a page: control characters,
// escape sequences, line and paragraph separators, bidi overrides, zero-width
// and other format characters, and bytes that are not UTF-8 become visible
// escapes (\x1b, \u202e), a backslash is doubled. The result is one line, at
// most max columns wide, ending in "…" where it was cut; max 0 means no bound.
func Escape(s string, max int) string {
	if plain(s) && (max <= 0 || len(s) <= max) {
		return s
	}
	var b strings.Builder
	cols, fit, marks := 0, 0, maxMarks // a mark at the start would sit on our own text
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		isMark := unicode.Is(unicode.M, r)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
			cols, marks = cols+4, maxMarks
		case !visible(r) || isMark && marks >= maxMarks:
			e := escapeRune(r)
			b.WriteString(e)
			cols, marks = cols+len(e), maxMarks
		default:
			b.WriteRune(r)
			cols += runeWidth(r)
			if isMark {
				marks++
			} else {
				marks = 0
			}
		}
		s = s[n:]
		if max <= 0 {
			continue
		}
		if cols > max || cols == max && len(s) > 0 {
			return b.String()[:fit] + "…"
		}
		if cols < max {
			fit = b.Len()
		}
	}
	return b.String()
}

// plain tells whether s is printable ASCII without a backslash.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return true
}

// visible tells whether r may be shown as it is. IsPrint leaves out controls,
// format characters, private use and every space but U+0020.
func visible(r rune) bool {
	return r != '\\' && unicode.IsPrint(r) && !unicode.In(r,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func escapeRune(r rune) string {
	switch {
	case r == '\\':
		return `\\`
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// csvCell escapes s for a spreadsheet, which takes a cell that begins like a
// formula for one: such a cell gets a leading apostrophe.
func csvCell(s string) string {
	s = Escape(s, 0)
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " "))
	if strings.ContainsRune("=+-@＝＋－＠", r) {
		return "'" + s
	}
	return s
}

// mdCode returns s as a Markdown code span, in which nothing is a link, a
// mention or HTML; "-" stands for nothing. A backtick would end the span and a
// bar the table cell, so both become escapes, which read the same everywhere.
func mdCode(s string, max int) string {
	if s == "" {
		return "-"
	}
	return mdSpan(Escape(s, max))
}

func mdSpan(escaped string) string {
	return "`" + strings.NewReplacer("`", `\x60`, "|", `\x7c`).Replace(escaped) + "`"
}

// mdText returns a sentence, which may quote packets, for Markdown outside of
// code spans: each word that is more than letters, digits and harmless
// punctuation becomes a code span.
func mdText(s string, max int) string {
	words := strings.Fields(Escape(s, max))
	for i, word := range words {
		switch inner := strings.TrimRight(word, ",.;:"); {
		case i == 0 && startsBlock(word):
			words[i] = mdSpan(word)
		case !mdHarmless(word):
			words[i] = mdSpan(inner) + word[len(inner):]
		}
	}
	return strings.Join(words, " ")
}

// mdHarmless tells whether no Markdown dialect sees anything in the word.
func mdHarmless(word string) bool {
	lower := strings.ToLower(word)
	if strings.Contains(lower, "://") || strings.Contains(lower, "www.") {
		return false // links itself on GitHub
	}
	for _, r := range word {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(`.,;:'"()/=%+-?…§–→`, r) {
			return false
		}
	}
	return true
}

// startsBlock tells whether a word at the start of a line could begin a list
// or underline a heading: "-", "+", "1.", "==".
func startsBlock(word string) bool {
	rest := strings.TrimLeft(word, "0123456789")
	return rest != "" && strings.Trim(rest, ".)+-=") == ""
}
