package alglab

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/pion/rtp"
)

const patience = 10 * time.Second

// agent is one end of SIP: sipgo on sockets that were made in a namespace.
type agent struct {
	space     *space
	transport string         // "udp" or "tcp"
	local     netip.AddrPort // of its SIP socket
	name      string         // User-Agent
	ua        *sipgo.UserAgent
	client    *sipgo.Client
	server    *sipgo.Server
	media     *net.UDPConn
	heard     atomic.Int64 // RTP packets that came in
}

// prepare gives an agent its SIP stack, for handlers to be set.
func (a *agent) prepare(t testing.TB, options ...sipgo.ClientOption) {
	t.Helper()
	var err error
	if a.ua, err = sipgo.NewUA(sipgo.WithUserAgent(a.name)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.ua.Close() })
	if a.server, err = sipgo.NewServer(a.ua); err != nil {
		t.Fatal(err)
	}
	options = append([]sipgo.ClientOption{sipgo.WithClientNAT(), sipgo.WithClientAddr(a.local.String())}, options...)
	if a.client, err = sipgo.NewClient(a.ua, options...); err != nil {
		t.Fatal(err)
	}
}

// serve starts an agent. Over TCP a phone has one connection, conn, and the
// server a listener.
func (a *agent) serve(t testing.TB, conn net.Conn) {
	t.Helper()
	switch {
	case a.transport == "udp":
		socket := a.space.udp(t, a.local)
		go a.server.ServeUDP(socket)
	case conn != nil:
		l := listenerOf(t, conn)
		go a.server.ServeTCP(l)
	default:
		l := a.space.listen(t, a.local)
		go a.server.ServeTCP(l)
	}
	a.wait(conn)
}

// wait gives the serving goroutine the time to make its socket known to the
// stack; a request sent before would open another one, in no namespace of ours.
func (a *agent) wait(conn net.Conn) {
	key := a.local.String()
	if conn != nil {
		key = conn.RemoteAddr().String()
	} else if a.transport == "tcp" {
		return
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if c, err := a.ua.TransportLayer().GetConnection(a.transport, key); err == nil && c != nil {
			return
		}
	}
}

// request is a request with what every agent writes. A To without a port is
// how chan_pjsip writes it.
func (a *agent) request(method sip.RequestMethod, target sip.Uri, from, to sip.Uri, callID string) *sip.Request {
	req := sip.NewRequest(method, target)
	req.SetTransport(sip.NetworkToUpper(a.transport))
	f := &sip.FromHeader{Address: from}
	f.Params.Add("tag", sip.GenerateTagN(10))
	id := sip.CallIDHeader(callID)
	req.AppendHeader(f)
	req.AppendHeader(&sip.ToHeader{Address: to})
	req.AppendHeader(&id)
	req.AppendHeader(sip.NewHeader("User-Agent", a.name))
	return req
}

func uri(user string, host netip.Addr, port uint16) sip.Uri {
	return sip.Uri{Scheme: "sip", User: user, Host: host.String(), Port: int(port)}
}

// talk sends a stream of 20 ms packets for a while and counts what arrives. An
// end that is not told where to sends where the first packet came from, as a
// server with symmetric RTP does.
func (a *agent) talk(to netip.AddrPort, ssrc uint32, length time.Duration) error {
	first := true
	end := time.Now().Add(length)
	heard := make(chan netip.AddrPort, 1)
	done := make(chan error, 1)
	if to.IsValid() {
		heard <- to
	}
	go func() { done <- a.speak(heard, ssrc, end) }()
	buf := make([]byte, 2048)
	if err := a.media.SetReadDeadline(end.Add(100 * time.Millisecond)); err != nil {
		return err
	}
	for {
		n, from, err := a.media.ReadFromUDPAddrPort(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return <-done
		}
		if err != nil {
			return errors.Join(err, <-done)
		}
		var p rtp.Packet
		if p.Unmarshal(buf[:n]) != nil {
			continue
		}
		a.heard.Add(1)
		if first && !to.IsValid() {
			heard <- from
		}
		first = false
	}
}

func (a *agent) speak(heard <-chan netip.AddrPort, ssrc uint32, end time.Time) error {
	var to netip.AddrPort
	select {
	case to = <-heard:
	case <-time.After(time.Until(end)):
		return errors.New("no RTP came, so none was sent")
	}
	p := rtp.Packet{Header: rtp.Header{Version: 2, Marker: true, SSRC: ssrc, SequenceNumber: uint16(ssrc)}, Payload: make([]byte, 160)}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(end) {
		b, err := p.Marshal()
		if err != nil {
			return err
		}
		if _, err := a.media.WriteToUDPAddrPort(b, to); err != nil {
			return err
		}
		p.Marker = false
		p.SequenceNumber++
		p.Timestamp += 160
		<-tick.C
	}
	return nil
}

func soon() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience)
}
