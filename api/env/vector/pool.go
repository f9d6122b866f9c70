package vector

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Pool lends idle goroutines to whoever has rows to work on. It is safe for
// concurrent use.
type Pool struct {
	idle chan *job
	stop chan struct{}
	done sync.WaitGroup
}

// NewPool starts a pool with which a caller and its helpers keep workers cores
// busy; 0 stands for all of them.
func NewPool(workers int) *Pool {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	p := &Pool{idle: make(chan *job), stop: make(chan struct{})}
	for range workers - 1 {
		p.done.Go(p.help)
	}
	return p
}

// Close ends the pool's goroutines. Vectors that use it go on alone.
func (p *Pool) Close() {
	close(p.stop)
	p.done.Wait()
}

func (p *Pool) help() {
	for {
		select {
		case j := <-p.idle:
			j.work()
			j.helpers.Done()
		case <-p.stop:
			return
		}
	}
}

// job is one pass over rows 0..n, taken in blocks by whoever is free.
type job struct {
	run     func(low, high int)
	n       int
	block   int
	next    atomic.Int64
	helpers sync.WaitGroup
}

// do calls run for all rows below n in blocks of the given size, on the
// caller's goroutine and on idle ones of the pool.
func (p *Pool) do(j *job, n, block int) {
	if p == nil || n <= block {
		j.run(0, n)
		return
	}
	j.n, j.block = n, block
	j.next.Store(0)
	for blocks := (n + block - 1) / block; blocks > 1; blocks-- {
		j.helpers.Add(1)
		select {
		case p.idle <- j: // Only a helper that waits right now takes it.
			continue
		default:
		}
		j.helpers.Done()
		break
	}
	j.work()
	j.helpers.Wait()
}

func (j *job) work() {
	for {
		high := int(j.next.Add(int64(j.block)))
		low := high - j.block
		if low >= j.n {
			return
		}
		j.run(low, min(high, j.n))
	}
}
