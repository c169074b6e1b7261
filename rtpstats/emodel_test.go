package rtpstats

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

func TestDelayImpairment(t *testing.T) {
	for ms, want := range map[float64]float64{
		0: 0, 100: 0, 120: 0.001, 150: 0.164, 177.3: 1.172, 200: 3.044, 250: 8.917, 300: 14.761, 400: 24.070, 500: 30.636,
	} {
		if got := delayImpairment(ms); !near(got, want, 0.0006) {
			t.Errorf("Idd(%v ms) = %.4f, want %v", ms, got, want)
		}
	}
}

func TestMOSFromR(t *testing.T) {
	for r, want := range map[float64]float64{
		-5: 1, 0: 1, 3: 1, 20: 1.252, 30: 1.609, 40: 2.064, 50: 2.575, 60: 3.100, 70: 3.597, 80: 4.024, 90: 4.339,
		93.2: 4.409, 100: 4.5, 120: 4.5,
	} {
		if got := mosFromR(r); !near(got, want, 0.0006) {
			t.Errorf("MOS(R %v) = %.4f, want %v", r, got, want)
		}
	}
}

func TestEstimateQuality(t *testing.T) {
	type row struct {
		codec             string
		loss, burst, ms   float64
		ieEff, wantR, mos float64
	}
	rows := []row{
		{codecG711NoPLC, 0, 1, 0, 0, 93.2, 4.409},
		{codecG711NoPLC, 0.5, 1, 0, 9.896, 83.304, 4.143},
		{codecG711NoPLC, 1, 1, 0, 17.925, 75.275, 3.834},
		{codecG711NoPLC, 2, 1, 0, 30.159, 63.041, 3.256},
		{codecG711NoPLC, 3, 1, 0, 39.041, 54.159, 2.794},
		{codecG711NoPLC, 5, 1, 0, 51.075, 42.125, 2.169},
		{codecG711NoPLC, 10, 1, 0, 66.434, 26.766, 1.481},
		{"PCMU", 0, 1, 0, 0, 93.2, 4.409},
		{"PCMU", 0.5, 1, 0, 1.855, 91.345, 4.371},
		{"PCMA", 1, 1, 0, 3.640, 89.560, 4.328},
		{"pcma", 2, 1, 0, 7.011, 86.189, 4.235},
		{"PCMU", 3, 1, 0, 10.142, 83.058, 4.134},
		{"PCMU", 5, 1, 0, 15.781, 77.419, 3.923},
		{"PCMU", 10, 1, 0, 27.066, 66.134, 3.411},
		{"G729", 0, 1, 0, 11, 82.2, 4.104},
		{"G729", 0.5, 1, 0, 13.154, 80.046, 4.026},
		{"G729", 1, 1, 0, 15.200, 78.000, 3.946},
		{"G729", 2, 1, 0, 19.000, 74.200, 3.787},
		{"G729", 3, 1, 0, 22.455, 70.745, 3.632},
		{"G729", 5, 1, 0, 28.500, 64.700, 3.340},
		{"G729", 10, 1, 0, 39.966, 53.234, 2.745},
		// Bursts and delay.
		{"PCMU", 2, 2, 0, 7.280, 85.920, 4.227},
		{"G729", 5, 2, 0, 30.535, 62.665, 3.237},
		{"PCMU", 6, 1.88, 0, 20.147, 73.053, 3.737},
		{"G729", 2, 1, 200, 19.000, 71.156, 3.651},
		{"PCMU", 1, 1, 150, 3.640, 89.397, 4.324},
		// A burst ratio below 1 counts as 1; Ie,eff stays at 95.
		{"PCMU", 2, 0.5, 0, 7.011, 86.189, 4.235},
		{codecG711NoPLC, 10, 2, 0, 95, 0, 1},
	}
	for _, r := range rows {
		q := EstimateQuality(QualityInput{Codec: r.codec, LossPercent: r.loss, BurstRatio: r.burst, DelayMS: r.ms})
		if !near(q.IeEff, r.ieEff, 0.0006) || !near(q.R, r.wantR, 0.0011) || !near(q.MOS, r.mos, 0.0011) {
			t.Errorf("%s, loss %v %%, burst %v, %v ms: Ie,eff %.3f R %.3f MOS %.3f, want %v %v %v",
				r.codec, r.loss, r.burst, r.ms, q.IeEff, q.R, q.MOS, r.ieEff, r.wantR, r.mos)
		}
	}
}

