package alglab

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// phone is a phone at home: it writes its own address, unless it is one of
// those that know or learn what the Internet sees.
type phone struct {
	agent
	user    string
	pbx     netip.AddrPort
	mu      sync.Mutex
	written netip.AddrPort // what it writes into Via and Contact
	offers  netip.AddrPort // what it writes into SDP
	learns  bool           // writes what received= and rport= said from then on, but in SDP
	splits  bool           // sends an INVITE in two TCP segments
	callID  int
}

// model is what a phone calls itself and the number of its line.
type model struct{ user, agent string }

var (
	yealink = model{"1001", "Yealink SIP-T46U 108.86.0.20"}
	fanvil  = model{"1002", "Fanvil X4U 2.12.1"}
)

func newPhone(t testing.TB, l *lab, m model, ip netip.Addr, port uint16, b *pbx, options ...func(*phone)) *phone {
	t.Helper()
	p := &phone{
		agent: agent{space: l.home, transport: b.transport, local: at(ip, port), name: m.agent},
		user:  m.user, pbx: at(serverIP, b.local.Port()),
	}
	p.media = l.home.udp(t, at(ip, 11780))
	p.written, p.offers = p.local, at(ip, 11780)
	for _, option := range options {
		option(p)
	}
	var conn net.Conn
	var bind sipgo.ClientOption
	if p.transport == "tcp" {
		conn = l.home.dial(t, ip, p.pbx)
		if p.splits {
			conn = splitting{conn}
		}
		p.local = netip.MustParseAddrPort(conn.LocalAddr().String())
		p.written = p.local
		bind = sipgo.WithClientAddr(p.written.String())
	} else {
		bind = sipgo.WithClientConnectionAddr(p.local.String())
	}
	p.prepare(t, bind, sipgo.WithClientAddr(p.written.String()))
	p.server.OnOptions(func(req *sip.Request, tx sip.ServerTransaction) {
		res := sip.NewResponseFromRequest(req, 200, "OK", nil)
		res.AppendHeader(p.contact())
		res.AppendHeader(sip.NewHeader("User-Agent", p.name))
		if err := tx.Respond(res); err != nil {
			t.Errorf("phone: OPTIONS: %v", err)
		}
	})
	p.answers(t)
	p.serve(t, conn)
	return p
}

// answers makes the phone take calls and talk for as long as they last, but
// not for ever.
func (p *phone) answers(t testing.TB) {
	check := func(what string, err error) {
		if err != nil {
			t.Errorf("phone: %s: %v", what, err)
		}
	}
	dialogs := sipgo.NewDialogServerCache(p.client, *p.contact())
	p.server.OnInvite(func(req *sip.Request, tx sip.ServerTransaction) {
		d, err := dialogs.ReadInvite(req, tx)
		if err != nil {
			check("INVITE", err)
			return
		}
		check("180", d.Respond(180, "Ringing", nil, p.contact()))
		go func() {
			check("RTP", p.talk(at(serverIP, 16384), 0xf0e1_0000+uint32(p.local.Port()), ringing))
		}()
		res := sip.NewSDPResponseFromRequest(d.InviteRequest, sdpAt(p.offers))
		res.AppendHeader(p.contact())
		check("200", d.WriteResponse(res))
	})
	p.server.OnAck(func(req *sip.Request, tx sip.ServerTransaction) { check("ACK", dialogs.ReadAck(req, tx)) })
	p.server.OnBye(func(req *sip.Request, tx sip.ServerTransaction) { check("BYE", dialogs.ReadBye(req, tx)) })
}

// splitting is a connection that sends every INVITE in two segments.
type splitting struct{ net.Conn }

func (c splitting) Write(b []byte) (int, error) {
	if !bytes.HasPrefix(b, []byte("INVITE ")) {
		return c.Conn.Write(b)
	}
	n, err := c.Conn.Write(b[:len(b)/2])
	if err != nil {
		return n, err
	}
	time.Sleep(20 * time.Millisecond)
	m, err := c.Conn.Write(b[len(b)/2:])
	return n + m, err
}

