package engine

import (
	"bytes"
	"net/netip"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/sipparse"
)

// partyKey is one direction of a SIP flow.
type partyKey struct {
	src, dst capture.Addr
	proto    capture.Proto
}

func (k partyKey) reverse() partyKey { return partyKey{k.dst, k.src, k.proto} }

// party is one sender of SIP towards one receiver, and what its messages said
// about its address. Which of the two is the phone is decided at the end
// (roles.go); until then both directions are observed alike.
type party struct {
	key      partyKey
	order    uint64
	source   netip.AddrPort // key.src
	server   netip.AddrPort // key.dst
	link     lruItem[party]
	peer     *party // the other direction, if it was seen
	sameHash *party // see partyTable
	touched  int    // number of the message that moved it to the front of its list
	known    bool   // in the list of those that were answered or sent often

	first, last           int64
	firstFrame            int
	messages, requests    int
	complete              int // messages not clipped
	cut                   int // clipped, or broken by lost bytes
	proxied               int // requests with more than one Via
	answersTo             int // responses that it got
	accepted              int // 1xx, 2xx and 3xx among them
	registers, registered int // REGISTERs sent, 2xx got for them
	challenged            int // 401/407 got
	challenger, registrar int // 401/407 sent; 2xx to REGISTER sent
	out, in               int // by what the capture says of the direction
	hep                   int
	initialTTL, otherTTL  int // packets with a TTL that no router has lowered

	transport string // from Via; "" when it never said
	aor       string
	aorFrom   uint8 // how good aor is: see takeAOR
	userAgent string
	lastTTL   uint8
	ttlVaries bool
	routed    bool // the same packets were seen before and behind a router, unchanged
	crossed   crossing

	twin   *party  // the same requests on the other side of a NAT
	claims *claims // nil for a server that its phones register with: it is not judged

	insideContact int // frame in which it gave its own inside address as Contact to a public one; 0 for none

	quiet     quiet
	probe     pendingProbe // OPTIONS that this party sent
	probes    int
	probeLost int
	lostFrame []int
}

// claims is what a party's messages say about its address.
type claims struct {
	fields      [detectors.NumFields]detectors.Compared
	inside      []insideAddr
	insideIPs   []netip.Addr // of inside; shared with rules, only ever appended to
	firstReg    detectors.Register
	laterReg    detectors.Register
	rcvdPublic  detectors.Sample
	rcvdOwn     detectors.Sample
	rcvdMissing detectors.Sample // an answer without received= to a request with an inside Via
	knownAs     detectors.Sample // a public address by which the server names it
	instance    string           // +sip.instance
	regCallID   uint64
	lastCallID  uint64
	callID      detectors.CallIDFormat // of lastCallID
	hasCallID   bool
	madeBy      string // the family that spells addresses in its Call-IDs like this
	localPort   uint16 // that the phone hid in a Call-ID
	localPortAt int
	users       [4]uint64
	nUsers      int

	log       []detectors.Record
	skipped   int
	observed  []detectors.Observation
	echoes    int
	telling   int
	tellingAt int
	told      bool // the other side had spoken before
	offers    *sessions
}

// noClaims stands for those of a party that makes none.
var noClaims = &claims{}

// said returns the party's claims for reading.
func (p *party) said() *claims {
	if p.claims == nil {
		return noClaims
	}
	return p.claims
}

// judged tells whether the party's claims are worth keeping, and makes room
// for them.
func (p *party) judged() bool {
	if p.claims == nil {
		if p.peer != nil && p.peer.registers > 0 && p.registers == 0 {
			return false
		}
		p.claims = &claims{}
	}
	return true
}

type insideAddr struct {
	ip    netip.Addr
	frame int
	where string
}

