package traj

import (
	"errors"
	"sync"
)

// maxTables bounds the files that a set keeps open: their footers take memory.
const maxTables = 64

var errClosed = errors.New("the data set is closed: open it again")

// tableCache keeps the files that were used last open.
type tableCache struct {
	limit int

	mu     sync.Mutex
	open   []*openTableEntry // the last used ones last
	closed bool
}

type openTableEntry struct {
	*tableFile
	users int
	stale bool // no longer in the cache
}

// acquire opens a file or finds it open. It stays open until release is called.
func (c *tableCache) acquire(path string) (t *tableFile, release func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, nil, errClosed
	}
	var found *openTableEntry
	for i, e := range c.open {
		if e.path == path {
			found = e
			c.open = append(c.open[:i], c.open[i+1:]...)
			break
		}
	}
	if found == nil {
		if t, err = openTable(path); err != nil {
			return nil, nil, err
		}
		found = &openTableEntry{tableFile: t}
	}
	c.open = append(c.open, found)
	found.users++
	for len(c.open) > c.limit {
		c.drop(0)
	}
	return found.tableFile, func() { c.release(found) }, nil
}

func (c *tableCache) release(e *openTableEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.users--
	if e.stale && e.users == 0 {
		e.tableFile.close()
	}
}

// drop forgets a file, which its last user closes.
func (c *tableCache) drop(i int) error {
	e := c.open[i]
	c.open = append(c.open[:i], c.open[i+1:]...)
	e.stale = true
	if e.users > 0 {
		return nil
	}
	return e.tableFile.close()
}

func (c *tableCache) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	var err error
	for len(c.open) > 0 {
		err = errors.Join(err, c.drop(0))
	}
	return err
}
