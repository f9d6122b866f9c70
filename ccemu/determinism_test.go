package ccemu_test

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// TestSameSeedSameLog is A10: the digest of everything that senders see is the
// same on emulators that have played other sessions, in any order, on one
// processor or on eight at once.
func TestSameSeedSameLog(t *testing.T) {
	type play struct {
		session ccemu.Session
		seed    uint64
	}
	var plays []play
	for seed := range uint64(2) {
		for _, session := range varied() {
			plays = append(plays, play{session, seed})
		}
	}
	const length = 6 * time.Second
	// What nobody sees is written down too.
	hidden := func(e *ccemu.Emulator) func(time.Duration, []*journal) {
		return func(_ time.Duration, journals []*journal) {
			for i, j := range journals {
				j.log = fmt.Append(j.log, e.Truth(i, tick), e.Traffic(i), e.Playback(i), e.Forward(), e.Reverse())
			}
		}
	}
	want := make([][sha256.Size]byte, len(plays))
	for i := range plays {
		var e ccemu.Emulator
		want[i] = digest(run(t, &e, &plays[i].session, plays[i].seed, length, hidden(&e)))
	}
	for i := range want {
		for k := range i {
			if want[i] == want[k] {
				t.Errorf("plays %d and %d bring the same", i, k)
			}
		}
	}
	for _, processors := range []int{1, 8} {
		t.Run(fmt.Sprint(processors, " processors"), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
			var wait sync.WaitGroup
			for worker := range uint64(4) {
				wait.Add(1)
				go func() {
					defer wait.Done()
					var e ccemu.Emulator
					for _, i := range draws(worker).Perm(len(plays)) {
						if digest(run(t, &e, &plays[i].session, plays[i].seed, length, hidden(&e))) != want[i] {
							t.Errorf("play %d is different on worker %d", i, worker)
						}
					}
				}()
			}
			wait.Wait()
		})
	}
}

// TestTies: at the same time, what leaves the bottleneck does so before more
// comes. Here a packet comes whenever the one before it has left.
func TestTies(t *testing.T) {
	s := ccemu.Session{
		Forward: link.Path{Bottleneck: link.Bottleneck{RateKbps: schedule.Constant(1000), Queue: link.Queue{LimitPackets: 1}}},
		Cross:   []ccemu.Cross{{Kind: ccemu.Unresponsive, RateKbps: schedule.Constant(1000), PacketBytes: 1000}},
		Flows:   []media.Flow{silent},
	}
	var e ccemu.Emulator
	e.Start(&s, 1)
	e.Advance(8 * time.Second)
	if c := e.Forward(); c.Offered.Packets != 1000 || c.Dropped.Packets != 0 {
		t.Errorf("%+v", c)
	}
}

// TestHowOftenItAdvances does not matter.
func TestHowOftenItAdvances(t *testing.T) {
	for name, session := range varied() {
		t.Run(name, func(t *testing.T) {
			logs := make([]*journal, 2)
			for i := range logs {
				var e ccemu.Emulator
				e.Start(&session, 5)
				logs[i] = &journal{t: t}
				e.Listen(0, logs[i])
				step := []time.Duration{5 * time.Second, 7 * ms}[i]
				for now := time.Duration(0); now < 5*time.Second; now += step {
					e.Advance(now)
				}
				e.Advance(5 * time.Second)
				e.Advance(2 * time.Second) // of the past: nothing happens
			}
			if digest(logs[:1]) != digest(logs[1:]) {
				t.Error("advanced in steps of 7 ms, the session is different")
			}
		})
	}
}
