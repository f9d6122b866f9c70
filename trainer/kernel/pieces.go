package kernel

import (
	"sync"
	"sync/atomic"
)

// pieceElements is about how many numbers a piece of elementwise work has:
// they fit the first two levels of cache, and take far longer than it takes to
// wake a worker.
const pieceElements = 1 << 15

// job is work in numbered pieces. Which worker, from 0, does a piece has no
// influence on results.
type job interface {
	piece(i, worker int)
}

// gang does the pieces of one job at a time with several workers.
type gang struct {
	next   atomic.Int64
	pieces int
	job    job
	group  sync.WaitGroup
	loops  []func() // of all workers
}

func newGang(workers int) *gang {
	g := &gang{}
	for w := range workers {
		g.loops = append(g.loops, func() {
			g.loop(w)
			g.group.Done()
		})
	}
	return g
}

// size is how many workers there are.
func (g *gang) size() int { return len(g.loops) }

// run does all pieces of a job.
func (g *gang) run(pieces int, j job) {
	workers := min(len(g.loops), pieces)
	if workers <= 1 {
		for i := range pieces {
			j.piece(i, 0)
		}
		return
	}
	g.next.Store(0)
	g.pieces, g.job = pieces, j
	g.group.Add(workers - 1)
	for _, loop := range g.loops[1:workers] {
		go loop()
	}
	g.loop(0)
	g.group.Wait()
}

func (g *gang) loop(worker int) {
	for {
		i := int(g.next.Add(1) - 1)
		if i >= g.pieces {
			return
		}
		g.job.piece(i, worker)
	}
}

// cut is rows in pieces of equal size but for the last.
type cut struct{ rows, each int }

// cutRows cuts rows of cols numbers each.
func cutRows(rows, cols int) cut {
	return cut{rows, max(1, pieceElements/max(1, cols))}
}

func (c cut) pieces() int { return (c.rows + c.each - 1) / c.each }

// bounds are the rows of a piece.
func (c cut) bounds(i int) (low, high int) {
	return i * c.each, min((i+1)*c.each, c.rows)
}
