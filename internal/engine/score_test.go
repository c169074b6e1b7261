package engine

import (
	"math"
	"testing"

	"github.com/algsniff/algsniff/detectors"
)

const testDay = int64(86400e9)

// sign is a finding of a group that weighs db.
func sign(g detectors.Group, db float64) detectors.Finding {
	return detectors.Finding{Group: g, DB: db}
}

// TestScoreWorkedChecks holds the table of weights against sums done by hand.
func TestScoreWorkedChecks(t *testing.T) {
	const (
		address  = detectors.Addresses
		residue  = detectors.Residue
		temporal = detectors.Temporal
		agent    = detectors.Agent
	)
	tests := []struct {
		name  string
		prior float64
		signs []detectors.Finding
		db, p float64
		want  Verdict
	}{
		{
			"Yealink, all public, private Call-ID, public from the first message", weights.udp5060,
			[]detectors.Finding{sign(address, 7), sign(residue, 2), sign(temporal, 4), sign(agent, 2)},
			11, 0.926, Likely,
		},
		{"Fanvil, only a refresh seen", weights.udp5060, []detectors.Finding{sign(address, 7), sign(residue, 2)}, 5, 0.760, Possible},
		{"Gigaset with STUN", weights.udp5060, []detectors.Finding{sign(address, 7), sign(agent, -4)}, -1, 0.443, Possible},
		{"Gigaset, stale once", weights.udp5060, []detectors.Finding{sign(address, 7), sign(agent, -4), sign(temporal, -10)}, -11, 0.074, Unlikely},
		{"PJSIP that learned", weights.udp5060, []detectors.Finding{sign(address, 7), sign(temporal, -12)}, -9, 0.112, Unlikely},
		{"plain NAT", weights.udp5060, []detectors.Finding{sign(address, -20)}, -24, 0.004, Unlikely},
		{
			"two makers at one site, all public, both with leftovers", weights.udp5060,
			[]detectors.Finding{sign(address, 7), sign(residue, 2), sign(detectors.Differential, 6)},
			11, 0.926, Likely,
		},
		{"trunk", weights.trunk, nil, -13, 0.048, Unlikely},
		{
			"Broadcom: Contact left private, late offer left private", weights.udp5060,
			[]detectors.Finding{sign(address, 8), sign(detectors.Structure, 12)},
			16, 0.975, Likely,
		},
		{
			"TCP, public from the first message", weights.tcp5060,
			[]detectors.Finding{sign(address, 7), sign(temporal, 9), sign(residue, 2)},
			11, 0.926, Likely,
		},
		{"a sibling passes untouched", weights.udp5060, []detectors.Finding{sign(address, 7), sign(residue, 2), sign(temporal, 4), sign(detectors.Differential, -14)}, -5, 0.240, Possible},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db, p := score(tt.prior, 1, tt.signs, 0)
			if math.Abs(db-tt.db) > 1e-9 || math.Abs(p-tt.p) > 0.0005 {
				t.Errorf("score = %.3f dB, p %.4f, want %.3f, %.3f", db, p, tt.db, tt.p)
			}
			if got := wordFor(p); got != tt.want {
				t.Errorf("verdict %s, want %s", got, tt.want)
			}
		})
	}
}

func TestScoreRules(t *testing.T) {
	const g = detectors.Structure
	tests := []struct {
		name    string
		certain float64
		signs   []detectors.Finding
		want    float64
	}{
		{"the strongest in full, a quarter of the rest", 1, []detectors.Finding{sign(g, 2), sign(g, 8), sign(g, 4)}, 8 + 0.25*(2+4)},
		{"a contrary sign is not averaged away", 1, []detectors.Finding{sign(detectors.Temporal, 4), sign(detectors.Temporal, -12)}, -12 + 1},
		{"upper cap", 1, []detectors.Finding{sign(g, 12), sign(g, 12)}, 12},
		{"lower cap", 1, []detectors.Finding{sign(detectors.Differential, -14), sign(detectors.Differential, -14)}, -15},
		{"groups do not share a cap", 1, []detectors.Finding{sign(g, 12), sign(detectors.Temporal, 12)}, 24},
		{"seen again", 1, []detectors.Finding{{Group: g, DB: 5, Times: 3}}, 5 * 1.2},
		{"seen many times", 1, []detectors.Finding{{Group: g, DB: 5, Times: 100}}, 5 * 1.3},
		{"a proof is outside of the sum", 1, []detectors.Finding{{Group: g, DB: 30, Class: detectors.Proof}}, 0},
		{"the server's affair", 1, []detectors.Finding{{Group: g, DB: 10, Side: detectors.ServerSide}}, 0},
		{"the proxy's affair counts", 1, []detectors.Finding{{Group: g, DB: 9, Side: detectors.ProxySide}}, 9},
		{"one direction only", weights.oneWay, []detectors.Finding{sign(g, 10)}, 8},
		{"a day old", 1, []detectors.Finding{{Group: g, DB: 8, Time: 10 * testDay}}, 4},
		{"two days old", 1, []detectors.Finding{{Group: g, DB: -8, Time: 9 * testDay}}, -2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if db, _ := score(0, tt.certain, tt.signs, 11*testDay); math.Abs(db-tt.want) > 1e-9 {
				t.Errorf("%.4f dB, want %.4f", db, tt.want)
			}
		})
	}
}

func TestCertainty(t *testing.T) {
	for _, tt := range []struct {
		ev   detectors.Evidence
		want float64
	}{
		{detectors.Evidence{Messages: 10}, 1},
		{detectors.Evidence{Messages: 10, OneWay: true}, 0.8},
		{detectors.Evidence{Messages: 5, Cut: 5}, 0.75},
		{detectors.Evidence{Cut: 5}, 0.5},
		{detectors.Evidence{}, 1},
	} {
		if got := certainty(&tt.ev); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("certainty of %d messages, %d cut, one way %v: %v, want %v", tt.ev.Messages, tt.ev.Cut, tt.ev.OneWay, got, tt.want)
		}
	}
}

func TestProof(t *testing.T) {
	list := []detectors.Finding{
		{ID: "old", Class: detectors.Proof, Time: 1},
		{ID: "new", Class: detectors.Proof, Time: 2, Side: detectors.ClientSide},
		{ID: "server", Class: detectors.Proof, Time: 3, Side: detectors.ServerSide},
		{ID: "strong", Class: detectors.Strong, Time: 4},
	}
	if f := proof(list, detectors.ClientSide); f == nil || f.ID != "new" {
		t.Errorf("client side: %v", f)
	}
	if f := proof(list, detectors.ServerSide); f == nil || f.ID != "server" {
		t.Errorf("server side: %v", f)
	}
	if f := proof(list[3:], detectors.ClientSide); f != nil {
		t.Errorf("no proof: %v", f)
	}
}
