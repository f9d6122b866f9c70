package decima

import (
	"math"
	"math/rand/v2"
	"testing"

	"trailblazer/internal/safetensors"
	"trailblazer/internal/testnetwork"
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy/internal/testview"
)

// naive is the network once more, stage by stage and edge by edge in float64,
// on the tensors as they are in the file.
type naive struct{ testnetwork.Naive }

func newNaive(tb testing.TB, f *safetensors.File) naive { return naive{testnetwork.NewNaive(tb, f)} }

func (n naive) mlp(name string, x []float64, activation func(float64) float64) []float64 {
	x = n.Layer(name+".0", x, activation)
	x = n.Layer(name+".2", x, activation)
	return n.Layer(name+".4", x, nil)
}

func (n naive) encode(name string, x []float64) []float64 {
	return n.mlp("encoder."+name, x, func(v float64) float64 {
		if v < 0 {
			return 0.2 * v
		}
		return v
	})
}

func naiveFeatures(v *sparksim.View, job int, stage int32) []float64 {
	j, size, source := v.Jobs[job], float64(v.Executors), -1.0
	if job == v.Source {
		source = 1
	}
	remaining := float64(v.Stages[stage].Remaining)
	return []float64{float64(j.Limit) / size, source, float64(j.Supply) / size,
		remaining / 200, remaining * float64(v.Stages[stage].DurationMs) / 1e5}
}

// stages are the embeddings of a job's stages.
func (n naive) stages(v *sparksim.View, job int) map[int32][]float64 {
	j := v.Jobs[job]
	children := map[int32][]int32{}
	parents := map[int32]int{}
	for _, e := range v.Edges {
		if e.From >= j.First && e.From < j.End {
			children[e.From] = append(children[e.From], e.To)
			parents[e.To]++
		}
	}
	prepared, h := map[int32][]float64{}, map[int32][]float64{}
	for s := j.First; s < j.End; s++ {
		prepared[s] = n.encode("node_encoder.mlp_prep", naiveFeatures(v, job, s))
		switch {
		case len(v.Edges) == 0:
			h[s] = prepared[s]
		case len(children[s]) == 0:
			h[s] = n.encode("node_encoder.mlp_update", prepared[s])
		}
	}
	generations := naiveGenerations(j, children, parents)
	for g := len(generations) - 1; g >= 0; g-- {
		in := map[int32]bool{}
		for _, s := range generations[g] {
			in[s] = true
			for _, c := range children[s] {
				in[c] = true
			}
		}
		after := map[int32][]float64{}
		for parent := range in {
			sum, any := make([]float64, width), false
			for _, c := range children[parent] {
				if in[c] {
					any = true
					naiveAdd(sum, n.encode("node_encoder.mlp_msg", h[c]))
				}
			}
			if any {
				after[parent] = n.encode("node_encoder.mlp_update", sum)
				naiveAdd(after[parent], prepared[parent])
			}
		}
		for s, x := range after {
			h[s] = x
		}
	}
	return h
}

// naiveGenerations removes the stages without parents again and again.
func naiveGenerations(j sparksim.JobView, children map[int32][]int32, parents map[int32]int) [][]int32 {
	waiting := map[int32]int{}
	for s := j.First; s < j.End; s++ {
		waiting[s] = parents[s]
	}
	var generations [][]int32
	for len(waiting) > 0 {
		var free []int32
		for s := j.First; s < j.End; s++ {
			if left, ok := waiting[s]; ok && left == 0 {
				free = append(free, s)
			}
		}
		for _, s := range free {
			delete(waiting, s)
			for _, c := range children[s] {
				waiting[c]--
			}
		}
		generations = append(generations, free)
	}
	return generations
}

func naiveAdd(sum, x []float64) {
	for i := range sum {
		sum[i] += x[i]
	}
}

// scores are those of the schedulable stages, and of the numbers of executors
// for each job.
func (n naive) scores(v *sparksim.View) (stages []float64, executors [][]float64) {
	h := map[int32][]float64{}
	jobs, cluster := make([][]float64, len(v.Jobs)), make([]float64, width)
	for j, job := range v.Jobs {
		jobs[j] = make([]float64, width)
		for s, x := range n.stages(v, j) {
			h[s] = x
		}
		for s := job.First; s < job.End; s++ {
			naiveAdd(jobs[j], n.encode("dag_encoder.mlp", append(naiveFeatures(v, j, s), h[s]...)))
		}
		naiveAdd(cluster, n.encode("global_encoder.mlp", jobs[j]))
	}
	for j, job := range v.Jobs {
		summary := append(append([]float64{}, jobs[j]...), cluster...)
		for _, s := range v.Schedulable {
			if s >= job.First && s < job.End {
				x := append(append(naiveFeatures(v, j, s), h[s]...), summary...)
				stages = append(stages, n.mlp("stage_policy_network.mlp_score", x, math.Tanh)[0])
			}
		}
		var list []float64
		for k := range job.Limit {
			x := append(append(naiveFeatures(v, j, job.First)[:jobFeatures], summary...), float64(k)/float64(v.Executors))
			list = append(list, n.mlp("exec_policy_network.mlp_score", x, math.Tanh)[0])
		}
		executors = append(executors, list)
	}
	return stages, executors
}

// TestAgainstNaive compares all scores of random views, with random weights and
// with the trained ones where these are.
func TestAgainstNaive(t *testing.T) {
	check := func(t *testing.T, file *safetensors.File) {
		network, err := build(file)
		if err != nil {
			t.Fatal(err)
		}
		want := newNaive(t, file)
		f := forward{Network: network}
		random := rand.New(rand.NewPCG(3, 4))
		recomputed, edgeless := 0, 0
		for range 150 {
			v := testview.Random(random, 1+random.IntN(60), 8)
			f.run(v)
			stages, executors := want.scores(v)
			checkNear(t, "stage scores", f.scoreStages(nil, v), float32s(stages), 5e-4)
			for j := range v.Jobs {
				got := f.scoreExecutors(nil, v, j, int(v.Jobs[j].Limit))
				checkNear(t, "executor scores", got, float32s(executors[j]), 5e-4)
			}
			if t.Failed() {
				t.Fatalf("in view %+v", v)
			}
			recomputed += countRecomputed(v)
			if len(v.Edges) == 0 && len(v.Stages) > 0 {
				edgeless++
			}
		}
		if recomputed < 50 || edgeless < 1 {
			t.Errorf("the views have %d stages that are computed twice, and %d have no edges: too few to test", recomputed, edgeless)
		}
	}
	t.Run("random", func(t *testing.T) { check(t, randomFile(1)) })
	t.Run("trained", func(t *testing.T) {
		file, err := safetensors.Read(trainedFile(t))
		if err != nil {
			t.Fatal(err)
		}
		check(t, file)
	})
}

// countRecomputed counts the stages that receive messages at several levels.
func countRecomputed(v *sparksim.View) (count int) {
	if len(v.Edges) == 0 {
		return 0
	}
	var l levels
	l.set(v)
	for level := range l.count() {
		receivers, _ := l.at(level, v.Edges)
		for _, s := range receivers {
			if int(l.depth[s]) != level {
				count++
			}
		}
	}
	return count
}
