package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/algsniff/algsniff/internal/report"
)

// explainFlags are the flags of explain.
type explainFlags struct {
	analyzeFlags
	list bool
}

func explainCommand() *command {
	return &command{
		name:    "explain",
		args:    "[flags] ID [FILE...]",
		summary: "a rule, or what it found, in full",
		about: `Explains a rule by its ID: what a hit means, when the rule keeps silent and why,
and what else explains a hit. With captures it shows each finding of the rule
there, with the bytes as they were written and as they were seen. The number of
an endpoint in the report of analyze, in place of a rule, shows all the evidence
about that endpoint.
`,
		examples: `  algsniff explain --list
  algsniff explain address-pattern
  algsniff explain address-pattern ticket.pcap
  algsniff explain --format md 1 ticket.pcap
`,
		exits: explainExits,
		words: report.RuleIDs(),
		files: true,
		flags: func(fs *pflag.FlagSet) runFunc {
			f := &explainFlags{analyzeFlags: analyzeFlags{
				format: choice{"text", report.ExplainFormats()},
				color:  choice{"auto", []string{"auto", "always", "never"}},
			}}
			fs.BoolVarP(&f.list, "list", "l", false, "all rules, a line for each")
			f.defineFormat(fs)
			f.defineRest(fs)
			return f.run
		},
	}
}

const explainExits = `Exit status:
  0  explained
  1  nothing of that ID in the files
  2  wrong usage, or no such rule
  3  no input could be read
  5  internal failure, or the environment does not allow it
`

func (f *explainFlags) run(ctx context.Context, p *program, args []string) (int, error) {
	if f.list {
		if len(args) > 0 {
			return 0, usage(fmt.Sprintf("--list takes no arguments, got %q", args[0]), "algsniff explain --list")
		}
		return exitClean, f.write(p, report.ExplainRules("", buildVersion()))
	}
	if len(args) == 0 {
		return 0, usage("explain needs the ID of a rule, or the number of an endpoint and a capture", listHint)
	}
	id, names := args[0], args[1:]
	number, isNumber := endpointNumber(id)
	rule := report.ExplainRules(id, buildVersion())
	switch {
	case isNumber && len(names) == 0:
		return 0, usage(fmt.Sprintf("endpoint %d of which capture?", number), "algsniff explain %d FILE...", number)
	case !isNumber && rule == nil:
		return 0, unknownRule(id, names)
	case len(names) == 0:
		return exitClean, f.write(p, rule)
	}
	r, err := f.read(ctx, p, names)
	if err != nil {
		return 0, err
	}
	if !isNumber {
		x := report.ExplainFindings(r, id)
		if len(x.Endpoints) == 0 {
			return exitFound, f.write(p, x)
		}
		return exitClean, f.write(p, x)
	}
	x := report.ExplainEndpoint(r, number)
	if x == nil {
		return 0, &failure{exitFound, fmt.Sprintf("there is no endpoint %d", number), numbersHint(r)}
	}
	return exitClean, f.write(p, x)
}

func (f *explainFlags) write(p *program, x *report.Explanation) error {
	return f.print(p, func(w io.Writer, o report.Options) error { return report.Explainers[f.format.value](w, x, o) })
}

const listHint = "algsniff explain --list shows all rules"

// endpointNumber reads the number of an endpoint as the report shows it, 1 or #1.
func endpointNumber(id string) (int, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(id, "#"), 10, 31)
	return int(n), err == nil
}

func numbersHint(r *report.Report) string {
	switch n := len(r.Endpoints); n {
	case 0:
		return "no SIP endpoint was found; algsniff FILE tells what there is"
	case 1:
		return "there is only endpoint 1"
	default:
		return fmt.Sprintf("they have the numbers 1 to %d; algsniff FILE lists them", n)
	}
}

// unknownRule says which rule may have been meant.
func unknownRule(id string, names []string) error {
	what := fmt.Sprintf("no rule has the ID %q", id)
	if len(names) > 0 && !missing(id) {
		return usage(what, "the ID comes first, then the files: algsniff explain %s %s", names[0], id)
	}
	if near := nearRules(id); len(near) > 0 {
		return usage(what, "did you mean %s? "+listHint, strings.Join(near, " or "))
	}
	return usage(what, listHint)
}

// nearRules returns the IDs that id may be a slip of, or a part of.
func nearRules(id string) []string {
	const most = 4
	var list []string
	ids := report.RuleIDs()
	if near := nearest(id, ids); near != "" {
		list = append(list, near)
	}
	for _, rule := range ids {
		if len(list) < most && len(id) > 2 && !slices.Contains(list, rule) && strings.Contains(rule, strings.ToLower(id)) {
			list = append(list, rule)
		}
	}
	return list
}
