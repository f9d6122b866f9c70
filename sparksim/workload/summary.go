package workload

import "trailblazer/sparksim"

// Summary says how large a kind of job is.
type Summary struct {
	Query  string `json:"query"`
	Size   string `json:"size"`
	Stages int    `json:"stages"`
	Tasks  int    `json:"tasks"`
	// WorkS is the executor time of all tasks, CriticalPathS that of the
	// longest path of stages with one task each, both in seconds and by the
	// mean of all measured durations.
	WorkS         float64 `json:"work_s"`
	CriticalPathS float64 `json:"critical_path_s"`
}

// Summarize measures a kind of job.
func Summarize(kind *sparksim.Job) Summary {
	s := Summary{Query: kind.Query(), Size: kind.Size(), Stages: kind.Stages(), Tasks: kind.Tasks()}
	until := make([]float64, kind.Stages()) // the end of the longest path to each stage, ms
	for stage := range until {              // parents come first
		ms := kind.RoughMs(stage)
		s.WorkS += float64(float64(kind.StageTasks(stage))*ms) / 1000
		until[stage] += ms
		s.CriticalPathS = max(s.CriticalPathS, until[stage]/1000)
		for _, edge := range kind.Children(stage) {
			until[edge.To] = max(until[edge.To], until[stage])
		}
	}
	return s
}
