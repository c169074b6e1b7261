package alglab

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/algsniff/algsniff/capture"
)

const (
	linkEthernet   = 1
	ethPAll        = 3 // all protocols, ETH_P_ALL
	packetOutgoing = 4 // PACKET_OUTGOING
)

// tap captures every interface of a namespace but the loopback into a pcapng
// file, until stop.
type tap struct {
	name string
	stop func()
}

// newTap is capturing when it returns.
func newTap(t testing.TB, s *space, name string) *tap {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".pcapng")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := capture.NewWriter(file, "pcapng", linkEthernet)
	if err != nil {
		t.Fatal(err)
	}
	var fd int
	err = s.in(func() (err error) {
		all := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, ethPAll))
		fd, err = syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, int(all))
		return err
	})
	if err != nil {
		t.Skipf("SKIPPED: no packet socket to be had: %v", err)
	}
	short := syscall.NsecToTimeval(int64(20 * time.Millisecond))
	if err := syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &short); err != nil {
		t.Fatal(err)
	}
	quit, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- record(fd, w, quit) }()
	ended := false
	c := &tap{name: path}
	c.stop = func() {
		if ended {
			return
		}
		ended = true
		close(quit)
		if err := errors.Join(<-done, syscall.Close(fd), file.Close()); err != nil {
			t.Errorf("capture %s: %v", name, err)
		}
	}
	t.Cleanup(c.stop)
	return c
}

// record writes frames until it is told to quit and nothing more is waiting.
func record(fd int, w *capture.Writer, quit <-chan struct{}) error {
	buf := make([]byte, 1<<16)
	ifaces := map[int]int{} // interface index to number in the file
	for {
		n, from, err := syscall.Recvfrom(fd, buf, 0)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			select {
			case <-quit:
				return nil
			default:
				continue
			}
		case err != nil:
			return err
		}
		link, ok := from.(*syscall.SockaddrLinklayer)
		if !ok || link.Hatype == syscall.ARPHRD_LOOPBACK {
			continue
		}
		num, known := ifaces[link.Ifindex]
		if !known {
			if num = len(ifaces); num > 0 { // the first one stands in the file already
				if num, err = w.AddInterface(linkEthernet, ""); err != nil {
					return err
				}
			}
			ifaces[link.Ifindex] = num
		}
		r := capture.Record{Time: time.Now().UnixNano(), Data: buf[:n], Iface: num, Dir: capture.DirIn}
		if link.Pkttype == packetOutgoing {
			r.Dir = capture.DirOut
		}
		if err := w.Write(&r); err != nil {
			return err
		}
	}
}

// oneConn is a listener that has one connection to hand on, for a SIP stack
// that opens its connections on any thread, in any namespace.
type oneConn struct {
	conns  chan net.Conn
	closed chan struct{}
	addr   net.Addr
}

func listenerOf(t testing.TB, c net.Conn) net.Listener {
	l := &oneConn{conns: make(chan net.Conn, 1), closed: make(chan struct{}), addr: c.LocalAddr()}
	l.conns <- c
	t.Cleanup(func() { close(l.closed) })
	return l
}

func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return l.addr }
