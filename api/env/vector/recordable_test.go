package vector_test

import (
	"bytes"
	"errors"
	"testing"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/internal/testenv"
)

var _ env.Recordable = (*vector.Local)(nil)

// TestStateOfOneEnvironment: a lone environment goes on from it as the one in
// the vector does.
func TestStateOfOneEnvironment(t *testing.T) {
	factory := factoryOf(t, &testenv.Catalog{}, testenv.Walk)
	v, err := vector.New(factory, 3, env.NextStep, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.Running(1) {
		t.Error("an environment runs before the first reset")
	}
	if _, err := v.Reset(env.ResetOptions{Seeds: []uint64{4}, Mask: []bool{true, true, false}}); err != nil {
		t.Fatal(err)
	}
	if !v.Running(1) || v.Running(2) {
		t.Errorf("environments 1 and 2 run: %v, %v; want only 1", v.Running(1), v.Running(2))
	}
	if _, err := v.Reset(env.ResetOptions{Mask: []bool{false, false, true}}); err != nil {
		t.Fatal(err)
	}
	state, err := v.AppendEnvState([]byte("x"), 1)
	if err != nil || state[0] != 'x' {
		t.Fatalf("%q, %v", state, err)
	}
	alone, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	out := env.NewBatch(factory.Spec(), 1)
	if err := alone.(env.Snapshotter).RestoreState(state[1:], out, 0); err != nil {
		t.Fatal(err)
	}
	few, all := env.NewArrays(env.Leaves(v.Spec().Action), 1), env.NewArrays(env.Leaves(v.Spec().Action), 3)
	for step := 1; ; step++ {
		want, err := v.Step(all)
		if err != nil {
			t.Fatal(err)
		}
		if err := alone.Step(few, out, 0); err != nil {
			t.Fatal(err)
		}
		for k := range out.Observation {
			if !bytes.Equal(out.Observation[k].Bytes(0), want.Observation[k].Bytes(1)) {
				t.Fatalf("step %d shows other observations", step)
			}
		}
		if v.Running(1) == want.Done(1) {
			t.Errorf("step %d: done %v, running %v", step, want.Done(1), v.Running(1))
		}
		if want.Done(1) {
			break
		}
	}
	v.Close()
	if _, err := v.AppendEnvState(nil, 1); !errors.Is(err, env.ErrClosed) {
		t.Errorf("of a closed vector: %v", err)
	}
	plain, err := vector.New(factoryOf(t, &testenv.Catalog{}, testenv.Plain), 1, env.NextStep, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plain.AppendEnvState(nil, 0); !errors.Is(err, env.ErrNoSnapshot) {
		t.Errorf("without snapshots: %v", err)
	}
}
