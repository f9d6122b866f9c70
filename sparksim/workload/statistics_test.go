package workload_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"trailblazer/internal/testdata"
	"trailblazer/sparksim"
	"trailblazer/sparksim/policy"
	"trailblazer/sparksim/workload"
)

// statistic is a number that tells how a workload behaves, with the factor by
// which a generated one may differ from the measured, on average over seeds
// and for a single seed.
type statistic struct {
	name         string
	of           func(kinds []*sparksim.Job) float64
	mean, single float64
}

// TestSyntheticStatistics compares the generator with the measurements. With
// -v it prints the table of DESIGN.md.
func TestSyntheticStatistics(t *testing.T) {
	published, err := workload.LoadTPCH(filepath.Join(testdata.Dir(t), "cjs", "tpch_json"))
	if err != nil {
		t.Fatal(err)
	}
	const seeds = 8
	var generated [seeds][]*sparksim.Job
	for i := range generated {
		generated[i] = workload.Synthetic(uint64(1 + i))
	}
	t.Logf("| statistic | measured | mean of %d seeds | least | most | seed 1 |", seeds)
	for _, s := range statistics() {
		want := s.of(published)
		values := make([]float64, seeds)
		mean := 0.0
		for i, kinds := range generated {
			values[i] = s.of(kinds)
			mean += values[i] / seeds
			if !within(values[i], want, s.single) {
				t.Errorf("%s: %.4g with seed %d, measured %.4g", s.name, values[i], 1+i, want)
			}
		}
		if !within(mean, want, s.mean) {
			t.Errorf("%s: %.4g on average, measured %.4g", s.name, mean, want)
		}
		t.Logf("| %s | %.3g | %.3g | %.3g | %.3g | %.3g |", s.name, want, mean, slices.Min(values), slices.Max(values), values[0])
	}
}

func within(x, want, factor float64) bool { return x <= want*factor && want <= x*factor }

func statistics() []statistic {
	list := []statistic{
		{"edges of a size", func(kinds []*sparksim.Job) float64 {
			return sum(kinds[:22], func(k *sparksim.Job) float64 { return float64(len(k.Edges())) })
		}, 1.03, 1.05},
		{"load of 50 executors, a job every 25 s", func(kinds []*sparksim.Job) float64 { return sum(kinds, workMs) / float64(len(kinds)) / 50 / 25_000 }, 1.05, 1.15},
		{"coefficient of variation of work at 100 GB", func(kinds []*sparksim.Job) float64 { return variation(kinds[132:]) }, 1.25, 1.4},
		{"job alone on 50 executors, s", func(kinds []*sparksim.Job) float64 { return average(kinds, "fair", true) }, 1.05, 1.15},
		{"FIFO on 50 executors, average JCT, s", func(kinds []*sparksim.Job) float64 { return average(kinds, "fifo", false) }, 1.15, 1.5},
		{"Fair on 50 executors, average JCT, s", func(kinds []*sparksim.Job) float64 { return average(kinds, "fair", false) }, 1.1, 1.3},
	}
	for i, gigabytes := range workload.TPCHSizes() {
		at := func(of func(*sparksim.Job) float64) func([]*sparksim.Job) float64 {
			return func(kinds []*sparksim.Job) float64 { return sum(kinds[22*i:22*i+22], of) }
		}
		list = append(list,
			statistic{fmt.Sprintf("tasks at %d GB", gigabytes), at(func(k *sparksim.Job) float64 { return float64(k.Tasks()) }), 1.06, 1.1},
			statistic{fmt.Sprintf("work at %d GB, 1000 s", gigabytes), at(func(k *sparksim.Job) float64 { return roughWorkMs(k) / 1e6 }), 1.06, 1.15})
	}
	for _, size := range []int{0, 3, 6} {
		for _, level := range []int{5, 7} { // 50 and 80 executors
			for wave, name := range []string{"fresh", "first", "rest"} {
				list = append(list, statistic{
					fmt.Sprintf("%s tasks at %d GB, level %d, ms", name, workload.TPCHSizes()[size], []int{2, 5, 10, 20, 40, 50, 60, 80, 100}[level]),
					func(kinds []*sparksim.Job) float64 { return waveMs(kinds[22*size:22*size+22], level, wave) }, 1.4, 1.7})
			}
		}
	}
	return list
}

