package sipparse

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"unsafe"
)

// aliases fails unless v is a piece of raw, or nil.
func aliases(t testing.TB, what string, raw, v []byte) {
	t.Helper()
	if v == nil {
		return
	}
	off := cap(raw) - cap(v)
	if off < 0 || off+len(v) > len(raw) {
		t.Fatalf("%s: [%d,%d) is outside of %d bytes", what, off, off+len(v), len(raw))
	}
	if len(v) > 0 && unsafe.SliceData(v) != &raw[off] {
		t.Fatalf("%s %q does not alias the message", what, v)
	}
}

// aliasesAll does it for every slice in a view.
func aliasesAll(t testing.TB, what string, raw []byte, view reflect.Value) {
	t.Helper()
	switch view.Kind() {
	case reflect.Struct:
		for i := range view.NumField() {
			if f := view.Type().Field(i); f.IsExported() && f.Type.PkgPath() != "net/netip" {
				aliasesAll(t, what+"."+f.Name, raw, view.Field(i))
			}
		}
	case reflect.Slice:
		if view.Type().Elem().Kind() == reflect.Uint8 {
			aliases(t, what, raw, view.Bytes())
			return
		}
		for i := range view.Len() {
			aliasesAll(t, what, raw, view.Index(i))
		}
	}
}

// lossless fails unless start line, header fields, empty line and body are the
// message, each behind the other.
func lossless(t testing.TB, m *Message, b []byte) {
	t.Helper()
	if trimmed := skipLineEnds(b); !bytes.Equal(m.Raw, trimmed) {
		t.Fatalf("Raw is %q, want %q", m.Raw, trimmed)
	}
	pos := len(m.Raw)
	switch {
	case len(m.Headers) > 0:
		pos = m.Headers[0].Off
	case m.BodyOff >= 0:
		pos = m.BodyOff
	}
	start := trimRight(m.Raw[:pos])
	if bytes.ContainsAny(start, "\r\n") {
		t.Fatalf("start line %q is more than a line", start)
	}
	for i, h := range m.Headers {
		if h.Off != pos || h.End <= h.Off || h.End > len(m.Raw) {
			t.Fatalf("header %d is [%d,%d), want it at %d", i, h.Off, h.End, pos)
		}
		for _, v := range [][]byte{h.Name, h.Value} {
			if off := m.offset(v); v != nil && (off < h.Off || off+len(v) > h.End) {
				t.Fatalf("header %d [%d,%d): %q at %d", i, h.Off, h.End, v, off)
			}
		}
		if h.Name != nil && m.offset(h.Name) != h.Off {
			t.Fatalf("header %d: Off %d is not that of the name", i, h.Off)
		}
		pos = h.End
	}
	if m.BodyOff < 0 {
		if pos != len(m.Raw) || m.Body != nil {
			t.Fatalf("header fields end at %d of %d, no empty line", pos, len(m.Raw))
		}
		return
	}
	if m.BodyOff < pos || (len(m.Headers) > 0 && len(skipLineEnds(m.Raw[pos:m.BodyOff])) != 0) {
		t.Fatalf("between header fields and body: %q", m.Raw[pos:m.BodyOff])
	}
	if !bytes.Equal(m.Body, m.Raw[m.BodyOff:]) {
		t.Fatal("Body is not what stands behind the empty line")
	}
}

// viewsHold reads everything there is to read and checks what must be true of
// any message.
func viewsHold(t testing.TB, m *Message) {
	t.Helper()
	raw, last := m.Raw, -1
	top, ok := m.TopVia()
	for v := range m.Vias() {
		if last < 0 && (!reflect.DeepEqual(v, top) || ok != (v.Transport != nil)) {
			t.Fatalf("TopVia %+v is not the first of Vias, %+v", top, v)
		}
		if v.Off <= last || !bytes.HasPrefix(raw[v.Off:], v.Raw) {
			t.Fatalf("Via %q at %d after one at %d", v.Raw, v.Off, last)
		}
		last = v.Off
		hostHolds(t, v.Host)
		if v.RPort < -1 || v.RPort > 65535 || (v.RPort != 0 && !v.HasRPort) {
			t.Fatalf("rport %d", v.RPort)
		}
		aliasesAll(t, "Via", raw, reflect.ValueOf(v))
	}
	for id := range numHeaderIDs {
		last = -1
		for a := range m.NameAddrs(id) {
			if a.Off <= last || !bytes.HasPrefix(raw[a.Off:], a.Raw) {
				t.Fatalf("address %q at %d after one at %d", a.Raw, a.Off, last)
			}
			last = a.Off
			hostHolds(t, a.URI.Host)
			aliasesAll(t, "NameAddr", raw, reflect.ValueOf(a))
			for name, value := range a.Params.All() {
				aliases(t, "parameter name", raw, name)
				aliases(t, "parameter value", raw, value)
			}
		}
		d, _ := m.Digest(id)
		aliasesAll(t, "Digest", raw, reflect.ValueOf(d))
	}
	c, _ := m.CSeq()
	aliases(t, "CSeq", raw, c.Method)
	aliases(t, "Call-ID", raw, m.CallID())
	aliases(t, "User-Agent", raw, m.UserAgent())
	if e, ok := m.Expires(); e < 0 || (!ok && e != 0) {
		t.Fatalf("Expires %d, %v", e, ok)
	}
	if len(m.Headers) > 0 {
		m.Named(string(m.Headers[0].Name))(func(h *Header) bool { return true })
	}
	var s SDP
	if got := m.SDP(&s); got != m.IsSDP() {
		t.Fatalf("SDP %v, IsSDP %v", got, !got)
	} else if got {
		sdpHolds(t, &s, raw)
	}
	for _, d := range m.Defects {
		if d.Off < 0 || d.Off > len(raw) || d.Code.String() == "unknown" {
			t.Fatalf("defect %v at %d of %d", d.Code, d.Off, len(raw))
		}
	}
}

