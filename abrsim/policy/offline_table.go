package policy

import (
	"trailblazer/abrsim"
	"trailblazer/abrsim/optimal"
)

// offlineTable knows the future: it chooses the level of the largest Q value
// in whatever state it is; see [optimal.Table]. It makes a world's table when
// it first plays there and keeps the last one.
type offlineTable struct {
	worlds  Worlds
	options optimal.TableOptions

	video *Video
	world *abrsim.World
	qoe   *abrsim.QoE
	table *optimal.Table
}

func (o *offlineTable) Start(v *Video, _ uint64) error {
	o.video = v
	return nil
}

func (o *offlineTable) Choose(now *View) (int, error) {
	w, s := o.worlds.World(now.Trace, now.Video), now.state()
	if err := w.Check(s); err != nil {
		return 0, err
	}
	if w != o.world || o.video.QoE != o.qoe {
		table, err := optimal.NewTable(w, o.video.QoE, o.options)
		if err != nil {
			return 0, err
		}
		o.world, o.qoe, o.table = w, o.video.QoE, table
	}
	level, _ := o.table.Best(s)
	return level, nil
}
