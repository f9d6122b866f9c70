package naive

import (
	"slices"

	"trailblazer/sparksim"
)

// View is what a scheduler sees.
func (m *Model) View() sparksim.View {
	v := sparksim.View{Executors: len(m.executors), Committable: m.committable()}
	active, offered := m.active(), m.offered()
	v.Source = len(active)
	place := map[pool]int32{}
	for k, i := range active {
		j := m.jobs[i]
		limit := max(0, min(v.Committable, len(m.executors)-j.total))
		if i == m.source.job {
			v.Source = k
			limit = v.Committable
		}
		first := int32(len(v.Stages))
		for s, stage := range j.stages {
			if stage.complete() {
				continue
			}
			at := stagePool(i, s)
			place[at] = int32(len(v.Stages))
			v.Stages = append(v.Stages, sparksim.StageView{
				Remaining:   int32(stage.remaining),
				DurationMs:  float32(stage.recentMs),
				Schedulable: slices.Contains(offered, at),
			})
		}
		v.Jobs = append(v.Jobs, sparksim.JobView{First: first, End: int32(len(v.Stages)), Supply: int32(j.total), Limit: int32(limit)})
		for _, e := range j.kind.Edges() {
			from, incomplete := place[stagePool(i, int(e.From))]
			if incomplete {
				v.Edges = append(v.Edges, sparksim.Edge{From: from, To: place[stagePool(i, int(e.To))]})
			}
		}
	}
	for _, at := range offered {
		v.Schedulable = append(v.Schedulable, place[at])
	}
	return v
}
