package capture

// LinkType is a link-layer header type by its LINKTYPE_ number, as written in
// capture files. It is 32 bits wide because SLL2 (276) does not fit gopacket's 8.
type LinkType uint32

// frame is one captured frame between the file readers and the decoder.
type frame struct {
	time   int64 // ns since the epoch
	noTime bool
	data   []byte // captured bytes; valid until the next frame
	wire   int    // length on the wire, >= len(data)
	link   LinkType
	input  int // index into inputs
	number int // from 1
	iface  int
	dir    Direction
}
