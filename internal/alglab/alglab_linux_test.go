package alglab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

func TestMain(m *testing.M) {
	sip.SetDefaultLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))
	// The scenarios wait most of the time, so more than one for each core.
	_ = flag.Set("test.parallel", "8")
	_ = os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	os.Exit(m.Run())
}

// scenario is what happens in a lab, and what may be said of it.
type scenario struct {
	name      string
	alg       bool // in the home router
	office    bool // the server is behind a router of its own
	gateALG   bool // in that one
	transport string
	port      uint16   // of the server; 0: 5060
	nat       []string // how the home router maps ports
	phones    func(t *testing.T, l *lab, b *pbx) []*phone
	qualify   bool
	says      []string // the verdicts that may be given from the server's side
}

var (
	notAbove = []string{"UNLIKELY", "INCONCLUSIVE"}
	atLeast  = []string{"POSSIBLE", "LIKELY", "CONFIRMED"}
	sure     = []string{"LIKELY", "CONFIRMED"}
)

// ports makes the router translate every port.
var ports = []string{"-p", "udp", "--random-fully"}

var scenarios = []scenario{
	{name: "nat-udp", transport: "udp", qualify: true, says: notAbove},
	{name: "nat-udp-noqualify", transport: "udp", says: notAbove},
	{name: "nat-udp-ports", transport: "udp", nat: ports, qualify: true, says: notAbove},
	{name: "nat-udp-two", transport: "udp", phones: twoPhones, says: notAbove},
	{name: "nat-udp-learns", transport: "udp", phones: onePhone(learns), qualify: true, says: notAbove},
	{name: "nat-udp-knows", transport: "udp", phones: onePhone(knows(routerIP)), qualify: true, says: notAbove},
	{name: "nat-tcp", transport: "tcp", qualify: true, says: notAbove},
	{name: "nat-office", transport: "udp", office: true, qualify: true, says: notAbove},
	{name: "alg-udp", alg: true, transport: "udp", qualify: true, says: sure},
	{name: "alg-udp-noqualify", alg: true, transport: "udp", says: atLeast},
	{name: "alg-udp-ports", alg: true, transport: "udp", nat: ports, qualify: true, says: atLeast},
	{name: "alg-udp-two", alg: true, transport: "udp", phones: twoPhones, says: sure},
	{name: "alg-udp-knows", alg: true, transport: "udp", phones: onePhone(knows(routerIP)), qualify: true, says: sure},
	{name: "alg-tcp", alg: true, transport: "tcp", qualify: true, says: atLeast},
	{name: "alg-tcp-split", alg: true, transport: "tcp", phones: onePhone(splits), qualify: true, says: sure},
	{name: "alg-5080", alg: true, transport: "udp", port: 5080, qualify: true, says: notAbove},
	{name: "alg-office", gateALG: true, transport: "udp", office: true, qualify: true, says: sure},
}

func onePhone(options ...func(*phone)) func(t *testing.T, l *lab, b *pbx) []*phone {
	return func(t *testing.T, l *lab, b *pbx) []*phone {
		return []*phone{newPhone(t, l, yealink, phoneIP, 5060, b, options...)}
	}
}

func twoPhones(t *testing.T, l *lab, b *pbx) []*phone {
	return []*phone{
		newPhone(t, l, yealink, phoneIP, 5060, b),
		newPhone(t, l, fanvil, siblingIP, 5060, b),
	}
}

// rewrites tells whether what the phone wrote arrives changed. The helper
// looks at the server's port.
func (s *scenario) rewrites() bool { return s.alg && s.port == 5060 || s.gateALG }

// How long a call of a phone's lasts, and one of the server's.
const (
	talking = 2 * time.Second
	ringing = 400 * time.Millisecond
)

// TestALG runs phones and a server against the kernel's SIP helper, captures on
// both sides of the router, and holds the verdicts against what is known.
func TestALG(t *testing.T) {
	tool := ready(t)
	for _, s := range scenarios {
		if testing.Short() && !slices.Contains([]string{"nat-udp", "alg-udp"}, s.name) {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if s.port == 0 {
				s.port = 5060
			}
			if s.phones == nil {
				s.phones = onePhone()
			}
			l := newLab(t, s.office, s.nat...)
			if s.alg {
				switchALG(t, l.router, true)
			}
			if s.gateALG {
				switchALG(t, l.gate, true)
			}
			// Without a helper the server has to write its public address itself.
			b := newPBX(t, l, s.transport, s.port, s.office && !s.gateALG, talking)
			c := newTaps(t, l)
			phones := s.phones(t, l, b)
			s.run(t, b, phones)
			c.stop()
			s.hold(t, tool, c)
		})
	}
}

// TestSwitch switches the ALG of one router on and off again.
func TestSwitch(t *testing.T) {
	tool := ready(t)
	if testing.Short() {
		t.Skip("in short mode TestALG has to do")
	}
	t.Parallel()
	l := newLab(t, false)
	b := newPBX(t, l, "udp", 5060, false, talking/2)
	p := newPhone(t, l, yealink, phoneIP, 5060, b)
	for i, on := range []bool{false, true, false} {
		if i > 0 {
			switchALG(t, l.router, on)
			l.restart(t)
		}
		s := scenario{alg: on, transport: "udp", port: 5060, qualify: true, says: notAbove}
		if on {
			s.says = sure
		}
		c := newTaps(t, l)
		s.run(t, b, []*phone{p})
		c.stop()
		t.Logf("ALG on: %v", on)
		s.hold(t, tool, c)
	}
}

// ready skips a test where the machine doesn't allow it, and builds algsniff.
func ready(t *testing.T) (tool string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: network namespaces need root")
	}
	needs(t, "ip", "iptables", "go")
	return build(t)
}

