package engine

import (
	"testing"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/internal/pcaptest"
)

// TestSignsFromPackets holds what rules get to see of packets against what is
// in them: the facts that need more than one message.
func TestSignsFromPackets(t *testing.T) {
	const registered = "@0 do signon\n"
	reinvite := func(sdp2 string) string {
		return registered + `
@1 udp $G:5060 > $S:5060 invite via=$G:5060 sdp=$G cid=c1
@+.02 udp $S:5060 > $G:5060 reply 401 Unauthorized
@+.02 udp $G:5060 > $S:5060 invite via=$G:5060 n=2 cid=c1 ` + sdp2 + `
@+.02 udp $S:5060 > $G:5060 reply 100 Trying
`
	}
	for _, tt := range []struct {
		name, src string
		has, not  string // findings of the first endpoint
	}{
		{"SDP of one session back to private", reinvite("sdp=$P"), "sdp-reworded", ""},
		{"the same SDP again", reinvite("sdp=$G"), "", "sdp-reworded"},
		{"a new port, the same version", reinvite("sdp=$G port=11782"), "sdp-reworded", ""},
		{
			"a request of the server after twenty minutes of silence", registered + `
@1 udp $S:5060 > $G:5060 options
@+.02 udp $G:5060 > $S:5060 reply 200 OK
@1300 udp $S:5060 > $G:5060 options n=2
@+.02 udp $G:5060 > $S:5060 reply 200 OK
`, "long-pinhole", "",
		},
		{
			"with keep-alives", registered + `
@600 udp $G:5060 > $S:5060 raw
  \r\n\r\n
@1300 udp $S:5060 > $G:5060 options n=2
@+.02 udp $G:5060 > $S:5060 reply 200 OK
`, "", "long-pinhole",
		},
		{
			"not answered", registered + `
@1300 udp $S:5060 > $G:5060 options n=2
@1400 udp $G:5060 > $S:5060 register via=$G:5060
`, "", "long-pinhole",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := map[string]bool{}
			for _, f := range analyzed(t, tt.src).Endpoints[0].Findings {
				found[f.ID] = true
			}
			if tt.has != "" && !found[tt.has] || found[tt.not] {
				t.Errorf("found %v", found)
			}
		})
	}
}

// TestOtherSidesCallID: an address in the Call-ID of a dialog that the server
// began is the server's, and no sign of the phone's NAT.
func TestOtherSidesCallID(t *testing.T) {
	src := `
@0 udp $G:5060 > $S:5060 register via=$G:5060 cid=x1 ua=snomD785
@+.02 udp $S:5060 > $G:5060 reply 200 OK
@1 udp $S:5060 > $G:5060 invite via=$S:5060 sdp=$S cid=3e0b6f3a70de3b5c1fbb2d6c0e6ad4f2@10.0.0.5
@+.02 udp $G:5060 > $S:5060 reply 200 OK
  Contact: <sip:1001@$G:5060>

  &sdp addr=$G
@+.02 udp $S:5060 > $G:5060 next ACK
@+1 udp $G:5060 > $S:5060 next BYE
@+.02 udp $S:5060 > $G:5060 reply 200 OK
`
	if ep := analyzed(t, src).Endpoints[0]; ep.NAT != "unknown" {
		t.Errorf("NAT %q, %+v", ep.NAT, ep.Findings)
	}
}

// TestPortInCallID: Grandstream's letters tell its own port, and so the NAT.
func TestPortInCallID(t *testing.T) {
	src := "@0 udp $G:40012 > $S:5060 register via=$G:40012 cid=1-5060-1@BJC.BGI.B.BA ua=HT801\n@+.02 udp $S:5060 > $G:40012 reply 200 OK\n"
	if ep := analyzed(t, src).Endpoints[0]; ep.NAT != "yes" {
		t.Errorf("NAT %q", ep.NAT)
	}
}

func analyzed(t *testing.T, src string) *Result {
	t.Helper()
	f, err := capture.OpenFiles([]string{pcaptest.File(t, src)}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := Analyze(f, Options{})
	if len(r.Endpoints) == 0 {
		t.Fatal("no endpoint")
	}
	return r
}
