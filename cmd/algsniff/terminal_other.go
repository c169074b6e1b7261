//go:build !linux

package main

import "os"

// terminal tells whether f is a terminal; how wide is not known here.
func terminal(f *os.File) (bool, int) {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false, 0
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null), 0
}
