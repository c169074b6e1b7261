package main

import (
	"os"
	"syscall"
	"unsafe"
)

// terminal tells whether f is a terminal, and how many columns it has.
func terminal(f *os.File) (bool, int) {
	var size struct{ rows, cols, x, y uint16 }
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	return errno == 0, int(size.cols)
}
