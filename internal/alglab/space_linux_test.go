package alglab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// space is a network namespace without a name: it belongs to one thread of
// this process and goes, with all that is in it, when the thread has ended and
// the sockets are closed. Nothing is left behind, however the test ends.
type space struct {
	tid  int
	work chan func()
}

// newSpace makes a namespace whose loopback is up.
func newSpace(t testing.TB) *space {
	t.Helper()
	s := &space{work: make(chan func())}
	made := make(chan error)
	go func() {
		// Never unlocked: the thread ends with the goroutine, and the
		// namespace with the thread.
		runtime.LockOSThread()
		err := syscall.Unshare(syscall.CLONE_NEWNET)
		s.tid = syscall.Gettid()
		made <- err
		if err != nil {
			return
		}
		for f := range s.work {
			f()
		}
	}()
	if err := <-made; err != nil {
		t.Skipf("SKIPPED: no network namespace to be had (unshare: %v): run as root", err)
	}
	t.Cleanup(func() { close(s.work) })
	if err := s.run("ip", "link", "set", "lo", "up"); err != nil {
		t.Fatal(err)
	}
	return s
}

// in runs f on the namespace's thread. Sockets that f makes, and programs that
// it starts, are in the namespace.
func (s *space) in(f func() error) error {
	done := make(chan error, 1)
	s.work <- func() { done <- f() }
	return <-done
}

// run runs a program in the namespace.
func (s *space) run(name string, args ...string) error {
	return s.in(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
		}
		return nil
	})
}

// set writes a setting below /proc/sys/net, which are the thread's own.
func (s *space) set(name, value string) error {
	return s.in(func() error { return os.WriteFile("/proc/sys/net/"+name, []byte(value), 0o644) })
}

// udp opens a datagram socket in the namespace.
func (s *space) udp(t testing.TB, at netip.AddrPort) *net.UDPConn {
	t.Helper()
	var conn *net.UDPConn
	err := s.in(func() (err error) {
		conn, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// listen opens a TCP listener in the namespace.
func (s *space) listen(t testing.TB, at netip.AddrPort) net.Listener {
	t.Helper()
	var l net.Listener
	err := s.in(func() (err error) {
		l, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// dial connects over TCP out of the namespace, from a port of the kernel's choice.
func (s *space) dial(t testing.TB, from netip.Addr, to netip.AddrPort) net.Conn {
	t.Helper()
	var conn net.Conn
	err := s.in(func() (err error) {
		// One address, so the socket is made in this goroutine, on this thread.
		d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: from.AsSlice()}}
		conn, err = d.Dial("tcp", to.String())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// cable joins two namespaces by a pair of interfaces, each with its addresses.
func cable(t testing.TB, a *space, nameA string, addrsA []string, b *space, nameB string, addrsB []string) {
	t.Helper()
	err := a.run("ip", "link", "add", nameA, "type", "veth", "peer", "name", nameB, "netns", strconv.Itoa(b.tid))
	if err != nil {
		t.Skipf("SKIPPED: no pair of interfaces to be had: %v", err)
	}
	for _, end := range []struct {
		s     *space
		name  string
		addrs []string
	}{{a, nameA, addrsA}, {b, nameB, addrsB}} {
		for _, addr := range end.addrs {
			err = errors.Join(err, end.s.run("ip", "addr", "add", addr, "dev", end.name))
		}
		err = errors.Join(err, end.s.run("ip", "link", "set", end.name, "up"))
	}
	if err != nil {
		t.Fatal(err)
	}
}
