package feature

import (
	"fmt"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/trainer/model"
)

// choice is one of some discrete actions.
type choice struct{ first, count int64 }

func (c *choice) append(_ *env.Batch, _ int, action env.Arrays, actionRow int, to *model.Actions) error {
	a := env.Row[int64](&action[0], actionRow)[0]
	if uint64(a-c.first) >= uint64(c.count) {
		return refuseAction("", a, fmt.Sprintf("give one from %d to %d", c.first, c.first+c.count-1))
	}
	to.Choice = append(to.Choice, int32(a-c.first))
	return nil
}

func (c *choice) imitated(in *env.Batch, row int, action env.Arrays, actionRow int, to *model.Actions) (float32, error) {
	return 1, c.append(in, row, action, actionRow, to)
}

func (c *choice) write(_ *env.Batch, _ int, d *model.Decision, action env.Arrays, actionRow int) error {
	k := int64(d.Choice)
	if uint64(k) >= uint64(c.count) {
		return refuseAction("", k, "give a choice below "+strconv.FormatInt(c.count, 10))
	}
	env.Row[int64](&action[0], actionRow)[0] = c.first + k
	return nil
}
