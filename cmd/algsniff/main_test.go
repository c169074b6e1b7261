package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/pcaptest"
	"github.com/algsniff/algsniff/internal/report"
)

// TestMain makes two programs of the test binary: algsniff itself, and
// algsniff-report, whose captures are reports in JSON, for whatever verdict a
// script wants to see.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"algsniff": main,
		"algsniff-report": func() {
			p := &program{streams: systemStreams(), analyze: readReport}
			os.Exit(p.run(context.Background(), os.Args[1:]))
		},
	})
}

// readReport is an analysis that was made before.
func readReport(_ context.Context, o analyzeOptions, _ func(func() (int64, int64))) (*report.Report, []*capture.Input, error) {
	b, err := os.ReadFile(o.names[0])
	if err != nil {
		return nil, nil, err
	}
	r := &report.Report{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, nil, err
	}
	var inputs []*capture.Input
	for _, in := range r.Inputs {
		input := &capture.Input{Name: in.Name, Packets: in.Packets}
		if in.Error != nil {
			input.Err = errors.New(*in.Error)
		}
		inputs = append(inputs, input)
	}
	return r, inputs, nil
}

// TestScript runs testdata/script. A script makes captures with
// "pcap SOURCE FILE", see package pcaptest, and compares exit codes with
// "exits CODE PROGRAM ARGUMENTS...".
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"pcap":  makeCapture,
			"exits": exits,
		},
		Condition: func(cond string) (bool, error) {
			switch kind, name, _ := strings.Cut(cond, ":"); kind {
			case "libpcap":
				return capture.HasLibpcap, nil
			case "root":
				return os.Getuid() == 0, nil
			case "exists":
				_, err := os.Stat(name)
				return err == nil, nil
			}
			return false, fmt.Errorf("unknown condition %s", cond)
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

func makeCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pcap SOURCE FILE")
	}
	c, err := pcaptest.Parse(args[0], []byte(ts.ReadFile(args[0])))
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	_, err = c.WriteTo(f)
	ts.Check(err)
	ts.Check(f.Close())
}

// exits holds the exit code of the program against the wanted one; what it
// printed is there for stdout, stderr and cmp.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGUMENTS...")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var status interface{ ExitCode() int }
		if !errors.As(err, &status) {
			ts.Fatalf("%v", err)
		}
		got = string(rune('0' + status.ExitCode()))
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}
