package catalog

import (
	"container/list"
	"sync"

	"trailblazer/api/env"
)

// The bounds of the cache. A key holds the whole configuration, own traces
// and videos included, so its length is about what a factory weighs.
const (
	mostFactories = 128
	mostKeyBytes  = 64 << 20
)

// cache keeps the factories used last. The zero value is empty. Sessions hold
// on to factories that it has dropped.
type cache struct {
	mu      sync.Mutex
	entries map[string]*list.Element
	recent  list.List // of *entry, the last used first
	bytes   int
}

type entry struct {
	key     string
	once    sync.Once
	factory env.Factory
	err     error
}

// get returns the factory of a key and builds it if there is none, once for
// all who ask at the same time.
func (c *cache) get(key string, build func() (env.Factory, error)) (env.Factory, error) {
	e := c.enter(key)
	e.once.Do(func() {
		e.err = errBuild
		e.factory, e.err = build()
	})
	if e.err != nil {
		c.drop(e) // What failed may be mended: try again next time.
		return nil, e.err
	}
	return e.factory, nil
}

func (c *cache) enter(key string) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.entries[key]; ok {
		c.recent.MoveToFront(at)
		return at.Value.(*entry)
	}
	if c.entries == nil {
		c.entries = make(map[string]*list.Element)
	}
	e := &entry{key: key}
	c.entries[key] = c.recent.PushFront(e)
	c.bytes += len(key)
	for c.recent.Len() > 1 && (c.recent.Len() > mostFactories || c.bytes > mostKeyBytes) {
		c.remove(c.recent.Back())
	}
	return e
}

func (c *cache) drop(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.entries[e.key]; ok && at.Value == e {
		c.remove(at)
	}
}

func (c *cache) remove(at *list.Element) {
	e := c.recent.Remove(at).(*entry)
	delete(c.entries, e.key)
	c.bytes -= len(e.key)
}
