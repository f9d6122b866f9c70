package decima

import (
	"slices"

	"trailblazer/sparksim"
)

// forward runs the network on one view after the other, in memory that it
// keeps.
type forward struct {
	*Network
	levels levels

	// One row for each stage.
	features  []float32 // stageFeatures wide
	prepared  []float32 // width wide, as all that follow but one
	embedding []float32
	messages  []float32
	current   []bool    // whether the message is that of the embedding
	join      []float32 // joined wide: features and embedding

	jobs    []float32 // embedding of each job
	cluster [width]float32

	// Rows that pass through a network together.
	rows, results []float32
	places        []int32
}

// run computes all embeddings.
func (f *forward) run(v *sparksim.View) {
	f.readFeatures(v)
	n := len(v.Stages)
	f.prepared = sized(f.prepared, n*width)
	f.prepare.run(f.prepared, f.features, n)
	f.embedStages(v)
	f.embedJobs(v)
}

// readFeatures fills features.
func (f *forward) readFeatures(v *sparksim.View) {
	f.features = sized(f.features, len(v.Stages)*stageFeatures)
	for j := range v.Jobs {
		job := jobRow(v, j)
		for s := v.Jobs[j].First; s < v.Jobs[j].End; s++ {
			stage := &v.Stages[s]
			x := (*[stageFeatures]float32)(f.features[s*stageFeatures:])
			copy(x[:], job[:])
			remaining := float32(stage.Remaining)
			x[jobFeatures] = remaining / 200
			x[jobFeatures+1] = remaining * stage.DurationMs / 1e5
		}
	}
}

// jobRow returns the features that all stages of a job have in common.
func jobRow(v *sparksim.View, job int) [jobFeatures]float32 {
	j, n := &v.Jobs[job], float32(v.Executors)
	source := float32(-1)
	if job == v.Source {
		source = 1
	}
	return [jobFeatures]float32{float32(j.Limit) / n, source, float32(j.Supply) / n}
}

// embedStages computes the embeddings of stages, from those without children
// up to those without parents.
func (f *forward) embedStages(v *sparksim.View) {
	n := len(v.Stages)
	f.embedding = sized(f.embedding, n*width)
	if len(v.Edges) == 0 {
		copy(f.embedding, f.prepared) // as in the reference
		return
	}
	f.levels.set(v)
	f.messages = sized(f.messages, n*width)
	f.current = slices.Grow(f.current[:0], n)[:n]
	clear(f.current)
	f.embedLeaves(n)
	for level := f.levels.count() - 1; level >= 0; level-- {
		receivers, senders := f.levels.at(level, v.Edges)
		f.send(senders)
		f.receive(receivers, level, v.Edges)
	}
}

// embedLeaves computes the embeddings of the stages without children.
func (f *forward) embedLeaves(stages int) {
	f.places = f.places[:0]
	for s := range int32(stages) {
		if f.levels.first[s] == f.levels.first[s+1] {
			f.places = append(f.places, s)
		}
	}
	f.transform(f.embedding, &f.update, f.prepared, f.places)
}

// send computes the messages of stages that have been embedded since the last.
func (f *forward) send(senders []int32) {
	f.places = f.places[:0]
	for _, s := range senders {
		if !f.current[s] {
			f.current[s] = true
			f.places = append(f.places, s)
		}
	}
	f.transform(f.messages, &f.message, f.embedding, f.places)
}

// transform runs a network on the rows of some stages.
func (f *forward) transform(dst []float32, m *mlp, src []float32, stages []int32) {
	f.rows = sized(f.rows, len(stages)*width)
	f.results = sized(f.results, len(stages)*width)
	for i, s := range stages {
		copy(f.rows[i*width:][:width], src[s*width:])
	}
	m.run(f.results, f.rows, len(stages))
	for i, s := range stages {
		copy(dst[s*width:][:width], f.results[i*width:])
	}
}

// receive embeds stages anew from the messages that reach them at a level.
func (f *forward) receive(receivers []int32, level int, edges []sparksim.Edge) {
	f.rows = sized(f.rows, len(receivers)*width)
	f.results = sized(f.results, len(receivers)*width)
	for i, s := range receivers {
		sum := (*[width]float32)(f.rows[i*width:])
		clear(sum[:])
		for _, e := range f.levels.children(s, edges) {
			if f.levels.sends(e.To, level) {
				add(sum, f.messages[e.To*width:])
			}
		}
	}
	f.update.run(f.results, f.rows, len(receivers))
	for i, s := range receivers {
		h := (*[width]float32)(f.embedding[s*width:])
		copy(h[:], f.prepared[s*width:])
		add(h, f.results[i*width:])
		f.current[s] = false
	}
}

// embedJobs computes the embeddings of the jobs and of the cluster.
func (f *forward) embedJobs(v *sparksim.View) {
	n := len(v.Stages)
	f.join = sized(f.join, n*joined)
	for s := range n {
		row := f.join[s*joined:][:joined]
		copy(row, f.features[s*stageFeatures:][:stageFeatures])
		copy(row[stageFeatures:], f.embedding[s*width:])
	}
	f.results = sized(f.results, max(n, len(v.Jobs))*width)
	f.jobPart.run(f.results, f.join, n)
	f.jobs = sized(f.jobs, len(v.Jobs)*width)
	for j, job := range v.Jobs {
		total((*[width]float32)(f.jobs[j*width:]), f.results[job.First*width:job.End*width])
	}
	f.clusterPart.run(f.results, f.jobs, len(v.Jobs))
	total(&f.cluster, f.results[:len(v.Jobs)*width])
}

// total sums rows.
func total(sum *[width]float32, rows []float32) {
	clear(sum[:])
	for ; len(rows) > 0; rows = rows[width:] {
		add(sum, rows)
	}
}

func add(sum *[width]float32, row []float32) {
	for i, x := range row[:width] {
		sum[i] += x
	}
}

// sized returns s with n numbers, in its memory where that suffices.
func sized(s []float32, n int) []float32 { return slices.Grow(s[:0], n)[:n] }
