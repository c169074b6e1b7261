package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/engine"
	"github.com/algsniff/algsniff/internal/report"
)

// analyzeFunc reads captures to their end, or until ctx is done, and reports.
// The packets go through watch, which tells how far the reading is.
type analyzeFunc func(ctx context.Context, o analyzeOptions, watch func(progress func() (read, total int64))) (*report.Report, []*capture.Input, error)

// analyzeOptions are what an analysis depends on.
type analyzeOptions struct {
	names   []string
	stdin   io.Reader
	filter  string
	keep    int
	local   []netip.Prefix
	servers []netip.AddrPort
}

// analyzeFlags are the flags of analyze.
type analyzeFlags struct {
	format, failOn, color choice
	output, filter        string
	local                 prefixes
	servers               servers
	width                 int
	quiet, verbose        bool
	keep                  int
}

func analyzeCommand() *command {
	return &command{
		name:    "analyze",
		args:    "[flags] FILE...",
		summary: "captures in, report out (the default command)",
		about: `Reads packet captures and reports, for each phone, whether a SIP ALG has
rewritten its messages, and for each call how it sounded. Several files are one
capture in time order; "-" is standard input.
`,
		examples: `  algsniff ticket.pcap
  algsniff --format md -o ticket.md phone.pcapng server.pcapng.gz
  algsniff --format json ticket.pcap | jq '.endpoints[].verdict'
  ssh pbx tcpdump -i any -w - not port 22 | algsniff -
`,
		exits: exitText,
		flags: func(fs *pflag.FlagSet) runFunc {
			f := &analyzeFlags{
				format: choice{"text", report.Formats()},
				failOn: choice{"likely", []string{"possible", "likely", "confirmed"}},
				color:  choice{"auto", []string{"auto", "always", "never"}},
			}
			f.defineFormat(fs)
			fs.Var(&f.failOn, "fail-on", "exit with status 1 from this verdict on")
			f.defineRest(fs)
			fs.IntVar(&f.keep, "keep", engine.DefaultKept, "list at most `N` ended calls and N ended streams, the worst; all are counted")
			fs.BoolVarP(&f.verbose, "verbose", "v", false, "leave nothing out of text and md reports")
			return f.run
		},
	}
}

// defineFormat defines the flags that say what is written where.
func (f *analyzeFlags) defineFormat(fs *pflag.FlagSet) {
	fs.VarP(&f.format, "format", "f", "format of the report")
	fs.StringVarP(&f.output, "output", "o", "", "write the report to `FILE`")
}

// defineRest defines the flags of everything that reads captures and reports.
func (f *analyzeFlags) defineRest(fs *pflag.FlagSet) {
	fs.Var(&f.local, "local", "a network on the server's side (repeatable)")
	fs.Var(&f.servers, "server", "a SIP server of ours (repeatable)")
	fs.StringVar(&f.filter, "filter", "", "read only packets that match a `BPF` expression")
	fs.Var(&f.color, "color", "colour in text reports")
	fs.IntVar(&f.width, "width", 0, "`COLUMNS` of a text report (default 80, or the terminal's if fewer)")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "no progress, no warnings")
}

func (f *analyzeFlags) run(ctx context.Context, p *program, args []string) (int, error) {
	r, err := f.read(ctx, p, args)
	if err != nil {
		return 0, err
	}
	if err := f.print(p, func(w io.Writer, o report.Options) error { return report.Writers[f.format.value](w, r, o) }); err != nil {
		return 0, err
	}
	return exitCode(r, f.failOn.value), nil
}

// read analyses the captures that args name.
func (f *analyzeFlags) read(ctx context.Context, p *program, args []string) (*report.Report, error) {
	o, err := f.options(p, args)
	if err != nil {
		return nil, err
	}
	bar := &progressBar{w: p.err, after: progressAfter, every: progressEvery}
	if !p.errTTY || f.quiet {
		bar = nil
	}
	r, inputs, err := p.analyze(ctx, o, bar.watch)
	bar.done()
	if err != nil {
		return nil, err
	}
	if err := f.inputFaults(p, inputs); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		p.warn("interrupted; the report covers what was read until then")
	}
	return r, nil
}

