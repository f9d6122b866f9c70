package policy

import (
	"slices"
	"sync"

	"trailblazer/abrsim"
	"trailblazer/abrsim/optimal"
)

// tables makes the tables of worlds and keeps those that were used last. It is
// safe for concurrent use.
type tables struct {
	options optimal.TableOptions
	// most is how many bytes are kept; the last table is kept whatever it
	// takes.
	most int

	mu      sync.Mutex
	entries []*tableEntry // the last used first
}

type tableEntry struct {
	world *abrsim.World
	qoe   *abrsim.QoE
	made  sync.Once
	table *optimal.Table
	err   error
	bytes int // guarded by tables.mu, as made may still run
}

// of returns the table of a world. It is made once for all who ask.
func (t *tables) of(w *abrsim.World, q *abrsim.QoE) (*optimal.Table, error) {
	e := t.enter(w, q)
	e.made.Do(func() {
		if e.table, e.err = optimal.NewTable(w, q, t.options); e.err == nil {
			t.weigh(e)
		}
	})
	return e.table, e.err
}

// enter finds an entry, or makes one, and puts it in front.
func (t *tables) enter(w *abrsim.World, q *abrsim.QoE) *tableEntry {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.IndexFunc(t.entries, func(e *tableEntry) bool { return e.world == w && e.qoe == q })
	if at < 0 {
		at = len(t.entries)
		t.entries = append(t.entries, &tableEntry{world: w, qoe: q})
	}
	e := t.entries[at]
	copy(t.entries[1:at+1], t.entries[:at])
	t.entries[0] = e
	return e
}

// weigh notes how large a new table is, and drops what is too much.
func (t *tables) weigh(e *tableEntry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e.bytes = e.table.Bytes()
	sum := 0
	for i, e := range t.entries {
		if sum += e.bytes; sum > t.most && i > 0 {
			clear(t.entries[i:])
			t.entries = t.entries[:i]
			return
		}
	}
}