func hostHolds(t testing.TB, h Host) {
	t.Helper()
	if h.Port < -1 || h.Port > 65535 || (h.IP.IsValid() && (len(h.Name) == 0 || h.IP.Zone() != "")) {
		t.Fatalf("host %+v", h)
	}
}

func sdpHolds(t testing.TB, s *SDP, raw []byte) {
	t.Helper()
	aliasesAll(t, "SDP", raw, reflect.ValueOf(*s))
	at := func(off int, v []byte) {
		t.Helper()
		if v != nil && (off < s.Off || !bytes.HasPrefix(raw[off:], v)) {
			t.Fatalf("%q is not at %d", v, off)
		}
	}
	at(s.Off, s.Raw)
	at(s.Origin.Off, s.Origin.Raw)
	at(s.Conn.Off, s.Conn.Raw)
	if len(s.Media) > maxMedia {
		t.Fatalf("%d media", len(s.Media))
	}
	last := -1
	for _, md := range s.Media {
		at(md.Off, md.Raw)
		at(md.Conn.Off, md.Conn.Raw)
		at(md.RTCP.Off, md.RTCP.Raw)
		if md.Off <= last || md.Port < -1 || md.Port > 65535 || len(md.Codecs) > 128 || len(md.Candidate) > maxCandidates {
			t.Fatalf("media %+v after %d", md, last)
		}
		last = md.Off
		for _, c := range md.Candidate {
			at(c.Off, c.Raw)
			hostHolds(t, c.Host)
		}
		for _, c := range md.Codecs {
			if c.Clock < 0 || c.Clock > maxClock || c.PT > 127 {
				t.Fatalf("codec %+v", c)
			}
		}
	}
	for _, d := range s.Defects {
		if d.Off < s.Off || d.Off > s.Off+len(s.Raw) {
			t.Fatalf("defect %v at %d", d.Code, d.Off)
		}
	}
}

func malformed(t testing.TB) map[string][]byte {
	names, err := filepath.Glob("testdata/malformed/*.dat")
	if err != nil || len(names) == 0 {
		t.Fatal("no testdata/malformed", err)
	}
	files := make(map[string][]byte)
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = b
	}
	return files
}

func FuzzMessage(f *testing.F) {
	for _, b := range malformed(f) {
		if len(b) < 2000 {
			f.Add(b)
		}
	}
	for _, c := range tortureCases {
		f.Add([]byte(c.msg))
	}
	f.Add([]byte(register))
	f.Add([]byte(invite))
	f.Add([]byte("BYE sip:a@b SIP/2.0\r\rVia: x\r\r\n\r \n\n"))
	f.Add([]byte("SIP/2.0 200 OK\nv:SIP/2.0/UDP a,SIP/2.0/TCP [::1]:5\n \n,SIP/2.0/WS b\n\nv=0\n"))
	var reused Message
	f.Fuzz(func(t *testing.T, b []byte) {
		var m Message
		ok := m.Parse(b)
		if ok != Sniff(b) || ok != reused.Parse(b) {
			t.Fatalf("Parse %v, Sniff %v", ok, Sniff(b))
		}
		if !ok {
			return
		}
		lossless(t, &m, b)
		if len(m.Defects) > maxDefects || len(m.Headers) > maxHeaders {
			t.Fatalf("%d defects, %d headers", len(m.Defects), len(m.Headers))
		}
		var again Message
		if again.Parse(m.Raw); !sameMessage(&m, &again) || !sameMessage(&m, &reused) {
			t.Fatalf("parsed again it is\n%+v, was\n%+v", again, m)
		}
		if m.BodyOff >= 0 {
			// The way for clean messages must give what the other one gives.
			var s startLine
			s.scan(m.Raw)
			again.begin(m.Raw, &s)
			again.anyHeaders(&s)
			if again.finish(); !sameMessage(&m, &again) {
				t.Fatalf("line by line it is\n%+v, was\n%+v", again, m)
			}
		}
		m.Check()
		viewsHold(t, &m)
	})
}