// party returns the sender's record, a new one if need be. Senders start among
// the strangers, whose number is small, so that a flood of spoofed sources
// can't push out real phones.
func (e *Engine) party(key partyKey) *party {
	p := e.parties.find(&key)
	if p == nil {
		if e.partyLRU[0].n >= e.lim.Strangers {
			e.forgetParty(e.partyLRU[0].oldest(), 0)
		}
		e.order++
		p = &party{key: key, order: e.order, source: key.src.AddrPort(), server: key.dst.AddrPort(), touched: e.health.SIPMessages}
		p.link.v = p
		back := key.reverse()
		if q := e.parties.find(&back); q != nil {
			p.peer, q.peer = q, p
		}
		e.parties.add(p)
		e.partyLRU[0].push(&p.link)
		return p
	}
	if !p.known && (p.accepted > 0 || p.messages >= 8 || p.registrar+p.challenger > 0) {
		e.partyLRU[0].remove(&p.link)
		if e.partyLRU[1].n >= e.lim.Parties {
			e.forgetParty(e.partyLRU[1].oldest(), 1)
		}
		p.known, p.touched = true, e.health.SIPMessages
		e.partyLRU[1].push(&p.link)
		return p
	}
	if e.health.SIPMessages-p.touched >= touchEvery {
		p.touched = e.health.SIPMessages
		if p.known {
			e.partyLRU[1].touch(&p.link)
		} else {
			e.partyLRU[0].touch(&p.link)
		}
	}
	return p
}

// touchEvery is how many messages may pass before a party moves to the front of
// its list again: the order need not be exact, and moving costs cache misses.
const touchEvery = 512

func (e *Engine) forgetParty(p *party, list int) {
	e.partyLRU[list].remove(&p.link)
	e.parties.remove(p)
	if p.peer != nil {
		p.peer.peer = nil
	}
	if p.twin != nil {
		p.twin.twin = nil
	}
	e.health.evict("party")
}

// effectivePort is the port that counts where none is written (RFC 3261
// §18.2.2, §19.1.2).
func effectivePort(port int, transport string) int {
	if port != 0 {
		return port
	}
	if transport == "tls" || transport == "wss" {
		return 5061
	}
	return 5060
}

// compare records how a written host stands to the source.
func (p *party) compare(f detectors.Field, h *sipparse.Host, port, frame int) detectors.Relation {
	r := detectors.Relate(h.IP, port, p.source)
	if c := &p.claims.fields[f]; c.Note(r) {
		c.SetFirst(r, detectors.Sample{Frame: frame, Text: hostText(h), Seen: p.key.src.String()})
	}
	return r
}

// noteInside keeps an inside address that the party wrote anywhere.
func (p *party) noteInside(ip netip.Addr, where string, frame int) {
	if !detectors.Inside(ip) || len(p.claims.inside) >= 8 {
		return
	}
	for i := range p.claims.inside {
		if p.claims.inside[i].ip == ip {
			return
		}
	}
	p.claims.inside = append(p.claims.inside, insideAddr{ip, frame, where})
	p.claims.insideIPs = append(p.claims.insideIPs, ip)
}

// observeRequest compares what a request says of its sender with its source.
// Only the originator's own message can be compared: behind a second Via stands
// somebody else.
func (e *Engine) observeRequest(p *party, m *sipparse.Message, x *sipMeta, method method) {
	p.requests++
	e.takeAOR(p, m, method)
	if method == mRegister {
		p.registers++
	}
	if !p.judged() {
		e.hops(p, x)
		return
	}
	vias, via, contact := e.viaCount(m), detectors.Absent, detectors.Absent
	if v := &e.via; e.hasVia {
		if p.transport == "" || p.messages < 2 {
			p.transport = lowerTransport(v.Transport)
		}
		via = p.compare(detectors.Via, &v.Host, effectivePort(v.Host.Port, p.transport), x.frame)
		e.rec.ViaAddr, e.rec.RPort = addrOf(&v.Host, p.transport), v.HasRPort
		p.noteInside(v.Host.IP, "Via", x.frame)
	}
	if vias > 1 {
		for v := range m.Vias() {
			p.noteInside(v.Host.IP, "Via", x.frame)
		}
	}
	e.rec.Vias, e.rec.Via = vias, via
	if vias > 1 {
		p.proxied++
	} else {
		contact = e.observeContact(p, m, x)
		e.observeCallID(p, m, x)
	}
	if !x.cut {
		p.complete++
	}
	if method == mRegister {
		e.observeRegister(p, m, x, via, contact)
	}
}

