package decima

import "trailblazer/sparksim"

// scoreStages appends the scores of the view's schedulable stages to dst, after
// run.
func (f *forward) scoreStages(dst []float32, v *sparksim.View) []float32 {
	job := 0
	for at := 0; at < len(v.Schedulable); {
		for v.Schedulable[at] >= v.Jobs[job].End {
			job++
		}
		first := at
		for at < len(v.Schedulable) && v.Schedulable[at] < v.Jobs[job].End {
			at++
		}
		dst = f.scoreStagesOf(dst, job, v.Schedulable[first:at])
	}
	return dst
}

// scoreStagesOf appends the scores of stages of one job.
func (f *forward) scoreStagesOf(dst []float32, job int, stages []int32) []float32 {
	var shared [2 * width]float32
	f.summary(shared[:], job)
	f.rows = sized(f.rows, len(stages)*joined)
	for i, s := range stages {
		copy(f.rows[i*joined:][:joined], f.join[s*joined:])
	}
	return f.stage.append(dst, shared[:], f.rows, len(stages))
}

// scoreExecutors appends the scores of giving a job 1, 2, … most executors.
func (f *forward) scoreExecutors(dst []float32, v *sparksim.View, job, most int) []float32 {
	var shared [jobFeatures + 2*width]float32
	row := jobRow(v, job)
	copy(shared[:], row[:])
	f.summary(shared[jobFeatures:], job)
	f.rows = sized(f.rows, most)
	for k := range f.rows {
		f.rows[k] = float32(k) / float32(v.Executors)
	}
	return f.executors.append(dst, shared[:], f.rows, most)
}

// summary writes the embeddings of a job and of the cluster.
func (f *forward) summary(dst []float32, job int) {
	copy(dst[:width], f.jobs[job*width:])
	copy(dst[width:], f.cluster[:])
}
