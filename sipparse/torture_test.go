package sipparse

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func defectNames(ds []Defect) []string {
	var names []string
	for _, d := range ds {
		names = append(names, d.Code.String())
	}
	return names
}

func invalid(m *Message) bool {
	return slices.ContainsFunc(m.Defects, func(d Defect) bool { return d.Code.Invalid() })
}

func TestTortureCases(t *testing.T) {
	for _, c := range tortureCases {
		t.Run(c.name, func(t *testing.T) {
			var m Message
			if !m.Parse([]byte(c.msg)) {
				t.Fatal("not SIP")
			}
			lossless(t, &m, []byte(c.msg))
			m.Check()
			viewsHold(t, &m)
			names := defectNames(m.Defects)
			if invalid(&m) != (c.defects != "") {
				t.Errorf("defects %v, want %q", names, c.defects)
			}
			for _, want := range strings.Fields(c.defects) {
				if !slices.Contains(names, want) {
					t.Errorf("no %s among %v", want, names)
				}
			}
		})
	}
}

// malformedWant tells of each file of testdata/malformed whether it is SIP,
// and which defects it must have. "valid": none that is invalid.
// Of the mutated ones only what is not SIP is said.
var malformedWant = map[string]string{
	"ansi-escape":                 "control-character",
	"cl-negative":                 "content-length-bad",
	"cl-text":                     "content-length-bad",
	"cl-too-big":                  "body-shorter",
	"contact-invalid-domain":      "valid",
	"contact-percent-host":        "bad-uri",
	"contact-quoted-evil":         "valid",
	"contact-sips":                "valid",
	"contact-star":                "valid",
	"contact-tel":                 "valid",
	"contact-two-lines":           "valid",
	"contact-user-at":             "bad-uri",
	"cseq-nomethod":               "bad-cseq",
	"cseq-overflow":               "bad-cseq",
	"csv-formula":                 "valid",
	"cut-at-1":                    "not SIP",
	"cut-at-15":                   "no-empty-line bad-version",
	"cut-at-120":                  "cut-header no-empty-line",
	"fold-200":                    "valid",
	"header-space-before-colon":   "valid",
	"http-on-5060":                "not SIP",
	"keepalive-crlf":              "not SIP",
	"keepalive-jaK":               "not SIP",
	"leading-crlf":                "valid",
	"lf-only":                     "line-ending",
	"long-callid-60000":           "valid",
	"long-header-name-60000":      "valid",
	"long-method-1024":            "unknown-method",
	"long-method-60000":           "unknown-method",
	"long-via-host-4096":          "valid",
	"lower-sip":                   "valid",
	"many-via-headers-500":        "valid",
	"no-callid":                   "missing-callid",
	"nul-in-callid":               "control-character",
	"sdp-1000-media":              "valid",
	"sdp-c-fqdn":                  "valid",
	"sdp-c-per-media":             "valid",
	"sdp-no-final-crlf":           "valid",
	"sdp-port-0":                  "valid",
	"sdp-port-overflow":           "valid",
	"sdp-rtcp-attr":               "valid",
	"sdp-rtpmap-clock-0":          "valid",
	"sdp-rtpmap-huge":             "valid",
	"status-2000":                 "bad-status",
	"utf8-display":                "valid",
	"via-ip-leading-zero":         "bad-via",
	"via-ip-octet-999":            "bad-via",
	"via-noversion":               "bad-via",
	"via-param-quoted-comma":      "valid",
	"via-param-received-garbage":  "bad-via-param",
	"via-param-received-twice":    "duplicate-param",
	"via-param-received-v6-delim": "valid",
	"via-param-rport-empty-eq":    "bad-via-param",
	"via-port-65536":              "bad-via",
	"via-port-empty":              "bad-via",
	"via-utf8-host":               "bad-via",
	"via-v6-scope":                "bad-via",
	"via-v6-unclosed":             "bad-via",
	"mutated-18":                  "not SIP", // neither scheme nor version is left
}

func TestMalformed(t *testing.T) {
	files := malformed(t)
	for name := range malformedWant {
		if files[name+".dat"] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	for file, b := range files {
		t.Run(file, func(t *testing.T) {
			want, told := malformedWant[strings.TrimSuffix(file, ".dat")]
			var m Message
			if ok := m.Parse(b); ok == (want == "not SIP") {
				t.Fatalf("Parse %v, want %q", ok, want)
			} else if !ok {
				return
			}
			lossless(t, &m, b)
			m.Check()
			viewsHold(t, &m)
			names := defectNames(m.Defects)
			switch {
			case !told:
			case want == "valid":
				if invalid(&m) {
					t.Errorf("valid, but %v", names)
				}
			default:
				for _, w := range strings.Fields(want) {
					if !slices.Contains(names, w) {
						t.Errorf("no %s among %v", w, names)
					}
				}
			}
		})
	}
}

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
		t.Skipf("SKIPPED: the captures beside the repository are not here: %s", sub)
	}
	return dir
}

// tortureFile is an entry of the torture set's expected.json.
type tortureFile struct{ File, Expected string }

func tortureFiles(t testing.TB) (dir string, files []tortureFile) {
	dir = sharedCaptures(t, "torture")
	list, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(list, &files); err != nil {
		t.Fatal(err)
	}
	return dir, files
}

// TestTortureFiles runs over the RFC messages, which can't be part of the
// repository.
func TestTortureFiles(t *testing.T) {
	dir, files := tortureFiles(t)
	for _, c := range files {
		if !strings.HasPrefix(c.File, "rfc") {
			continue
		}
		t.Run(c.File, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(dir, c.File))
			if err != nil {
				t.Fatal(err)
			}
			var m Message
			if !m.Parse(b) {
				t.Fatal("not SIP")
			}
			lossless(t, &m, b)
			m.Check()
			viewsHold(t, &m)
			names := defectNames(m.Defects)
			bad := invalid(&m)
			switch {
			case filepath.Base(c.File) == "ipv6-in-sdp.dat":
				// Called valid, but its rebuilt body is 17 octets shorter than
				// the Content-Length that the RFC prints.
				bad = len(names) != 1 || names[0] != "body-shorter"
			case filepath.Base(c.File) == "ipv6-bug-abnf-3-colons.dat":
				// Must be read, and is.
			}
			if want := strings.HasPrefix(c.Expected, "invalid") && !strings.Contains(c.Expected, "must be accepted"); bad != want {
				t.Errorf("%s, defects %v", c.Expected, names)
			}
		})
	}
}
