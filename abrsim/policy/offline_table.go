package policy

import (
	"runtime"
	"slices"

	"trailblazer/abrsim"
	"trailblazer/abrsim/optimal"
)

// offlineTable knows the future: it chooses the level of the largest Q value
// in whatever state it is; see [optimal.Table]. It makes tables of what a player
// may come through from there, and keeps the last one.
type offlineTable struct {
	worlds Worlds
	tables *tables

	video *Video
	// The table in use.
	held  *tableEntry
	table *optimal.Table

	q []float64
}

func newOfflineTable(worlds Worlds, options optimal.TableOptions) *offlineTable {
	return &offlineTable{worlds: worlds, tables: &tables{options: options}}
}

func (o *offlineTable) Start(v *Video, _ uint64) error {
	o.video = v
	return nil
}

func (o *offlineTable) Choose(now *View) (int, error) {
	s, err := o.look(now)
	if err != nil {
		return 0, err
	}
	level, _ := o.table.Best(s)
	return level, nil
}

// look makes sure that the table is that of the state which it returns.
func (o *offlineTable) look(now *View) (abrsim.State, error) {
	w, s := o.worlds.World(now.Trace, now.Video), now.state()
	if err := w.Check(s); err != nil {
		return s, err
	}
	if key := keyOf(w, o.video.QoE, s); o.held == nil || o.held.tableKey != key {
		if o.held != nil {
			o.tables.release(o.held)
			o.held, o.table = nil, nil
		}
		held, err := o.tables.of(key)
		if err != nil {
			return s, err
		}
		o.held, o.table = held, held.table
	}
	return s, nil
}

// label implements labeller.
func (o *offlineTable) label(now *View) (level int, value float64, advantage []float64, err error) {
	s, err := o.look(now)
	if err != nil {
		return 0, 0, nil, err
	}
	o.q = o.table.AppendQ(o.q[:0], s)
	value = slices.Max(o.q)
	level = slices.Index(o.q, value)
	for i := range o.q {
		o.q[i] -= value
	}
	return level, value, o.q, nil
}

// knowsAdvantages implements labeller.
func (o *offlineTable) knowsAdvantages() bool { return true }

// tablesPerCore is how many bytes of tables experts keep together beside those
// that one of them uses, for every core: about ten. More hardly helps, as traces
// and starts are drawn among thousands; but several players meet the same one in
// turn.
const tablesPerCore = 64 << 20

// sharing implements labeller.
func (o *offlineTable) sharing() func() labeller {
	shared := &tables{options: o.tables.options, most: tablesPerCore * runtime.GOMAXPROCS(0)}
	return func() labeller { return &offlineTable{worlds: o.worlds, tables: shared} }
}