// taps are the captures of a scenario.
type taps struct{ home, router, far *tap }

func newTaps(t testing.TB, l *lab) *taps {
	return &taps{newTap(t, l.home, "home"), newTap(t, l.router, "router"), newTap(t, l.far, "server")}
}

func (c *taps) stop() {
	c.home.stop()
	c.router.stop()
	c.far.stop()
}

// run registers, qualifies, calls either way, registers again.
func (s *scenario) run(t *testing.T, b *pbx, phones []*phone) {
	t.Helper()
	for range 2 {
		for _, p := range phones {
			must(t, p.register())
			if s.qualify {
				must(t, b.qualify(p.user))
			}
		}
	}
	p := phones[0]
	p.heard.Store(0)
	b.heard.Store(0)
	must(t, p.call(b.talking))
	if near, far := p.heard.Load(), b.heard.Load(); near < 25 || far < 25 {
		t.Errorf("RTP: the phone received %d packets, the server %d", near, far)
	}
	if s.qualify {
		must(t, b.call(p.user, ringing))
	}
	must(t, p.register())
}

// report is what is read of algsniff's JSON.
type report struct {
	Endpoints []struct {
		AOR, Verdict, Reason, Side string
		UserAgent                  string `json:"user_agent"`
		Findings                   []struct {
			ID, Class, Written, Seen string
			DB                       float64
		}
	}
	Streams []struct {
		Packets, Lost int
	}
	Health struct {
		SIP int `json:"sip_messages"`
		RTP int `json:"rtp_packets"`
	}
}

// hold compares the verdicts with the truth.
func (s *scenario) hold(t *testing.T, tool string, c *taps) {
	t.Helper()
	if changed := changed(t, c); changed != s.rewrites() {
		if s.rewrites() {
			t.Skip("SKIPPED: the kernel took the SIP helper but rewrites nothing (nf_nat_sip is missing?)")
		}
		t.Fatal("something rewrites although no ALG is on")
	}
	for _, e := range analyze(t, tool, c.far).Endpoints {
		if !slices.Contains(s.says, e.Verdict) {
			t.Errorf("server's side: %s %s: %s, want one of %v; %s", e.AOR, e.UserAgent, e.Verdict, s.says, e.Reason)
		}
		if s.gateALG && e.Side != "server" {
			t.Errorf("server's side: %s: side %q, want server", e.AOR, e.Side)
		}
	}
	for _, side := range []*tap{c.home, c.router} {
		proven := false
		for _, e := range analyze(t, tool, side).Endpoints {
			proven = proven || e.Verdict == "CONFIRMED"
			if !s.rewrites() && !slices.Contains(notAbove, e.Verdict) {
				t.Errorf("%s: %s: %s without an ALG; %s", filepath.Base(side.name), e.AOR, e.Verdict, e.Reason)
			}
		}
		if side == c.router && s.rewrites() && s.alg && !proven {
			t.Errorf("%s has both sides of the ALG, and nothing is CONFIRMED", filepath.Base(side.name))
		}
	}
	if code, _ := run(t, tool, "help", "compare"); code != 0 {
		t.Log("SKIPPED: this algsniff has no compare yet")
		return
	}
	code, out := run(t, tool, "compare", c.home.name, c.far.name)
	if want := map[bool]int{true: 1, false: 0}[s.rewrites()]; code != want {
		t.Errorf("compare: exit status %d, want %d:\n%s", code, want, out)
	}
}

// changed tells the truth by the bytes: whether a line that holds an address
// went out of the home and did not reach the server.
func changed(t *testing.T, c *taps) bool {
	t.Helper()
	home, err := os.ReadFile(c.home.name)
	must(t, err)
	far, err := os.ReadFile(c.far.name)
	must(t, err)
	lines := regexp.MustCompile(`\r\n(Contact: <sip:100\d@|To: <sip:100\d@|Via: SIP/2.0/(UDP|TCP) )[^\r]*\r`)
	for _, line := range lines.FindAll(home, -1) {
		// What the server sent may carry its own address, and the phone's
		// answers repeat it; only requests of the phone have no tag in To.
		if !bytes.Contains(far, line) && !bytes.Contains(line, []byte("tag=")) && !bytes.Contains(line, []byte("received=")) {
			return true
		}
	}
	return false
}

func build(t *testing.T) string {
	t.Helper()
	tool := filepath.Join(t.TempDir(), "algsniff")
	out, err := exec.Command("go", "build", "-o", tool, "github.com/algsniff/algsniff/cmd/algsniff").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// go test remembers a result until a file changes that the test itself
	// looked at: these are what the program is made of.
	must(t, filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			_, err = os.Stat(name)
		}
		return err
	}))
	return tool
}

func run(t *testing.T, tool string, args ...string) (int, []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, tool, args...).Output()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		t.Fatal(err)
	}
	if status != nil {
		return status.ExitCode(), append(out, status.Stderr...)
	}
	return 0, out
}

func analyze(t *testing.T, tool string, c *tap) (r report) {
	t.Helper()
	code, out := run(t, tool, "analyze", "--format", "json", c.name)
	if code != 0 && code != 1 && code != 4 {
		t.Fatalf("%s: exit status %d: %s", c.name, code, out)
	}
	must(t, json.Unmarshal(out, &r))
	if len(r.Endpoints) == 0 || r.Health.SIP < 10 || r.Health.RTP < 50 {
		t.Errorf("%s: %d endpoints, %d SIP messages, %d RTP packets", filepath.Base(c.name), len(r.Endpoints), r.Health.SIP, r.Health.RTP)
	}
	for _, e := range r.Endpoints {
		t.Logf("%s: %s %s: %s %v", filepath.Base(c.name), e.AOR, e.Verdict, e.Reason, e.Findings)
	}
	return r
}
