package main

import (
	"context"
	"errors"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/engine"
	"github.com/algsniff/algsniff/internal/report"
)

// analyzeFiles is the way from capture files to a report.
func analyzeFiles(ctx context.Context, o analyzeOptions, watch func(func() (int64, int64))) (*report.Report, []*capture.Input, error) {
	files, err := capture.OpenFiles(o.names, capture.Options{Filter: o.filter, Stdin: o.stdin})
	switch {
	case errors.Is(err, capture.ErrNoLibpcap):
		return nil, nil, &failure{exitInternal, err.Error(), "build with cgo and libpcap's headers, or filter first: tcpdump -r IN -w OUT FILTER"}
	case err != nil && o.filter != "":
		return nil, nil, usage(err.Error(), "for example --filter 'host 203.0.113.7 and udp'; man pcap-filter")
	case err != nil:
		return nil, nil, err
	}
	defer files.Close()
	watch(files.Progress)
	defer context.AfterFunc(ctx, files.Stop)()
	result := engine.Analyze(files, engine.Options{
		Local: o.local, Servers: o.servers, Limits: engine.Limits{Finished: o.keep},
	})
	r := report.Build(result, buildVersion())
	if ctx.Err() != nil {
		r.Health.Interrupted = true
	}
	return r, files.Inputs(), nil
}

// libpcapText says what this build can do.
func libpcapText() string {
	if !capture.HasLibpcap {
		return "file-only build (no libpcap): no --filter"
	}
	return capture.LibpcapVersion()
}
