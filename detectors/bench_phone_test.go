package detectors

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/algsniff/algsniff/sipparse"
)

// phone says messages from a source to a server and gathers what the rules
// note, as the engine does: its evidence is what the tests of rules weigh.
type phone struct {
	Evidence
	t   testing.TB
	now int64
}

const (
	routerAddr = "203.0.113.5"
	serverAddr = "198.51.100.10:5060"
)

// newPhone is one behind routerAddr, seen from the server.
func newPhone(t testing.TB, source string) *phone {
	p := &phone{t: t}
	p.Viewpoint, p.Transport, p.ServerPort = FromServer, "udp", 5060
	p.Source, p.Server = netip.MustParseAddrPort(source), netip.MustParseAddrPort(serverAddr)
	return p
}

// behindNAT adds a sign of a NAT.
func (p *phone) behindNAT(id string) *phone {
	p.NAT = append(p.NAT, NATSign{ID: id, Frame: 1})
	return p
}

// says takes one message, a second after the last.
func (p *phone) says(text string) *Record {
	p.t.Helper()
	p.now += 1e9
	m := sip(p.t, text)
	r := p.record(m)
	c := Context{
		Frame: r.Frame, Time: p.now, Source: p.Source, Server: p.Server, Transport: p.Transport, Segments: 1,
		Inside: p.Inside, Record: &r,
	}
	var d sipparse.SDP
	if m.SDP(&d) {
		c.SDP = &d
		p.describe(&r, &d)
	}
	if f, ok := DecodeCallID(m.CallID()); ok && m.Request && !strings.Contains(string(m.Value(sipparse.HdrTo)), "tag=") {
		c.CallID = &f
	}
	for i := range All {
		if rule := &All[i]; rule.Message != nil {
			rule.Message(&c, m, func(key, written, seen string) {
				p.Add(Observation{Detector: rule.ID, Key: key, Frames: []int{r.Frame}, Written: written, Seen: seen, Count: 1, First: p.now, Last: p.now})
			})
		}
	}
	p.Log = append(p.Log, r)
	p.Messages++
	if r.Method == "REGISTER" && r.Status == 0 {
		p.Registers++
	}
	return &p.Log[len(p.Log)-1]
}

// record is what the engine would keep of the message.
func (p *phone) record(m *sipparse.Message) Record {
	r := Record{Frame: len(p.Log) + 1, Time: p.now, LastTime: p.now, Count: 1, Source: p.Source, Segments: 1, Status: m.Status, MaxForwards: -1}
	r.LastFrame = r.Frame
	cs, _ := m.CSeq()
	r.Method = string(cs.Method)
	for range m.Vias() {
		r.Vias++
	}
	if v, ok := m.TopVia(); ok && m.Request {
		r.Via = p.relate(Via, &v.Host, &r.ViaAddr, r.Frame)
		r.RPort = v.HasRPort
	}
	if na, ok := m.Contact(); ok && r.Vias == 1 {
		r.Contact = p.relate(Contact, &na.URI.Host, &r.ContactAddr, r.Frame)
		r.ContactPort = na.URI.Host.Port != 0
	}
	if v := m.Value(sipparse.HdrMaxForwards); len(v) == 2 {
		r.MaxForwards = int(v[0]-'0')*10 + int(v[1]-'0')
	}
	return r
}

func (p *phone) describe(r *Record, d *sipparse.SDP) {
	if r.Vias > 1 || len(d.Media) == 0 {
		return
	}
	conn := d.Conn.Host
	if d.Media[0].Conn.Raw != nil {
		conn = d.Media[0].Conn.Host
	}
	r.Conn = p.relate(SDP, &conn, &r.ConnAddr, r.Frame)
	r.ConnAddr = netip.AddrPortFrom(conn.IP, uint16(d.Media[0].Port))
	r.Origin, r.OriginIP = Relate(d.Origin.Host.IP, 0, p.Source), d.Origin.Host.IP
}

func (p *phone) relate(f Field, h *sipparse.Host, to *netip.AddrPort, frame int) Relation {
	port := h.Port
	if port == 0 {
		port = 5060
	}
	if h.IP.IsValid() {
		*to = netip.AddrPortFrom(h.IP, uint16(port))
	}
	if f == SDP {
		port = 0
	}
	rel := Relate(h.IP, port, p.Source)
	if p.Fields[f].Note(rel) {
		p.Fields[f].SetFirst(rel, Sample{Frame: frame, Text: string(h.Name), Seen: p.Source.String()})
	}
	if Inside(h.IP) {
		p.Inside = append(p.Inside, h.IP)
		if len(p.NAT) == 0 && !Inside(p.Source.Addr()) {
			p.behindNAT("inside-address")
		}
	}
	return rel
}

// finds runs one rule, guards first.
func (p *phone) finds(d *Detector) []Finding {
	if d.Needs != nil && d.Needs(&p.Evidence) != "" {
		return nil
	}
	return d.Check(&p.Evidence)
}

// wants holds the sum of a rule's decibans against a figure.
func (p *phone) wants(d *Detector, db float64) {
	p.t.Helper()
	got := 0.0
	for _, f := range p.finds(d) {
		got += f.DB
		if f.ID != d.ID || len(f.Frames) == 0 || f.Summary == "" {
			p.t.Errorf("%s: unfinished finding %+v", d.ID, f)
		}
	}
	if got != db {
		p.t.Errorf("%s: %v dB, want %v; found %+v", d.ID, got, db, p.finds(d))
	}
}

// message writes a request or an answer of a phone. The words are method or
// "200 METHOD", Via, Contact, Call-ID and SDP address, "" for none.
func message(what, via, contact, callID, sdp string, more ...string) string {
	var b strings.Builder
	method := what
	if status, m, ok := strings.Cut(what, " "); ok {
		method = m
		b.WriteString("SIP/2.0 " + status + " OK\nVia: SIP/2.0/UDP " + serverAddr + ";branch=z9hG4bKs\n")
	} else {
		b.WriteString(what + " sip:600@198.51.100.10 SIP/2.0\nVia: SIP/2.0/UDP " + via + ";branch=z9hG4bKp;rport\n")
	}
	b.WriteString("From: <sip:1001@pbx.example>;tag=a\nTo: <sip:600@pbx.example>\nCall-ID: " + callID + "\nCSeq: 1 " + method + "\n")
	if contact != "" {
		b.WriteString("Contact: <sip:1001@" + contact + ">\n")
	}
	for _, h := range more {
		b.WriteString(h + "\n")
	}
	if sdp == "" {
		return b.String()
	}
	if !strings.Contains(sdp, "\n") {
		sdp = "v=0\no=- 7 1 IN IP4 " + sdp + "\ns=-\nc=IN IP4 " + sdp + "\nt=0 0\nm=audio 11780 RTP/AVP 0\n"
	}
	return b.String() + "Content-Type: application/sdp\n\n" + sdp
}