// viaCount is the number of Via values: hops, and 1 for who wrote the message.
func (e *Engine) viaCount(m *sipparse.Message) int {
	n := 0
	for i := range m.Headers {
		if h := &m.Headers[i]; h.ID == sipparse.HdrVia {
			n++
			if bytes.IndexByte(h.Value, ',') >= 0 {
				n = 0
				for range m.Vias() {
					n++
				}
				return n
			}
		}
	}
	return n
}

// hops counts the requests of a party that is not judged.
func (e *Engine) hops(p *party, x *sipMeta) {
	if e.hasVia && p.transport == "" {
		p.transport = lowerTransport(e.via.Transport)
	}
	if !x.cut {
		p.complete++
	}
}

// observeContact compares the first Contact that is an address.
func (e *Engine) observeContact(p *party, m *sipparse.Message, x *sipMeta) detectors.Relation {
	for c := range m.Contacts() {
		if c.Star {
			return detectors.Absent
		}
		h := &c.URI.Host
		if len(h.Name) == 0 {
			return detectors.Absent
		}
		p.noteInside(h.IP, "Contact", x.frame)
		e.rec.ContactAddr, e.rec.ContactPort = addrOf(h, p.transport), h.Port != 0
		if p.claims.instance == "" {
			if v, ok := c.Params.Get("+sip.instance"); ok {
				p.claims.instance = clip(v, 80)
			}
		}
		e.rec.Contact = p.compare(detectors.Contact, h, effectivePort(h.Port, p.transport), x.frame)
		return e.rec.Contact
	}
	return detectors.Absent
}

// observeCallID reads the address that the phone hid in its Call-ID. Within a
// dialog the Call-ID may be the other side's.
func (e *Engine) observeCallID(p *party, m *sipparse.Message, x *sipMeta) {
	id, c := m.CallID(), p.claims
	if h := hash64(id); h != c.lastCallID {
		c.lastCallID, c.hasCallID = h, false
		if to, ok := m.To(); !ok {
			return
		} else if _, tagged := to.Params.Get("tag"); tagged {
			return
		}
		c.callID, c.hasCallID = detectors.DecodeCallID(id)
		if !c.hasCallID {
			return
		}
		p.noteInside(c.callID.IP, "Call-ID", x.frame)
		if c.callID.Hidden {
			c.madeBy = c.callID.Family
			if c.localPort == 0 && c.callID.Port != 0 {
				c.localPort, c.localPortAt = c.callID.Port, x.frame
			}
		}
	}
	if c.hasCallID {
		e.callID = &c.callID
	}
}

func (e *Engine) observeRegister(p *party, m *sipparse.Message, x *sipMeta, via, contact detectors.Relation) {
	reg := detectors.Register{
		Frame: x.frame, Via: via, Contact: contact,
		Auth:  m.First(sipparse.HdrAuthorization) != nil || m.First(sipparse.HdrProxyAuthorization) != nil,
		Fresh: p.answersTo == 0,
	}
	e.rec.NewSession = p.claims.regCallID != p.claims.lastCallID
	p.claims.regCallID = p.claims.lastCallID
	if p.claims.firstReg.Frame == 0 {
		p.claims.firstReg = reg
		return
	}
	f := &p.claims.firstReg
	if changed := reg.Via != f.Via || reg.Contact != f.Contact; p.claims.laterReg.Frame == 0 || changed {
		if p.answersTo > 0 && (p.claims.laterReg.Frame == 0 || p.claims.laterReg.Via == f.Via && p.claims.laterReg.Contact == f.Contact) {
			p.claims.laterReg = reg
		}
	}
}

// takeAOR learns who the party is: a REGISTER's To says it best, then the From
// of its requests.
func (e *Engine) takeAOR(p *party, m *sipparse.Message, method method) {
	rank, id := uint8(1), sipparse.HdrFrom
	if method == mRegister {
		rank, id = 3, sipparse.HdrTo
	} else if method == mInvite || method == mSubscribe {
		rank = 2
	}
	raw := m.Value(id)
	if p.claims == nil {
		p.judged()
	}
	if h := hash64(raw); p.claims != nil && p.claims.nUsers < len(p.claims.users) && method != mRegister && method != mAck {
		seen := false
		for _, u := range p.claims.users[:p.claims.nUsers] {
			seen = seen || u == h
		}
		if !seen {
			p.claims.users[p.claims.nUsers] = h
			p.claims.nUsers++
		}
	}
	if p.aorFrom >= rank {
		return
	}
	na, ok := m.From()
	if id == sipparse.HdrTo {
		na, ok = m.To()
	}
	if !ok || len(na.URI.Host.Name) == 0 {
		return
	}
	p.aor, p.aorFrom = aorOf(&na.URI), rank
}

