package capture

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// Options are the settings of a source of files. The zero value reads everything.
type Options struct {
	Filter string    // BPF expression; needs a build with libpcap
	Stdin  io.Reader // what the name "-" reads; nil: os.Stdin
}

// Files reads one or several capture files as one capture in time order.
type Files struct {
	inputs  []*Input
	sources []*source
	filter  *filter
	read    atomic.Int64
	total   int64 // bytes of all files, 0 when not known
	stopped atomic.Bool
}

// OpenFiles prepares reading. A name with glob characters that is no file
// stands for the files that match; "-" is standard input. A file that can't be
// opened or read is not an error here: it is the Err of its Input, and the
// others are still read. An error is ErrNoLibpcap, or a filter that can't be
// compiled, or that there are no names.
func OpenFiles(names []string, o Options) (*Files, error) {
	if len(names) == 0 {
		return nil, errors.New("no capture file named")
	}
	f := &Files{}
	if o.Filter != "" {
		var err error
		if f.filter, err = newFilter(o.Filter); err != nil {
			return nil, err
		}
	}
	names = expand(names)
	block := blockSize
	if len(names) > openAtOnce {
		block = blockSizeMany
	}
	free := &buffers{}
	stdin := o.Stdin
	if stdin == nil {
		stdin = os.Stdin
	}
	known := true
	for i, name := range names {
		in := &Input{Name: name}
		s := &source{tally: tally{in: in, index: i}, progress: &f.read, free: free, blockSize: block}
		if name == "-" {
			s.stdin, stdin = stdin, nil
		}
		size, ok := fileSize(name, s.stdin)
		s.regular = ok && name != "-"
		known = known && ok
		f.total += size
		f.inputs = append(f.inputs, in)
		f.sources = append(f.sources, s)
	}
	if !known {
		f.total = 0
	}
	return f, nil
}

// expand replaces the patterns among the names by the files they match.
func expand(names []string) []string {
	var all []string
	for _, name := range names {
		if strings.ContainsAny(name, "*?[") {
			if _, err := os.Lstat(name); err != nil {
				if found, err := filepath.Glob(name); err == nil && len(found) > 0 {
					all = append(all, found...)
					continue
				}
			}
		}
		all = append(all, name)
	}
	return all
}

// fileSize returns the size of a file that has one, and whether its size says
// how much there is to read. What can't be opened has nothing to read.
func fileSize(name string, stdin io.Reader) (int64, bool) {
	var fi os.FileInfo
	var err error
	if name == "-" {
		file, ok := stdin.(*os.File)
		if !ok || file == nil {
			return 0, false
		}
		fi, err = file.Stat()
	} else {
		fi, err = os.Stat(name)
	}
	switch {
	case err != nil, fi.IsDir():
		return 0, true
	case !fi.Mode().IsRegular():
		return 0, false
	}
	return fi.Size(), true
}

// Packets reads everything and calls fn for each packet, until fn returns
// false. It can be called once.
func (f *Files) Packets(fn func(*Packet) bool) {
	d := newDecoder(f.inputs)
	if f.runs(func(frames []frame) bool {
		for i := range frames {
			if !d.frame(&frames[i], fn) {
				return false
			}
		}
		return true
	}) {
		d.flush(fn)
	}
}

// Stop ends Packets soon, as if the input had ended there. It may be called from
// another goroutine.
func (f *Files) Stop() { f.stopped.Store(true) }

// Inputs tells what was read, in the order of the names. It is complete when
// Packets has returned.
func (f *Files) Inputs() []*Input { return f.inputs }

// Progress returns the bytes read so far and their total; total is 0 when it
// can't be known (a pipe). It may be called from another goroutine.
func (f *Files) Progress() (read, total int64) { return f.read.Load(), f.total }

// Close releases the files.
func (f *Files) Close() error {
	for _, s := range f.sources {
		s.close()
	}
	return nil
}

// runs hands on all frames in time order, those that follow each other in one
// input in one call. It returns false as soon as fn did.
func (f *Files) runs(fn func([]frame) bool) bool {
	defer f.Close()
	left := f.startAll()
	for len(left) > 0 && !f.stopped.Load() {
		at, until := earliest(left)
		s := left[at]
		more := true
		if s.parked {
			s.start()
			more = s.fill()
		} else {
			run := s.batch[s.next:s.ready]
			if until != math.MaxInt64 {
				n := 0
				for n < len(run) && run[n].time < until {
					n++
				}
				run = run[:n]
			}
			s.next += len(run)
			if f.filter != nil {
				run = f.filter.pass(run, f.inputs)
			}
			if len(run) > 0 && !fn(run) {
				return false
			}
			if s.next == s.ready {
				more = s.fill()
			}
		}
		if !more {
			left = append(left[:at], left[at+1:]...)
		}
	}
	return true
}

// startAll opens the inputs and reads their first frames; it returns those
// that have any. Of many files, as a rotating capture leaves behind, only the
// ones whose time has come stay open.
func (f *Files) startAll() []*source {
	var left []*source
	for _, s := range f.sources {
		s.start()
		if !s.fill() {
			continue
		}
		if len(f.sources) > openAtOnce && s.regular {
			s.park()
		}
		left = append(left, s)
	}
	return left
}

// openAtOnce is how many files are kept open from the start.
const openAtOnce = 16

// earliest returns the input whose next frame comes first, and the time before
// which all its frames come before those of the others. At equal times the
// order of the names decides.
func earliest(left []*source) (at int, until int64) {
	first, second := -1, -1
	for i, s := range left {
		switch k := s.nextTime(); {
		case first < 0 || k < left[first].nextTime():
			first, second = i, first
		case second < 0 || k < left[second].nextTime():
			second = i
		}
	}
	if second < 0 {
		return first, math.MaxInt64
	}
	until = left[second].nextTime()
	if first < second { // left keeps the order of the names
		until++
	}
	return first, until
}
