package collect_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	"trailblazer/datasets/collect"
	"trailblazer/datasets/traj"
	"trailblazer/internal/rollout"
	"trailblazer/sparksim/sparkenv"
)

// watcher always chooses one level, and fails unless it sees every step of an
// episode.
type watcher struct {
	level, seen int64
	chunk       int // leaf of info
}

func (w *watcher) Reset(uint64) { w.seen = -1 }
func (w *watcher) Act(in *env.Batch, row int, action env.Arrays) error {
	now := env.Row[int64](&in.Info[w.chunk], row)[0]
	if w.seen >= 0 && now != w.seen+1 {
		return errors.New("a step was missed")
	}
	w.seen = now
	env.Row[int64](&action[0], row)[0] = w.level
	return nil
}

func watchers(t *testing.T) *scenario {
	s := open(t, abrenv.ID, "abr/train", "")
	chunk := slices.IndexFunc(env.Leaves(s.Spec().Info), func(l env.Leaf) bool { return l.Path == "chunk" })
	s.own = map[string]func() env.Policy{}
	for level, name := range []string{"zero", "one", "two"} {
		s.own[name] = func() env.Policy { return &watcher{level: int64(level), chunk: chunk} }
	}
	return s
}

// TestSwitching: who is named acted, all see every step, and control changes
// hands as often as asked.
func TestSwitching(t *testing.T) {
	s := watchers(t)
	dir := t.TempDir()
	s.run(t, dir, collect.Options{Policies: []string{"two", "zero", "one"}, Episodes: 40, Switch: 0.25})
	level := map[string]int64{"zero": 0, "one": 1, "two": 2}
	changes, chances := 0, 0
	for i, e := range episodes(t, dir) {
		who, did := column[int32](t, e, traj.FieldPolicy), column[int64](t, e, "action")
		var acted []string
		for k := range did {
			name := e.Policies[who[k]]
			if did[k] != level[name] {
				t.Fatalf("episode %d, step %d: %s did %d", i, k, name, did[k])
			}
			if !slices.Contains(acted, name) {
				acted = append(acted, name)
			}
			if k > 0 {
				chances++
				if did[k] != did[k-1] {
					changes++
				}
			}
		}
		if first := []string{"two", "zero", "one"}[i%3]; acted[0] != first {
			t.Errorf("episode %d begins with %s, want %s", i, acted[0], first)
		}
		var want []string
		for _, name := range []string{"two", "zero", "one"} {
			if slices.Contains(acted, name) {
				want = append(want, name)
			}
		}
		if e.Header.Policy != strings.Join(want, "+") {
			t.Errorf("episode %d is of %s, want %v", i, e.Header.Policy, want)
		}
	}
	if share := float64(changes) / float64(chances); math.Abs(share-0.25) > 0.02 {
		t.Errorf("control changed hands in %.3f of the steps, want 0.25", share)
	}
}

// TestDrawing: policies are drawn by their odds.
func TestDrawing(t *testing.T) {
	s := watchers(t)
	result := s.run(t, t.TempDir(), collect.Options{Policies: []string{"zero", "one", "two"}, Weights: []float64{1, 2, 5}, Mix: collect.Draw, Episodes: 2000})
	odds := map[string]float64{"zero": 1. / 8, "one": 2. / 8, "two": 5. / 8}
	for _, p := range result.Policies {
		// Four standard deviations.
		want := odds[p.Policy]
		if share := float64(p.Episodes) / 2000; math.Abs(share-want) > 4*math.Sqrt(want*(1-want)/2000) {
			t.Errorf("%s played %.3f of the episodes, want %.3f", p.Policy, share, want)
		}
	}
	if len(result.Policies) != 3 || result.Episodes != 2000 {
		t.Errorf("%+v", result)
	}
}

// TestExploringChoices: all levels come up as often as any other, at the rate
// asked for, and what the policies see is what really happened.
func TestExploringChoices(t *testing.T) {
	s := watchers(t)
	dir := t.TempDir()
	result := s.run(t, dir, collect.Options{Policies: []string{"zero"}, Episodes: 200, Epsilon: 0.4})
	var explored, steps float64
	var counts [6]float64
	for _, e := range episodes(t, dir) {
		did := column[int64](t, e, "action")
		for k, x := range column[bool](t, e, traj.FieldExplored) {
			steps++
			if x {
				explored++
				counts[did[k]]++
			} else if did[k] != 0 {
				t.Fatalf("step %d did %d", k, did[k])
			}
		}
	}
	if share := explored / steps; math.Abs(share-0.4) > 0.02 || int(explored) != result.Explored {
		t.Errorf("%.3f of the steps explored, want 0.4; the result says %d of %v", share, result.Explored, explored)
	}
	for level, n := range counts {
		if share := n / explored; math.Abs(share-1./6) > 0.03 {
			t.Errorf("level %d is %.3f of what was explored", level, share)
		}
	}
}

