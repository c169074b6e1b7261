package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"

	"github.com/algsniff/algsniff/internal/report"
)

// streams are the outside of a run. Tests set the fields as they like.
type streams struct {
	in             io.Reader
	out, err       io.Writer
	inTTY          bool
	outTTY, errTTY bool
	width          int // columns of out where it is a terminal, else 0
	env            func(string) string
}

func systemStreams() streams {
	inTTY, _ := terminal(os.Stdin)
	outTTY, width := terminal(os.Stdout)
	errTTY, _ := terminal(os.Stderr)
	return streams{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		inTTY: inTTY, outTTY: outTTY, errTTY: errTTY, width: width,
		env: os.Getenv,
	}
}

// failure ends a run: what happened, what to do, and the exit code.
type failure struct {
	code       int
	what, hint string
}

func (f *failure) Error() string { return f.what }

// usage is a failure of the one who typed the command.
func usage(what, hint string, args ...any) error {
	return &failure{exitUsage, what, fmt.Sprintf(hint, args...)}
}

// Everything the user reads that is not data goes through these three. What
// they say may hold file names and flags, which are not to be trusted either.

func (s *streams) fail(f *failure) {
	fmt.Fprintf(s.err, "algsniff: error: %s\nalgsniff: hint: %s\n", report.Escape(f.what, maxTalk), report.Escape(f.hint, maxTalk))
}

func (s *streams) warn(format string, args ...any) {
	fmt.Fprintf(s.err, "algsniff: warning: %s\n", report.Escape(fmt.Sprintf(format, args...), maxTalk))
}

const maxTalk = 400

// brokenPipe tells whether nobody reads our output any more, as in
// "algsniff FILE | head", which is no error of anyone.
func brokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }

// nearest returns the candidate that word is most likely a slip of, or "".
func nearest(word string, candidates []string) string {
	best, distance := "", min(1+len(word)/3, 3)
	for _, c := range candidates {
		if d := editDistance(word, c); d <= distance {
			best, distance = c, d-1
		}
	}
	return best
}

// editDistance counts the letters to insert, delete, change or swap with
// their neighbour to make b out of a.
func editDistance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 40 // nobody's slip
	}
	var before, prev []int
	cur := make([]int, len(b)+1)
	for j := range cur {
		cur[j] = j
	}
	for i := range len(a) {
		before, prev, cur = prev, cur, make([]int, len(b)+1)
		cur[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			cur[j+1] = slices.Min([]int{prev[j+1] + 1, cur[j] + 1, prev[j] + cost})
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				cur[j+1] = min(cur[j+1], before[j-1]+1)
			}
		}
	}
	return cur[len(b)]
}
