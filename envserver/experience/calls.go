package experience

import (
	"sync"

	"trailblazer/datasets/traj"
)

// maxCalls bounds the calls that are remembered.
const maxCalls = 256

// calls remembers the last calls that have added episodes, so that one that is
// made again because its answer was lost tells its own from duplicates.
type calls struct {
	mu    sync.Mutex
	known map[callKey]*adding
	order []callKey // the oldest first
}

type callKey struct{ owner, dataset, call string }

// adding is a call that adds episodes.
type adding struct {
	mu   sync.Mutex
	kept []bool // by the episode's place in the call
}

// find returns a call's memory; a call without a name has one of its own.
func (c *calls) find(key callKey) *adding {
	if key.call == "" {
		return new(adding)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.known[key]
	if a != nil {
		return a
	}
	if len(c.order) == maxCalls {
		delete(c.known, c.order[0])
		c.order = append(c.order[:0], c.order[1:]...)
	}
	a = new(adding)
	c.known[key] = a
	c.order = append(c.order, key)
	return a
}

// add adds the episode of a place. It reports one that was added there before as
// added.
func (a *adding) add(writer *traj.Writer, place int, episode *traj.Episode) (added bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.kept) <= place {
		a.kept = append(a.kept, false)
	}
	added, err = writer.Add(episode)
	if added {
		a.kept[place] = true
	}
	return added || err == nil && a.kept[place], err
}