func sameMessage(a, b *Message) bool {
	x, y := *a, *b
	if len(x.Headers)+len(y.Headers) == 0 {
		x.Headers, y.Headers = nil, nil
	}
	if len(x.Defects)+len(y.Defects) == 0 {
		x.Defects, y.Defects = nil, nil
	}
	return reflect.DeepEqual(x, y)
}

func FuzzSDP(f *testing.F) {
	f.Add([]byte(offer))
	f.Add([]byte("m=audio 1/2 RTP/SAVP 0 96 0 300\ra=rtpmap:96 a/8000/2\r\na=rtcp:5 IN IP6 ::1\na=candidate:1 1 UDP 2 10.0.0.1 9 typ host\n"))
	f.Add([]byte("v=0\nc=IN IP4 224.2.1.1/127/3\no=- 1 1 IN IP6 [::1]\n"))
	var reused SDP
	f.Fuzz(func(t *testing.T, b []byte) {
		var s SDP
		ok := s.Parse(b)
		if reused.Parse(b) != ok {
			t.Fatal("a reused SDP reads otherwise")
		}
		if len(s.Media) > 0 && len(reused.Media) == len(s.Media) {
			for i := range s.Media {
				x, y := s.Media[i], reused.Media[i]
				if len(x.Codecs) != len(y.Codecs) || len(x.Candidate) != len(y.Candidate) {
					t.Fatal("a reused SDP keeps something")
				}
				x.Codecs, y.Codecs, x.Candidate, y.Candidate = nil, nil, nil, nil
				if !reflect.DeepEqual(x, y) {
					t.Fatalf("a reused SDP keeps something: %+v, %+v", x, y)
				}
			}
		}
		sdpHolds(t, &s, b)
	})
}

func FuzzURI(f *testing.F) {
	for _, s := range []string{
		"sip:a@b@192.0.2.5", "sip:h;x=a@b", "sips:u:p@[::1]:5061;transport=tls?a=b", "tel:+1;x=y", "sip:@", "x:", "sip:a;b?c@d:70000",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		u, ok := ParseURI(b)
		aliasesAll(t, "URI", b, reflect.ValueOf(u))
		hostHolds(t, u.Host)
		if ok && u.Scheme == nil {
			t.Fatal("no scheme")
		}
		// Scheme, user, host, parameters and headers stand in this order.
		last := 0
		for _, part := range [][]byte{u.Scheme, u.User, u.Host.Name, u.Params, u.Headers} {
			if part == nil {
				continue
			}
			off := cap(b) - cap(part)
			if off < last {
				t.Fatalf("%q at %d overlaps what ends at %d", part, off, last)
			}
			last = off + len(part)
		}
		if bytes.IndexByte(u.Host.Name, '@') >= 0 {
			t.Fatalf("host %q", u.Host.Name)
		}
	})
}

func FuzzVia(f *testing.F) {
	for _, s := range []string{
		"SIP/2.0/UDP 192.0.2.5:5060;branch=z9hG4bKm1;rport",
		"SIP / 2.0 / UDP  first.example.com : 4000 ;ttl = 16 ;maddr=224.2.0.1 ;branch = z9hG4bKa7c6a8dlze.1",
		"SIP/2.0/TCP [2001:db8::9:1]:5060;received=[2001:db8::9:255];branch=z9hG4bK, SIP/2.0/UDP h;x=\"a,b \\\" c\"",
		"SIP/2.0/UDP 1.2.3.4:;rport=;received=1.2.3.4;received=5.6.7.8",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if bytes.ContainsAny([]byte(value), "\r\n") {
			return
		}
		const head = "OPTIONS sip:a SIP/2.0\r\nVia:"
		var plain, folded Message
		plain.Parse([]byte(head + value + "\r\n\r\n"))
		folded.Parse([]byte(head + fold(value) + "\r\n\r\n"))
		plain.Check()
		viewsHold(t, &plain)
		viewsHold(t, &folded)
		var want, got []Via
		for v := range plain.Vias() {
			want = append(want, v)
		}
		for v := range folded.Vias() {
			got = append(got, v)
		}
		if len(want) != len(got) {
			t.Fatalf("%d values, folded %d", len(want), len(got))
		}
		for i := range want {
			if a, b := flat(want[i]), flat(got[i]); a != b {
				t.Fatalf("%q\nis     %s\nfolded %s", value, a, b)
			}
		}
	})
}
