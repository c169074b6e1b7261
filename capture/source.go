package capture

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync/atomic"
)

const (
	batchSize = 256 // frames parsed at a time

	// Frames held back so that one that comes late still finds its place: a
	// few always, more once a file has shown that it needs it. Queues of a
	// network card are emptied some 64 frames at a time, one after another.
	holdSorted   = 32
	holdUnsorted = 1024
)

var (
	errStdinTwice = errors.New("standard input is read once only")
	errDirectory  = errors.New("is a directory")
)

// tally is what a reader keeps up to date while it parses.
type tally struct {
	in     *Input
	index  int
	number int   // of the last record that counts as a frame
	last   int64 // time of the last frame that had one
	timed  bool  // last is set
	need   int   // bytes that the record at the end of the block needs in all
}

// reader parses the records of one format in place.
type reader interface {
	// parse makes frames from the whole records at the start of b, as many as
	// fit into out. It returns how many bytes are done with (more than len(b)
	// where a block is to be passed over) and how many frames were made.
	// A record that is not whole stays; its length goes to t.need.
	parse(b []byte, out []frame, t *tally) (used int64, n int, err error)
}

// source is one input on its way from bytes to frames in time order.
type source struct {
	tally
	stdin     io.Reader // what "-" reads, else nil
	regular   bool      // a file that can be opened again
	progress  *atomic.Int64
	free      *buffers
	blockSize int

	file    *os.File
	count   int64 // bytes read, for progress
	blk     block
	format  reader
	batch   []frame // batch[next:ready] may be handed on, batch[ready:n] is held back
	next    int
	ready   int
	n       int
	spare   []frame // what the frames are sorted into
	places  []place
	blkFrom int  // number of the last frame before the current block
	wild    bool // a frame came out of order
	spanned bool // the input's First and Last are set
	ended   bool
	parked  bool
	key     int64 // earliest time, while parked
}

// buffers keeps the memory of inputs that are done with for the next ones.
type buffers struct {
	blocks  [][]byte
	batches [][]frame
}

// start opens the input, tells its format, and reads the first block.
func (s *source) start() {
	s.parked = false
	r, err := s.open()
	if err != nil {
		s.fail(plainError(err))
		return
	}
	br := bufio.NewReaderSize(r, sniffLen)
	head, err := br.Peek(sniffLen)
	if len(head) == 0 && err != io.EOF {
		s.fail(plainError(err))
		return
	}
	s.blk = block{r: br, size: s.blockSize}
	packed := compression(head)
	if packed != "" {
		if s.blk.r, err = decompress(packed, br); err != nil {
			s.in.Truncated = errors.Is(err, errHeaderCut)
			s.fail(err)
			return
		}
	}
	s.take()
	s.blk.more(sniffLen)
	s.begin(packed)
}

// open opens the file; it is read through Read.
func (s *source) open() (io.Reader, error) {
	if s.in.Name == "-" {
		if s.stdin == nil {
			return nil, errStdinTwice
		}
		return s, nil
	}
	file, err := os.Open(s.in.Name)
	if err != nil {
		return nil, err
	}
	if fi, err := file.Stat(); err == nil && fi.IsDir() {
		file.Close()
		return nil, errDirectory
	}
	s.file = file
	return s, nil
}

// Read reads from the file and reports progress.
func (s *source) Read(p []byte) (n int, err error) {
	if s.file != nil {
		n, err = s.file.Read(p)
	} else {
		n, err = s.stdin.Read(p)
	}
	s.count += int64(n)
	s.progress.Add(int64(n))
	return n, err
}

// take gets memory for the blocks and the frames.
func (s *source) take() {
	if n := len(s.free.batches); n > 0 {
		s.batch, s.free.batches = s.free.batches[n-1], s.free.batches[:n-1]
	} else {
		s.batch = make([]frame, holdUnsorted+batchSize)
	}
	if n := len(s.free.blocks); n > 1 {
		s.blk.buf, s.blk.old = s.free.blocks[n-1], s.free.blocks[n-2]
		s.free.blocks = s.free.blocks[:n-2]
	}
}

// begin reads the file header in front of the block. packed names the
// compression, if any.
func (s *source) begin(packed string) {
	b := s.blk.rest()
	if len(b) == 0 && s.blk.err != io.EOF {
		s.stop()
		if s.in.Err == nil {
			s.in.Err = fmt.Errorf("%s data cut off before anything could be read", packed)
		}
		return
	}
	r, format, used, err := newReader(b, &s.tally)
	if format != "" && packed != "" {
		format += "+" + packed
	}
	s.in.Format = format
	if err != nil {
		if packed != "" {
			err = fmt.Errorf("%s data: %w", packed, err)
		}
		s.in.Truncated = errors.Is(err, errHeaderCut)
		s.fail(err)
		return
	}
	s.format = r
	s.blk.advance(int64(used))
}

