package alglab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"syscall"
	"testing"
)

// The addresses of every lab: none of them leaves its namespaces.
var (
	phoneIP   = netip.MustParseAddr("192.168.1.50")
	siblingIP = netip.MustParseAddr("192.168.1.51")
	routerIP  = netip.MustParseAddr("198.51.100.23")
	serverIP  = netip.MustParseAddr("203.0.113.10")  // as the phones know it
	officeIP  = netip.MustParseAddr("192.168.50.10") // the server's own, where it stands behind a router too
)

// lab is a home network with its router, and a server on the Internet: on it
// itself, or in an office behind a gate that forwards ports.
type lab struct {
	home, router, far *space
	gate              *space     // nil: the server is on the Internet itself
	bound             netip.Addr // the server's own address
}

// newLab builds the namespaces and the NAT between them. More arguments go to
// the home router's NAT rule.
func newLab(t testing.TB, office bool, nat ...string) *lab {
	t.Helper()
	l := &lab{home: newSpace(t), router: newSpace(t), far: newSpace(t), bound: serverIP}
	outside := l.far
	if office {
		l.gate, l.bound = newSpace(t), officeIP
		outside = l.gate
		cable(t, l.gate, "lan", []string{"192.168.50.1/24"}, l.far, "eth0", []string{officeIP.String() + "/24"})
		must(t, l.far.run("ip", "route", "add", "default", "via", "192.168.50.1"))
		masquerade(t, l.gate)
		for _, port := range []string{"5060", "16384"} {
			must(t, l.gate.run("iptables", "-t", "nat", "-A", "PREROUTING", "-i", "wan", "-p", "udp", "--dport", port,
				"-j", "DNAT", "--to-destination", officeIP.String()))
		}
	}
	outer := "eth0"
	if office {
		outer = "wan"
	}
	cable(t, l.home, "eth0", []string{phoneIP.String() + "/24", siblingIP.String() + "/24"},
		l.router, "lan", []string{"192.168.1.1/24"})
	cable(t, l.router, "wan", []string{routerIP.String() + "/24"},
		outside, outer, []string{serverIP.String() + "/32", "198.51.100.1/24"})
	must(t, l.home.run("ip", "route", "add", "default", "via", "192.168.1.1"))
	must(t, l.router.run("ip", "route", "add", "default", "via", "198.51.100.1"))
	masquerade(t, l.router, nat...)
	return l
}

// masquerade makes a namespace a router that hides what is behind it.
func masquerade(t testing.TB, s *space, more ...string) {
	t.Helper()
	must(t, s.set("ipv4/ip_forward", "1"))
	rule := append([]string{"-t", "nat", "-A", "POSTROUTING", "-o", "wan", "-j", "MASQUERADE"}, more...)
	if err := s.run("iptables", rule...); err != nil {
		t.Skipf("SKIPPED: no NAT to be had: %v", err)
	}
}

// switchALG attaches the kernel's SIP helper to what goes to port 5060, as the
// firewall of a router does, or takes it away again. Connections that are
// known already keep what they have.
func switchALG(t testing.TB, router *space, on bool) {
	t.Helper()
	verb := "-D"
	if on {
		verb = "-A"
		// Where they are modules: the rule fetches the first by itself only.
		_ = exec.Command("modprobe", "nf_conntrack_sip").Run()
		_ = exec.Command("modprobe", "nf_nat_sip").Run()
	}
	var err error
	for _, proto := range []string{"udp", "tcp"} {
		err = errors.Join(err, router.run("iptables", "-t", "raw", verb, "PREROUTING",
			"-p", proto, "--dport", "5060", "-j", "CT", "--helper", "sip"))
	}
	if err != nil {
		t.Skipf("SKIPPED: the kernel's SIP helper is not to be had: %v", err)
	}
}

// restart makes the home router's NAT forget every connection, as "conntrack
// -F" does: an empty delete message of ctnetlink (linux/netfilter/nfnetlink_conntrack.h).
func (l *lab) restart(t testing.TB) {
	t.Helper()
	const (
		netlinkNetfilter = 12
		deleteAll        = 1<<8 | 2 // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE
		errorMessage     = 2        // NLMSG_ERROR; error 0 acknowledges
	)
	err := l.router.in(func() error {
		fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netlinkNetfilter)
		if err != nil {
			return err
		}
		defer syscall.Close(fd)
		ne := binary.NativeEndian
		msg := ne.AppendUint32(nil, 20) // 16 for this header, 4 for that of netfilter, all zero
		msg = ne.AppendUint16(msg, deleteAll)
		msg = ne.AppendUint16(msg, syscall.NLM_F_REQUEST|syscall.NLM_F_ACK)
		msg = append(msg, make([]byte, 12)...)
		if err := syscall.Sendto(fd, msg, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
			return err
		}
		answer := make([]byte, 256)
		n, _, err := syscall.Recvfrom(fd, answer, 0)
		if err != nil {
			return err
		}
		if n < 20 || ne.Uint16(answer[4:]) != errorMessage {
			return fmt.Errorf("answer of %d bytes to a flush", n)
		}
		if code := int32(ne.Uint32(answer[16:])); code != 0 {
			return syscall.Errno(-code)
		}
		return nil
	})
	if err != nil {
		t.Skipf("SKIPPED: the NAT can't be made to forget its connections: %v", err)
	}
}

// needs skips the test, and says so, where it can't be run.
func needs(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("SKIPPED: no %s here: make test installs it", p)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func at(ip netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(ip, port) }

// sdpAt writes what an audio endpoint offers and answers.
func sdpAt(media netip.AddrPort) []byte {
	return fmt.Appendf(nil, "v=0\r\no=- 4711 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\n"+
		"m=audio %[2]d RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n",
		media.Addr(), media.Port())
}
