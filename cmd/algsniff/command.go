package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// Exit codes. The help text lists them too.
const (
	exitClean        = 0
	exitFound        = 1
	exitUsage        = 2
	exitInput        = 3
	exitInconclusive = 4
	exitInternal     = 5
)

const exitText = `Exit status:
  0  nothing found at or above --fail-on
  1  found
  2  wrong usage
  3  no input could be read
  4  inconclusive for every endpoint
  5  internal failure, or the environment does not allow it
`

// program is one run: where it reads and writes, and what it calls.
type program struct {
	streams
	analyze analyzeFunc
}

// command is one subcommand. Its flags are defined on a fresh set by flags,
// which returns what is to be run with the arguments left over.
type command struct {
	name     string
	args     string // as in the usage line
	summary  string // one line for the list of commands
	about    string // what help says below the usage line
	examples string
	exits    string
	words    []string // what the argument may be, for completion; nil: file names
	files    bool     // behind that argument stand file names
	flags    func(fs *pflag.FlagSet) runFunc
}

// runFunc runs a command and returns the exit code, or a *failure.
type runFunc func(ctx context.Context, p *program, args []string) (int, error)

// commands is the table. The first is run when no command is named.
func commands() []*command {
	return []*command{analyzeCommand(), compareCommand(), explainCommand(), versionCommand(), completionCommand(), helpCommand()}
}

func find(name string) *command {
	for _, c := range commands() {
		if c.name == name {
			return c
		}
	}
	return nil
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

// run is main without the process: it returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	code, err := p.dispatch(ctx, args)
	if err == nil || brokenPipe(err) {
		return code
	}
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{exitInternal, err.Error(), "this should not happen; please report it with the command line"}
	}
	p.fail(f)
	return f.code
}

func (p *program) dispatch(ctx context.Context, args []string) (int, error) {
	c := commands()[0]
	if len(args) > 0 {
		switch named := find(args[0]); {
		case named != nil:
			c, args = named, args[1:]
		case args[0] == "--version":
			c, args = find("version"), args[1:]
		case args[0] == "-h" || args[0] == "--help":
			return exitClean, writeHelp(p.out)
		case len(args) == 1 || !strings.HasPrefix(args[0], "-"):
			if err := checkCommandName(args[0]); err != nil {
				return 0, err
			}
		}
	}
	fs := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.SortFlags = false
	run := c.flags(fs)
	fs.BoolP("help", "h", false, "show this help")
	err := fs.Parse(args)
	if help, _ := fs.GetBool("help"); help || errors.Is(err, pflag.ErrHelp) {
		return exitClean, c.writeHelp(p.out)
	}
	if err != nil {
		return 0, flagFailure(c, fs, err)
	}
	return run(ctx, p, fs.Args())
}

// checkCommandName finds a mistyped command where a file name may stand too.
func checkCommandName(arg string) error {
	if strings.ContainsAny(arg, "./\\*?[-") {
		return nil
	}
	if _, err := os.Stat(arg); err == nil {
		return nil
	}
	if near := nearest(arg, commandNames()); near != "" {
		return usage(fmt.Sprintf("unknown command %q", arg), "did you mean algsniff %s?", near)
	}
	return nil
}

// flagFailure says what is wrong with the flags.
func flagFailure(c *command, fs *pflag.FlagSet, err error) error {
	see := "algsniff help " + c.name + " lists the flags"
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		name := unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			return usage(fmt.Sprintf("unknown flag -%s", name), "%s", see)
		}
		var names []string
		fs.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := nearest(name, names); near != "" {
			return usage(fmt.Sprintf("unknown flag --%s", name), "did you mean --%s?", near)
		}
		return usage(fmt.Sprintf("unknown flag --%s", name), "%s", see)
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		f := invalid.GetFlag()
		what := fmt.Sprintf("--%s %q: %v", f.Name, invalid.GetValue(), invalid.Unwrap())
		if v, ok := f.Value.(*choice); ok {
			return usage(what, "%s", v.hint(invalid.GetValue()))
		}
		if v, ok := f.Value.(interface{ Example() string }); ok {
			return usage(what, "for example --%s %s", f.Name, v.Example())
		}
		return usage(what, "%s", see)
	}
	var missing *pflag.ValueRequiredError
	if errors.As(err, &missing) {
		f := missing.GetFlag()
		return usage(fmt.Sprintf("--%s needs a value", f.Name), "%s", see)
	}
	return usage(err.Error(), "%s", see)
}

// writeHelp writes what all the commands are.
func writeHelp(w io.Writer) error {
	var b strings.Builder
	b.WriteString("algsniff finds SIP ALGs: routers that rewrite the calls of an Asterisk server.\n\n")
	b.WriteString("Usage:\n  algsniff FILE...\n  algsniff COMMAND [flags] [arguments]\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-11s %s\n", c.name, c.summary)
	}
	b.WriteString("\nalgsniff FILE... is algsniff analyze FILE...; algsniff help COMMAND tells more.\n\n" + exitText)
	_, err := io.WriteString(w, b.String())
	return err
}

// writeHelp writes how the command is used.
func (c *command) writeHelp(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: algsniff %s\n\n%s", strings.TrimSpace(c.name+" "+c.args), c.about)
	fs := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	fs.SortFlags = false
	c.flags(fs)
	if usages := fs.FlagUsagesWrapped(80); usages != "" {
		b.WriteString("\nFlags:\n" + usages)
	}
	if c.examples != "" {
		b.WriteString("\nExamples:\n" + c.examples)
	}
	if c.exits != "" {
		b.WriteString("\n" + c.exits)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func helpCommand() *command {
	return &command{
		name:    "help",
		args:    "[COMMAND]",
		summary: "how to use a command",
		about:   "Shows how to use algsniff, or one of its commands.\n",
		words:   []string{"analyze", "compare", "explain", "version", "completion"},
		flags: func(*pflag.FlagSet) runFunc {
			return func(_ context.Context, p *program, args []string) (int, error) {
				if len(args) == 0 {
					return exitClean, writeHelp(p.out)
				}
				c := find(args[0])
				if c == nil {
					hint := "algsniff help lists the commands"
					if near := nearest(args[0], commandNames()); near != "" {
						hint = "did you mean algsniff help " + near + "?"
					}
					return 0, usage(fmt.Sprintf("unknown command %q", args[0]), "%s", hint)
				}
				return exitClean, c.writeHelp(p.out)
			}
		},
	}
}
