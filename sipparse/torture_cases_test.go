package sipparse

import "strings"

// base is what the cases below change. Line ends are LF here for reading; crlf
// makes them CR LF.
const base = `INVITE sip:b@198.51.100.9 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.5:5060;branch=z9hG4bKm1;rport
From: "A" <sip:a@192.0.2.5>;tag=1
To: <sip:b@198.51.100.9>
Call-ID: m1@192.0.2.5
CSeq: 1 INVITE
Contact: <sip:a@192.0.2.5:5060>
Max-Forwards: 70
Content-Length: 0

`

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// with returns base with pieces replaced, old and new in turn.
func with(oldnew ...string) string {
	s := base
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(s, oldnew[i]) {
			panic("base has no " + oldnew[i])
		}
		s = strings.Replace(s, oldnew[i], oldnew[i+1], 1)
	}
	return crlf(s)
}

const (
	baseVia     = "SIP/2.0/UDP 192.0.2.5:5060;branch=z9hG4bKm1;rport"
	baseStart   = "INVITE sip:b@198.51.100.9 SIP/2.0"
	baseContact = "<sip:a@192.0.2.5:5060>"
	baseTo      = "To: <sip:b@198.51.100.9>"
	baseFrom    = `"A" <sip:a@192.0.2.5>;tag=1`
	baseLength  = "Content-Length: 0"
)

