package rtpstats

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// sharedCaptures finds the captures that stand beside the repository.
func sharedCaptures(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Skip("no go.mod above")
		}
		dir = parent
	}
	captures := filepath.Join(dir, "..", "shared", "captures")
	if _, err := os.Stat(captures); err != nil {
		t.Skip("no ../shared/captures beside the repository")
	}
	return captures
}

// tsharkStream is what tshark says of one stream.
type tsharkStream struct {
	packets                       uint64
	maxDelta, meanJitter, maxJitt float64 // ms
	clean                         bool
}

// tshark returns the RTP packets of a capture by stream, and its stream table.
func tshark(t *testing.T, path string) (map[string][]packet, map[string]tsharkStream) {
	t.Helper()
	args := []string{"-n", "-r", path, "-Y", "rtp && !icmp", "-z", "rtp,streams", "-T", "fields", "-E", "occurrence=l"}
	for _, f := range []string{
		"ip.src", "udp.srcport", "ip.dst", "udp.dstport", "rtp.ssrc",
		"rtp.seq", "rtp.timestamp", "rtp.p_type", "rtp.marker", "udp.length", "frame.time_epoch",
	} {
		args = append(args, "-e", f)
	}
	out, err := exec.Command("tshark", args...).Output()
	if err != nil {
		t.Fatalf("tshark %s: %v", path, err)
	}
	packets := map[string][]packet{}
	table := map[string]tsharkStream{}
	for line := range strings.SplitSeq(string(out), "\n") {
		f := strings.Split(line, "\t")
		if len(f) == 11 && f[4] != "" {
			key := strings.ToLower(strings.Join(f[:5], " "))
			packets[key] = append(packets[key], tsharkPacket(t, f[5:]))
			continue
		}
		f = strings.Fields(line)
		if len(f) < 16 || !strings.HasPrefix(f[6], "0x") {
			continue
		}
		key := strings.ToLower(strings.Join(f[2:7], " "))
		// Start, end, four of address, SSRC, payload, packets, lost, (percent),
		// min, mean, max delta, min, mean, max jitter, problems.
		table[key] = tsharkStream{
			packets: uint64(number(t, f[8])), maxDelta: number(t, f[13]),
			meanJitter: number(t, f[15]), maxJitt: number(t, f[16]), clean: len(f) == 17 && f[9] == "0",
		}
	}
	return packets, table
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	return v
}

func tsharkPacket(t *testing.T, f []string) packet {
	t.Helper()
	seconds, fraction, _ := strings.Cut(f[5], ".")
	marker := f[3] == "1" || f[3] == "True"
	return packet{
		h: Header{
			Seq: uint16(number(t, f[0])), TS: uint32(number(t, f[1])), PT: uint8(number(t, f[2])),
			Marker: marker, HeaderLen: 12, PayloadLen: int(number(t, f[4])) - 8 - 12,
		},
		arrival: int64(number(t, seconds))*1e9 + int64(number(t, fraction)),
	}
}

// Where nothing is lost or out of order, tshark follows the RFC.
func TestAgainstTshark(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("no tshark")
	}
	files, err := filepath.Glob(filepath.Join(sharedCaptures(t), "lab-alg", "*.server.pcap"))
	if err != nil || len(files) == 0 {
		t.Skip("no captures")
	}
	compared := 0
	for _, file := range files[:min(len(files), 5)] { // the others are alike
		packets, table := tshark(t, file)
		for key, want := range table {
			if !want.clean {
				continue
			}
			st := feed(packets[key], nil, 0).Stats()
			if st.Packets != want.packets || st.Lost != 0 || !near(st.MaxJitterMS, want.maxJitt, 0.001) ||
				!near(st.MeanJitterMS, want.meanJitter, 0.01) || !near(st.MaxDeltaMS, want.maxDelta, 0.001) {
				t.Errorf("%s %s: %+v, tshark %+v", filepath.Base(file), key, st, want)
			}
			compared++
		}
	}
	t.Logf("%d streams", compared)
	if compared == 0 {
		t.Error("tshark found no clean stream")
	}
}