func sum(kinds []*sparksim.Job, of func(*sparksim.Job) float64) float64 {
	total := 0.0
	for _, k := range kinds {
		total += of(k)
	}
	return total
}

// roughWorkMs is the work of a job by the mean of all durations.
func roughWorkMs(k *sparksim.Job) float64 {
	total := 0.0
	for s := range k.Stages() {
		total += float64(k.StageTasks(s)) * k.RoughMs(s)
	}
	return total
}

// workMs is the work of a job that has 50 executors, waves and warm-up
// included.
func workMs(k *sparksim.Job) float64 {
	total := 0.0
	for s := range k.Stages() {
		l := levelBelow(k.Levels(s), 50)
		wave := min(k.StageTasks(s), 50)
		fresh := min(wave, len(l.Fresh))
		first := mean(l.First, l.Fresh)
		total += float64(fresh)*mean(l.Fresh) + float64(wave-fresh)*first + float64(k.StageTasks(s)-wave)*mean(l.Rest, l.First, l.Fresh)
	}
	return total
}

// levelBelow is the highest level up to a number of executors.
func levelBelow(levels []sparksim.Level, executors int) sparksim.Level {
	var found sparksim.Level
	for _, l := range levels {
		if l.Executors <= executors {
			found = l
		}
	}
	return found
}

// mean is that of the first list that isn't empty.
func mean(lists ...[]float64) float64 {
	for _, list := range lists {
		if len(list) > 0 {
			total := 0.0
			for _, x := range list {
				total += x
			}
			return total / float64(len(list))
		}
	}
	return 0
}

func variation(kinds []*sparksim.Job) float64 {
	middle := sum(kinds, workMs) / float64(len(kinds))
	squares := sum(kinds, func(k *sparksim.Job) float64 { return (workMs(k) - middle) * (workMs(k) - middle) })
	return math.Sqrt(squares/float64(len(kinds))) / middle
}

// waveMs is the mean, over stages, of the mean duration in a wave at a level.
func waveMs(kinds []*sparksim.Job, level, wave int) float64 {
	var means []float64
	for _, k := range kinds {
		for s := range k.Stages() {
			if levels := k.Levels(s); level < len(levels) {
				if list := [][]float64{levels[level].Fresh, levels[level].First, levels[level].Rest}[wave]; len(list) > 0 {
					means = append(means, mean(list))
				}
			}
		}
	}
	return mean(means)
}

// average is the average job completion time, in seconds, of a rule on 50
// executors: over all kinds, each alone, or over five episodes of 200 jobs.
func average(kinds []*sparksim.Job, rule string, alone bool) float64 {
	var sequences [][]sparksim.Arrival
	if alone {
		for kind := range kinds {
			sequences = append(sequences, []sparksim.Arrival{{Kind: kind}})
		}
	} else {
		w, err := workload.NewGenerated(kinds, workload.Poisson{})
		if err != nil {
			panic(err)
		}
		for seed := range uint64(5) {
			sequences = append(sequences, w.Arrivals(nil, seed))
		}
	}
	cluster, err := sparksim.New(sparksim.Config{Executors: 50}, kinds)
	if err != nil {
		panic(err)
	}
	total := 0.0
	for i, arrivals := range sequences {
		play(cluster, rule, arrivals, uint64(i))
		total += cluster.AverageJCTMs() / 1000
	}
	return total / float64(len(sequences))
}

func play(cluster *sparksim.Cluster, name string, arrivals []sparksim.Arrival, seed uint64) {
	rule, err := policy.NewRule(name)
	if err != nil {
		panic(err)
	}
	var view sparksim.View
	rule.Start(seed)
	for cluster.Reset(arrivals, rand.NewPCG(seed, 0)); !cluster.Done(); {
		cluster.Observe(&view)
		decision, err := rule.Choose(&view)
		if err == nil {
			_, err = cluster.Step(decision.Stage, decision.Executors)
		}
		if err != nil {
			panic(err)
		}
	}
}
