package catalog

import (
	"container/list"
	"sync"
)

// The bounds of the cache. The key of a factory holds the whole configuration,
// own traces and videos included, so its length is about what a factory weighs.
const (
	mostFactories = 128
	mostKeyBytes  = 64 << 20
	// mostRuns is how many trained models are kept.
	mostRuns = 8
)

// cache keeps what was used last: most things, and a bounded length of keys.
// Sessions hold on to what it has dropped.
type cache[T any] struct {
	most int

	mu      sync.Mutex
	entries map[string]*list.Element
	recent  list.List // of *entry[T], the last used first
	bytes   int
}

type entry[T any] struct {
	key  string
	once sync.Once
	made T
	err  error
}

// get returns the thing of a key and builds it if there is none, once for all
// who ask at the same time.
func (c *cache[T]) get(key string, build func() (T, error)) (T, error) {
	e := c.enter(key)
	e.once.Do(func() {
		e.err = errBuild
		e.made, e.err = build()
	})
	if e.err != nil {
		c.drop(e) // What failed may be mended: try again next time.
		var none T
		return none, e.err
	}
	return e.made, nil
}

func (c *cache[T]) enter(key string) *entry[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.entries[key]; ok {
		c.recent.MoveToFront(at)
		return at.Value.(*entry[T])
	}
	if c.entries == nil {
		c.entries = make(map[string]*list.Element)
	}
	e := &entry[T]{key: key}
	c.entries[key] = c.recent.PushFront(e)
	c.bytes += len(key)
	for c.recent.Len() > 1 && (c.recent.Len() > c.most || c.bytes > mostKeyBytes) {
		c.remove(c.recent.Back())
	}
	return e
}

func (c *cache[T]) drop(e *entry[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.entries[e.key]; ok && at.Value == e {
		c.remove(at)
	}
}

func (c *cache[T]) remove(at *list.Element) {
	e := c.recent.Remove(at).(*entry[T])
	delete(c.entries, e.key)
	c.bytes -= len(e.key)
}
