package detectors

// Class is how much a finding says.
type Class uint8

// The classes. Proof means bytes that can only have been changed in the path;
// Counter speaks against an ALG.
const (
	Weak Class = iota
	Strong
	Proof
	Counter
)

var classNames = [...]string{"weak", "strong", "proof", "counter"}

func (c Class) String() string { return classNames[c] }

// Group is a set of correlated signs: the strongest counts in full, the rest a
// quarter, and their sum has a cap (the engine's score table).
type Group uint8

// The groups. Addresses is the one pattern of Via, Contact and SDP against the
// packet's source.
const (
	Addresses Group = iota
	Residue
	Structure
	Temporal
	Differential
	Media
	Agent
	NumGroups
)

// Finding is one statement about an endpoint: a fact with a weight, the frames
// that show it, and the innocent explanation that remains.
type Finding struct {
	ID       string
	Class    Class
	Group    Group
	DB       float64 // decibans: 10·log10 of the likelihood ratio for an ALG in the client's path
	Frames   []int
	Written  string
	Seen     string
	Summary  string
	Innocent string
}

// Detector is one rule. Rules are values: they read no files, keep no state
// and print nothing; whoever holds the list drives them.
type Detector struct {
	ID    string
	Title string
	Cite  string // the RFC section or other source that the rule leans on
	Check func(ev *Evidence) []Finding
}

// All is the list of detectors, in the order of the report.
var All = []Detector{
	addressPattern,
	learnedAddress,
	receivedBack,
}
