package envtest

import (
	"errors"
	"math/rand/v2"
	"testing"

	"trailblazer/api/env"
)

// fleet is the naive model of a vector: environments of the factory stepped
// one by one.
type fleet struct {
	mode    env.AutoresetMode
	members []*solo
	pending []bool
	final   *env.Batch // final observations and infos of this step
	done    []int
}

func (target *Target) fleet(t testing.TB, n int, mode env.AutoresetMode) *fleet {
	f := &fleet{mode: mode, pending: make([]bool, n), final: env.NewBatch(target.Factory.Spec(), n)}
	for i := range n {
		e, err := target.Factory.New(i, n)
		if err != nil {
			t.Fatal(err)
		}
		f.members = append(f.members, target.solo(t, e, uint64(i)))
	}
	return f
}

func (f *fleet) reset(t testing.TB, base uint64) {
	for i, s := range f.members {
		seed := base + uint64(i)
		s.reset(t, &seed)
		f.pending[i] = false
	}
}

func (f *fleet) step(t testing.TB, action env.Arrays) {
	f.done = f.done[:0]
	for i, s := range f.members {
		if f.pending[i] {
			s.reset(t, nil)
			f.pending[i] = false
			continue
		}
		s.action.CopyRow(0, action, i)
		if err := s.env.Step(s.action, s.out, 0); err != nil {
			t.Fatalf("member %d: %v", i, err)
		}
		if !s.out.Done(0) {
			continue
		}
		switch f.mode {
		case env.SameStep:
			k := len(f.done)
			f.final.Observation.CopyRow(k, s.out.Observation, 0)
			f.final.Info.CopyRow(k, s.out.Info, 0)
			f.done = append(f.done, i)
			if err := s.env.Reset(nil, nil, s.out, 0); err != nil {
				t.Fatal(err)
			}
		default:
			f.pending[i] = true
		}
	}
}

func (f *fleet) compare(t testing.TB, step int, b *env.Batch) {
	t.Helper()
	for i, s := range f.members {
		if d := differ(b, i, s.out, 0); d != "" {
			t.Fatalf("step %d, environment %d: %s", step, i, d)
		}
	}
}

// act fills all rows of an action.
func (target *Target) act(b *env.Batch, action env.Arrays, random *rand.Rand) {
	for i := range b.Reward {
		target.Act(b, i, action, random)
	}
}

func (target Target) testVector(t *testing.T, mode env.AutoresetMode) {
	const n = 5
	v := target.NewVector(t, n, mode)
	defer v.Close()
	if v.Len() != n || v.Autoreset() != mode {
		t.Fatalf("vector of %d in mode %v, want %d in %v", v.Len(), v.Autoreset(), n, mode)
	}
	model := target.fleet(t, n, mode)
	random := rand.New(rand.NewPCG(7, 7))
	action := env.NewArrays(env.Leaves(v.Spec().Action), n)

	batch, err := v.Reset(env.ResetOptions{Seeds: []uint64{40}})
	if err != nil {
		t.Fatal(err)
	}
	model.reset(t, 40)
	model.compare(t, 0, batch)
	ended := 0
	for step := 1; step <= target.MaxSteps && ended < 3*n; step++ {
		if mode == env.Disabled {
			batch = target.resetFinished(t, v, model, batch)
			model.compare(t, step, batch)
		}
		target.act(batch, action, random)
		transition, err := v.Step(action)
		if err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		batch = &transition.Batch
		model.step(t, action)
		model.compare(t, step, batch)
		if len(transition.Finished) != len(model.done) {
			t.Fatalf("step %d: finished %v, want %v", step, transition.Finished, model.done)
		}
		for k, i := range model.done {
			if transition.Finished[k] != i {
				t.Fatalf("step %d: finished %v, want %v", step, transition.Finished, model.done)
			}
			if d := differArrays("final observation", transition.Final.Observation, k, model.final.Observation, k); d != "" {
				t.Fatalf("step %d, environment %d: %s", step, i, d)
			}
			if d := differArrays("final info", transition.Final.Info, k, model.final.Info, k); d != "" {
				t.Fatalf("step %d, environment %d: %s", step, i, d)
			}
		}
		for i := range n {
			if batch.Done(i) {
				ended++
			}
		}
	}
	if ended == 0 {
		t.Logf("no episode ended within %d steps", target.MaxSteps)
	}
}

