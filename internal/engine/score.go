package engine

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/algsniff/algsniff/detectors"
)

// weights is everything that turns findings into a score, in decibans: ten
// times the common logarithm of how much likelier what was seen is with an ALG
// in the client's path than with the best other explanation. All of it are
// estimates; there are no field statistics.
var weights = struct {
	// The prior: how likely an ALG is before any sign was looked at.
	udp5060, tcp5060, otherPort, noNAT, trunk float64

	// groups bounds what each group of correlated signs may add (lower, upper).
	groups [detectors.NumGroups][2]float64

	rest      float64       // within a group, of every sign but the strongest
	again     float64       // more for each further independent observation of one sign
	againMost float64       // and at most so much
	halfLife  time.Duration // of a sign that is no proof: a fixed router turns green
	oneWay    float64       // of the signs' sum, where the server's messages are not in the capture

	likely, possible float64 // p from which on
}{
	udp5060:   -4,  // a phone behind a NAT, UDP to port 5060: 30 %
	tcp5060:   -7,  // Linux-type helpers know TCP, many others do not
	otherPort: -10, // helpers key on the server's port
	noNAT:     -10, // nothing to translate for
	trunk:     -13, // PBX, carrier, SBC, proxy

	groups: [detectors.NumGroups][2]float64{
		detectors.Addresses:    {-20, 9},
		detectors.Residue:      {0, 10}, // a leftover counts 2; only a rewritten Call-ID or a=rtcp counts more
		detectors.Structure:    {-6, 12},
		detectors.Temporal:     {-14, 12},
		detectors.Differential: {-15, 12},
		detectors.Media:        {-3, 6},
		detectors.Agent:        {-4, 2},
	},
	rest:      0.25,
	again:     0.10,
	againMost: 0.30,
	halfLife:  24 * time.Hour,
	oneWay:    0.8,
	likely:    0.90,
	possible:  0.20,
}

// proofLife is how long a proof stands against counter-examples; it takes so
// many of them to say that what it proved is over.
const (
	proofLife  = int64(24 * time.Hour)
	proofClean = 5
)

// certainty is the part of the signs' sum that counts: all of it for a capture
// of both directions with whole messages.
func certainty(ev *detectors.Evidence) float64 {
	c := 1.0
	if ev.OneWay {
		c = weights.oneWay
	}
	if all := ev.Messages + ev.Cut; ev.Cut > 0 && all > 0 {
		c *= 1 - float64(ev.Cut)/float64(all)/2
	}
	return c
}

// score adds the prior and the groups and returns the sum in decibans and the
// score p, which is called a probability nowhere for it is not calibrated.
// Proofs are outside of it, and so is what somebody else than the client's
// router did. Signs age until now.
func score(prior, certain float64, findings []detectors.Finding, now int64) (db, p float64) {
	var vals [detectors.NumGroups][]float64
	for i := range findings {
		if f := &findings[i]; f.Class != detectors.Proof && f.Side != detectors.ServerSide && f.DB != 0 {
			vals[f.Group] = append(vals[f.Group], worth(f, now))
		}
	}
	sum := 0.0
	for g, v := range vals {
		slices.SortFunc(v, func(a, b float64) int { return cmp.Or(cmp.Compare(math.Abs(b), math.Abs(a)), cmp.Compare(a, b)) })
		part := 0.0
		for i, x := range v {
			if i > 0 {
				x *= weights.rest
			}
			part += x
		}
		sum += max(weights.groups[g][0], min(weights.groups[g][1], part))
	}
	db = prior + certain*sum
	return db, 1 / (1 + math.Pow(10, -db/10))
}

// worth is what one finding counts: more when it was seen again, less when it
// is old.
func worth(f *detectors.Finding, now int64) float64 {
	db := f.DB
	if f.Times > 1 {
		db *= 1 + min(weights.againMost, weights.again*float64(f.Times-1))
	}
	if f.Time > 0 && now > f.Time {
		db *= math.Exp2(-float64(now-f.Time) / float64(weights.halfLife))
	}
	return db
}

// wordFor turns a score into a verdict.
func wordFor(p float64) Verdict {
	switch {
	case p >= weights.likely:
		return Likely
	case p >= weights.possible:
		return Possible
	}
	return Unlikely
}

// proof returns the newest proof about a side, or nil.
func proof(findings []detectors.Finding, side detectors.Side) *detectors.Finding {
	var out *detectors.Finding
	for i := range findings {
		f := &findings[i]
		if f.Class == detectors.Proof && (f.Side == side || f.Side == "" && side == detectors.ClientSide) && (out == nil || f.Time > out.Time) {
			out = f
		}
	}
	return out
}
