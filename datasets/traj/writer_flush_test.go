package traj

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// TestAddWhileFlushing adds episodes while a flush can't get on: none waits for
// it, and the next flush finishes them.
func TestAddWhileFlushing(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, WriterOptions{})
	random := rand.New(rand.NewPCG(1, 2))
	mustAdd(t, w, drawEpisode(random, w.Schema(), 3))
	if n := w.Unfinished(); n != 3 {
		t.Errorf("%d steps are not finished, want 3", n)
	}
	w.listing.mu.Lock() // Who writes a shard waits for this at its end.
	flushed := make(chan error)
	go func() { flushed <- w.Flush() }()
	for {
		if _, err := os.Stat(stepsPath(dir, "train-00000")); err == nil {
			break
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
	for i := range 5 {
		mustAdd(t, w, drawEpisode(random, w.Schema(), 2+i))
	}
	if n := w.Unfinished(); n != 2+3+4+5+6 {
		t.Errorf("%d steps are not finished, want those of the 5 episodes after the flush", n)
	}
	w.listing.mu.Unlock()
	if err := <-flushed; err != nil {
		t.Fatal(err)
	}
	if n := len(readAll(t, dir)); n != 1 {
		t.Errorf("%d episodes are finished, want the one that was there before the flush", n)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if n := len(readAll(t, dir)); n != 6 || w.Unfinished() != 0 {
		t.Errorf("%d episodes are finished, want 6, and %d steps are not", n, w.Unfinished())
	}
	mustClose(t, w)
	if err := w.Flush(); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed writer is flushed: %v", err)
	}
}

// TestFlushAllTheTime flushes while others fill shards of two splits: every
// episode is there once, and shards lie in the order that they were begun in.
func TestFlushAllTheTime(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, WriterOptions{ShardSteps: 50})
	var adding, flushing sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		flushing.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := w.Flush(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for worker := range 3 {
		adding.Go(func() {
			random := rand.New(rand.NewPCG(uint64(worker), 1))
			for i := range 40 {
				e := drawEpisode(random, w.Schema(), 1+random.IntN(20))
				e.Split = []string{"train", "test"}[i%2]
				if _, err := w.Add(e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	adding.Wait()
	close(stop)
	flushing.Wait()
	mustClose(t, w)
	if n := len(readAll(t, dir)); n != 120 {
		t.Errorf("%d episodes, want 120", n)
	}
	for split, last := range map[string]int64{"train": -1, "test": -1} {
		set, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		headers, err := set.Headers()
		if err != nil {
			t.Fatal(err)
		}
		for i := range headers {
			if h := &headers[i]; h.Split == split {
				if h.ID <= last {
					t.Errorf("episode %d comes after %d", h.ID, last)
				}
				last = h.ID
			}
		}
		set.Close()
	}
}

// TestFlushTriesAgain flushes into a folder that can't be written: the writer
// goes on, and finishes all when there is room.
func TestFlushTriesAgain(t *testing.T) {
	dir := t.TempDir()
	w := create(t, dir, WriterOptions{})
	block := stepsPath(dir, "train-00000") + partialSuffix
	if err := os.MkdirAll(block, 0o755); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 3 {
		mustAdd(t, w, drawEpisode(random, w.Schema(), 4))
		if err := w.Flush(); err == nil || !strings.Contains(err.Error(), "its episodes are safe in ") {
			t.Errorf("flush %d: %v", i, err)
		}
	}
	remove(t, block)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if n := len(readAll(t, dir)); n != 3 {
		t.Errorf("%d episodes, want 3", n)
	}
}
