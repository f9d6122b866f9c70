package workload

import (
	"trailblazer/internal/contenthash"
	"trailblazer/sparksim"
)

// Digest is the SHA-256 of what a cluster runs: numbers, their order and the
// labels of jobs, not the text that they were parsed from.
type Digest = contenthash.Digest

// HashKinds hashes kinds of jobs, in order.
func HashKinds(kinds []*sparksim.Job) Digest {
	h := contenthash.New("trailblazer job kinds v1")
	h.Integer(len(kinds))
	for _, kind := range kinds {
		h.Text(kind.Query())
		h.Text(kind.Size())
		h.Integer(kind.Stages())
		for s := range kind.Stages() {
			h.Integer(kind.StageTasks(s))
			levels := kind.Levels(s)
			h.Integer(len(levels))
			for i := range levels {
				h.Integer(levels[i].Executors)
				h.Numbers(levels[i].Fresh)
				h.Numbers(levels[i].First)
				h.Numbers(levels[i].Rest)
			}
		}
		h.Integer(len(kind.Edges()))
		for _, e := range kind.Edges() {
			h.Integer(int(e.From))
			h.Integer(int(e.To))
		}
	}
	return h.Digest()
}

// HashArrivals hashes a job sequence.
func HashArrivals(arrivals []sparksim.Arrival) Digest {
	h := contenthash.New("trailblazer job arrivals v1")
	h.Integer(len(arrivals))
	for _, a := range arrivals {
		h.Number(a.AtMs)
		h.Integer(a.Kind)
	}
	return h.Digest()
}
