package sparksim_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"trailblazer/sparksim"
	"trailblazer/sparksim/internal/naive"
)

// seedVariable names the environment variable that repeats one episode of
// TestAgainstNaiveModel.
const seedVariable = "SPARKSIM_SEED"

// TestAgainstNaiveModel plays random legal decisions on random small workloads
// in a cluster and in the naive model. Everything that can be seen must be
// equal, to the bit where no integral is involved.
func TestAgainstNaiveModel(t *testing.T) {
	t.Parallel()
	if text := os.Getenv(seedVariable); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", seedVariable, err)
		}
		newDuel(t, seed).play(t)
		return
	}
	for seed := range uint64(300) {
		if newDuel(t, seed).play(t); t.Failed() {
			t.Fatalf("repeat it with %s=%d", seedVariable, seed)
		}
	}
}

// duel is one cluster and the models of its episodes.
type duel struct {
	rng     *rand.Rand
	config  sparksim.Config
	kinds   []*sparksim.Job
	cluster *sparksim.Cluster
}

func newDuel(t *testing.T, seed uint64) *duel {
	t.Helper()
	d := &duel{rng: rand.New(rand.NewPCG(seed, 0))}
	moving := pick(d.rng, 0, 0, 1, 7.5, 2000)
	warmup := pick(d.rng, 0, 3, 0.25, 1000)
	d.config = sparksim.Config{
		Executors:     pick(d.rng, 1, 2, 3, 5, 8, 12, 30, 64, 65, 101, 1+d.rng.IntN(130)),
		MovingDelayMs: &moving,
		WarmupDelayMs: &warmup,
		DiscountPerS:  pick(d.rng, 0, 0, 0, 0.005, 2),
	}
	for range 1 + d.rng.IntN(4) {
		d.kinds = append(d.kinds, randomKind(t, d.rng))
	}
	var err error
	if d.cluster, err = sparksim.New(d.config, d.kinds); err != nil {
		t.Fatal(err)
	}
	return d
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

// randomKind makes a job of one stage, a chain, or a random DAG, now and then
// one that is wider than a machine word.
func randomKind(t *testing.T, rng *rand.Rand) *sparksim.Job {
	t.Helper()
	stages := pick(rng, 1, 2, 3+rng.IntN(6), 3+rng.IntN(6), 10+rng.IntN(20))
	if rng.IntN(12) == 0 {
		stages = 60 + rng.IntN(90)
	}
	most := pick(rng, 1, 3, 10, 40)
	spec := sparksim.JobSpec{Stages: make([]sparksim.StageSpec, stages)}
	for i := range spec.Stages {
		spec.Stages[i] = sparksim.StageSpec{Tasks: 1 + rng.IntN(most), Levels: randomLevels(rng)}
	}
	names := rng.Perm(stages) // edges in any order, for NewJob to sort
	if rng.IntN(2) == 0 {
		slices.Sort(names)
	}
	density := pick(rng, 0, 0.1, 0.3, 0.8) * min(1, 8/float64(stages))
	chain := rng.IntN(3) == 0
	for i := range stages {
		for k := i + 1; k < stages; k++ {
			if chain && k == i+1 || rng.Float64() < density {
				spec.Edges = append(spec.Edges, [2]int{names[i], names[k]})
			}
		}
	}
	kind, err := sparksim.NewJob(spec)
	if err != nil {
		t.Fatal(err)
	}
	return kind
}

// randomLevels leaves out levels and waves as measurements do.
func randomLevels(rng *rand.Rand) []sparksim.Level {
	longest := pick(rng, 1, 4, 100, 5000)
	wave := func(least int) []float64 {
		ms := make([]float64, max(least, rng.IntN(6)-2))
		for i := range ms {
			ms[i] = float64(rng.IntN(longest))
			if rng.IntN(8) == 0 {
				ms[i] += rng.Float64()
			}
		}
		return ms
	}
	share := pick(rng, 0, 0.3, 1)
	var levels []sparksim.Level
	for _, n := range []int{1, 2, 5, 10, 13, 20, 40, 50, 58, 60, 80, 100, 120} {
		if rng.Float64() >= share {
			continue
		}
		first := rng.IntN(2)
		levels = append(levels, sparksim.Level{Executors: n, Fresh: wave(1 - first), First: wave(first), Rest: wave(0)})
	}
	if len(levels) == 0 {
		levels = append(levels, sparksim.Level{Executors: 1 + rng.IntN(150), Fresh: wave(1), First: wave(0), Rest: wave(0)})
	}
	return levels
}

func (d *duel) arrivals() []sparksim.Arrival {
	gap := pick(d.rng, 0, 1, 100, 3000, 60000)
	at := 0.0
	if d.rng.IntN(3) == 0 {
		at = float64(d.rng.IntN(500))
	}
	var arrivals []sparksim.Arrival
	for range 1 + d.rng.IntN(8) {
		arrivals = append(arrivals, sparksim.Arrival{AtMs: at, Kind: d.rng.IntN(len(d.kinds))})
		if d.rng.IntN(3) > 0 {
			at += float64(gap) * d.rng.ExpFloat64()
		}
	}
	return arrivals
}

// play plays a few episodes, as a cluster is used again after an episode, or in
// the middle of one.
func (d *duel) play(t *testing.T) {
	t.Helper()
	for range 1 + d.rng.IntN(3) {
		arrivals := d.arrivals()
		seed := d.rng.Uint64()
		d.cluster.Reset(arrivals, rand.NewPCG(seed, 1))
		model := naive.New(d.config.Executors, *d.config.MovingDelayMs, *d.config.WarmupDelayMs, d.kinds, arrivals, rand.NewPCG(seed, 1))
		if err := d.episode(model, arrivals, randomHabits(d.rng)); err != nil {
			t.Errorf("%d executors, delays of %v and %v ms: %v", d.config.Executors, *d.config.MovingDelayMs, *d.config.WarmupDelayMs, err)
			return
		}
	}
}

// habits are what a random scheduler is like.
type habits struct {
	pass    float64 // how often it passes
	request func(rng *rand.Rand, committable, limit int) int
	stop    float64 // how often the episode is broken off
}

func randomHabits(rng *rand.Rand) habits {
	return habits{
		pass: pick(rng, 0, 0.05, 0.3, 0.8),
		request: pick(rng,
			func(rng *rand.Rand, committable, _ int) int { return 1 + rng.IntN(committable) },
			func(_ *rand.Rand, _, _ int) int { return 1 },
			func(rng *rand.Rand, committable, _ int) int { return min(committable, 1+rng.IntN(3)) },
			func(_ *rand.Rand, committable, _ int) int { return committable },
			func(_ *rand.Rand, _, limit int) int { return max(1, limit) },
		),
		stop: pick(rng, 0, 0, 0, 0.01),
	}
}

func (h habits) decide(rng *rand.Rand, v *sparksim.View, mayPass bool) (stage, executors int) {
	if mayPass && rng.Float64() < h.pass {
		return sparksim.Pass, 0
	}
	stage = rng.IntN(len(v.Schedulable))
	limit := 0
	for _, job := range v.Jobs {
		if s := v.Schedulable[stage]; s >= job.First && s < job.End {
			limit = int(job.Limit)
		}
	}
	return stage, h.request(rng, v.Committable, limit)
}

func (d *duel) episode(model *naive.Model, arrivals []sparksim.Arrival, h habits) error {
	var view sparksim.View
	var reward sparksim.Reward
	var runs []sparksim.Run
	for step := 0; ; step++ {
		if step%8 == 0 || model.Done() {
			if err := model.Check(); err != nil {
				return fmt.Errorf("step %d: the model: %w", step, err)
			}
		}
		d.cluster.Observe(&view)
		if err := d.compare(&view, model, len(arrivals)); err != nil {
			return fmt.Errorf("step %d: %w", step, err)
		}
		if d.cluster.Done() {
			return d.compareRuns(runs, reward, model, arrivals)
		}
		if d.rng.Float64() < h.stop {
			return nil
		}
		stage, executors := h.decide(d.rng, &view, d.cluster.CanPass())
		beforeMs := model.NowMs()
		want := model.Step(stage, executors)
		got, err := d.cluster.Step(stage, executors)
		if err != nil {
			return fmt.Errorf("step %d: %w", step, err)
		}
		if err := d.compareReward(got, want, beforeMs, model, arrivals); err != nil {
			return fmt.Errorf("step %d: %w", step, err)
		}
		reward.Total += got.Total
		reward.Running += got.Running
		reward.Waiting += got.Waiting
		runs = append(runs, d.cluster.Runs()...)
		for _, job := range d.cluster.Completions() {
			if at := model.CompletedMs(int(job)); at < beforeMs || at > model.NowMs() {
				return fmt.Errorf("step %d: completed job %d, which is at %v ms", step, job, at)
			}
		}
	}
}

// compare compares all that can be seen before a decision.
func (d *duel) compare(got *sparksim.View, model *naive.Model, jobs int) error {
	want := model.View()
	arrived, completed := 0, 0
	for i := range jobs {
		if model.Arrived(i) {
			arrived++
		}
		if !math.IsInf(model.CompletedMs(i), 1) {
			completed++
		}
	}
	c := d.cluster
	if err := cmp.Or(
		same("executors", got.Executors, want.Executors),
		same("committable", got.Committable, want.Committable),
		same("source", got.Source, want.Source),
		sameAll("jobs", got.Jobs, want.Jobs),
		sameAll("stages", got.Stages, want.Stages),
		sameAll("edges", got.Edges, want.Edges),
		sameAll("schedulable", got.Schedulable, want.Schedulable),
		same("Committable", c.Committable(), want.Committable),
		same("Schedulable", c.Schedulable(), len(want.Schedulable)),
		same("NowMs", c.NowMs(), model.NowMs()),
		same("Done", c.Done(), model.Done()),
		same("Running", c.Running(), model.Running()),
		same("Arrived", c.Arrived(), arrived),
		same("Completed", c.Completed(), completed),
		same("CanPass", c.CanPass() || c.Done(), !model.PassWouldEnd() || c.Done()),
	); err != nil {
		return err
	}
	for i := range jobs {
		if err := same(fmt.Sprint("CompletedMs of job ", i), c.CompletedMs(i), model.CompletedMs(i)); err != nil {
			return err
		}
	}
	return nil
}

func same[T comparable](what string, got, want T) error {
	if got != want {
		return fmt.Errorf("%s: %+v, the model has %+v", what, got, want)
	}
	return nil
}

func sameAll[T comparable](what string, got, want []T) error {
	for i := range min(len(got), len(want)) {
		if err := same(fmt.Sprintf("%s[%d]", what, i), got[i], want[i]); err != nil {
			return err
		}
	}
	return same(what, len(got), len(want))
}

// compareReward expects the model's reward to the bit; a discounted one, which
// the model doesn't have, is integrated here.
func (d *duel) compareReward(got sparksim.Reward, want, beforeMs float64, model *naive.Model, arrivals []sparksim.Arrival) error {
	if rate := d.config.DiscountPerS / 1000; rate > 0 {
		sum := 0.0
		for i, a := range arrivals {
			from := max(a.AtMs, beforeMs) - beforeMs
			to := min(model.CompletedMs(i), model.NowMs()) - beforeMs
			if from < to {
				sum -= (math.Exp(-rate*from) - math.Exp(-rate*to)) / rate
			}
		}
		if math.Abs(got.Total-sum) > 1e-7+1e-9*math.Abs(sum) {
			return fmt.Errorf("reward %v, discounted %v", got.Total, sum)
		}
	} else if got.Total != want {
		return fmt.Errorf("reward %v, the model's %v", got.Total, want)
	}
	if gap := math.Abs(got.Running + got.Waiting - got.Total); got.Running > 0 || got.Waiting > 0 || gap > 1e-7 {
		return fmt.Errorf("reward %+v does not add up", got)
	}
	return nil
}

// compareRuns expects an executor's runs to be its tasks in the model, joined
// where one follows another in the same stage, and the rewards of the episode
// to tell the time when a job's tasks ran from the rest.
func (d *duel) compareRuns(got []sparksim.Run, reward sparksim.Reward, model *naive.Model, arrivals []sparksim.Arrival) error {
	last := map[int32]int{} // an executor's last run
	var want []sparksim.Run
	runningMs := 0.0
	until := make([]float64, len(arrivals)) // when the tasks seen so far end
	for _, task := range model.Tasks() {
		k, ok := last[task.Executor]
		if ok && want[k].Job == task.Job && want[k].Stage == task.Stage && want[k].EndMs == task.StartMs {
			want[k].Tasks++
			want[k].EndMs = task.EndMs
		} else {
			last[task.Executor] = len(want)
			want = append(want, task)
		}
		end := &until[task.Job]
		runningMs += max(0, task.EndMs-max(task.StartMs, *end))
		*end = max(*end, task.EndMs)
	}
	order := func(a, b sparksim.Run) int {
		return cmp.Or(cmp.Compare(a.Executor, b.Executor), cmp.Compare(a.StartMs, b.StartMs), cmp.Compare(a.EndMs, b.EndMs),
			cmp.Compare(a.Job, b.Job), cmp.Compare(a.Stage, b.Stage))
	}
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	if err := sameAll("runs", got, want); err != nil {
		return err
	}
	if d.config.DiscountPerS == 0 && math.Abs(reward.Running+runningMs) > 1e-7+1e-9*runningMs {
		return fmt.Errorf("%v ms of the reward while tasks ran, which they did for %v ms", reward.Running, runningMs)
	}
	return nil
}
