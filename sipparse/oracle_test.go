package sipparse

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/pion/sdp/v3"
	"pgregory.net/rapid"
)

// TestAnyWrapping writes a message down in two ways and reads the same.
func TestAnyWrapping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawModel(t)
		w := drawWrap(t)
		raw := want.render(w)
		var m Message
		if !m.Parse(raw) {
			t.Fatalf("not SIP: %q", raw)
		}
		m.Check()
		for _, d := range m.Defects {
			if d.Code.Invalid() && (d.Code != DefectLineEnding || w.eol == "\r\n") {
				t.Fatalf("%v at %d of %q", d.Code, d.Off, raw)
			}
		}
		matchModel(t, want, &m)
	})
}

func matchModel(t *rapid.T, want *model, m *Message) {
	if m.Request != (want.status == 0) || m.Status != want.status || (m.Request && string(m.Method) != want.method) {
		t.Fatalf("start line: %v %q %d", m.Request, m.Method, m.Status)
	}
	if c, ok := m.CSeq(); !ok || c.Seq != want.seq || string(c.Method) != want.method {
		t.Fatalf("CSeq %+v", c)
	}
	if string(m.CallID()) != want.callID {
		t.Fatalf("Call-ID %q", m.CallID())
	}
	n := 0
	for v := range m.Vias() {
		x := want.vias[n]
		if string(v.Transport) != x.transport || string(v.Host.Name) != x.host || v.Host.Port != x.port ||
			string(v.Branch) != x.branch || v.HasRPort != (x.rport >= 0) || v.RPort != max(x.rport, 0) ||
			v.Received != literal(x.received) || v.Host.IP != literal(x.host) {
			t.Fatalf("Via %d: %+v, want %+v", n, v, x)
		}
		n++
	}
	if n != len(want.vias) {
		t.Fatalf("%d Vias of %d", n, len(want.vias))
	}
	n = 0
	for a := range m.Contacts() {
		matchAddr(t, want.contacts[n], a)
		n++
	}
	if n != len(want.contacts) {
		t.Fatalf("%d Contacts of %d", n, len(want.contacts))
	}
	from, ok1 := m.From()
	to, ok2 := m.To()
	if !ok1 || !ok2 {
		t.Fatal("no From or To")
	}
	matchAddr(t, want.from, from)
	matchAddr(t, want.to, to)
	var s SDP
	if m.SDP(&s) != (want.media != nil) || len(s.Media) != len(want.media) || len(s.Defects) > 0 {
		t.Fatalf("SDP %+v", s)
	}
	for i, md := range s.Media {
		x := want.media[i]
		if md.Port != x.port || string(md.Conn.Host.Name) != x.addr || md.Codecs[0].PT != uint8(x.pt) ||
			!strings.HasPrefix(x.codec, string(md.Codecs[0].Name)+"/"+strconv.Itoa(md.Codecs[0].Clock)) {
			t.Fatalf("media %+v, want %+v", md, x)
		}
	}
}

func literal(host string) netip.Addr {
	ip, _ := netip.ParseAddr(strings.Trim(host, "[]"))
	return ip
}

func matchAddr(t *rapid.T, want modelAddr, a NameAddr) {
	tag, _ := a.Params.Get("tag")
	transport, _ := a.URI.Params.Get("Transport")
	squash := func(b []byte) string { return string(bytes.Join(bytes.Fields(b), []byte(" "))) }
	if squash(a.Display) != want.display || string(a.URI.User) != want.user || string(a.URI.Host.Name) != want.host ||
		a.URI.Host.Port != want.port || string(tag) != want.tag || string(transport) != "udp" || a.URI.Host.IP != literal(want.host) {
		t.Fatalf("%+v, want %+v", a, want)
	}
}

// agreesWithSipgo compares what both read of a message that sipgo takes.
func agreesWithSipgo(t rapid.TB, raw []byte) {
	var m Message
	if !m.Parse(raw) {
		t.Fatalf("not SIP: %q", raw)
	}
	other, err := sip.ParseMessage(raw)
	if err != nil {
		t.Skipf("sipgo: %v", err)
	}
	differ := func(what string, ours, theirs any) {
		if ours != theirs {
			t.Errorf("%s: %v, sipgo has %v", what, ours, theirs)
		}
	}
	var h interface {
		CallID() *sip.CallIDHeader
		CSeq() *sip.CSeqHeader
		Via() *sip.ViaHeader
		From() *sip.FromHeader
		To() *sip.ToHeader
		GetHeaders(name string) []sip.Header
	}
	switch o := other.(type) {
	case *sip.Request:
		h = o
		differ("method", string(m.Method), string(o.Method))
	case *sip.Response:
		h = o
		differ("status", m.Status, o.StatusCode)
	}
	if c := h.CallID(); c != nil {
		differ("Call-ID", string(m.CallID()), c.Value())
	}
	if c := h.CSeq(); c != nil {
		ours, _ := m.CSeq()
		differ("CSeq", ours.Seq, c.SeqNo)
		differ("CSeq method", string(ours.Method), string(c.MethodName))
	}
	if v := h.Via(); v != nil {
		ours, _ := m.TopVia()
		branch, _ := v.Params.Get("branch")
		differ("Via host", bare(ours.Host.Name), strings.Trim(v.Host, "[]"))
		differ("Via port", ours.Host.Port, v.Port)
		differ("Via transport", string(ours.Transport), v.Transport)
		differ("branch", string(ours.Branch), branch)
	}
	addr := func(what string, ours NameAddr, uri sip.Uri, params sip.HeaderParams) {
		tag, _ := ours.Params.Get("tag")
		theirs, _ := params.Get("tag")
		differ(what+" tag", string(tag), theirs)
		if ours.Star || uri.Wildcard || !ours.isSIP() {
			return
		}
		differ(what+" host", bare(ours.URI.Host.Name), strings.Trim(uri.Host, "[]"))
		differ(what+" port", ours.URI.Host.Port, uri.Port)
		differ(what+" user", string(ours.URI.User), uri.User)
	}
	if f := h.From(); f != nil {
		ours, _ := m.From()
		addr("From", ours, f.Address, f.Params)
	}
	if to := h.To(); to != nil {
		ours, _ := m.To()
		addr("To", ours, to.Address, to.Params)
	}
	// Its Contact() is the last one.
	if cs := h.GetHeaders("Contact"); len(cs) > 0 {
		if c, ok := cs[0].(*sip.ContactHeader); ok {
			ours, _ := m.Contact()
			addr("Contact", ours, c.Address, c.Params)
		}
	}
}

