package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// checkOutput finds out before a long analysis what would fail after it.
func checkOutput(name string) error {
	if name == "" || name == "-" {
		return nil
	}
	if isDir(name) {
		return usage(fmt.Sprintf("--output %s is a directory", name), "name a file in it")
	}
	if dir := filepath.Dir(name); !isDir(dir) {
		return usage(fmt.Sprintf("--output %s: there is no directory %s", name, dir), "create it: mkdir -p %s", dir)
	}
	return nil
}

// writeFile makes a file of what write writes, all of it or nothing: until it
// is complete it has another name. Devices and pipes are written directly.
func writeFile(name string, write func(io.Writer) error) (err error) {
	defer func() {
		if err != nil && !brokenPipe(err) {
			err = &failure{exitInternal, fmt.Sprintf("writing %s: %v", name, plainError(err)), outputHint(err)}
		}
	}()
	mode := fs.FileMode(0o666)
	if info, serr := os.Stat(name); serr == nil {
		if !info.Mode().IsRegular() {
			return writeDevice(name, write)
		}
		mode = info.Mode().Perm()
	}
	// Through a symbolic link it is the file behind that is replaced.
	if target, lerr := filepath.EvalSymlinks(name); lerr == nil {
		name = target
	}
	temp := fmt.Sprintf("%s.%08x.tmp", name, rand.Uint32())
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temp)
		}
	}()
	if err = write(f); err != nil {
		f.Close()
		return err
	}
	if err = f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(temp, name)
}

func writeDevice(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

func outputHint(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return "choose a folder that you may write to"
	}
	return "is the disk full? another folder may do"
}