// resetFinished resets by mask what has ended; before that a step must be
// refused.
func (target *Target) resetFinished(t *testing.T, v env.Vector, model *fleet, batch *env.Batch) *env.Batch {
	mask := make([]bool, v.Len())
	any := false
	for i := range mask {
		mask[i] = batch.Done(i)
		any = any || mask[i]
	}
	if !any {
		return batch
	}
	action := env.NewArrays(env.Leaves(v.Spec().Action), v.Len())
	target.act(batch, action, rand.New(rand.NewPCG(1, 1)))
	if _, err := v.Step(action); !errors.Is(err, env.ErrFinished) {
		t.Fatalf("step with a finished environment: %v, want ErrFinished", err)
	}
	out, err := v.Reset(env.ResetOptions{Mask: mask})
	if err != nil {
		t.Fatalf("reset by mask: %v", err)
	}
	for i, s := range model.members {
		s.out.Reward[0], s.out.Terminated[0], s.out.Truncated[0] = out.Reward[i], out.Terminated[i], out.Truncated[i]
		if mask[i] {
			s.reset(t, nil)
			model.pending[i] = false
		}
	}
	return out
}

func (target Target) testVectorSeeds(t *testing.T) {
	const n = 3
	v := target.NewVector(t, n, env.NextStep)
	defer v.Close()
	model := target.fleet(t, n, env.NextStep)
	// Without seeds, a vector's first reset differs from one environment to the
	// next; a server draws the seeds.
	if _, err := v.Reset(env.ResetOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, seeds := range [][]uint64{{9, 2, 9}, {5}} {
		batch, err := v.Reset(env.ResetOptions{Seeds: seeds})
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range model.members {
			options := env.ResetOptions{Seeds: seeds}
			s.reset(t, options.Seed(i))
		}
		model.compare(t, 0, batch)
	}
}

func (target Target) testVectorRefusals(t *testing.T) {
	const n = 4
	v := target.NewVector(t, n, env.NextStep)
	defer v.Close()
	model := target.fleet(t, n, env.NextStep)
	random := rand.New(rand.NewPCG(8, 8))
	leaves := env.Leaves(v.Spec().Action)
	action := env.NewArrays(leaves, n)

	env.Sample(action, 0, random)
	if _, err := v.Step(action); !errors.Is(err, env.ErrNotReset) {
		t.Errorf("step before reset: %v, want ErrNotReset", err)
	}
	batch, err := v.Reset(env.ResetOptions{Seeds: []uint64{3}})
	if err != nil {
		t.Fatal(err)
	}
	model.reset(t, 3)

	var field *env.FieldError
	for name, options := range map[string]env.ResetOptions{
		"two seeds for four": {Seeds: []uint64{1, 2}},
		"a short mask":       {Mask: []bool{true}},
	} {
		if _, err := v.Reset(options); !errors.As(err, &field) {
			t.Errorf("reset with %s: %v, want a FieldError", name, err)
		}
	}
	for name, bad := range map[string]env.Arrays{
		"no arrays":               {},
		"rows for too few":        env.NewArrays(leaves, n-1),
		"rows for too many":       env.NewArrays(leaves, n+1),
		"an array too many":       append(env.NewArrays(leaves, n), env.NewArrays(leaves, n)...),
		"another type of element": env.NewArrays(retyped(leaves), n),
	} {
		if _, err := v.Step(bad); !errors.As(err, &field) {
			t.Errorf("step with %s: %v, want a FieldError", name, err)
		}
	}
	// One bad row must keep all the others from moving.
	for _, corrupt := range corruptions(&action[0]) {
		bad := env.NewArrays(leaves, n)
		target.act(batch, bad, random)
		last := env.NewArrays(leaves, 1)
		target.Act(batch, n-1, bad, random)
		last.CopyRow(0, bad, n-1)
		if !corrupt.write(&last[0]) {
			continue
		}
		bad.CopyRow(n-1, last, 0)
		if _, err := v.Step(bad); !errors.As(err, &field) {
			t.Errorf("step with %s in the last row: %v, want a FieldError", corrupt.name, err)
		}
	}
	target.act(batch, action, random)
	transition, err := v.Step(action)
	if err != nil {
		t.Fatal(err)
	}
	model.step(t, action)
	model.compare(t, 1, &transition.Batch)
}

// retyped declares the same leaves with 8-bit elements.
func retyped(leaves []env.Leaf) []env.Leaf {
	out := append([]env.Leaf(nil), leaves...)
	for i := range out {
		out[i].DType = env.Int8
	}
	return out
}

// play steps a vector and returns a copy of every byte it shows.
func (target *Target) play(t testing.TB, v env.Vector, batch *env.Batch, steps int, random *rand.Rand) []byte {
	t.Helper()
	var seen []byte
	action := env.NewArrays(env.Leaves(v.Spec().Action), v.Len())
	for range steps {
		target.act(batch, action, random)
		transition, err := v.Step(action)
		if err != nil {
			t.Fatal(err)
		}
		batch = &transition.Batch
		for i := range v.Len() {
			for _, arrays := range []env.Arrays{batch.Observation, batch.Info} {
				for k := range arrays {
					seen = append(seen, arrays[k].Bytes(i)...)
				}
			}
		}
	}
	return seen
}

func (target Target) testVectorSnapshot(t *testing.T) {
	const n, steps = 3, 70
	v := target.NewVector(t, n, env.NextStep)
	defer v.Close()
	batch, err := v.Reset(env.ResetOptions{Seeds: []uint64{11}})
	if err != nil {
		t.Fatal(err)
	}
	target.play(t, v, batch, 5, rand.New(rand.NewPCG(1, 2)))
	state, err := v.Snapshot()
	if errors.Is(err, env.ErrNoSnapshot) {
		t.Skip("no snapshots")
	}
	if err != nil {
		t.Fatal(err)
	}
	batch, err = v.Restore(state)
	if err != nil {
		t.Fatalf("restore: %v", err)
	}
	first := target.play(t, v, batch, steps, rand.New(rand.NewPCG(3, 4)))

	var field *env.FieldError
	for _, bad := range [][]byte{{}, {1, 2, 3}, state[:len(state)-1], append(append([]byte(nil), state...), 0)} {
		if _, err := v.Restore(bad); !errors.As(err, &field) {
			t.Errorf("restore of %d bytes that are no state: %v, want a FieldError", len(bad), err)
		}
	}
	other := target.NewVector(t, n, env.SameStep)
	defer other.Close()
	if _, err := other.Restore(state); !errors.As(err, &field) {
		t.Errorf("restore into another autoreset mode: %v, want a FieldError", err)
	}
	twin := target.NewVector(t, n, env.NextStep)
	defer twin.Close()
	batch, err = twin.Restore(state)
	if err != nil {
		t.Fatalf("restore into a new vector: %v", err)
	}
	if second := target.play(t, twin, batch, steps, rand.New(rand.NewPCG(3, 4))); string(first) != string(second) {
		t.Error("a restored vector goes another way")
	}
}

func (target Target) testFork(t *testing.T) {
	const n = 3
	v := target.NewVector(t, n, env.NextStep)
	defer v.Close()
	batch, err := v.Reset(env.ResetOptions{Seeds: []uint64{21}})
	if err != nil {
		t.Fatal(err)
	}
	target.play(t, v, batch, 4, rand.New(rand.NewPCG(1, 2)))
	var field *env.FieldError
	if _, err := v.Fork([]int{0, n}); errors.Is(err, env.ErrNoSnapshot) {
		t.Skip("no snapshots")
	} else if !errors.As(err, &field) {
		t.Errorf("fork of environment %d of %d: %v, want a FieldError", n, n, err)
	}
	fork, err := v.Fork([]int{2, 2, 0, 1})
	if err != nil {
		t.Fatalf("fork: %v", err)
	}
	defer fork.Close()
	if fork.Len() != 4 {
		t.Fatalf("fork has %d environments, want 4", fork.Len())
	}
	// The same action everywhere: copies of one environment must stay equal
	// to it, and the original must not notice.
	random := rand.New(rand.NewPCG(5, 6))
	narrow := env.NewArrays(env.Leaves(v.Spec().Action), n)
	wide := env.NewArrays(env.Leaves(v.Spec().Action), 4)
	rows := []int{2, 2, 0, 1}
	snapshot, err := v.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	batch, err = v.Restore(snapshot)
	if err != nil {
		t.Fatal(err)
	}
	for step := range 30 {
		target.act(batch, narrow, random)
		for k, i := range rows {
			wide.CopyRow(k, narrow, i)
		}
		a, err := v.Step(narrow)
		if err != nil {
			t.Fatal(err)
		}
		b, err := fork.Step(wide)
		if err != nil {
			t.Fatal(err)
		}
		for k, i := range rows {
			// Where an episode ends, a sequential scenario goes on by the
			// length of the vector, which the fork has changed.
			if a.Done(i) {
				return
			}
			if d := differ(&a.Batch, i, &b.Batch, k); d != "" {
				t.Fatalf("step %d, copy %d of environment %d: %s", step, k, i, d)
			}
		}
		batch = &a.Batch
	}
}