// options checks the arguments before anything is read.
func (f *analyzeFlags) options(p *program, args []string) (analyzeOptions, error) {
	o := analyzeOptions{stdin: p.in, filter: f.filter, keep: f.keep, local: f.local, servers: f.servers}
	if len(args) == 0 {
		return o, usage("no capture file given", "algsniff FILE..., or tcpdump -w - | algsniff -; algsniff --help tells more")
	}
	if f.keep < 0 {
		return o, usage(fmt.Sprintf("--keep %d is negative", f.keep), "a number of calls and streams; 0 is the default")
	}
	if f.width < 0 || f.width > 0 && f.width < 40 {
		return o, usage(fmt.Sprintf("--width %d is too narrow", f.width), "40 columns at least")
	}
	o.names = expandGlobs(args)
	stdin := 0
	for _, name := range o.names {
		switch {
		case name == "-":
			stdin++
		case f.output != "" && sameFile(name, f.output):
			return o, usage(fmt.Sprintf("--output %s would overwrite an input", f.output), "choose another name for the report")
		case find(name) != nil && missing(name):
			return o, usage(fmt.Sprintf("the command %s comes behind flags or files", name), "write algsniff %s first, then its flags", name)
		}
	}
	if stdin > 1 {
		return o, usage("standard input (-) is named twice", "it can be read once only")
	}
	if stdin == 1 && p.inTTY {
		return o, usage("standard input is a terminal, not a capture", "pipe one in: tcpdump -w - | algsniff -")
	}
	return o, checkOutput(f.output)
}

// expandGlobs does what a shell would have done, for patterns in quotes.
func expandGlobs(args []string) []string {
	var names []string
	for _, arg := range args {
		if arg != "-" && strings.ContainsAny(arg, "*?[") && missing(arg) {
			if found, err := filepath.Glob(arg); err == nil && len(found) > 0 {
				names = append(names, found...)
				continue
			}
		}
		names = append(names, arg)
	}
	return names
}

func missing(name string) bool {
	_, err := os.Lstat(name)
	return errors.Is(err, os.ErrNotExist)
}

// inputFaults warns of what could not be read, and fails if that is all.
func (f *analyzeFlags) inputFaults(p *program, inputs []*capture.Input) error {
	var faults []*capture.Input
	readable := 0
	for _, in := range inputs {
		if in.Err != nil {
			faults = append(faults, in)
		}
		if in.Err == nil || in.Packets > 0 {
			readable++
		}
	}
	if readable == 0 && len(faults) == 1 {
		return inputFailure(faults[0].Name, faults[0].Err)
	}
	for i, in := range faults {
		if f.quiet {
			break
		}
		if i == maxWarnings {
			p.warn("and %d more files", len(faults)-i)
			break
		}
		p.warn("%s", inputFailure(in.Name, in.Err).what)
	}
	if readable == 0 {
		first := inputFailure(faults[0].Name, faults[0].Err)
		return &failure{exitInput, fmt.Sprintf("none of %d files could be read", len(faults)), first.hint}
	}
	return nil
}

const maxWarnings = 10

// print renders to stdout or to the output file.
func (f *analyzeFlags) print(p *program, render func(io.Writer, report.Options) error) error {
	o := report.Options{Width: f.width, Verbose: f.verbose}
	if f.output != "" && f.output != "-" {
		o.Color = f.color.value == "always"
		return writeFile(f.output, func(w io.Writer) error { return render(w, o) })
	}
	if o.Width == 0 && p.outTTY && p.width > 0 {
		o.Width = min(p.width, 80)
	}
	o.Color = f.color.value == "always" ||
		f.color.value == "auto" && p.outTTY && p.env("NO_COLOR") == "" && p.env("TERM") != "dumb"
	err := render(p.out, o)
	if err == nil || brokenPipe(err) {
		return nil
	}
	return &failure{exitInternal, "writing the report: " + plainError(err).Error(), "is the disk full? -o FILE writes it elsewhere"}
}

// exitCode says with one number what the report says.
func exitCode(r *report.Report, failOn string) int {
	judged := false
	worst := 0
	for i := range r.Endpoints {
		v := r.Endpoints[i].Verdict
		worst = max(worst, report.Severity(v))
		judged = judged || v != "INCONCLUSIVE" && v != "NOT_APPLICABLE"
	}
	switch {
	case worst >= report.Severity(strings.ToUpper(failOn)):
		return exitFound
	case len(r.Endpoints) > 0 && !judged:
		return exitInconclusive
	}
	return exitClean
}
