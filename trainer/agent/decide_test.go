package agent

import (
	"strings"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/internal/testrun"
)

// TestAFaultIsNamedToAllWhomItStops: what failed is in the error of everybody who
// can't go on after it, and not only that they can't.
func TestAFaultIsNamedToAllWhomItStops(t *testing.T) {
	library, err := abrenv.NewLibrary("")
	if err != nil {
		t.Fatal(err)
	}
	config, err := library.Config("abr/train", nil)
	if err != nil {
		t.Fatal(err)
	}
	factory, err := library.Factory("abr/train", config)
	if err != nil {
		t.Fatal(err)
	}
	run, err := New(testrun.Make(t, testrun.Options{Shrink: true}, factory.Spec()))
	if err != nil {
		t.Fatal(err)
	}
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	shown := env.NewBatch(e.Spec(), 1)
	seed := uint64(1)
	if err := e.Reset(&seed, nil, shown, 0); err != nil {
		t.Fatal(err)
	}
	turns := make([]env.Turn, 3)
	for i := range turns {
		p, err := run.Policy(e.Spec(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			p.choice = func(int, []float32) int { panic("the dice are gone") }
		}
		turns[i] = env.Turn{Policy: p, In: shown, Action: env.NewArrays(env.Leaves(e.Spec().Action), 1)}
	}
	turns[0].Policy.(*Policy).Join(turns)
	for i := range turns {
		if err := turns[i].Err; err == nil || !strings.Contains(err.Error(), "the dice are gone") || !strings.Contains(err.Error(), "reset it") {
			t.Errorf("turn %d: %v", i, err)
		}
	}
}
