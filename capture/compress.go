package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow is the most memory that a zstd frame may ask for; the zstd command
// has the same limit unless told otherwise.
const maxWindow = 128 << 20

// compression tells from the first bytes how a file is compressed; "" is not.
func compression(b []byte) string {
	switch {
	case len(b) >= 3 && b[0] == 0x1f && b[1] == 0x8b && b[2] == 8:
		return "gzip"
	case len(b) < 4:
		return ""
	}
	switch magic := binary.LittleEndian.Uint32(b); {
	case magic == 0xfd2fb528, magic&^0xf == 0x184d2a50: // a frame, a skippable frame
		return "zstd"
	}
	return ""
}

// decompress returns what the compressed stream holds. Members and frames one
// behind the other are one stream.
func decompress(kind string, r *bufio.Reader) (io.Reader, error) {
	var z io.Reader
	var err error
	switch kind {
	case "gzip":
		z, err = gzip.NewReader(r)
	default:
		z, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow))
	}
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%s %w", kind, errHeaderCut)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return &unpacked{r: z, kind: kind}, nil
}

// unpacked says in an error which kind of data is damaged, and bears with
// bytes behind the last gzip member as gzip does.
type unpacked struct {
	r    io.Reader
	kind string
	got  bool
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	u.got = u.got || n > 0
	switch {
	case err == nil, err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
		return n, err
	case u.got && errors.Is(err, gzip.ErrHeader):
		return n, io.EOF
	}
	return n, fmt.Errorf("%s: %w", u.kind, err)
}

// close ends what the decompressor keeps running.
func (u *unpacked) close() {
	if z, ok := u.r.(*zstd.Decoder); ok {
		z.Close()
	}
}
