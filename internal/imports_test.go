// Package internal holds the rules of the house as a test: which package may
// import which, and what no package may do.
package internal

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/algsniff/algsniff"

// mayImport has a row for every folder with Go files and names the packages of
// this module that it may import. Imports go one way: what stands higher up
// never imports what stands below.
var mayImport = map[string][]string{
	"capture":           {},
	"sipparse":          {},
	"rtpstats":          {},
	"harden":            {},
	"detectors":         {"sipparse", "rtpstats"},
	"internal/engine":   {"capture", "sipparse", "rtpstats", "detectors"},
	"internal/compare":  {"capture", "sipparse", "rtpstats", "detectors", "internal/engine"},
	"internal/report":   {"internal/engine", "internal/compare", "capture", "detectors", "rtpstats"},
	"internal/pcaptest": {},
	"internal/alglab":   {"capture"}, // tests only, and they need root
	"internal":          {},
	"cmd/algsniff":      {"capture", "sipparse", "rtpstats", "harden", "detectors", "internal/engine", "internal/compare", "internal/report"},
}

// testsOnly are packages that every test may import, and nothing else.
var testsOnly = []string{"internal/pcaptest"}

// keepers names the folders that may import a module, tests included. sipgo is
// for what is active; the analysis has its own scanner.
var keepers = map[string][]string{
	"github.com/google/gopacket": {"capture"},
	"github.com/emiago/sipgo":    {"sipparse", "internal/alglab"},
}

// analysis are the packages whose answer depends on the capture alone.
var analysis = []string{"capture", "sipparse", "rtpstats", "detectors", "internal/engine", "internal/compare", "internal/report"}

// banned are calls, and where they are allowed nevertheless.
var banned = map[string]func(f sourceFile) bool{
	"fmt.Print":   inMain,
	"fmt.Printf":  inMain,
	"fmt.Println": inMain,
	"os.Stdout":   inCommand,
	"os.Exit":     inMain,
	"log.Fatal":   inMain,
	"log.Fatalf":  inMain,
	"log.Fatalln": inMain,
	"time.Now":    outsideAnalysis,
	"time.Since":  outsideAnalysis,
	"time.Until":  outsideAnalysis,
}

func inMain(f sourceFile) bool {
	return strings.HasPrefix(f.dir, "cmd/") && path.Base(f.name) == "main.go"
}

func inCommand(f sourceFile) bool { return strings.HasPrefix(f.dir, "cmd/") }

func outsideAnalysis(f sourceFile) bool { return !slices.Contains(analysis, f.dir) }

// sourceFile is one Go file, its path relative to the module's root.
type sourceFile struct {
	name, dir string
	isTest    bool
	fset      *token.FileSet
	syntax    *ast.File
}

func (f sourceFile) pos(p token.Pos) string {
	return fmt.Sprintf("%s:%d", f.name, f.fset.Position(p).Line)
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range sourceFiles(t) {
		seen[f.dir] = true
		for _, problem := range importProblems(f) {
			t.Error(problem)
		}
	}
	if !seen["capture"] || !seen["internal"] {
		t.Fatalf("the module's files were not found: %v", seen)
	}
}

func TestBannedCalls(t *testing.T) {
	for _, f := range sourceFiles(t) {
		for _, problem := range callProblems(f) {
			t.Error(problem)
		}
	}
}

