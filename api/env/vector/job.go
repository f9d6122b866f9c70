package vector

import (
	"runtime"
	"sync/atomic"
)

// job is one pass after another over the rows of a vector, each taken in
// blocks by whoever is free.
//
// A helper may wake up long after it was asked, on some machines after more
// time than the whole pass takes. So a pass doesn't wait for helpers that were
// asked, only for those that joined; who comes late finds the pass closed.
type job struct {
	run   func(low, high int)
	n     int
	block int
	next  atomic.Int64
	// state is the number of the pass, shifted, and how many help in it.
	state atomic.Uint64
	// left gets a value when the last helper leaves while the caller waits.
	left chan struct{}
}

// ticket asks for help in one pass of a job.
type ticket struct {
	job  *job
	pass uint64
}

const (
	helperMask = 1<<15 - 1
	waiting    = 1 << 15
	passShift  = 16
	// spins is how often the caller looks whether the helpers are done before
	// it goes to sleep: about as long as a block takes.
	spins = 200
)

// open starts a pass and returns its number.
func (j *job) open(n, block int) uint64 {
	if j.left == nil {
		j.left = make(chan struct{}, 1)
	}
	j.n, j.block = n, block
	j.next.Store(0)
	pass := j.state.Load()>>passShift + 1
	j.state.Store(pass << passShift)
	return pass
}

// assist works in a pass unless it is over.
func (j *job) assist(pass uint64) {
	for {
		s := j.state.Load()
		if s>>passShift != pass {
			return
		}
		if j.state.CompareAndSwap(s, s+1) {
			break
		}
	}
	j.work()
	for {
		s := j.state.Load()
		after := s - 1
		last := after&helperMask == 0 && s&waiting != 0
		if last {
			after &^= waiting
		}
		if j.state.CompareAndSwap(s, after) {
			if last {
				j.left <- struct{}{}
			}
			return
		}
	}
}

// close ends a pass: nobody joins any more, and those who had are done.
func (j *job) close(pass uint64) {
	for i := 0; ; i++ {
		s := j.state.Load()
		switch {
		case s&helperMask == 0:
			if j.state.CompareAndSwap(s, (pass+1)<<passShift) {
				return
			}
		case i < spins:
			runtime.Gosched()
		case j.state.CompareAndSwap(s, s|waiting):
			<-j.left
		}
	}
}

// work takes blocks until none is left.
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
