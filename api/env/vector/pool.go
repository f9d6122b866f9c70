package vector

import (
	"runtime"
	"sync"
)

// Pool lends idle goroutines to whoever has rows to work on. It is safe for
// concurrent use.
type Pool struct {
	idle chan ticket
	stop chan struct{}
	done sync.WaitGroup
}

// NewPool starts a pool with which a caller and its helpers keep workers cores
// busy; 0 stands for all of them.
func NewPool(workers int) *Pool {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	p := &Pool{idle: make(chan ticket), stop: make(chan struct{})}
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
		case t := <-p.idle:
			t.job.assist(t.pass)
		case <-p.stop:
			return
		}
	}
}

// do runs a job over all rows below n in blocks of the given size, on the
// caller's goroutine and on idle ones of the pool.
func (p *Pool) do(j *job, n, block int) {
	if p == nil || n <= block {
		j.run(0, n)
		return
	}
	pass := j.open(n, block)
	for blocks := (n + block - 1) / block; blocks > 1; blocks-- {
		select {
		case p.idle <- ticket{j, pass}: // Only a helper that waits right now takes it.
			continue
		default:
		}
		break
	}
	j.work()
	j.close(pass)
}
