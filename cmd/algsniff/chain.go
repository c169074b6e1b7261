package main

import (
	"context"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/engine"
	"github.com/algsniff/algsniff/internal/report"
)

// analyzeFiles is the way from capture files to a report.
func analyzeFiles(ctx context.Context, o analyzeOptions, watch func(func() (int64, int64))) (*report.Report, []*capture.Input, error) {
	files, err := capture.OpenFiles(o.names, capture.Options{Filter: o.filter, Stdin: o.stdin})
	if err != nil {
		return nil, nil, err
	}
	defer files.Close()
	watch(files.Progress)
	res := engine.Analyze(stoppable{files, ctx}, engine.Options{Local: o.local, Servers: o.servers})
	r := report.Build(res, buildVersion())
	if ctx.Err() != nil {
		r.Health.Notes = append(r.Health.Notes, interruptedNote)
	}
	return r, files.Inputs(), nil
}

const interruptedNote = "interrupted by the user: only a part of the input was read"

func libpcapText() string { return "file-only build (no libpcap): no live capture, no --filter" }