func TestEstimateQualityFlags(t *testing.T) {
	for codec, want := range map[string]Quality{
		"PCMU":   {},
		"opus":   {NarrowbandEquivalent: true},
		"G722":   {NarrowbandEquivalent: true},
		"AMR-WB": {NarrowbandEquivalent: true},
		"":       {CodecAssumed: true},
		"X-PRIV": {CodecAssumed: true},
		"H264":   {NotVoice: true},
	} {
		q := EstimateQuality(QualityInput{Codec: codec})
		if q.NarrowbandEquivalent != want.NarrowbandEquivalent || q.CodecAssumed != want.CodecAssumed || q.NotVoice != want.NotVoice {
			t.Errorf("%q: %+v", codec, q)
		}
		if !want.NotVoice && !near(q.R, 93.2, 1e-9) {
			t.Errorf("%q: R %v without loss or delay", codec, q.R)
		}
	}
}

// More loss, longer bursts or more delay never sound better.
func TestEstimateQualityMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := QualityInput{
			Codec:       rapid.SampledFrom([]string{"PCMU", "G729", "GSM", "opus", codecG711NoPLC, "?"}).Draw(t, "codec"),
			LossPercent: rapid.Float64().Draw(t, "loss"),
			BurstRatio:  rapid.Float64().Draw(t, "burst"),
			DelayMS:     rapid.Float64().Draw(t, "delay"),
		}
		q := EstimateQuality(in)
		worse := q.Input
		switch rapid.IntRange(0, 2).Draw(t, "which") {
		case 0:
			worse.LossPercent += rapid.Float64Range(0, 100).Draw(t, "more")
		case 1:
			worse.BurstRatio += rapid.Float64Range(0, 100).Draw(t, "more")
		case 2:
			worse.DelayMS += rapid.Float64Range(0, 1000).Draw(t, "more")
		}
		w := EstimateQuality(worse)
		if !(q.R >= 0 && q.R <= 100 && q.MOS >= 1 && q.MOS <= 4.5 && q.IeEff <= 95) {
			t.Fatalf("%+v out of bounds", q)
		}
		if w.R > q.R+1e-9 || w.MOS > q.MOS+1e-9 {
			t.Fatalf("worse input, better R: %+v, %+v", q, w)
		}
	})
}

func TestOneWayDelay(t *testing.T) {
	if got := OneWayDelayMS(100, 20, 5); got != 50+20+20 {
		t.Errorf("small jitter: %v ms, want a buffer of one packet", got)
	}
	if got := OneWayDelayMS(100, 20, 25); got != 50+20+50 {
		t.Errorf("large jitter: %v ms, want a buffer of twice the jitter", got)
	}
}

func TestGradeOf(t *testing.T) {
	for _, c := range []struct {
		in   GradeInput
		want Grade
	}{
		{GradeInput{Packets: 249}, TooShort},
		{GradeInput{Packets: 250}, Excellent},
		{GradeInput{Packets: 250, LossPercent: 0.5, HasJitter: true, JitterMS: 10, HasRTT: true, RTTMS: 200}, Excellent},
		{GradeInput{Packets: 250, LossPercent: 0.51}, Fair},
		{GradeInput{Packets: 250, LossPercent: 1}, Fair},
		{GradeInput{Packets: 250, LossPercent: 1.01}, Poor},
		{GradeInput{Packets: 250, HasJitter: true, JitterMS: 10.1}, Good},
		{GradeInput{Packets: 250, HasJitter: true, JitterMS: 20.1}, Fair},
		{GradeInput{Packets: 250, HasJitter: true, JitterMS: 30.1}, Poor},
		{GradeInput{Packets: 250, JitterMS: 30.1}, Excellent},
		{GradeInput{Packets: 250, HasRTT: true, RTTMS: 201}, Good},
		{GradeInput{Packets: 250, HasRTT: true, RTTMS: 241}, Fair},
		{GradeInput{Packets: 250, HasRTT: true, RTTMS: 301}, Poor},
		{GradeInput{Packets: 250, LossPercent: 0.6, HasJitter: true, JitterMS: 11, HasRTT: true, RTTMS: 301}, Poor},
	} {
		if got := GradeOf(c.in); got != c.want {
			t.Errorf("%+v: %s, want %s", c.in, got, c.want)
		}
	}
}
