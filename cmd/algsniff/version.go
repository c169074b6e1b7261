package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/pflag"
)

// version is set by releases: -ldflags "-X main.version=v1.2.3".
var version string

// buildVersion returns the version of this program, "devel" where nobody said.
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

func versionCommand() *command {
	return &command{
		name:    "version",
		summary: "version of algsniff, Go and libpcap",
		about:   "Shows the version of algsniff, the Go it was built with, and whether it has libpcap.\n",
		words:   []string{},
		flags: func(*pflag.FlagSet) runFunc {
			return func(_ context.Context, p *program, args []string) (int, error) {
				if len(args) > 0 {
					return 0, usage(fmt.Sprintf("version takes no arguments, got %q", args[0]), "algsniff version")
				}
				_, err := fmt.Fprintf(p.out, "algsniff %s\n%s %s/%s\n%s\n", buildVersion(),
					runtime.Version(), runtime.GOOS, runtime.GOARCH, libpcapText())
				return exitClean, err
			}
		},
	}
}