// observeResponse compares what a response says of the responder.
func (e *Engine) observeResponse(p *party, m *sipparse.Message, x *sipMeta, method method) {
	vias := e.viaCount(m)
	if e.hasVia {
		if p.transport == "" {
			p.transport = lowerTransport(e.via.Transport)
		}
		e.observeReceived(p, &e.via, x)
	}
	e.rec.Vias = vias
	if vias == 1 && m.Status < 300 {
		// A registrar lists its clients' contacts, not its own (§10.3).
		if method != mRegister && p.judged() {
			e.observeContact(p, m, x)
		}
		if !x.cut {
			p.complete++
		}
	}
	if p.aorFrom == 0 && method != mRegister {
		if na, ok := m.To(); ok && len(na.URI.Host.Name) > 0 {
			p.aor, p.aorFrom = aorOf(&na.URI), 1
		}
	}
	peer := p.peer
	if peer == nil {
		return
	}
	p.answerAfterSilence(x)
	peer.answersTo++
	switch {
	case m.Status == 401 || m.Status == 407:
		peer.challenged++
		p.challenger++
	case m.Status >= 100 && m.Status < 400:
		peer.accepted++
		if method == mRegister && m.Status >= 200 && m.Status < 300 {
			peer.registered++
			p.registrar++
		}
	}
	if method == mOptions {
		if cs, ok := m.CSeq(); ok {
			peer.probeAnswered(cs.Seq)
		}
	}
}

// observeReceived keeps what the answerer says it received the request from.
func (e *Engine) observeReceived(p *party, v *sipparse.Via, x *sipMeta) {
	peer := p.peer
	if peer == nil || peer.claims == nil {
		return
	}
	if !v.Received.IsValid() {
		peer.receivedMissing(p, v, x)
		return
	}
	s := detectors.Sample{Frame: x.frame}
	own := v.Received == peer.source.Addr()
	switch {
	case own && peer.claims.rcvdOwn.Frame == 0 && detectors.Inside(v.Received):
		s.Text, s.Seen = "received="+v.Received.String(), "answer from "+p.source.String()
		peer.claims.rcvdOwn = s
	case !own && peer.claims.rcvdPublic.Frame == 0 && detectors.Classify(v.Received) == detectors.Public &&
		v.Host.IP == peer.source.Addr() && v.Received != p.source.Addr(): // some registrars stamp themselves
		s.Text, s.Seen = "received="+v.Received.String(), "sent from "+peer.source.String()
		peer.claims.rcvdPublic = s
	}
}

// observeSDP compares the media address with the source of the message.
func (e *Engine) observeSDP(p *party, m *sipparse.Message, d *sipparse.SDP, x *sipMeta) {
	if !p.judged() {
		return
	}
	p.noteInside(d.Origin.Host.IP, "SDP o=", x.frame)
	if d.Origin.Raw != nil {
		e.rec.Origin, e.rec.OriginIP = detectors.Relate(d.Origin.Host.IP, 0, p.source), d.Origin.Host.IP
	}
	for i := range d.Media {
		md := &d.Media[i]
		c := &d.Conn
		if md.Conn.Raw != nil {
			c = &md.Conn
		}
		if c.Raw == nil || md.Port == 0 {
			continue
		}
		p.noteInside(c.Host.IP, "SDP c=", x.frame)
		p.noteInside(md.RTCP.Host.IP, "a=rtcp", x.frame)
		// The media port is another socket's: only the address can agree.
		e.rec.Conn = p.compare(detectors.SDP, &c.Host, 0, x.frame)
		e.rec.ConnAddr = netip.AddrPortFrom(c.Host.IP, uint16(max(md.Port, 0)))
		if p.claims.offers == nil {
			p.claims.offers = &sessions{}
		}
		p.claims.offers.see(p, m, d, md, c, x)
		return
	}
}
