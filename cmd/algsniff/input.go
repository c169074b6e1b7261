package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/algsniff/algsniff/capture"
)

// inputFailure says why an input could not be read, and what helps.
func inputFailure(name string, err error) *failure {
	f := &failure{code: exitInput}
	if name == "-" {
		name = "standard input"
	}
	f.what = name + ": " + plainError(err).Error()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.hint = "check the name; a name with a * in quotes is matched too"
	case errors.Is(err, fs.ErrPermission):
		f.hint = "captures often belong to root: sudo chown, or sudo cat FILE | algsniff -"
	case errors.Is(err, syscall.EISDIR) || isDir(name):
		f.what = name + ": is a directory"
		f.hint = "name the captures in it: " + name + "/*.pcap"
	case errors.Is(err, capture.ErrEmpty):
		f.hint = "nothing was captured: tcpdump writes the file header when it starts, so look for an earlier error"
	case errors.Is(err, capture.ErrNotCapture):
		f.hint = "pcap and pcapng are read, also as .gz or .zst; Wireshark converts others: editcap -F pcapng IN OUT"
	case errors.Is(err, io.ErrUnexpectedEOF):
		f.hint = "the file is cut off; copy it again"
	default:
		f.hint = "check the file with capinfos FILE, or copy it again"
	}
	return f
}

// plainError strips what the operating system's errors say beside the reason:
// the system call, and a name that is said already.
func plainError(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
