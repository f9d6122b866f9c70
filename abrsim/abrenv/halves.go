package abrenv

import (
	"hash/fnv"
	"regexp"

	"trailblazer/datasets/trace"
)

// half is a part of training traces, so that models can be chosen by traces
// that they have not learned from.
type half int

const (
	// whole is all traces.
	whole half = iota
	// fitted is to learn from: about four of five captures.
	fitted
	// heldOut is to choose models by: the other captures.
	heldOut
)

// holds reports whether a trace is in the half. All cuts of a capture are in
// the same half, in every scenario.
func (h half) holds(t *trace.Trace) bool {
	if h == whole {
		return true
	}
	hash := fnv.New32a()
	hash.Write([]byte(capture(t.Name)))
	return (hash.Sum32()%5 == heldOutRemainder) == (h == heldOut)
}

// heldOutRemainder is the one of the five by which every set of training
// traces, few captures of which have many cuts, comes near to four to one.
const heldOutRemainder = 3

// unit finds the number of the measuring unit in the name of an FCC trace, of
// which the cuts of a capture differ in page, start or both.
var unit = regexp.MustCompile(`^(?:test_fcc_)?trace_([0-9]+)_`)

// capture names the recording that a trace is a cut of: an FCC unit, or else
// the trace itself.
func capture(name string) string {
	if found := unit.FindStringSubmatch(name); found != nil {
		return found[1]
	}
	return name
}