// splits makes such a phone: its INVITE is too long for a segment.
func splits(p *phone) { p.splits = true }

// knows makes a phone that was told its public address: by STUN, or by hand.
func knows(public netip.Addr) func(*phone) {
	return func(p *phone) {
		p.written = at(public, p.local.Port())
		p.offers = at(public, p.offers.Port())
	}
}

// learns makes a phone that believes received= and rport=.
func learns(p *phone) { p.learns = true }

func (p *phone) contact() *sip.ContactHeader {
	p.mu.Lock()
	u := uri(p.user, p.written.Addr(), p.written.Port())
	p.mu.Unlock()
	if p.transport == "tcp" {
		u.UriParams.Add("transport", "tcp")
	}
	return &sip.ContactHeader{Address: u}
}

func (p *phone) id() string {
	p.callID++
	return fmt.Sprintf("%d_%d@%s", p.callID, 3747344959+p.callID, p.local.Addr())
}

// register registers, with the challenge that comes first.
func (p *phone) register() error {
	self := uri(p.user, serverIP, 0)
	target := uri("", serverIP, 0)
	if p.pbx.Port() != 5060 {
		target.Port = int(p.pbx.Port())
	}
	req := p.request(sip.REGISTER, target, self, self, p.id())
	req.AppendHeader(p.contact())
	req.AppendHeader(sip.NewHeader("Expires", "120"))
	req.SetDestination(p.pbx.String())
	ctx, cancel := soon()
	defer cancel()
	res, err := p.client.Do(ctx, req)
	if err != nil {
		return err
	}
	if p.learns {
		if err := p.learn(res); err != nil {
			return err
		}
		req.ReplaceHeader(p.contact())
	}
	if res.StatusCode == 401 {
		auth := sipgo.DigestAuth{Username: p.user, Password: "secret"}
		if res, err = p.client.DoDigestAuth(ctx, req, res, auth); err != nil {
			return err
		}
	}
	if res.StatusCode != 200 {
		return fmt.Errorf("REGISTER: %s", res.StartLine())
	}
	return nil
}

// learn takes what the server saw for its own.
func (p *phone) learn(res *sip.Response) error {
	host, _ := res.Via().Params.Get("received")
	port, _ := res.Via().Params.Get("rport")
	n, err := strconv.Atoi(port)
	if err != nil {
		return fmt.Errorf("rport in the answer: %w", err)
	}
	seen, err := netip.ParseAddr(host)
	if err != nil {
		return fmt.Errorf("received in the answer: %w", err)
	}
	p.mu.Lock()
	p.written = at(seen, uint16(n))
	p.mu.Unlock()
	bind := sipgo.WithClientConnectionAddr(p.local.String())
	p.client, err = sipgo.NewClient(p.ua, sipgo.WithClientNAT(), bind, sipgo.WithClientAddr(p.written.String()))
	return err
}

// call calls the server, talks for a while, and hangs up.
func (p *phone) call(length time.Duration) error {
	target := uri("600", serverIP, 0)
	if p.pbx.Port() != 5060 {
		target.Port = int(p.pbx.Port())
	}
	req := p.request(sip.INVITE, target, uri(p.user, serverIP, 0), target, p.id())
	req.AppendHeader(p.contact())
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(sdpAt(p.offers))
	req.SetDestination(p.pbx.String())
	ctx, cancel := soon()
	defer cancel()
	dialogs := sipgo.NewDialogClientCache(p.client, *p.contact())
	d, err := dialogs.WriteInvite(ctx, req)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.WaitAnswer(ctx, sipgo.AnswerOptions{}); err != nil {
		return err
	}
	if err := d.Ack(ctx); err != nil {
		return err
	}
	if err := p.talk(at(serverIP, 16384), 0xf0e0_0000+uint32(p.local.Port()), length); err != nil {
		return err
	}
	return d.Bye(ctx)
}
