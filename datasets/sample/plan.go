package sample

import (
	"slices"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

// plan is what a query selects of a data set: it says which windows there are,
// and where they lie, without reading a step.
type plan struct {
	query    Query
	episodes []episode // selected, in the order of the files
	groups   []group   // with a selected episode, in the order of the files
	windows  int       // of an epoch
	batches  int       // of an epoch, all workers together
}

// episode is a selected one.
type episode struct {
	id int64
	// row is that of the first step among the selected steps of its row group.
	row, steps int32
}

// group is a row group.
type group struct {
	shard, index int
	// first and end bound its episodes.
	first, end int
	// spans are the selected rows of the file.
	spans []span
	// rows counts those of the file, steps those selected.
	rows, steps int
	windows     int
}

// span is rows low up to, not including, high.
type span struct{ low, high int }

// newPlan selects episodes. The query has its defaults filled in.
func newPlan(query Query, headers []traj.Header, shards []traj.Shard) (*plan, error) {
	if err := query.Filter.Check(headers); err != nil {
		return nil, err
	}
	p := &plan{query: query}
	for i := range headers {
		h := &headers[i]
		if !query.Filter.Keeps(h) {
			continue
		}
		if n := len(p.groups); n == 0 || p.groups[n-1].shard != h.Shard || p.groups[n-1].index != h.Group {
			p.groups = append(p.groups, group{shard: h.Shard, index: h.Group, first: len(p.episodes), rows: shards[h.Shard].Groups[h.Group].Rows})
		}
		g := &p.groups[len(p.groups)-1]
		p.episodes = append(p.episodes, episode{id: h.ID, row: int32(g.steps), steps: int32(h.Steps)})
		if n := len(g.spans); n > 0 && g.spans[n-1].high == h.Row {
			g.spans[n-1].high += h.Steps
		} else {
			g.spans = append(g.spans, span{h.Row, h.Row + h.Steps})
		}
		windows := windowsOf(h.Steps, query.Window, query.Stride)
		g.end = len(p.episodes)
		g.steps += h.Steps
		g.windows += windows
		p.windows += windows
	}
	if len(p.episodes) == 0 {
		return nil, query.Filter.nothing(headers)
	}
	p.batches = p.windows / query.BatchSize
	if p.windows%query.BatchSize > 0 && !query.DropLast {
		p.batches++
	}
	if p.batches == 0 {
		return nil, &env.FieldError{Field: "batch_size", Value: strconv.Itoa(query.BatchSize),
			Remedy: "give at most " + strconv.Itoa(p.windows) + ", the number of windows, or keep the last batch of an epoch"}
	}
	return p, nil
}

// windowsOf returns how many windows an episode has.
func windowsOf(steps, window, stride int) int {
	if window == 0 || steps <= window {
		return 1
	}
	return 1 + (steps-window+stride-1)/stride
}

// startOf returns the first step of window k.
func startOf(k, steps, window, stride int) int {
	if window == 0 || steps <= window {
		return 0
	}
	return min(k*stride, steps-window)
}

// lengthOf returns the steps of an episode's windows.
func lengthOf(steps, window int) int {
	if window == 0 {
		return steps
	}
	return min(steps, window)
}

// epoch is the order of one pass through the data: its windows counted from 0,
// pool after pool.
type epoch struct {
	number int
	pools  []pool
}

// pool is row groups whose windows are permuted together: windows low up to,
// not including, high of the epoch.
type pool struct {
	groups    []int32 // indices into the plan, ascending
	low, high int
}

// epoch works out the order of an epoch.
func (p *plan) epoch(number int) *epoch {
	order := make([]int32, len(p.groups))
	for i := range order {
		order[i] = int32(i)
	}
	if p.query.Shuffle {
		permute(order, groupSeed(p.query.Seed, number))
	}
	e := &epoch{number: number}
	for low, windows := 0, 0; low < len(order); {
		high, steps, first := low, 0, windows
		for high < len(order) {
			g := &p.groups[order[high]]
			if high > low && steps+g.steps > p.query.PoolSteps {
				break
			}
			steps += g.steps
			windows += g.windows
			high++
		}
		groups := order[low:high:high]
		slices.Sort(groups)
		e.pools = append(e.pools, pool{groups: groups, low: first, high: windows})
		low = high
	}
	return e
}

// find returns the pool that has a window.
func (e *epoch) find(window int) int {
	at, _ := slices.BinarySearchFunc(e.pools, window, func(p pool, window int) int {
		if p.high <= window {
			return -1
		}
		return 1
	})
	return at
}

// bounds returns the windows of a batch.
func (p *plan) bounds(batch int) (low, high int) {
	low = batch * p.query.BatchSize
	return low, min(low+p.query.BatchSize, p.windows)
}

// after returns the next window that this worker gets beyond a pool, and its
// epoch.
func (p *plan) after(e *epoch, at int) (epoch, window int, ok bool) {
	window = e.pools[at].high
	batch := window / p.query.BatchSize
	workers := p.query.Workers
	batch += (p.query.Worker - batch%workers + workers) % workers
	if window < p.windows && batch < p.batches {
		low, _ := p.bounds(batch)
		return e.number, max(low, window), true
	}
	low, _ := p.bounds(p.query.Worker)
	return e.number + 1, low, e.number+1 < p.query.Epochs
}
