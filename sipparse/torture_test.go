package sipparse

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sharedCaptures finds the captures that lie beside the repository, or skips.
func sharedCaptures(t testing.TB, sub string) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "captures", sub)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: %s is not here: %v", sub, err)
	}
	return dir
}

func defectNames(m *Message) []string {
	var names []string
	for _, d := range m.Defects {
		names = append(names, d.Code.String())
	}
	return names
}

func invalid(m *Message) bool {
	for _, d := range m.Defects {
		if d.Code.Invalid() {
			return true
		}
	}
	return false
}

func TestTorture(t *testing.T) {
	dir := sharedCaptures(t, "torture")
	list, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ File, Expected, Note string }
	if err := json.Unmarshal(list, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.File, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, c.File))
			if err != nil {
				t.Fatal(err)
			}
			var m Message
			ok := m.Parse(raw)
			if !ok {
				t.Log("not SIP", c.Expected)
				return
			}
			m.Check()
			bad := invalid(&m)
			t.Logf("%s: %v", c.Expected, defectNames(&m))
			if strings.HasPrefix(c.Expected, "valid") == bad {
				t.Errorf("MISMATCH")
			}
		})
	}
}