// TestExploringUnderMasks: every action is legal (the cluster refuses others),
// and those that masks allow all come up.
func TestExploringUnderMasks(t *testing.T) {
	s := open(t, sparkenv.ID, "cjs/train", `{"cluster": {"executors": 10}, "max_steps": 400}`)
	dir := t.TempDir()
	s.run(t, dir, collect.Options{Policies: []string{"fifo"}, Episodes: 3, Epsilon: 1})
	var rank, squares [2]float64
	count := func(kind, place, choices int) {
		// From -1 to 1 by the place among the legal choices: 0 on average.
		if x := 2*float64(place)/float64(max(choices-1, 1)) - 1; choices > 1 {
			rank[kind] += x
			squares[kind] += x * x
		}
	}
	for i, e := range episodes(t, dir) {
		stages, executors := column[int64](t, e, "action.stage"), column[int64](t, e, "action.executors")
		for k := range stages {
			mask := e.Steps.Find("mask.stage_mask")
			choices := traj.Of[int8](mask)[mask.Offsets[k]:mask.Offsets[k+1]]
			free := traj.Of[int8](e.Steps.Find("mask.executor_mask"))[10*k : 10*k+10]
			if choices[stages[k]+1] == 0 || free[executors[k]-1] == 0 {
				t.Fatalf("episode %d, step %d: stage %d of %v, executors %d of %v", i, k, stages[k], choices, executors[k], free)
			}
			illegal := len(choices) - legal(choices) // only to pass may be
			count(0, int(stages[k])+1-illegal, legal(choices))
			count(1, int(executors[k])-1, legal(free))
		}
	}
	for kind, sum := range rank {
		if spread := math.Sqrt(squares[kind]); spread < 10 || math.Abs(sum) > 4*spread {
			t.Errorf("kind %d: the legal choices do not come up evenly: sum %v, deviation %v", kind, sum, spread)
		}
	}
}

func legal(mask []int8) (n int) {
	for _, x := range mask {
		n += int(x)
	}
	return n
}

// TestExploringRates: half to twice the policy's rate, evenly by logarithm;
// without a probe there is none.
func TestExploringRates(t *testing.T) {
	s := open(t, ccenv.ID, "cc/train", packets)
	dir := t.TempDir()
	s.run(t, dir, collect.Options{Policies: []string{"constant:1000"}, Episodes: 4, Epsilon: 0.5})
	sum, n := 0.0, 0
	for _, e := range episodes(t, dir) {
		rates := column[float64](t, e, "action")
		for k, x := range column[bool](t, e, traj.FieldExplored) {
			rate := rates[2*k]
			switch {
			case rates[2*k+1] != 0:
				t.Fatalf("step %d probes", k)
			case !x && rate != 1000, rate < 500, rate > 2000:
				t.Fatalf("step %d: rate %v, explored %v", k, rate, x)
			case x:
				sum, n = sum+math.Log2(rate/1000), n+1
			}
		}
	}
	// The standard deviation of a number from -1 to 1 is 1/sqrt(3).
	if mean := sum / float64(n); n < 100 || math.Abs(mean) > 4/math.Sqrt(3*float64(n)) {
		t.Errorf("%d rates, mean logarithm %v", n, mean)
	}
}

