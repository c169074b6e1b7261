package capture

// Input is what was read from one capture file, and what could not be.
type Input struct {
	Name      string
	Format    string   // "pcap", "pcap-ns", "pcapng"; with "+gzip" or "+zstd"; "" when not told
	LinkTypes []string // tcpdump's names: EN10MB, LINUX_SLL2, …, in order of appearance

	Packets     int   // frames read
	Bytes       int64 // their captured bytes
	First, Last int64 // earliest and latest time, ns since the epoch; 0 when no frame has one

	Undecoded     int // link type not known, or headers broken or cut: content never reached
	Clipped       int // cut by the snaplen
	FragmentsLost int // fragments whose datagram never became whole
	KernelDropped int // packets the capturing kernel says it dropped (pcapng statistics)
	OutOfOrder    int // frames with an earlier time than the one before
	Copies        int // frames captured twice
	Evicted       int // TCP connections forgotten while still open, for their table was full
	Truncated     bool
	Err           error // why reading stopped or never began; what came before counts
}
