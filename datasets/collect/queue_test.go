package collect

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"trailblazer/datasets/traj"
)

// TestQueueKeepsOrders: whoever plays how long, jobs come back in their order,
// no lane has two at once or out of order, and none is further ahead than the
// window.
func TestQueueKeepsOrders(t *testing.T) {
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 1))
		total, window, workers := random.IntN(60), 1+random.IntN(8), 1+random.IntN(5)
		numbers := 1 + random.IntN(5)
		lanes := make([]int, total)
		for i := range lanes {
			lanes[i] = random.IntN(4) - 2 // -2 and -1 are none.
		}
		planned := make([]int, total)
		q := newQueue(total, window, func(index int) job {
			planned[index]++
			return job{index: index, number: index / numbers, lane: max(lanes[index], -1)}
		})
		var mu sync.Mutex
		playing, last, taken := map[int]bool{}, map[int]int{}, 0
		var group sync.WaitGroup
		for range workers {
			group.Go(func() {
				for {
					j, ok := q.next()
					if !ok {
						return
					}
					mu.Lock()
					if j.index >= taken+window+1 {
						t.Errorf("seed %d: job %d is played where %d are taken and the window is %d", seed, j.index, taken, window)
					}
					if j.lane >= 0 {
						if playing[j.lane] || last[j.lane] > j.index {
							t.Errorf("seed %d: job %d of lane %d begins during or after a later one", seed, j.index, j.lane)
						}
						playing[j.lane], last[j.lane] = true, j.index
					}
					mu.Unlock()
					mu.Lock()
					playing[j.lane] = false
					mu.Unlock()
					q.give(j, &traj.Episode{Header: traj.Header{ID: int64(j.index)}})
				}
			})
		}
		for i := range total {
			j, e, ok, err := q.take()
			if !ok || err != nil || j.index != i || e.ID != int64(i) {
				t.Fatalf("seed %d: take %d is job %d, %v, %v", seed, i, j.index, ok, err)
			}
			mu.Lock()
			taken++
			mu.Unlock()
		}
		if _, _, ok, err := q.take(); ok || err != nil {
			t.Errorf("seed %d: more than all were taken, or %v", seed, err)
		}
		group.Wait()
		for i, n := range planned {
			if n != 1 {
				t.Errorf("seed %d: job %d was planned %d times", seed, i, n)
			}
		}
	}
}

// TestQueueAfterAFailure: what was begun before a failed job is taken, nothing
// after it, and nobody waits for ever.
func TestQueueAfterAFailure(t *testing.T) {
	wrong := errors.New("something is wrong")
	q := newQueue(10, 4, func(index int) job { return job{index: index, lane: -1} })
	first, _ := q.next()
	second, _ := q.next()
	third, _ := q.next()
	q.give(third, new(traj.Episode))
	q.fail(second, wrong)
	if _, ok := q.next(); ok {
		t.Error("a job is handed out after a failure")
	}
	q.give(first, new(traj.Episode))
	if j, _, ok, err := q.take(); !ok || err != nil || j.index != 0 {
		t.Errorf("the first job: %v, %v, %v", j.index, ok, err)
	}
	if _, _, ok, err := q.take(); ok || !errors.Is(err, wrong) {
		t.Errorf("after the failed job: %v, %v", ok, err)
	}
}
