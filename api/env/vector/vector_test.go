package vector_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"trailblazer/api/env"
	"trailblazer/api/env/envtest"
	"trailblazer/api/env/vector"
	"trailblazer/internal/testenv"
)

func factoryOf(t testing.TB, catalog *testenv.Catalog, id string) env.Factory {
	t.Helper()
	factory, err := catalog.Factory(id, "", []byte(`{"steps": 7}`))
	if err != nil {
		t.Fatal(err)
	}
	return factory
}

func TestConformance(t *testing.T) {
	for _, id := range []string{testenv.Walk, testenv.Flat, testenv.Plain} {
		t.Run(id, func(t *testing.T) {
			envtest.Run(t, envtest.Target{Factory: factoryOf(t, &testenv.Catalog{}, id)})
		})
	}
}

// record plays steps and returns every byte the vector showed.
func record(t testing.TB, v *vector.Local, steps int) []byte {
	t.Helper()
	var seen []byte
	if _, err := v.Reset(env.ResetOptions{Seeds: []uint64{3}}); err != nil {
		t.Error(err)
		return nil
	}
	action := env.NewArrays(env.Leaves(v.Spec().Action), v.Len())
	random := rand.New(rand.NewPCG(1, 1))
	for range steps {
		for i := range v.Len() {
			env.Sample(action, i, random)
		}
		out, err := v.Step(action)
		if err != nil {
			t.Error(err)
			return nil
		}
		for i := range v.Len() {
			for _, arrays := range []env.Arrays{out.Observation, out.Info} {
				for k := range arrays {
					seen = append(seen, arrays[k].Bytes(i)...)
				}
			}
			seen = fmt.Append(seen, out.Reward[i], out.Terminated[i], out.Truncated[i])
		}
		seen = fmt.Append(seen, out.Finished)
	}
	return seen
}

// Vectors that share a pool, on any number of cores, show what one alone does.
func TestResultsDoNotDependOnThePool(t *testing.T) {
	const n, steps = 3000, 12 // Enough to be shared.
	factory := factoryOf(t, &testenv.Catalog{}, testenv.Walk)
	for _, mode := range []env.AutoresetMode{env.NextStep, env.SameStep} {
		alone, err := vector.New(factory, n, mode, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := record(t, alone, steps)
		pool := vector.NewPool(4)
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				v, err := vector.New(factory, n, mode, pool)
				if err != nil {
					t.Error(err)
					return
				}
				defer v.Close()
				if !bytes.Equal(record(t, v, steps), want) {
					t.Errorf("%v: a vector in a shared pool shows other bytes", mode)
				}
			})
		}
		group.Wait()
		pool.Close()
	}
}

// A narrow vector shows the first rows of a wide one.
func TestResultsDoNotDependOnTheWidth(t *testing.T) {
	factory := factoryOf(t, &testenv.Catalog{}, testenv.Flat)
	wide, err := vector.New(factory, 2000, env.NextStep, vector.NewPool(3))
	if err != nil {
		t.Fatal(err)
	}
	narrow, err := vector.New(factory, 2, env.NextStep, nil)
	if err != nil {
		t.Fatal(err)
	}
	seeds := env.ResetOptions{Seeds: []uint64{5}}
	a, err := wide.Reset(seeds)
	if err != nil {
		t.Fatal(err)
	}
	b, err := narrow.Reset(seeds)
	if err != nil {
		t.Fatal(err)
	}
	all := env.NewArrays(env.Leaves(wide.Spec().Action), 2000)
	few := env.NewArrays(env.Leaves(wide.Spec().Action), 2)
	random := rand.New(rand.NewPCG(2, 2))
	for step := range 20 {
		for i := range 2 {
			for k := range a.Observation {
				if !bytes.Equal(a.Observation[k].Bytes(i), b.Observation[k].Bytes(i)) {
					t.Fatalf("step %d, environment %d, leaf %d differs", step, i, k)
				}
			}
		}
		for i := range 2000 {
			env.Sample(all, i, random)
		}
		few.CopyRow(0, all, 0)
		few.CopyRow(1, all, 1)
		wideStep, err := wide.Step(all)
		if err != nil {
			t.Fatal(err)
		}
		narrowStep, err := narrow.Step(few)
		if err != nil {
			t.Fatal(err)
		}
		a, b = &wideStep.Batch, &narrowStep.Batch
	}
}

