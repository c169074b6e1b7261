package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/compare"
	"github.com/algsniff/algsniff/internal/report"
)

// compareFlags are the flags of compare.
type compareFlags struct{ analyzeFlags }

func compareCommand() *command {
	return &command{
		name:    "compare",
		args:    "[flags] LAN WAN",
		summary: "two captures of the same calls, before and behind the router",
		about: `Holds two captures of the same traffic against each other, one taken on the
phone's side of a router (LAN), the other behind it, at best on the server
(WAN). Every byte of SIP that came out other than it went in was changed on the
way: that is proof of an ALG, and each change is shown as a diff with the frames
of both files. RTP streams are compared too: where was it lost? The clocks of
the two captures may differ by hours, and the order of the files does not matter
where their addresses tell which is which.
`,
		examples: `  algsniff compare phone.pcap server.pcap
  algsniff compare --format md -o ticket.md phone.pcapng server.pcap.gz
  ssh pbx cat server.pcap | algsniff compare phone.pcap -
`,
		exits: compareExits,
		files: true,
		flags: func(fs *pflag.FlagSet) runFunc {
			f := &compareFlags{analyzeFlags{
				format: choice{"text", report.CompareFormats()},
				color:  choice{"auto", []string{"auto", "always", "never"}},
			}}
			f.defineFormat(fs)
			f.defineRest(fs)
			fs.BoolVarP(&f.verbose, "verbose", "v", false, "leave nothing out of text and md reports")
			return f.run
		},
	}
}

const compareExits = `Exit status:
  0  the path rewrote nothing, as far as it can be told
  1  the path rewrote
  2  wrong usage
  3  one of the files could not be read
  4  nothing could be matched
  5  internal failure, or the environment does not allow it
`

func (f *compareFlags) run(ctx context.Context, p *program, args []string) (int, error) {
	c, err := f.readBoth(ctx, p, args)
	if err != nil {
		return 0, err
	}
	if err := f.print(p, func(w io.Writer, o report.Options) error {
		return report.CompareWriters[f.format.value](w, c, o)
	}); err != nil {
		return 0, err
	}
	switch {
	case c.Matched.Messages == 0:
		return exitInconclusive, nil
	case c.Matched.Changed > 0:
		return exitFound, nil
	}
	return exitClean, nil
}

// readBoth compares the two captures that args name.
func (f *compareFlags) readBoth(ctx context.Context, p *program, args []string) (*report.Comparison, error) {
	if len(args) == 0 {
		return nil, usage("no capture files given", "algsniff compare LAN WAN; algsniff help compare tells more")
	}
	o, err := f.options(p, args)
	if err != nil {
		return nil, err
	}
	if len(o.names) != 2 {
		return nil, usage(fmt.Sprintf("compare takes two captures, got %d", len(o.names)),
			"one of each side of the router; mergecap makes one file of several of a side")
	}
	files, err := openBoth(o)
	if err != nil {
		return nil, err
	}
	defer files[0].Close()
	defer files[1].Close()
	bar := &progressBar{w: p.err, after: progressAfter, every: progressEvery}
	if !p.errTTY || f.quiet {
		bar = nil
	}
	bar.watch(func() (read, total int64) {
		r0, t0 := files[0].Progress()
		r1, t1 := files[1].Progress()
		if t0 == 0 || t1 == 0 {
			return r0 + r1, 0
		}
		return r0 + r1, t0 + t1
	})
	for _, one := range files {
		defer context.AfterFunc(ctx, one.Stop)()
	}
	result := compare.Captures(files[0], files[1], compare.Options{Local: o.local, Servers: o.servers})
	bar.done()
	for _, one := range files {
		in := one.Inputs()[0]
		switch {
		case in.Err == nil:
		case in.Packets == 0:
			return nil, inputFailure(in.Name, in.Err)
		case !f.quiet:
			p.warn("%s", inputFailure(in.Name, in.Err).what)
		}
	}
	c := report.BuildComparison(result, buildVersion())
	if ctx.Err() != nil {
		p.warn("interrupted; the report covers what was read until then")
		c.Notes = append(c.Notes, "interrupted by the user: only a part of the input was read")
	}
	return c, nil
}

// openBoth opens the two captures.
func openBoth(o analyzeOptions) (files [2]*capture.Files, err error) {
	for i, name := range o.names {
		files[i], err = capture.OpenFiles([]string{name}, capture.Options{Filter: o.filter, Stdin: o.stdin})
		if err == nil {
			continue
		}
		switch {
		case errors.Is(err, capture.ErrNoLibpcap):
			err = &failure{exitInternal, err.Error(), "build with cgo and libpcap's headers, or filter first: tcpdump -r IN -w OUT FILTER"}
		case o.filter != "":
			err = usage(err.Error(), "for example --filter 'host 203.0.113.7 and udp'; man pcap-filter")
		}
		return files, err
	}
	return files, nil
}
