package rtpstats

// Grade is a stream's quality in one word.
type Grade string

// The grades, and the answer for a stream too short to grade.
const (
	Excellent Grade = "EXCELLENT"
	Good      Grade = "GOOD"
	Fair      Grade = "FAIR"
	Poor      Grade = "POOR"
	TooShort  Grade = "TOO_SHORT"
)

// minGraded is how many packets a grade needs: 5 s of 20 ms packets.
const minGraded = 250

// GradeInput is what a grade comes from.
type GradeInput struct {
	Packets     uint64
	LossPercent float64
	HasJitter   bool
	JitterMS    float64
	HasRTT      bool
	RTTMS       float64
}

// GradeOf returns the worst of the grades for loss, jitter and latency (half
// the round trip); what is not known does not count.
func GradeOf(in GradeInput) Grade {
	if in.Packets < minGraded {
		return TooShort
	}
	// Upper ends of EXCELLENT, GOOD and FAIR.
	worst := band(in.LossPercent, 0.5, 0.5, 1)
	if in.HasJitter {
		worst = max(worst, band(in.JitterMS, 10, 20, 30))
	}
	if in.HasRTT {
		worst = max(worst, band(in.RTTMS/2, 100, 120, 150))
	}
	return [...]Grade{Excellent, Good, Fair, Poor}[worst]
}

// band says how many of the limits v is above.
func band(v, excellent, good, fair float64) int {
	switch {
	case v > fair:
		return 3
	case v > good:
		return 2
	case v > excellent:
		return 1
	}
	return 0
}
