package alglab

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// pbx is the server: registrar, qualify as chan_pjsip does it, and an answering
// end with symmetric RTP.
type pbx struct {
	agent
	t       testing.TB
	writes  netip.Addr    // its own, or as external_signaling_address has it
	talking time.Duration // how long a call lasts
	mu      sync.Mutex
	seen    map[string]sip.Uri // registered user: where its requests come from
	dialogs *sipgo.DialogServerCache
	caller  sipgo.DialogUA // sends where the answer came from, whatever Contact says (rewrite_contact)
}

func newPBX(t testing.TB, l *lab, transport string, port uint16, public bool, talk time.Duration) *pbx {
	t.Helper()
	b := &pbx{
		agent: agent{space: l.far, transport: transport, local: at(l.bound, port), name: "Asterisk PBX 20.20.1"},
		t:     t, talking: talk, seen: map[string]sip.Uri{}, writes: l.bound,
	}
	if public {
		b.writes = serverIP
	}
	b.media = l.far.udp(t, at(l.bound, 16384))
	b.prepare(t, sipgo.WithClientAddr(at(b.writes, port).String()))
	contact := uri("", b.writes, port)
	if transport == "tcp" {
		contact.UriParams.Add("transport", "tcp")
	}
	b.dialogs = sipgo.NewDialogServerCache(b.client, sip.ContactHeader{Address: contact})
	b.caller = sipgo.DialogUA{Client: b.client, ContactHDR: sip.ContactHeader{Address: contact}, RewriteContact: true}
	b.server.OnRegister(b.register)
	b.server.OnInvite(b.invite)
	b.server.OnAck(func(req *sip.Request, tx sip.ServerTransaction) { b.check("ACK", b.dialogs.ReadAck(req, tx)) })
	b.server.OnBye(func(req *sip.Request, tx sip.ServerTransaction) { b.check("BYE", b.dialogs.ReadBye(req, tx)) })
	b.serve(t, nil)
	return b
}

func (b *pbx) check(what string, err error) {
	if err != nil {
		b.t.Errorf("server: %s: %v", what, err)
	}
}

// register challenges once, then keeps the contact as it arrived but calls
// back where the request came from (rewrite_contact).
func (b *pbx) register(req *sip.Request, tx sip.ServerTransaction) {
	if req.GetHeader("Authorization") == nil {
		res := sip.NewResponseFromRequest(req, 401, "Unauthorized", nil)
		res.AppendHeader(sip.NewHeader("WWW-Authenticate",
			fmt.Sprintf(`Digest realm="asterisk", nonce="%d/5f2b8d0c", algorithm=MD5, qop="auth"`, time.Now().UnixNano())))
		res.AppendHeader(sip.NewHeader("Server", b.name))
		b.check("401", tx.Respond(res))
		return
	}
	from, _, err := sip.ParseAddr(req.Source())
	_, port, _ := sip.ParseAddr(req.Source())
	if err != nil {
		b.check("source", err)
		return
	}
	b.mu.Lock()
	b.seen[req.From().Address.User] = sip.Uri{Scheme: "sip", User: req.From().Address.User, Host: from, Port: port}
	b.mu.Unlock()
	res := sip.NewResponseFromRequest(req, 200, "OK", nil)
	if c := req.Contact(); c != nil {
		res.AppendHeader(c.Clone())
	}
	res.AppendHeader(sip.NewHeader("Expires", "120"))
	res.AppendHeader(sip.NewHeader("Server", b.name))
	b.check("200", tx.Respond(res))
}

// towards is a request to a registered phone as chan_pjsip writes it: no port
// in To, whatever the Request-URI has.
func (b *pbx) towards(method sip.RequestMethod, user string) (*sip.Request, error) {
	b.mu.Lock()
	target, ok := b.seen[user]
	b.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("%s is not registered", user)
	}
	to := target
	to.Port = 0
	req := b.request(method, target, uri(user, b.writes, 0), to, sip.GenerateTagN(20))
	req.AppendHeader(b.caller.ContactHDR.Clone())
	req.SetDestination(fmt.Sprintf("%s:%d", target.Host, target.Port))
	return req, nil
}

// qualify sends one OPTIONS to a registered phone.
func (b *pbx) qualify(user string) error {
	req, err := b.towards(sip.OPTIONS, user)
	if err != nil {
		return err
	}
	ctx, cancel := soon()
	defer cancel()
	res, err := b.client.Do(ctx, req)
	if err != nil {
		return err
	}
	if res.StatusCode != 200 {
		return fmt.Errorf("OPTIONS: %s", res.StartLine())
	}
	return nil
}

// call calls a registered phone, talks for a while, and hangs up.
func (b *pbx) call(user string, length time.Duration) error {
	req, err := b.towards(sip.INVITE, user)
	if err != nil {
		return err
	}
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(sdpAt(at(b.writes, 16384)))
	ctx, cancel := soon()
	defer cancel()
	d, err := b.caller.WriteInvite(ctx, req)
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
	if err := b.talk(netip.AddrPort{}, 0x5eb0_0002, length); err != nil {
		return err
	}
	return d.Bye(ctx)
}

// invite answers and talks.
func (b *pbx) invite(req *sip.Request, tx sip.ServerTransaction) {
	d, err := b.dialogs.ReadInvite(req, tx)
	if err != nil {
		b.check("INVITE", err)
		return
	}
	b.check("180", d.Respond(180, "Ringing", nil))
	go func() {
		b.check("RTP", b.talk(netip.AddrPort{}, 0x5eb0_0001, b.talking))
	}()
	b.check("200", d.RespondSDP(sdpAt(at(b.writes, 16384))))
}