// TestRulesBite holds the rules against files that break them.
func TestRulesBite(t *testing.T) {
	const ours = `import "` + module + `/`
	for _, test := range []struct {
		name, src string
		problems  int
	}{
		{"capture/a.go", ours + `sipparse"`, 1},
		{"capture/a_test.go", ours + `sipparse"`, 1},
		{"capture/a_test.go", ours + `internal/pcaptest"`, 0},
		{"capture/a_test.go", ours + `capture"`, 0},
		{"capture/a.go", ours + `internal/pcaptest"`, 1},
		{"capture/a.go", `import "github.com/google/gopacket/pcap"`, 0},
		{"internal/engine/a.go", `import "github.com/google/gopacket"`, 1},
		{"internal/engine/a.go", `import "github.com/google/gopacketeer"`, 0},
		{"sipparse/a_test.go", `import "github.com/emiago/sipgo/sip"`, 0},
		{"internal/alglab/a_test.go", `import "github.com/emiago/sipgo/sip"`, 0},
		{"cmd/algsniff/a_test.go", `import "github.com/emiago/sipgo/sip"`, 1},
		{"detectors/a.go", ours + `capture"`, 1},
		{"detectors/a.go", ours + `sipparse"`, 0},
		{"internal/engine/a.go", ours + `internal/report"`, 1},
		{"internal/report/a.go", ours + `internal/engine"`, 0},
		{"utils/a.go", ``, 1},
		{"rtpstats/a.go", `import "time"; var start = time.Now()`, 1},
		{"rtpstats/a.go", `import clock "time"; var start = clock.Now`, 1},
		{"rtpstats/a_test.go", `import "time"; var start = time.Now()`, 0},
		{"cmd/algsniff/a.go", `import "time"; var start = time.Now()`, 0},
		{"cmd/algsniff/a.go", `import "os"; func f() { os.Exit(1) }`, 1},
		{"cmd/algsniff/main.go", `import "os"; func main() { os.Exit(1) }`, 0},
		{"internal/report/a.go", `import "fmt"; func f() { fmt.Println() }`, 1},
		{"internal/report/a.go", `import "os"; var w = os.Stdout`, 1},
		{"cmd/algsniff/a.go", `import "os"; var w = os.Stdout`, 0},
		{"capture/a.go", `func init() {}`, 1},
	} {
		f := sourceFile{
			name: test.name, dir: path.Dir(test.name),
			isTest: strings.HasSuffix(test.name, "_test.go"), fset: token.NewFileSet(),
		}
		var err error
		if f.syntax, err = parser.ParseFile(f.fset, f.name, "package p\n"+test.src, 0); err != nil {
			t.Fatal(err)
		}
		if got := append(importProblems(f), callProblems(f)...); len(got) != test.problems {
			t.Errorf("%s with %s: %d problems, want %d: %q", test.name, test.src, len(got), test.problems, got)
		}
	}
}

func importProblems(f sourceFile) (problems []string) {
	allowed, ok := mayImport[f.dir]
	if !ok {
		return []string{fmt.Sprintf("%s: folder %s has no row in mayImport: say there what it may import", f.name, f.dir)}
	}
	for _, imp := range f.syntax.Imports {
		p, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			p = imp.Path.Value
		}
		own, isOurs := strings.CutPrefix(p, module+"/")
		mine := own == f.dir && f.isTest // package x_test imports x
		if isOurs && !slices.Contains(allowed, own) && !mine && !(f.isTest && slices.Contains(testsOnly, own)) {
			problems = append(problems, fmt.Sprintf("%s: %s may not import %s", f.pos(imp.Pos()), f.dir, own))
		}
		for mod, dirs := range keepers {
			if (p == mod || strings.HasPrefix(p, mod+"/")) && !slices.Contains(dirs, f.dir) {
				problems = append(problems, fmt.Sprintf("%s: only %s may import %s", f.pos(imp.Pos()), strings.Join(dirs, ", "), mod))
			}
		}
	}
	return problems
}

func callProblems(f sourceFile) (problems []string) {
	if f.isTest {
		return nil
	}
	names := map[string]string{} // local name of an import, its path
	for _, imp := range f.syntax.Imports {
		p, _ := strconv.Unquote(imp.Path.Value)
		local := path.Base(p)
		if imp.Name != nil {
			local = imp.Name.Name
		}
		names[local] = p
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if !ok {
				return true
			}
			call := names[x.Name] + "." + n.Sel.Name
			if allowed, ok := banned[call]; ok && !allowed(f) {
				problems = append(problems, fmt.Sprintf("%s: %s has no place here", f.pos(n.Pos()), call))
			}
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				problems = append(problems, fmt.Sprintf("%s: init has no place here", f.pos(n.Pos())))
			}
		}
		return true
	})
	return problems
}

// sourceFiles parses every Go file of the module.
func sourceFiles(t *testing.T) (files []sourceFile) {
	t.Helper()
	root := moduleRoot(t)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		f := sourceFile{
			name: rel, dir: path.Dir(rel),
			isTest: strings.HasSuffix(rel, "_test.go"), fset: token.NewFileSet(),
		}
		if f.syntax, err = parser.ParseFile(f.fset, name, nil, parser.SkipObjectResolution); err != nil {
			return err
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}
