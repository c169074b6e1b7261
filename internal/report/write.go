package report

import (
	"io"
	"maps"
	"slices"
)

// Options are the settings of a writer. The zero value is plain text for 80 columns.
type Options struct {
	Width   int  // columns of the text format; 0 means 80
	Color   bool // colour the words of verdicts and grades, with SGR sequences
	Verbose bool // leave nothing out: every endpoint, call, stream and finding
}

// Writer renders a report. It may Normalize the report it is given.
type Writer func(w io.Writer, r *Report, o Options) error

// Writers are the output formats by name.
var Writers = map[string]Writer{
	"text": writeText,
	"json": writeJSON,
	"csv":  writeCSV,
	"md":   writeMarkdown,
}

// Formats lists the names of the Writers, sorted.
func Formats() []string { return slices.Sorted(maps.Keys(Writers)) }

// Severity orders verdicts, from 5 for CONFIRMED down to 0 for NOT_APPLICABLE.
// An INCONCLUSIVE endpoint comes before an UNLIKELY one: it wants a look.
func Severity(verdict string) int {
	order := []string{"UNLIKELY", "INCONCLUSIVE", "POSSIBLE", "LIKELY", "CONFIRMED"}
	return slices.Index(order, verdict) + 1
}

// bySeverity returns the endpoints, the worst verdict first, else as they are.
func bySeverity(endpoints []Endpoint) []*Endpoint {
	list := make([]*Endpoint, len(endpoints))
	for i := range endpoints {
		list[i] = &endpoints[i]
	}
	slices.SortStableFunc(list, func(a, b *Endpoint) int {
		return Severity(b.Verdict) - Severity(a.Verdict)
	})
	return list
}
