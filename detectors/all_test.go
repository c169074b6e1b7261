package detectors

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestDescribed: "algsniff explain" prints what a rule says of itself, so every
// rule says all of it, in the same manner; and it fits the line that the list
// of rules has for it.
func TestDescribed(t *testing.T) {
	const maxID, maxTitle = 22, 54
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for i := range All {
		d := &All[i]
		bad := func(format string, args ...any) { t.Helper(); t.Errorf(d.ID+": "+format, args...) }
		if !kebab.MatchString(d.ID) || len(d.ID) > maxID || seen[d.ID] {
			bad("the ID is not kebab-case, too long, or not its own")
		}
		seen[d.ID] = true
		if n := utf8.RuneCountInString(d.Title); n > maxTitle {
			bad("the title has %d letters, %d fit: %s", n, maxTitle, d.Title)
		}
		for name, text := range map[string]string{
			"Title": d.Title, "Cite": d.Cite, "Says": d.Says, "Guards": d.Guards, "Innocent": d.Innocent,
		} {
			if text == "" || strings.TrimSpace(text) != text || strings.ContainsAny(text, "\n\t") || strings.Contains(text, "  ") {
				bad("%s is empty, or not one line: %q", name, text)
			}
		}
		if strings.HasSuffix(d.Title, ".") || strings.HasSuffix(d.Cite, ".") {
			bad("Title and Cite are no sentences")
		}
		if len(d.Classes) == 0 || len(d.Groups) == 0 {
			bad("Classes or Groups are missing")
		}
		if !slices.IsSortedFunc(d.Classes, func(a, b Class) int { return rank(a) - rank(b) }) {
			bad("Classes %v do not begin with the weightiest", d.Classes)
		}
		if d.Check == nil {
			bad("no Check")
		}
		if ByID(d.ID) != d {
			bad("ByID does not find it")
		}
	}
	if ByID("") != nil || ByID("nonsense") != nil {
		t.Error("ByID finds what is not there")
	}
}

func rank(c Class) int { return slices.Index([]Class{Proof, Strong, Weak, Counter}, c) }
