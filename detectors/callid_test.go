package detectors

import (
	"net/netip"
	"testing"
)

func TestDecodeCallID(t *testing.T) {
	for _, tt := range []struct {
		id, family, ip string
		port           uint16
		local, hidden  bool
	}{
		{"12345-5060-1@BJC.BGI.BHI.CC", "grandstream", "192.168.178.22", 5060, true, true},
		{"1-5062-77@BJC.BGI.C.BAC", "grandstream", "192.168.2.102", 5062, true, true},
		{"1-5060-3@BJC.BGI.BAC.HA", "grandstream", "192.168.102.70", 5060, true, true},
		{"2516407383@192_168_1_2", "gigaset", "192.168.1.2", 0, true, true},
		{"0_1362581122@192.168.101.161", "yealink", "192.168.101.161", 0, true, false},
		{"3f2a1b0c-9d8e7f6a@10.0.0.23", "cisco-spa", "10.0.0.23", 0, true, false},
		{"85d9f620-5299760d-d13a6fda@109.24.213.45", "polycom", "109.24.213.45", 0, true, false},
		{"001b2a4c-6d0a0002-1f5e7e3a-54c1d9b2@10.0.0.5", "cisco-cp", "10.0.0.5", 0, true, false},
		{"1234567890-12345@192.168.1.7", "", "192.168.1.7", 0, true, false},
		{"1-4711@192.168.1.7", "", "192.168.1.7", 0, true, false},
		{"0A1B2C3D4E5F6071@203.0.113.9", "fritzbox", "203.0.113.9", 0, false, false},
		{"3e0b6f3a70de3b5c1fbb2d6c0e6ad4f2@10.1.2.3", "chan_sip", "10.1.2.3", 0, false, false},
		{"3e0b6f3a70de3b5c1fbb2d6c0e6ad4f2@10.1.2.3:5060", "chan_sip", "10.1.2.3", 5060, false, false},
		{"whatever@192.168.0.9", "", "192.168.0.9", 0, false, false},
		{"x@[fd00::1]", "", "fd00::1", 0, false, false},
		{"a@b@192.168.0.9", "", "192.168.0.9", 0, false, false},
	} {
		f, ok := DecodeCallID([]byte(tt.id))
		if !ok || f.Family != tt.family || f.IP != netip.MustParseAddr(tt.ip) || f.Port != tt.port || f.Local != tt.local || f.Hidden != tt.hidden {
			t.Errorf("%s: %+v %v", tt.id, f, ok)
		}
	}
	if f, _ := DecodeCallID([]byte("001b2a4c-6d0a0002-1f5e7e3a-54c1d9b2@10.0.0.5")); f.MAC != [6]byte{0, 0x1b, 0x2a, 0x4c, 0x6d, 0x0a} {
		t.Errorf("MAC %x", f.MAC)
	}
	for _, id := range []string{
		"", "@", "x@", "313435-abcdef", "3c26700a1b2c-xyz123abc456", // snom
		"b1f0a5e2-7a4e-4a5e-9a3e-000000000000", "x@pbx.example", // names
		"1-5060-1@KJC.BGI.B.B", "1-5060-1@CFG.BGI.B.B", "1-5060-1@BJC.BGI.B", "1-5060-1@BJC.BGI.B.B.B", // above J, above 255
		"1-99999-1@BJC.BGI.B.B", "1-0-1@BJC.BGI.B.B", "x-5060-1@BJC.BGI.B.B", "1@BJC.BGI.B.B",
		"1@192_168_1", "1@192_168_1_256", "1@192_168_01_2", "1@1_2_3_4_5",
		"1@192.168.1.999", "1@192.168.1",
	} {
		if f, ok := DecodeCallID([]byte(id)); ok {
			t.Errorf("%q read as %+v", id, f)
		}
	}
}

func FuzzDecodeCallID(f *testing.F) {
	for _, s := range []string{
		"1-5060-1@BJC.BGI.BHI.CC", "1@192_168_1_2", "0_1@192.168.1.1", "001b2a4c-6d0a0002-1f5e7e3a-54c1d9b2@10.0.0.5",
		"85d9f620-5299760d-d13a6fda@1.2.3.4", "0A1B2C3D4E5F6071@1.2.3.4", "@", "x@[::1]:5060", "----@1.2.3.4", "_@1.2.3.4",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, id []byte) {
		got, ok := DecodeCallID(id)
		switch {
		case !ok && got != CallIDFormat{}:
			t.Errorf("%q: refused, yet %+v", id, got)
		case ok && !got.IP.IsValid():
			t.Errorf("%q: no address", id)
		case got.Hidden && got.MAC != [6]byte{}, got.MAC != [6]byte{} && got.Family != "cisco-cp":
			t.Errorf("%q: %+v", id, got)
		}
		if again, ok2 := DecodeCallID(id); again != got || ok2 != ok {
			t.Errorf("%q: not the same twice", id)
		}
		// A hidden address is one that a search for its digits does not find.
		if got.Hidden && string(id[max(0, len(id)-len(got.IP.String())):]) == got.IP.String() {
			t.Errorf("%q: %v stands there in the open", id, got.IP)
		}
	})
}

func BenchmarkDecodeCallID(b *testing.B) {
	id := []byte("0_1362581122@192.168.101.161")
	b.ReportAllocs()
	for b.Loop() {
		DecodeCallID(id)
	}
}
