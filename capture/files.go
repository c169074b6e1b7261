package capture

import "io"

// Options are the settings of a source of files. The zero value reads everything.
type Options struct {
	Filter string    // BPF expression; needs a build with libpcap
	Stdin  io.Reader // what the name "-" reads; nil: os.Stdin
}

// Files reads one or several capture files as one capture in time order.
type Files struct{}

// OpenFiles prepares reading. A file that can't be opened or read is not an
// error here: it is the Err of its Input, and the others are still read.
func OpenFiles(names []string, o Options) (*Files, error) { return &Files{}, nil }

// Packets reads everything and calls fn for each packet, until fn returns false.
func (f *Files) Packets(fn func(*Packet) bool) {}

// Inputs tells what was read, in the order of the names.
func (f *Files) Inputs() []*Input { return nil }

// Progress returns the bytes read so far and their total; total is 0 when it
// can't be known (a pipe). It may be called from another goroutine.
func (f *Files) Progress() (read, total int64) { return 0, 0 }

// Close releases the files.
func (f *Files) Close() error { return nil }
