package policy

import (
	"math"
	"slices"
	"sync"

	"trailblazer/abrsim"
	"trailblazer/abrsim/optimal"
)

// tables makes the tables that states of worlds need and keeps those that are used, and those
// that were used last. It is safe for concurrent use.
type tables struct {
	options optimal.TableOptions
	// most is how many bytes are kept beside those of tables in use; the last
	// table is kept whatever it takes.
	most int

	mu      sync.Mutex
	entries []*tableEntry // the last used first
	// spare are dropped tables whose memory the next ones take.
	spare []*optimal.Table
}

type tableEntry struct {
	tableKey
	made  sync.Once
	table *optimal.Table
	err   error
	// Guarded by tables.mu, as made may still run.
	bytes int
	users int
}

// tableKey is what a table is of: a world, and of that what players come through
// whose lines are close to one another.
type tableKey struct {
	world *abrsim.World
	qoe   *abrsim.QoE
	// lines is the number of the lines, each slackS wide.
	lines int
}

// slackS is how far from its line a table reaches: half of it beyond the lines
// that it is made for.
const slackS = 16

// keyOf is the key of the table for a state: by the state alone, so that what is
// said of it does not depend on how a player came there.
func keyOf(w *abrsim.World, q *abrsim.QoE, s abrsim.State) tableKey {
	line, passS := math.Mod(optimal.Line(w, s), w.Link().PassS()), w.Link().PassS()
	if line < 0 {
		line += passS
	}
	return tableKey{w, q, int(line / slackS)}
}

// mostSpare bounds the tables whose memory waits for others.
const mostSpare = 4

// of returns the table of a key, made once for all who ask. Whoever has asked
// gives it back by release.
func (t *tables) of(key tableKey) (*tableEntry, error) {
	e := t.enter(key)
	e.made.Do(func() {
		options := t.options
		options.LineS, options.SlackS = (float64(e.lines)+0.5)*slackS, slackS
		options.Reuse = t.takeSpare()
		if e.table, e.err = optimal.NewTable(key.world, key.qoe, options); e.err == nil {
			t.mu.Lock()
			e.bytes = e.table.Bytes()
			t.drop()
			t.mu.Unlock()
		}
	})
	if e.err != nil {
		t.release(e)
		return nil, e.err
	}
	return e, nil
}

// release gives a table back: who asked for it reads it no more.
func (t *tables) release(e *tableEntry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e.users--
	t.drop()
}

// enter finds an entry, or makes one, puts it in front and counts a user.
func (t *tables) enter(key tableKey) *tableEntry {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.IndexFunc(t.entries, func(e *tableEntry) bool { return e.tableKey == key })
	if at < 0 {
		at = len(t.entries)
		t.entries = append(t.entries, &tableEntry{tableKey: key})
	}
	e := t.entries[at]
	copy(t.entries[1:at+1], t.entries[:at])
	t.entries[0] = e
	e.users++
	return e
}

// drop lets go of what is too much among the tables that nobody uses.
func (t *tables) drop() {
	sum := 0
	t.entries = slices.DeleteFunc(t.entries, func(e *tableEntry) bool {
		if e.users > 0 {
			return false
		}
		if sum += e.bytes; sum <= t.most || e == t.entries[0] {
			return false
		}
		if e.table != nil && len(t.spare) < mostSpare {
			t.spare = append(t.spare, e.table)
		}
		return true
	})
}

func (t *tables) takeSpare() *optimal.Table {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.spare)
	if n == 0 {
		return nil
	}
	last := t.spare[n-1]
	t.spare = t.spare[:n-1]
	return last
}