func TestAPanicIsAnErrorWhereverItHappens(t *testing.T) {
	const n = 2000
	catalog := &testenv.Catalog{}
	bad := n - 1
	catalog.OnStep = func(index int) {
		if index == bad {
			panic("boom")
		}
	}
	pool := vector.NewPool(4)
	defer pool.Close()
	v, err := vector.New(factoryOf(t, catalog, testenv.Flat), n, env.NextStep, pool)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if _, err := v.Reset(env.ResetOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err = v.Step(env.NewArrays(env.Leaves(v.Spec().Action), n))
	var panicked *vector.PanicError
	if !errors.As(err, &panicked) || panicked.Value != "boom" || len(panicked.Stack) == 0 {
		t.Fatalf("step: %v, want a PanicError", err)
	}
}

func TestStepAllocatesNothingPerEnvironment(t *testing.T) {
	for _, mode := range []env.AutoresetMode{env.NextStep, env.SameStep} {
		for _, n := range []int{1, 64, 1024} {
			v, err := vector.New(factoryOf(t, &testenv.Catalog{}, testenv.Flat), n, mode, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := v.Reset(env.ResetOptions{}); err != nil {
				t.Fatal(err)
			}
			action := env.NewArrays(env.Leaves(v.Spec().Action), n)
			step := func() {
				if _, err := v.Step(action); err != nil {
					t.Fatal(err)
				}
			}
			for range 20 { // Two episodes: buffers grow to their size.
				step()
			}
			if got := testing.AllocsPerRun(50, step); got > 0 {
				t.Errorf("%v, %d environments: %v allocations a step", mode, n, got)
			}
		}
	}
}

func TestNewRefusesNonsense(t *testing.T) {
	factory := factoryOf(t, &testenv.Catalog{}, testenv.Flat)
	var field *env.FieldError
	if _, err := vector.New(factory, 0, env.NextStep, nil); !errors.As(err, &field) || field.Field != "num_envs" {
		t.Errorf("no environments: %v", err)
	}
	if _, err := vector.New(factory, 1, 9, nil); !errors.As(err, &field) || field.Field != "autoreset_mode" {
		t.Errorf("mode 9: %v", err)
	}
}

func FuzzRestore(f *testing.F) {
	factory := factoryOf(f, &testenv.Catalog{}, testenv.Walk)
	v, err := vector.New(factory, 2, env.NextStep, nil)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := v.Reset(env.ResetOptions{Seeds: []uint64{1}}); err != nil {
		f.Fatal(err)
	}
	state, err := v.Snapshot()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(state)
	f.Add(state[:len(state)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		before, err := v.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Restore(data); err == nil {
			return
		}
		after, err := v.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, after) {
			t.Error("a refused state changed the vector")
		}
	})
}

func TestEnvironmentsWithoutSeedsDiffer(t *testing.T) {
	v, err := vector.New(factoryOf(t, &testenv.Catalog{}, testenv.Flat), 3, env.NextStep, nil)
	if err != nil {
		t.Fatal(err)
	}
	shown := func(options env.ResetOptions) []byte {
		batch, err := v.Reset(options)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Clone(batch.Observation[0].Data)
	}
	first := shown(env.ResetOptions{})
	row := len(first) / 3
	if bytes.Equal(first[:row], first[row:2*row]) {
		t.Error("environments 0 and 1 show the same")
	}
	if second := shown(env.ResetOptions{}); bytes.Equal(first, second) {
		t.Error("the second reset starts the streams anew")
	}
	if again := shown(env.ResetOptions{Seeds: []uint64{0}}); !bytes.Equal(first, again) {
		t.Error("the first reset did not give environment i the seed i")
	}
}

// moody refuses what its action space allows, and only when it is stepped.
type moody struct{ env.Env }

func (m moody) Step(action env.Arrays, out *env.Batch, row int) error {
	if row == 1 {
		return &env.FieldError{Field: "action", Value: "0", Remedy: "give something else"}
	}
	return m.Env.Step(action, out, row)
}

type moodyFactory struct{ env.Factory }

func (f moodyFactory) New(index, count int) (env.Env, error) {
	e, err := f.Factory.New(index, count)
	return moody{e}, err
}

func TestAStepThatOthersTookIsNoRefusal(t *testing.T) {
	v, err := vector.New(moodyFactory{factoryOf(t, &testenv.Catalog{}, testenv.Flat)}, 2, env.NextStep, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Reset(env.ResetOptions{}); err != nil {
		t.Fatal(err)
	}
	var partial *vector.PartialError
	var field *env.FieldError
	if _, err := v.Step(env.NewArrays(env.Leaves(v.Spec().Action), 2)); !errors.As(err, &partial) || errors.As(err, &field) {
		t.Errorf("%v, want a PartialError that hides the refusal", err)
	}
}
