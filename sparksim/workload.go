package sparksim

// Workload says which jobs arrive. It is immutable and safe for concurrent
// use.
type Workload interface {
	// Kinds are the jobs that may arrive. Don't change the slice.
	Kinds() []*Job
	// Arrivals appends the arrivals of an episode to dst, ordered by time,
	// and returns it. Equal seeds give equal arrivals.
	Arrivals(dst []Arrival, seed uint64) []Arrival
}

// Arrival is one job of an episode.
type Arrival struct {
	AtMs float64
	// Kind is an index into the workload's kinds.
	Kind int
}

// Stream is where task durations draw their randomness from.
type Stream interface {
	// Uint64 returns 64 uniformly distributed bits.
	Uint64() uint64
}
