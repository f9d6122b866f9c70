package sparkenv_test

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/testcjs"
	"trailblazer/internal/testdata"
	"trailblazer/sparksim/sparkenv"
)

// TestMasks: what the masks allow is what steps take; all else is refused and
// changes nothing.
func TestMasks(t *testing.T) {
	s := newStage(t, "", "cjs/custom", `{"cluster": {"executors": 6}, "arrivals": {"jobs": 4}}`)
	s.reset(t, 5, "")
	for step := 0; !s.out.Done(0); step++ {
		stages := env.Row[int8](s.out.Info.Find("stage_mask"), 0)
		executors := slices.Clone(env.Row[int8](s.out.Info.Find("executor_mask"), 0))
		if n := int64(len(stages) - 1); n != s.integer("schedulable_stages") || n != int64(len(env.Row[int64](s.out.Observation.Find("schedulable"), 0))) {
			t.Fatalf("step %d: the mask has %d stages", step, n)
		}
		if step%5 == 0 {
			before := s.Env.(env.Snapshotter).AppendState(nil)
			for stage := int64(-2); stage <= int64(len(stages)); stage++ {
				for n := int64(0); n <= int64(len(executors))+1; n++ {
					legal := stage >= -1 && int(stage+1) < len(stages) && stages[stage+1] == 1 &&
						(stage == -1 || n >= 1 && n <= int64(len(executors)) && executors[n-1] == 1)
					s.set(stage, n)
					if err := s.Env.(env.ActionChecker).CheckAction(s.action, 0); (err == nil) != legal {
						t.Fatalf("step %d: stage %d with %d executors: %v; masks say %v", step, stage, n, err, legal)
					}
					if legal {
						continue
					}
					if err := s.Step(s.action, s.out, 0); err == nil {
						t.Fatalf("step %d: stage %d with %d executors was taken", step, stage, n)
					}
				}
			}
			if !bytes.Equal(before, s.Env.(env.Snapshotter).AppendState(nil)) {
				t.Fatalf("step %d: refused actions changed the environment", step)
			}
		}
		s.act(t)
	}
}

// TestRecord: what is recorded accounts for every task, every executor and
// every job.
func TestRecord(t *testing.T) {
	s := newStage(t, "", "cjs/custom", `{"record": true}`)
	s.reset(t, 3, "")
	manifest, err := sparkenv.ParseManifest(s.Spec())
	if err != nil {
		t.Fatal(err)
	}
	busy, jct, reward := 0.0, 0.0, 0.0
	tasks := map[int]int{}
	free := make([]float64, manifest.Executors)
	completed := map[int]int{} // kinds by job
	for !s.out.Done(0) {
		s.act(t)
		reward += s.out.Reward[0]
		if sum := s.number("reward_running") + s.number("reward_waiting"); math.Abs(sum-s.out.Reward[0]) > 1e-6 {
			t.Fatalf("the reward %v has components of %v", s.out.Reward[0], sum)
		}
		runs := env.Row[float64](s.out.Info.Find("runs"), 0)
		for r := range slices.Chunk(runs, 6) {
			executor, start, end := int(r[0]), r[4], r[5]
			if start < free[executor] || end < start || end > s.number("wall_ms") {
				t.Fatalf("executor %d runs from %v to %v after %v, at %v", executor, start, end, free[executor], s.number("wall_ms"))
			}
			free[executor] = end
			tasks[int(r[1])] += int(r[3])
			busy += end - start
		}
		for j := range slices.Chunk(env.Row[float64](s.out.Info.Find("completions"), 0), 4) {
			completed[int(j[0])] = int(j[1])
			jct += j[3] - j[2]
		}
	}
	for job, kind := range completed {
		if tasks[job] != manifest.Kinds[kind].Tasks {
			t.Errorf("job %d ran %d tasks of %d", job, tasks[job], manifest.Kinds[kind].Tasks)
		}
	}
	n := float64(len(completed))
	if int64(len(completed)) != s.integer("total_jobs") || math.Abs(jct/n/1000-s.number("average_jct_s")) > 1e-9 || math.Abs(busy/1000-s.number("busy_s")) > 1e-6 {
		t.Errorf("%v jobs, average JCT %v s and busy for %v s, but info has %d, %v and %v", n, jct/n/1000, busy/1000, s.integer("total_jobs"), s.number("average_jct_s"), s.number("busy_s"))
	}
	if math.Abs(reward+jct) > 1e-4 {
		t.Errorf("rewards sum up to %v, completion times to %v", reward, jct)
	}
}

// TestSeeds: which seeds draw the same jobs, and which other ones.
func TestSeeds(t *testing.T) {
	const small = `{"record": true, "arrivals": {"jobs": 3}}`
	test, train := newStage(t, "", "cjs/default-test", small), newStage(t, "", "cjs/train", small)
	seven := test.arrivals(t, 7, "")
	for _, c := range []struct {
		name    string
		stage   *stage
		seed    uint64
		options string
		same    bool
	}{
		{"the same seed", test, 7, "", true},
		{"the sequence of the same seed", test, 8, `{"sequence_seed": 7}`, true},
		{"another seed", test, 8, "", false},
		{"another sequence", test, 7, `{"sequence_seed": 8}`, false},
		{"the same seed in training", train, 7, "", false},
		{"a fixed sequence", newStage(t, "", "cjs/default-test", `{"record": true, "arrivals": {"jobs": 3}, "sequence_seed": 7}`), 9, "", true},
		{"a fixed sequence replaced", newStage(t, "", "cjs/default-test", `{"record": true, "arrivals": {"jobs": 3}, "sequence_seed": 7}`), 7, `{"sequence_seed": 8}`, false},
		{"a smaller cluster", newStage(t, "", "cjs/ood1", small), 7, "", true},
	} {
		if got := c.stage.arrivals(t, c.seed, c.options); slices.Equal(got, seven) != c.same {
			t.Errorf("%s: arrivals %v, those of seed 7 are %v", c.name, got, seven)
		}
	}
}