// TestLabels: the expert speaks of the state before the step, whoever acts.
func TestLabels(t *testing.T) {
	s := open(t, ccenv.ID, "cc/train", packets)
	dir := t.TempDir()
	s.run(t, dir, collect.Options{Policies: []string{"gcc", "request-rate"}, Episodes: 1, Expert: s.expert(t, "")})
	for _, e := range episodes(t, dir) {
		said := column[float64](t, e, "expert.action")
		shown := append(column[float64](t, &traj.Episode{Steps: e.Initial}, "info.bottleneck_kbps"), column[float64](t, e, "info.bottleneck_kbps")...)
		for k := range e.Header.Steps {
			if said[2*k] != shown[k] || said[2*k+1] != 0 {
				t.Fatalf("%s, step %d: the label is %v, there was %v", e.Header.Policy, k, said[2*k:2*k+2], shown[k])
			}
		}
	}

	s = open(t, abrenv.ID, "abr/default-test", "")
	dir = t.TempDir()
	s.run(t, dir, collect.Options{Policies: []string{"random", "offline-table"}, Episodes: 2, Epsilon: 0.1, Expert: s.expert(t, "offline-table")})
	for _, e := range episodes(t, dir) {
		said, did, explored := column[int64](t, e, "expert.action"), column[int64](t, e, "action"), column[bool](t, e, traj.FieldExplored)
		values, advantages := column[float64](t, e, traj.FieldExpertValue), column[float64](t, e, traj.FieldExpertAdvantage)
		for k := range did {
			if e.Header.Policy == "offline-table" && !explored[k] && said[k] != did[k] {
				t.Fatalf("step %d: offline-table does %d and says %d", k, did[k], said[k])
			}
			if a := advantages[6*k : 6*k+6]; a[said[k]] != 0 || slices.Max(a) != 0 || math.IsNaN(values[k]) {
				t.Fatalf("step %d: says %d, value %v, advantages %v", k, said[k], values[k], a)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	s := open(t, abrenv.ID, "abr/train", "")
	for name, o := range map[string]collect.Options{
		"no policies":  {Episodes: 1},
		"a policy":     {Policies: []string{"nobody"}, Episodes: 1},
		"twice":        {Policies: []string{"bba", "bba"}, Episodes: 1},
		"episodes":     {Policies: []string{"bba"}},
		"mix":          {Policies: []string{"bba"}, Episodes: 1, Mix: "all"},
		"switch":       {Policies: []string{"bba", "random"}, Episodes: 1, Switch: 1.1},
		"to whom":      {Policies: []string{"bba"}, Episodes: 1, Switch: 0.1},
		"epsilon":      {Policies: []string{"bba"}, Episodes: 1, Epsilon: math.NaN()},
		"weights":      {Policies: []string{"bba"}, Episodes: 1, Weights: []float64{1, 2}},
		"weight":       {Policies: []string{"bba"}, Episodes: 1, Weights: []float64{-1}},
		"split":        {Policies: []string{"bba"}, Episodes: 1, Writer: traj.WriterOptions{Split: "no/where"}},
		"best":         {Policies: []string{"bba"}, Episodes: 1, Reference: collect.Reference{Best: "nobody", Episodes: 1}},
		"how many":     {Policies: []string{"bba"}, Episodes: 1, Reference: collect.Reference{Best: "bba", Episodes: -1}},
		"no snapshots": {Policies: []string{"bba"}, Episodes: 1, Expert: &collect.Expert{Labels: traj.Labels{Expert: "x"}, New: func(env.Env) (env.Expert, error) { return nil, errStop }}},
	} {
		dir := t.TempDir()
		if result, err := collect.Run(t.Context(), dir, s, o); err == nil {
			t.Errorf("%s: accepted, %+v", name, result)
		}
	}
}

// follower repeats what was done before, and goes one level up where that was
// its own choice.
type follower struct{ did, told int64 }

func (f *follower) Reset(uint64) { *f = follower{told: -1} }

func (f *follower) Act(_ *env.Batch, row int, action env.Arrays) error {
	if f.did = (f.did + 1) % 6; f.told >= 0 {
		f.did, f.told = f.told, -1
	}
	env.Row[int64](&action[0], row)[0] = f.did
	return nil
}

func (f *follower) Took(_ *env.Batch, row int, action env.Arrays) error {
	f.told = env.Row[int64](&action[0], row)[0]
	return nil
}

// TestFollowersKnowWhatWasDone: in the place of what they chose, be it by
// exploration, by another policy, or where they only label.
func TestFollowersKnowWhatWasDone(t *testing.T) {
	s := watchers(t)
	s.own["follower"] = func() env.Policy { return new(follower) }
	label := &collect.Expert{Labels: traj.Labels{Expert: "follower"}, New: func(e env.Env) (env.Expert, error) {
		return rollout.NewActor("follower", new(follower), e)
	}}
	dir := t.TempDir()
	s.run(t, dir, collect.Options{Policies: []string{"follower", "two"}, Episodes: 6, Switch: 0.3, Epsilon: 0.3, Expert: label})
	followed := 0
	for i, e := range episodes(t, dir) {
		who, explored := column[int32](t, e, traj.FieldPolicy), column[bool](t, e, traj.FieldExplored)
		did, labels := column[int64](t, e, "action"), column[int64](t, e, "expert.action")
		for k := 1; k < len(did); k++ {
			if labels[k] != did[k-1] {
				t.Fatalf("episode %d, step %d: the label is %d after %d", i, k, labels[k], did[k-1])
			}
			if e.Policies[who[k]] != "follower" || explored[k] {
				continue
			}
			want := did[k-1]
			if e.Policies[who[k-1]] == "follower" && !explored[k-1] {
				want = (want + 1) % 6
			} else {
				followed++
			}
			if did[k] != want {
				t.Fatalf("episode %d, step %d: the follower did %d, want %d", i, k, did[k], want)
			}
		}
	}
	if followed < 20 {
		t.Errorf("the follower followed %d times", followed)
	}
}
