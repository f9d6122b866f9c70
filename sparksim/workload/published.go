package workload

import (
	"maps"

	"trailblazer/sparksim"
)

// TPCHDigest is the content hash of the published TPC-H measurements.
const TPCHDigest = "de063471518c0084a098355a952b7fc8a46648c22ad2d57e0d7578de7ee32886"

// PublishedSequence is a file with the arrivals that the reference draws for a
// seed, over the kinds of TPC-H.
type PublishedSequence struct {
	Seed uint64
	Jobs int
	File string
	// Digest is the content hash of the arrivals.
	Digest string
}

// PublishedSequences lists the files. A seed's shorter sequence is the
// beginning of its longer one.
func PublishedSequences() []PublishedSequence {
	return []PublishedSequence{
		{Seed: 1, Jobs: 200, File: "jobseq_seed1_cap200.csv", Digest: "36a9dd905a37d203922812e517b23d2411ce4e3cd10dc87f130bac3c16a40dfa"},
		{Seed: 1, Jobs: 450, File: "jobseq_seed1_cap450.csv", Digest: "dd3e28d3f3ca012611377d512204dfd82cfc623c38dba8032c2ececb20e22e3d"},
		{Seed: 666, Jobs: 200, File: "jobseq_seed666_cap200.csv", Digest: "7422d092dd4ad918ca8476b62e240e396b9a5c49a0fb8b1f429fb31f4e328be5"},
		{Seed: 666, Jobs: 450, File: "jobseq_seed666_cap450.csv", Digest: "9a094361435e2e32a5a4845fcf4326d571d92a498f069571e16cda6cc7427652"},
	}
}

// Published has the reference's arrivals for the seeds of which they are
// known, and draws those of all others.
type Published struct {
	Generated
	sequences map[uint64][]sparksim.Arrival
}

// NewPublished makes a workload that plays the given sequence of a seed, up to
// the number of jobs, and draws the arrivals where there is none that long.
// With another mean time between arrivals than the published one all are
// drawn. Errors are *setting.Error.
func NewPublished(kinds []*sparksim.Job, p Poisson, sequences map[uint64][]sparksim.Arrival) (*Published, error) {
	g, err := NewGenerated(kinds, p)
	if err != nil {
		return nil, err
	}
	for _, arrivals := range sequences {
		if err := sparksim.CheckArrivals(arrivals, kinds); err != nil {
			return nil, err
		}
	}
	w := &Published{Generated: *g}
	if g.poisson.MeanInterarrivalMs == DefaultMeanInterarrivalMs {
		w.sequences = maps.Clone(sequences)
	}
	return w, nil
}

// Arrivals implements sparksim.Workload.
func (w *Published) Arrivals(dst []sparksim.Arrival, seed uint64) []sparksim.Arrival {
	if known := w.sequences[seed]; len(known) >= w.poisson.Jobs {
		return append(dst, known[:w.poisson.Jobs]...)
	}
	return w.Generated.Arrivals(dst, seed)
}
