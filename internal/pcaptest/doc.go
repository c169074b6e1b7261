// Package pcaptest makes small captures for tests from readable text, the
// same bytes every time. It is imported by tests only, and imports no other
// package of this module.
//
// A source is a list of statements, one a line. Lines that are indented by two
// spaces (or a tab) belong to the statement above them, and so do empty lines
// between them. A # in the first column starts a comment.
//
//	set P 192.168.1.10                  from here on $P, or ${P}, stands for it; $$ is a dollar
//	link EN10MB                         or RAW, LINUX_SLL, LINUX_SLL2
//	host 198.51.100.10                  where a cooked capture was taken: what it sends is "outgoing"
//	start 2026-01-15T09:00:00Z          the time of @0 (this is the default)
//	snaplen 500                         cut every frame
//	ttl 198.51.100.10 57                what this address sends arrives with that TTL (else 64)
//	seed NAME                           $branch does not depend on addresses: for two captures of one talk
//	hep 10.0.0.9:9060 10.0.0.8:9060     from here on a HEP agent reports what is sent; hep off
//	template NAME key=value …            lines for use below; the values count where nothing is set
//	script NAME key=value …              statements for use below, their times @+ only; a value
//	                                    "-" is not set unless it is given
//
//	@0.5 udp A > B                      at 0.5 s a datagram from A to B (ip:port, [ip6]:port)
//	  REGISTER sip:pbx.example SIP/2.0  its lines; they get CRLF line ends, an empty line
//	  Via: SIP/2.0/UDP $src;rport       behind the headers, and a Content-Length if none is
//	                                    written; "-Name" among the headers leaves one out
//	@+0.02 udp B > A reply 401 Unauthorized
//	                                    a response to the last request from A to B: Via with
//	                                    received and rport, From, To with a tag, Call-ID, CSeq;
//	                                    lines below replace headers of their name, or come
//	                                    behind them. cseq=METHOD picks the last of that method;
//	                                    $asked is the URI of the request's Contact
//	@1 udp A > B NAME key=value …       from a template, lines below as with reply; a start line
//	                                    takes the place of its own, "-Body" leaves out its body
//	@2 udp A > B next ACK               a request within the dialog of the last INVITE between A
//	                                    and B, either way; lines below as with reply
//	@3 udp A > B raw                    lines as they are: only escapes, no line ends added
//	@4 udp A > B hex                    lines of hexadecimal digits
//	@5 tcp A > B …                      all of the above over TCP, with a handshake before the
//	                                    first ("mid" leaves it out); "fin" and "rst" end it
//	@6 rtp A > B pt=0 ssrc=0x1 count=50 a stream: see rtpOptions for every=, lose=, jitter=, …
//	@7 do NAME key=value …              the statements of a script, from then on
//	@7 icmp R > A port-unreachable      about the last datagram from A (of=NAME: about that one)
//	@8 again NAME                       the same datagram sent anew; without NAME the last one
//	@9 copy NAME                        the same IP packet captured once more
//	@10 frame                           a link-layer frame of hexadecimal digits
//
// A line "&NAME key=value …" among the lines stands for those of a template.
// Names, templates and scripts that every source has at hand are in library.txt,
// what known user agents write is in agents.txt.
// In all lines \r \n \t \0 \\ and \xHH are escapes. In templates and lines
// $src, $dst, $srcip, $dstip, $srcport and $dstport are those of the packet,
// and $branch is different in each.
//
// Options of a datagram: as=NAME, ttl=64, frag=600 (bytes of IP payload per
// fragment), sum=bad or sum=zero, clip=100 (bytes captured), mss=1400 (TCP),
// eol=lf. All other key=value words are values for $key.
//
// Comments of the form "# expect: …" say what a report of the capture has to
// hold; the tests of cmd/algsniff read them.
package pcaptest

//go:generate go test -run TestSources -update
