// Package detectors holds one file per sign of an ALG, or against one, and
// the list of them. A detector states facts with weights; it never reads
// packets, prints, or says "ALG": the engine concludes.
package detectors
