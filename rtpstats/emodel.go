package rtpstats

import (
	"math"
	"strings"
)

// QualityInput is what the E-model is fed with.
type QualityInput struct {
	Codec       string  // encoding name as in SDP, any case; empty for not known
	LossPercent float64 // 0 to 100
	BurstRatio  float64 // Gilbert; what is below 1 counts as 1
	DelayMS     float64 // one way, mouth to ear
}

// Quality is the E-model's answer (ITU-T G.107, narrow band), and the inputs
// and impairments it comes from. It is an estimate: no listener was asked.
type Quality struct {
	R   float64 // 0 to 100
	MOS float64 // 1 to 4.5

	Input        QualityInput // as used, within bounds
	Ie, Bpl      float64      // of the codec (ITU-T G.113)
	IeEff, Idd   float64      // impairment by codec and loss, by delay
	CodecAssumed bool         // the codec is not in the table; reckoned as G.711 with PLC
	NotVoice     bool         // pictures, text or fax: R and MOS are 0

	// NarrowbandEquivalent says that the codec is a wide-band one, for which
	// the narrow-band scale is too short; reckoned as G.711 with PLC.
	NarrowbandEquivalent bool
}

// baseR is R0 − Is of G.107 with its default values.
const baseR = 93.2

// impairment is a codec's Ie and Bpl.
type impairment struct {
	ie, bpl float64
	wide    bool
	known   bool
}

// codecImpairment gives ITU-T G.113 App. I's values. G.711 is taken with
// packet loss concealment, as today's phones do it.
func codecImpairment(codec string) impairment {
	switch strings.ToUpper(codec) {
	case "PCMU", "PCMA":
		return impairment{0, 25.1, false, true}
	case codecG711NoPLC:
		return impairment{0, 4.3, false, true}
	case "G729", "G729A", "G729AB":
		return impairment{11, 19.0, false, true}
	case "G723":
		return impairment{15, 16.1, false, true} // 6.3 kbit/s
	case "GSM-EFR", "AMR":
		return impairment{5, 10.0, false, true} // AMR at 12.2 kbit/s
	case "GSM":
		return impairment{20, 10.0, false, true} // no Bpl is published
	case "G726-32":
		return impairment{7, 10.0, false, true} // no Bpl is published
	case "ILBC":
		return impairment{11, 32.0, false, true} // commonly quoted, not in G.113
	case "G722", "OPUS", "AMR-WB", "G7221", "SILK", "SIREN14", "SIREN7", "EVS", "L16", "SPEEX":
		return impairment{0, 25.1, true, true}
	}
	return impairment{0, 25.1, false, false}
}

// notVoice reports whether a codec carries no speech, so that the E-model has
// nothing to say of it.
func notVoice(codec string) bool {
	switch strings.ToUpper(codec) {
	case "H261", "H263", "H263-1998", "H263-2000", "H264", "H264-SVC", "H265", "VP8", "VP9", "AV1",
		"JPEG", "MPV", "MP2T", "NV", "CELB", "MP4V-ES", "T140", "T38", "RTX", "ULPFEC":
		return true
	}
	return false
}

// codecG711NoPLC names G.711 without loss concealment, which no SDP tells.
const codecG711NoPLC = "G711-NOPLC"

// EstimateQuality runs the E-model: R = 93.2 − Idd − Ie,eff.
func EstimateQuality(in QualityInput) Quality {
	in.LossPercent = within(in.LossPercent, 0, 100)
	in.BurstRatio = within(in.BurstRatio, 1, math.MaxFloat64)
	in.DelayMS = within(in.DelayMS, 0, math.MaxFloat64)
	if notVoice(in.Codec) {
		return Quality{Input: in, NotVoice: true}
	}
	c := codecImpairment(in.Codec)
	q := Quality{Input: in, Ie: c.ie, Bpl: c.bpl, CodecAssumed: !c.known, NarrowbandEquivalent: c.wide}
	q.IeEff = lossImpairment(c.ie, c.bpl, in.LossPercent, in.BurstRatio)
	q.Idd = delayImpairment(in.DelayMS)
	q.R = within(baseR-q.Idd-q.IeEff, 0, 100)
	q.MOS = mosFromR(q.R)
	return q
}

// within clamps v; what is not a number becomes lo.
func within(v, lo, hi float64) float64 {
	if !(v > lo) {
		return lo
	}
	return min(v, hi)
}

// lossImpairment is Ie,eff of G.107 §3.5, at most 95: bursts carry the formula
// beyond it.
func lossImpairment(ie, bpl, lossPercent, burst float64) float64 {
	eff := ie + (95-ie)*lossPercent/(lossPercent/burst+bpl)
	return min(eff, 95)
}

// delayImpairment is Idd of G.107 §3.4, exact form; ms one way.
func delayImpairment(ms float64) float64 {
	if ms <= 100 {
		return 0
	}
	x := math.Log2(ms / 100)
	return 25 * (math.Pow(1+math.Pow(x, 6), 1.0/6) - 3*math.Pow(1+math.Pow(x/3, 6), 1.0/6) + 2)
}

// mosFromR is G.107 Annex B, never below 1: the cubic dips under it for R
// below 6.5.
func mosFromR(r float64) float64 {
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}

// OneWayDelayMS guesses the delay from mouth to ear, all in ms: half the round
// trip, one packet to fill, and a jitter buffer of twice the jitter but at
// least a packet.
func OneWayDelayMS(rtt, packetTime, jitter float64) float64 {
	return rtt/2 + packetTime + max(2*jitter, packetTime)
}