func (a *NameAddr) isSIP() bool { return prefixFold(a.URI.Scheme, "sip") }

func bare(b []byte) string { return strings.Trim(string(b), "[]") }

func TestSipgoAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		agreesWithSipgo(t, m.render(plain))
	})
}

// sipgoDiffers names the valid messages of the torture set that sipgo reads
// otherwise, and why we are right.
var sipgoDiffers = map[string]string{
	"wsinv.dat": "white space around ; and = belongs to neither name nor value (RFC 3261 §25.1)",
}

func TestSipgoAgreesOnTorture(t *testing.T) {
	dir, files := tortureFiles(t)
	for _, c := range files {
		if !strings.HasPrefix(c.Expected, "valid") || sipgoDiffers[filepath.Base(c.File)] != "" {
			continue
		}
		t.Run(c.File, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, c.File))
			if err != nil {
				t.Fatal(err)
			}
			agreesWithSipgo(t, raw)
		})
	}
}

// agreesWithPion compares a session description that pion takes.
func agreesWithPion(t rapid.TB, raw []byte) {
	var s SDP
	ok := s.Parse(raw)
	var p sdp.SessionDescription
	if p.Unmarshal(raw) != nil {
		return
	}
	differ := func(what string, ours, theirs any) {
		if ours != theirs {
			t.Errorf("%s: %v, pion has %v, in %q", what, ours, theirs, raw)
		}
	}
	if !ok {
		t.Fatalf("pion reads %q", raw)
	}
	differ("origin", string(s.Origin.Host.Name), p.Origin.UnicastAddress)
	differ("user", string(s.Origin.User), p.Origin.Username)
	differ("version", string(s.Origin.SessVersion), strconv.FormatUint(p.Origin.SessionVersion, 10))
	conn := func(what string, ours Conn, theirs *sdp.ConnectionInformation) {
		if theirs != nil && theirs.Address != nil {
			addr, _, _ := strings.Cut(theirs.Address.Address, "/")
			differ(what, string(ours.Host.Name), addr)
		}
	}
	conn("c=", s.Conn, p.ConnectionInformation)
	differ("media", len(s.Media), len(p.MediaDescriptions))
	for i, md := range p.MediaDescriptions {
		ours := &s.Media[i]
		differ("port", ours.Port, md.MediaName.Port.Value)
		differ("type", string(ours.Type), md.MediaName.Media)
		differ("proto", string(ours.Proto), strings.Join(md.MediaName.Protos, "/"))
		differ("formats", strings.Join(strings.Fields(string(ours.Formats)), " "), strings.Join(md.MediaName.Formats, " "))
		conn("media c=", ours.Conn, md.ConnectionInformation)
		for _, c := range ours.Codecs {
			for _, a := range md.Attributes {
				pt, rest, _ := strings.Cut(a.Value, " ")
				if a.Key == "rtpmap" && pt == strconv.Itoa(int(c.PT)) {
					differ("rtpmap", strings.HasPrefix(rest, string(c.Name)+"/"+strconv.Itoa(c.Clock)), true)
					break
				}
			}
		}
	}
}

func TestPionAgrees(t *testing.T) {
	if err := new(sdp.SessionDescription).Unmarshal([]byte(offer)); err != nil {
		t.Fatal("pion no longer reads what it is to be compared on:", err)
	}
	agreesWithPion(t, []byte(offer))
	rapid.Check(t, func(t *rapid.T) {
		if m := drawModel(t); m.media != nil {
			agreesWithPion(t, []byte(m.body()))
		}
	})
	for name, b := range malformed(t) {
		var m Message
		if m.Parse(b) && strings.HasPrefix(name, "sdp-") && name != "sdp-rtpmap-clock-0.dat" && name != "sdp-rtpmap-huge.dat" &&
			name != "sdp-port-overflow.dat" {
			agreesWithPion(t, m.Body)
		}
	}
}

// TestIPAgrees compares with netip, which reads more (zones) and less (three
// colons).
func TestIPAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.StringMatching(`[0-9a-f:.]{0,20}`),
			rapid.StringMatching(`([0-9a-f]{0,4}::?){1,7}([0-9]{1,3}\.){0,3}[0-9a-f]{0,4}`),
			rapid.StringMatching(`([0-9]{1,3}\.){3}[0-9]{1,3}`),
			rapid.Custom(func(t *rapid.T) string {
				b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 0, 1, 255}), 16, 16).Draw(t, "bytes")
				return netip.AddrFrom16([16]byte(b)).String()
			}),
		).Draw(t, "address")
		if strings.Contains(s, ":::") {
			return
		}
		want, _ := netip.ParseAddr(s)
		if got := addrHost([]byte(s)).IP; got != want {
			t.Fatalf("%q: %v, netip has %v", s, got, want)
		}
	})
}
