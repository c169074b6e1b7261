package report

import (
	"strings"
	"unicode"
)

// maxTokens bounds the table of the longest common subsequence. What differs
// in more places is marked from the first to the last of them.
const maxTokens = 128

// sourceLabel begins Finding.Seen where it is the address of a packet and no
// part of the message: both sides then have words of ours in front, and the
// source may have a comma and more behind it.
const sourceLabel = "source "

// stretch is a range of bytes, of which the end is not part.
type stretch struct{ from, to int }

// differences returns which ranges of two escaped texts, of what was written and
// what was seen, make the difference. Texts of different fields have none: they
// are held against each other as a whole.
func differences(written, seen string) (inWritten, inSeen []stretch) {
	if strings.HasPrefix(seen, sourceLabel) {
		i, j := strings.LastIndexByte(written, ' ')+1, len(sourceLabel)
		address, _, _ := strings.Cut(seen[j:], ",")
		inWritten, inSeen = differing(written[i:], address)
		return shifted(inWritten, i), shifted(inSeen, j)
	}
	if fieldName(written) != fieldName(seen) {
		return nil, nil
	}
	inWritten, inSeen = differing(written, seen)
	if strings.Contains(written, toTag) {
		return inWritten, inSeen
	}
	// The tag that an answer adds to To is as it should be (RFC 3261 §8.2.6.2).
	kept := inSeen[:0]
	for _, x := range inSeen {
		if i := strings.Index(seen[x.from:x.to], toTag); i >= 0 {
			x.to = x.from + i
		}
		if x.from < x.to {
			kept = append(kept, x)
		}
	}
	return inWritten, kept
}

const toTag = ";tag="

// fieldName returns the name in front of a header, an SDP line or what else has
// one: To, c, User-Agent.
func fieldName(s string) string {
	for i, r := range s {
		switch {
		case r == ' ' || r == ':' || r == '=':
			return s[:i]
		case !unicode.IsLetter(r) && r != '-':
			return ""
		}
	}
	return ""
}

// differing returns which ranges of two texts are not the same in both.
// Addresses, names and numbers differ as a whole, not by their digits.
func differing(a, b string) (inA, inB []stretch) {
	ta, tb := tokens(a), tokens(b)
	same := 0
	for same < len(ta) && same < len(tb) && ta[same] == tb[same] {
		same++
	}
	tail := 0
	for tail < len(ta)-same && tail < len(tb)-same && ta[len(ta)-1-tail] == tb[len(tb)-1-tail] {
		tail++
	}
	at := len(strings.Join(ta[:same], ""))
	ma, mb := ta[same:len(ta)-tail], tb[same:len(tb)-tail]
	if len(ma) > maxTokens || len(mb) > maxTokens {
		return marked(ma, make([]bool, len(ma)), at), marked(mb, make([]bool, len(mb)), at)
	}
	keepA, keepB := common(ma, mb)
	return marked(ma, keepA, at), marked(mb, keepB, at)
}

// tokens cuts a text into words, of the bytes that addresses and names are made
// of, and single other characters.
func tokens(s string) []string {
	var list []string
	start, inWord := 0, false
	for i, r := range s {
		word := unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == '-' || r == '_'
		if i > 0 && !(word && inWord) {
			list = append(list, s[start:i])
			start = i
		}
		inWord = word
	}
	if start < len(s) {
		list = append(list, s[start:])
	}
	return list
}

// common tells which tokens belong to a longest common subsequence.
func common(a, b []string) (inA, inB []bool) {
	n := len(b) + 1
	length := make([]uint8, (len(a)+1)*n) // of a[i:] and b[j:]
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i*n+j] = length[(i+1)*n+j+1] + 1
			} else {
				length[i*n+j] = max(length[(i+1)*n+j], length[i*n+j+1])
			}
		}
	}
	inA, inB = make([]bool, len(a)), make([]bool, len(b))
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			inA[i], inB[j] = true, true
			i, j = i+1, j+1
		case length[(i+1)*n+j] >= length[i*n+j+1]:
			i++
		default:
			j++
		}
	}
	return inA, inB
}

// marked returns the ranges of the tokens that are not kept, the first of which
// starts at byte at.
func marked(tokens []string, kept []bool, at int) []stretch {
	var out []stretch
	for i, t := range tokens {
		if !kept[i] {
			if n := len(out); n > 0 && out[n-1].to == at {
				out[n-1].to += len(t)
			} else {
				out = append(out, stretch{at, at + len(t)})
			}
		}
		at += len(t)
	}
	return out
}

func shifted(spans []stretch, by int) []stretch {
	for i := range spans {
		spans[i].from += by
		spans[i].to += by
	}
	return spans
}

// row is a piece of a text that fits a line, and the line of carets below it,
// which is empty where nothing in the piece differs.
type row struct{ text, carets string }

// rows cuts a text into pieces of at most width columns; width 0 means one.
func rows(text string, spans []stretch, width int) []row {
	var out []row
	for from := 0; from < len(text); {
		to := len(text)
		if width > 0 {
			to = from + fitting(text[from:], width)
		}
		out = append(out, row{text[from:to], carets(text, from, to, spans)})
		from = to
	}
	return out
}

func carets(text string, from, to int, spans []stretch) string {
	var b strings.Builder
	for i, r := range text[from:to] {
		mark := " "
		for _, s := range spans {
			if s.from <= from+i && from+i < s.to {
				mark = "^"
			}
		}
		b.WriteString(strings.Repeat(mark, runeWidth(r)))
	}
	return strings.TrimRight(b.String(), " ")
}

// comparison lays out two escaped texts, what was written above what was seen,
// each with carets under what differs. Long texts are cut into pieces, those at
// the same place one above the other.
func comparison(written, seen string, width int) []labelled {
	var inA, inB []stretch
	if written != "" && seen != "" {
		inA, inB = differences(written, seen)
	}
	above, below := rows(written, inA, width), rows(seen, inB, width)
	var out []labelled
	for i := range max(len(above), len(below)) {
		if i < len(above) {
			out = append(out, labelled{row: above[i]})
		}
		if i < len(below) {
			out = append(out, labelled{row: below[i]})
		}
		if i > 0 {
			continue
		}
		if len(above) > 0 {
			out[0].label = "written"
		}
		if len(below) > 0 {
			out[len(out)-1].label = "seen"
		}
	}
	return out
}

// labelled is one line of a comparison, and the carets below it.
type labelled struct {
	label string
	row
}
