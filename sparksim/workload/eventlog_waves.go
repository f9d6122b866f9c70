package workload

import (
	"cmp"
	"slices"

	"trailblazer/sparksim"
)

// levels sorts the durations of a group's tasks, stage by stage: fresh are
// those of a slot's first task in the job, first those of its first in a
// stage, rest those of the others. A stage's first task is one of the former,
// so no level is without.
func (p *eventLogParser) levels(g *eventLogGroup) []sparksim.Level {
	type ran struct {
		task  *eventLogTask
		place int
	}
	var tasks []ran
	levels := make([]sparksim.Level, len(g.stages))
	for place, counted := range g.tasks {
		for _, i := range counted {
			tasks = append(tasks, ran{&p.tasks[i], place})
		}
	}
	slices.SortStableFunc(tasks, func(a, b ran) int {
		return cmp.Or(cmp.Compare(a.task.launchMs, b.task.launchMs), cmp.Compare(a.task.id, b.task.id))
	})
	type visit struct {
		slot  int32
		place int
	}
	slots := make(map[int32]bool)
	visits := make(map[visit]bool)
	for _, t := range tasks {
		wave := &levels[t.place].Rest
		at := visit{t.task.slot, t.place}
		switch {
		case !slots[at.slot]:
			wave = &levels[t.place].Fresh
		case !visits[at]:
			wave = &levels[t.place].First
		}
		slots[at.slot], visits[at] = true, true
		*wave = append(*wave, float64(t.task.finishMs-t.task.launchMs))
	}
	for place := range levels {
		levels[place].Executors = len(slots)
	}
	return levels
}