// TestPublishedSequences: seed 666 is the papers' in tests, and never in
// training.
func TestPublishedSequences(t *testing.T) {
	want := testdata.ReadCSV(t, testcjs.Golden(t, "fifo_default_seed666_jobs"))[1:6]
	for scenario, published := range map[string]bool{"cjs/default-test": true, "cjs/ood2": true, "cjs/train": false} {
		s := newStage(t, testdata.Dir(t), scenario, `{"record": true, "arrivals": {"jobs": 5}}`)
		manifest, err := sparkenv.ParseManifest(s.Spec())
		if err != nil {
			t.Fatal(err)
		}
		s.reset(t, 666, "")
		same := 0
		for !s.out.Done(0) {
			s.act(t)
			for j := range slices.Chunk(env.Row[float64](s.out.Info.Find("completions"), 0), 4) {
				line, kind := want[int(j[0])], manifest.Kinds[int(j[1])]
				if line[1] == text(j[2]) && line[2] == kind.Query && line[3] == kind.Size {
					same++
				}
			}
		}
		if published && same != 5 || !published && same > 1 {
			t.Errorf("%s: %d of 5 jobs are the published ones", scenario, same)
		}
	}
}

// TestLimits: time and steps cut an episode, and say so.
func TestLimits(t *testing.T) {
	s := newStage(t, "", "cjs/custom", `{"time_limit_ms": 50000}`)
	s.reset(t, 1, "")
	s.finish(t)
	if !s.out.Truncated[0] || s.out.Terminated[0] || s.number("wall_ms") < 50000 {
		t.Errorf("truncated %v, terminated %v at %v ms", s.out.Truncated[0], s.out.Terminated[0], s.number("wall_ms"))
	}
	s = newStage(t, "", "cjs/custom", `{"max_steps": 7}`)
	s.reset(t, 1, "")
	steps := 0
	for ; !s.out.Done(0); steps++ {
		s.act(t)
	}
	if steps != 7 || !s.out.Truncated[0] || s.Spec().MaxEpisodeSteps != 7 {
		t.Errorf("cut after %d steps, truncated %v", steps, s.out.Truncated[0])
	}
	// Limits drawn anew for each episode are exponential: their mean is the
	// setting, half of them lie below ln 2 of it.
	s = newStage(t, "", "cjs/custom", `{"time_limit_ms": 60000, "random_time_limit": true, "arrivals": {"jobs": 8}}`)
	ends := []float64{}
	for seed := range uint64(60) {
		s.reset(t, seed, "")
		s.finish(t)
		ends = append(ends, s.number("wall_ms"))
	}
	slices.Sort(ends)
	if ends[10] > 40000 || ends[50] < 60000 {
		t.Errorf("episodes end at %v", ends)
	}
}

// TestChosenLimit: a reset may choose a limit, or none, whatever the config says;
// a state keeps it.
func TestChosenLimit(t *testing.T) {
	for _, config := range []string{"", `{"time_limit_ms": 30000}`, `{"time_limit_ms": 30000, "random_time_limit": true}`} {
		s := newStage(t, "", "cjs/custom", config)
		s.reset(t, 1, `{"time_limit_ms": 60000}`)
		s.act(t)
		state := s.Env.(env.Snapshotter).AppendState(nil)
		s.finish(t)
		check := func(what string) {
			if end := s.number("wall_ms"); !s.out.Truncated[0] || end < 60000 {
				t.Errorf("config %q, %s: truncated %v at %v ms", config, what, s.out.Truncated[0], end)
			}
		}
		check("reset")
		s.out.Truncated[0] = false
		if err := s.Env.(env.Snapshotter).RestoreState(state, s.out, 0); err != nil {
			t.Fatal(err)
		}
		s.finish(t)
		check("restored")
		s.reset(t, 1, `{"time_limit_ms": 0}`)
		if s.finish(t); s.out.Truncated[0] || !s.out.Terminated[0] {
			t.Errorf("config %q: cut without a limit", config)
		}
	}
	s := newStage(t, "", "cjs/custom", "")
	err := s.Reset(nil, []byte(`{"time_limit_ms": -1}`), s.out, 0)
	if refused, ok := errors.AsType[*env.FieldError](err); !ok || refused.Field != "options.time_limit_ms" || refused.Value != "-1" {
		t.Errorf("a negative limit: %v", err)
	}
}

// TestNoAllocations: an episode allocates nothing once buffers have grown.
func TestNoAllocations(t *testing.T) {
	s := newStage(t, "", "cjs/custom", `{"record": true}`)
	s.reset(t, 1, "")
	s.finish(t)
	s.reset(t, 1, "")
	s.random.Shuffle(1, func(int, int) {})
	n := testing.AllocsPerRun(100, func() {
		if s.out.Done(0) {
			s.reset(t, 1, "")
		}
		s.set(0, 1)
		if err := s.Step(s.action, s.out, 0); err != nil {
			t.Fatal(err)
		}
	})
	if n > 0.2 { // a buffer may still grow
		t.Errorf("%v allocations a step", n)
	}
}