// tortureCases are the ideas of RFC 4475 and RFC 5118, and some of our own.
// A valid message has no defect that is Invalid; the others have all that are
// named, and may have more.
var tortureCases = []struct {
	name    string
	msg     string
	defects string // space separated; "" for a valid message
}{
	{"base", with(), ""},

	// RFC 4475 §3.1.1: valid.
	{"wrapped all over", crlf(`INVITE sip:b@chair.example.com;unknownparam SIP/2.0
TO :
 sip:b@chair.example.com ;   tag    = 1918n
from   : "J Rosenberg \\\""       <sip:a@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wrapped@192.0.2.1
Content-Length   : 0
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \"\"" <sip:a@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

`), ""},
	{"unusual method and user", with(baseStart, "!odd-Method0123456789_*+`.%~ sip:1_odd.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0",
		"1 INVITE", "1 !odd-Method0123456789_*+`.%~"), ""},
	{"escaped controls in quotes", with(`"A"`, "\"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\""), ""},
	{"UTF-8 in an unknown header", with(baseLength, "X-!.%*+_`'~: \xef\xbb\xbf\xe5\xa4\xa7\nContent-Length: 0"), ""},
	{"escapes in the URI", with("sip:b@198", "sip:sips%3Auser%40example.com@198"), ""},
	{"escaped NUL", with(baseContact, "<sip:%00@host5.example.com>, <sip:%00%00@host5.example.com>"), ""},
	{"percent that is no escape", with(baseStart, "RE%47IST%45R sip:b@198.51.100.9 SIP/2.0", "1 INVITE", "1 RE%47IST%45R", baseTo, `To: "%Z%45" <sip:b@198.51.100.9>`), ""},
	{"no space before the bracket", with(baseFrom, "caller<sip:a@192.0.2.5>;tag=1"), ""},
	{"long values", with(`"A"`, `"`+strings.Repeat("extreme", 300)+`"`, "tag=1", "tag=1;"+strings.Repeat("param", 90)+"="+strings.Repeat("value", 90)), ""},
	{"bytes behind the end", with() + "INVITE sip:c@198.51.100.9 SIP/2.0\r\n\r\n", ""},
	{"semicolons in the user part", with("sip:b@198.51.100.9 SIP", "sip:user;par=u%40example.net@example.com SIP"), ""},
	{"unknown transports", with("Via: "+baseVia, "Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bK1\nVia: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2,SIP/2.0/SCTP t2.example.com;branch=z9hG4bK3"), ""},
	{"unusual reason", with(baseStart, "SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe"), ""},
	{"empty reason", with(baseStart, "SIP/2.0 100 "), ""},
	{"RFC 2543", with(";branch=z9hG4bKm1;rport", "", ";tag=1", "", "Max-Forwards: 70\n", ""), ""},
	{"bare cookie", with("z9hG4bKm1;rport", "z9hG4bK"), ""},
	{"unknown schemes", with("INVITE sip:b@198.51.100.9 SIP", "INVITE nobodyKnowsThis:totally/opaque SIP", baseTo, "To: isbn:2983792873", "<sip:a@192.0.2.5>", "<http://www.example.com>", baseContact, "<name:John_Smith>"), ""},
	{"zero hops", with("70", "0"), ""},
	{"URI with escaped header in Contact", with(baseContact, "<sip:a@example.com?Route=%3Csip:sip.example.com%3E>"), ""},
	{"limited broadcast in Via", with("192.0.2.5:5060;branch", "255.255.255.255;branch"), ""},
	{"unknown authorization scheme", with(baseLength, "Authorization: NoOneKnows opaque-data=here\nContent-Length: 0"), ""},

	// RFC 4475 §3.1.2 and §3.3: invalid.
	{"extra separators in Via", with(baseVia, "SIP/2.0/UDP 192.0.2.15;;,;,,"), "bad-via bad-param"},
	{"extra separators in Contact", with(baseContact, `"" <> ;,,;,,`), "bad-name-addr"},
	{"extra separators in From", with(baseFrom, `<sip:a@example.com>;;;;`), "bad-param"},
	{"Content-Length too large", with(baseLength, "Content-Length: 9999"), "body-shorter"},
	{"Content-Length negative", with(baseLength, "Content-Length: -999"), "content-length-bad"},
	{
		"overlarge scalars", with("CSeq: 1", "CSeq: 36893488147419103232", "70", "300", baseContact, baseContact+";expires=280297596632815", baseLength, "Expires: 1"+strings.Repeat("0", 90)+"\nContent-Length: 0"),
		"bad-cseq bad-max-forwards bad-expires",
	},
	{"unterminated quote", with(baseTo, `To: "Mr. J. User <sip:b@198.51.100.9>`), "unterminated-quote bad-name-addr"},
	{"brackets around the Request-URI", with("sip:b@198.51.100.9 SIP", "<sip:b@198.51.100.9> SIP"), "bad-request-uri"},
	{"space in the Request-URI", with("sip:b@198.51.100.9 SIP", "sip:b@198.51.100.9; lr SIP"), "bad-request-uri"},
	{"two spaces in the request line", with("INVITE sip", "INVITE  sip"), "start-line"},
	{"spaces behind the version", with(baseStart, baseStart+"  "), "start-line"},
	{"header in the Request-URI", with("sip:b@198.51.100.9 SIP", "sip:b@198.51.100.9?Route=%3Csip:example.com%3E SIP"), "bad-request-uri"},
	{"date in another zone", with(baseLength, "Date: Fri, 01 Jan 2010 16:00:00 EST\nContent-Length: 0"), "bad-date"},
	{"question mark outside brackets", with(baseContact, "sip:a@example.com?Route=%3Csip:sip.example.com%3E"), "bad-name-addr"},
	{"spaces inside brackets", with(baseTo, "To: < sip:b@198.51.100.9 >"), "bad-name-addr"},
	{"comma in an unquoted name", with(baseFrom, "Bell, Alexander <sip:a@192.0.2.5>;tag=43"), "bad-name-addr"},
	{"SIP/7.0", with("SIP/2.0", "SIP/7.0"), "bad-version"},
	{"method of CSeq", with("1 INVITE", "1 OPTIONS"), "cseq-method-mismatch"},
	{"overlarge status", with(baseStart, "SIP/2.0 4294967301 better not break the receiver"), "bad-status"},
	{
		"required header fields missing", crlf("INVITE sip:b@198.51.100.9 SIP/2.0\nCSeq: 1 INVITE\nl: 0\n\n"),
		"missing-via missing-from missing-to missing-callid",
	},
	{"single-value header fields twice", with("CSeq: 1 INVITE", "CSeq: 1 INVITE\nCSeq: 2 INVITE"), "duplicate-header"},
	{"two lengths", with(baseLength, "Content-Length: 0\nContent-Length: 5"), "content-length-differs"},

	// RFC 5118.
	{"IPv6", with("sip:b@198.51.100.9 SIP", "sip:[2001:db8::10] SIP", "192.0.2.5:5060;branch", "[2001:db8::9:1]:6050;branch"), ""},
	{"IPv6 without brackets", with("sip:b@198.51.100.9 SIP", "sip:2001:db8::10 SIP"), "bad-request-uri"},
	{"IPv6 with a port inside the brackets", with("sip:b@198.51.100.9 SIP", "sip:[2001:db8::10:5070] SIP"), ""},
	{"received with brackets", with("rport", "received=[2001:db8::9:255]"), ""},
	{"received without brackets", with("rport", "received=2001:db8::9:255"), ""},
	{"IPv4-mapped", with(baseContact, "<sip:a@[::ffff:192.0.2.10]>"), ""},
	{"three colons", with("sip:b@198.51.100.9 SIP", "sip:b@[2001:db8:::192.0.2.1] SIP"), ""},

	// Others.
	{"LF", strings.ReplaceAll(with(), "\r\n", "\n"), "line-ending"},
	{"lone CR", strings.ReplaceAll(with(), "\r\n", "\r"), "line-ending"},
	{"CR CR LF", strings.ReplaceAll(with(), "\r\n", "\r\r\n"), "line-ending"},
	{"no colon", with("Max-Forwards: 70", "Max-Forwards 70"), "no-colon"},
	{"no name", with("Max-Forwards: 70", ": 70"), "bad-header-name"},
	{"name with a space", with("Max-Forwards: 70", "Max Forwards: 70"), "bad-header-name"},
	{"folded before any header", with("Via: ", " Via: "), "no-colon missing-via"},
	{"no empty line", strings.TrimSuffix(with(), "\r\n"), "no-empty-line"},
	{"cut in a header", strings.TrimSuffix(with(), ": 0\r\n\r\n"), "cut-header no-empty-line"},
	{"Latin-1", with(`"A"`, "\"J\xfcrgen\""), "not-utf8"},
	{"NUL in a value", with("m1@", "m\x001@"), "control-character"},
	{"Call-ID with a space", with("m1@", "m1 @"), "bad-callid"},
	{"star with parameters", with(baseContact, "*;expires=0"), "bad-name-addr"},
	{"star in From", with(baseFrom, "*"), "bad-name-addr"},
	{"two at signs", with(baseContact, "<sip:a@b@192.0.2.5>"), "bad-uri"},
	{"empty parameter value", with("tag=1", "tag="), "bad-param"},
	{"open quote in a digest", with(baseLength, "Authorization: Digest username=\"a, realm=b\nContent-Length: 0"), "unterminated-quote"},
}
