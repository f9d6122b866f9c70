package sample

import (
	"slices"

	"trailblazer/datasets/traj"
)

// cutting is a window as the model knows it.
type cutting struct{ episode, start, steps int }

// modelWindows cuts an episode as the package's documentation says: windows
// begin every stride steps until one reaches the end, and that one is moved back
// to end there.
func modelWindows(episode, steps int, q Query) []cutting {
	if q.Window == 0 || steps <= q.Window {
		return []cutting{{episode, 0, steps}}
	}
	var windows []cutting
	for start := 0; ; start += q.Stride {
		if start+q.Window >= steps {
			return append(windows, cutting{episode, steps - q.Window, q.Window})
		}
		windows = append(windows, cutting{episode, start, q.Window})
	}
}

// model lists the batches of a query, epoch by epoch, the slow way.
func model(f *fake, q Query) [][]cutting {
	q, err := q.withDefaults()
	if err != nil {
		panic(err)
	}
	var groups [][]*traj.Header
	last := [2]int{-1, -1}
	for i := range f.headers {
		h := &f.headers[i]
		if !q.Filter.Keeps(h) {
			continue
		}
		if at := [2]int{h.Shard, h.Group}; at != last {
			groups, last = append(groups, nil), at
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], h)
	}
	var batches [][]cutting
	for epoch := range q.Epochs {
		var windows []cutting
		for n, pool := range modelPools(groups, q, epoch) {
			var within []cutting
			for _, g := range pool {
				for _, h := range groups[g] {
					within = append(within, modelWindows(int(h.ID), h.Steps, q)...)
				}
			}
			if q.Shuffle {
				permute(within, poolSeed(q.Seed, epoch, n))
			}
			windows = append(windows, within...)
		}
		number := 0
		for batch := range slices.Chunk(windows, q.BatchSize) {
			if len(batch) == q.BatchSize || !q.DropLast {
				if number%q.Workers == q.Worker {
					batches = append(batches, batch)
				}
				number++
			}
		}
	}
	return batches
}

// modelPools returns the row groups of each pool, in the order of the files.
func modelPools(groups [][]*traj.Header, q Query, epoch int) [][]int {
	order := make([]int, len(groups))
	for i := range order {
		order[i] = i
	}
	if !q.Shuffle {
		return [][]int{order}
	}
	permute(order, groupSeed(q.Seed, epoch))
	var pools [][]int
	held := 0
	for _, g := range order {
		steps := 0
		for _, h := range groups[g] {
			steps += h.Steps
		}
		if len(pools) == 0 || held+steps > q.PoolSteps {
			pools, held = append(pools, nil), 0
		}
		pools[len(pools)-1] = append(pools[len(pools)-1], g)
		held += steps
	}
	for _, pool := range pools {
		slices.Sort(pool)
	}
	return pools
}
