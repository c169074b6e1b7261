// Command algsniff tells from packet captures whether a SIP ALG rewrites the
// calls of an Asterisk server, and how good the calls sound.
//
// Every command is a value in the table of command.go; help and completion are
// made from it. Data goes to stdout, talk to stderr: reports through the
// writers of internal/report, everything else through talk.go.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// gcPercent makes the collector run earlier than by default: a capture is read
// on a busy server too, and the time it takes goes elsewhere.
const gcPercent = 75

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	// The first Ctrl-C ends the reading, and what was read is reported. Then
	// the signals are let go, so that a second one ends the program.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	p := &program{streams: systemStreams(), analyze: analyzeFiles}
	os.Exit(p.run(ctx, os.Args[1:]))
}
