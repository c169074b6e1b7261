package engine

import (
	"math"
	"slices"

	"github.com/algsniff/algsniff/detectors"
)

// The prior, in decibans: how likely an ALG in the client's path is before any
// sign was looked at. Estimates; field statistics don't exist.
const (
	priorUDP5060 = -4  // phone behind a NAT, UDP, server port 5060: 30 %
	priorTCP5060 = -7  // Linux-type helpers know TCP, many others don't
	priorPort    = -10 // another server port: helpers key on 5060
	priorNoNAT   = -10 // nothing to translate for
	priorTrunk   = -13 // PBX, trunk, SBC, proxy
)

// groupCaps bound what each group of correlated signs may add (lower, upper).
var groupCaps = [detectors.NumGroups][2]float64{
	detectors.Addresses:    {-20, 9},
	detectors.Residue:      {0, 8},
	detectors.Structure:    {-6, 12},
	detectors.Temporal:     {-14, 12},
	detectors.Differential: {-14, 12},
	detectors.Media:        {-3, 6},
	detectors.Agent:        {-4, 2},
}

// Within a group the strongest sign counts in full, the others a quarter: they
// are correlated.
const restShare = 0.25

// Thresholds of the verdicts.
const (
	likelyP   = 0.90
	possibleP = 0.20
)

// score adds the prior and the groups and returns the sum in decibans and the
// score p, which is called a probability nowhere for it is not calibrated.
func score(prior float64, findings []detectors.Finding) (db, p float64) {
	db = prior
	for g := range detectors.NumGroups {
		var vals []float64
		for i := range findings {
			if findings[i].Group == g && findings[i].Class != detectors.Proof {
				vals = append(vals, findings[i].DB)
			}
		}
		slices.SortFunc(vals, func(a, b float64) int {
			switch {
			case math.Abs(a) > math.Abs(b):
				return -1
			case math.Abs(a) < math.Abs(b):
				return 1
			}
			return 0
		})
		sum := 0.0
		for i, v := range vals {
			if i > 0 {
				v *= restShare
			}
			sum += v
		}
		db += max(groupCaps[g][0], min(groupCaps[g][1], sum))
	}
	return db, 1 / (1 + math.Pow(10, -db/10))
}

// verdictOf turns a score and the findings into the word.
func verdictOf(p float64, findings []detectors.Finding) Verdict {
	for i := range findings {
		if findings[i].Class == detectors.Proof {
			return Confirmed
		}
	}
	switch {
	case p >= likelyP:
		return Likely
	case p >= possibleP:
		return Possible
	}
	return Unlikely
}
