package kernel

import "trailblazer/trainer/kernel/vec"

// rope holds the turns of rotary position embeddings as far as they were
// needed.
type rope struct {
	table *vec.Rotary
	base  float32
	width int
}

// reach is a table of the positions up to, not including, n.
func (r *rope) reach(a Attention, n int) *vec.Rotary {
	if r.table == nil || r.base != a.RopeBase || r.width != a.HeadWidth {
		*r = rope{vec.NewRotary(a.HeadWidth, max(n, 256), float64(a.RopeBase)), a.RopeBase, a.HeadWidth}
	}
	if r.table.Positions() < n {
		r.table = vec.NewRotary(a.HeadWidth, max(n, 2*r.table.Positions()), float64(a.RopeBase))
	}
	return r.table
}

// limit is one more than the largest position.
func limit(positions []int32) int {
	most := int32(-1)
	for _, p := range positions {
		most = max(most, p)
	}
	return int(most) + 1
}