// fill makes batch[next:ready] the next frames in time order. It returns false
// when there are no more.
func (s *source) fill() bool {
	for !s.ended {
		s.n = copy(s.batch, s.batch[s.ready:s.n])
		s.next, s.ready = 0, 0
		more := s.parse()
		s.release(!more)
		if !more && s.ready == 0 && !s.ended {
			s.blkFrom = s.number
			if !s.blk.more(s.need) {
				s.stop()
			}
		}
		if s.ended {
			s.ready = s.n
		}
		if s.ready > 0 {
			return true
		}
	}
	s.close()
	return false
}

// parse adds a batch of frames to those held back and brings them in order. It
// tells whether the block may have more whole records.
func (s *source) parse() bool {
	held := s.n
	out := s.batch[held:min(len(s.batch), held+batchSize)]
	unordered := s.in.OutOfOrder
	used, n, err := s.format.parse(s.blk.rest(), out, &s.tally)
	s.blk.advance(used)
	s.n += n
	if n > 0 {
		s.order(held, s.in.OutOfOrder != unordered)
	}
	if err != nil {
		if why := s.blk.err; why != nil && why != io.EOF {
			err = fmt.Errorf("%w: %w", why, err) // damaged where it was packed
		}
		s.fail(err)
	}
	return n == len(out)
}

// order brings the new frames, from held on, in order among themselves and with
// those before, where they don't just follow.
func (s *source) order(held int, disorder bool) {
	if disorder {
		s.wild = true
	}
	if disorder || held > 0 && s.batch[held].time < s.batch[held-1].time {
		s.sort(held)
	}
	all := s.batch[:s.n]
	if !s.timed {
		return
	}
	first, last := &all[0], &all[len(all)-1]
	if first.noTime { // leading frames without a time sort as zero
		for i := range all {
			if first = &all[i]; !first.noTime {
				break
			}
		}
	}
	if !s.spanned {
		s.in.First, s.in.Last, s.spanned = first.time, last.time, true
	}
	s.in.First, s.in.Last = min(s.in.First, first.time), max(s.in.Last, last.time)
}

// place is where a frame lies, with what decides its order.
type place struct {
	time int64
	at   int
}

// sort sorts the frames from held on and merges them with those before. Frames
// of the same time stay in the order of the file.
func (s *source) sort(held int) {
	if s.spare == nil {
		s.spare = make([]frame, len(s.batch))
	}
	s.places = s.places[:0]
	for i := held; i < s.n; i++ {
		s.places = append(s.places, place{s.batch[i].time, i})
	}
	slices.SortFunc(s.places, func(a, b place) int {
		if c := cmp.Compare(a.time, b.time); c != 0 {
			return c
		}
		return a.at - b.at
	})
	out, old := s.spare, 0
	for i, p := range s.places {
		for old < held && s.batch[old].time <= p.time {
			out[old+i] = s.batch[old]
			old++
		}
		out[old+i] = s.batch[p.at]
	}
	copy(out[old+len(s.places):], s.batch[old:held])
	s.batch, s.spare = s.spare, s.batch
}

// release lets go of all but the last frames. Before the next block is read,
// that is also what lies in the buffer that will be overwritten, whatever its
// time.
func (s *source) release(overwritten bool) {
	hold := holdSorted
	if s.wild {
		hold = holdUnsorted
	}
	s.ready = max(s.n-hold, 0)
	if !overwritten {
		return
	}
	for i := s.n - 1; i >= s.ready; i-- {
		if s.batch[i].number <= s.blkFrom {
			s.ready = i + 1
			return
		}
	}
}

// stop ends the input where nothing more can be read.
func (s *source) stop() {
	s.ended = true
	s.in.Truncated = s.blk.cut()
	if err := s.blk.err; err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.in.Err = plainError(err)
	}
}

// fail ends the input for a reason; frames parsed so far still count.
func (s *source) fail(err error) {
	s.ended = true
	s.in.Err = err
}

// nextTime is when the next frame was captured.
func (s *source) nextTime() int64 {
	if s.parked {
		return s.key
	}
	return s.batch[s.next].time
}

// park closes a file until its time has come, and forgets all but its key.
func (s *source) park() {
	key := s.nextTime()
	s.close()
	s.progress.Add(-s.count)
	*s.in = Input{Name: s.in.Name, Format: s.in.Format, LinkTypes: s.in.LinkTypes}
	*s = source{
		tally: tally{in: s.in, index: s.index}, parked: true, key: key,
		regular: s.regular, progress: s.progress, free: s.free, blockSize: s.blockSize,
	}
}

// close releases the file and its memory.
func (s *source) close() {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
	if z, ok := s.blk.r.(*unpacked); ok {
		z.close()
	}
	if s.batch != nil {
		s.free.batches = append(s.free.batches, s.batch)
	}
	if len(s.blk.buf) > 0 && len(s.blk.old) > 0 {
		s.free.blocks = append(s.free.blocks, s.blk.buf, s.blk.old)
	}
	s.blk, s.batch, s.spare, s.places = block{}, nil, nil, nil
	s.ended = true
	s.next, s.ready, s.n = 0, 0, 0
}

// plainError takes the file's name out of an error: the Input has it.
func plainError(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
