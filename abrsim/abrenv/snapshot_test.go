package abrenv_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/api/env/vector"
)

// snapshotFactories are one of each kind.
func snapshotFactories(t testing.TB) []*abrenv.Factory {
	return []*abrenv.Factory{
		openFactory(t, "", "abr/train", ""),
		openFactory(t, "", "abr/ood1", ""),
		openFactory(t, "", "abr/custom", uploads),
		openFactory(t, "", "abr/custom", `{"observation": {"layout": "dict"}, "selection": "sequential", "max_steps": 9, "player": {"noise_low": 0.5, "noise_high": 2}, `+ownData+`}`),
	}
}

// TestSnapshotAnywhere saves after every number of steps, across the end of an
// episode, restores in another environment and compares three episodes.
func TestSnapshotAnywhere(t *testing.T) {
	for i, factory := range snapshotFactories(t) {
		for steps := range 12 {
			a := newPlay(t, factory)
			seed := uint64(7 * steps)
			a.reset(&seed, "")
			for k := range steps {
				if a.out.Done(0) {
					a.reset(nil, "")
					continue
				}
				a.step(k % 3)
			}
			other, err := factory.New(3, 5)
			if err != nil {
				t.Fatal(err)
			}
			b := &play{t: t, env: other, action: a.action, out: env.NewBatch(factory.Spec(), 1)}
			b.out.Reward[0], b.out.Terminated[0], b.out.Truncated[0] = a.out.Reward[0], a.out.Terminated[0], a.out.Truncated[0]
			state := a.env.(env.Snapshotter).AppendState([]byte("kept"))
			if !bytes.HasPrefix(state, []byte("kept")) {
				t.Fatal("AppendState does not append")
			}
			state = state[4:]
			if err := other.(env.Snapshotter).RestoreState(state, b.out, 0); err != nil {
				t.Fatalf("factory %d after %d steps: %v", i, steps, err)
			}
			if again := other.(env.Snapshotter).AppendState(nil); !bytes.Equal(again, state) {
				t.Fatalf("factory %d after %d steps: saved again it is another state", i, steps)
			}
			for episodes, k := 0, 0; episodes < 3; k++ {
				if differ := compare(a.out, b.out); differ != "" {
					t.Fatalf("factory %d saved after %d steps, %d later: %s differs", i, steps, k, differ)
				}
				if a.out.Done(0) {
					a.reset(nil, "")
					b.reset(nil, "")
					episodes++
					continue
				}
				a.step(k % 3)
				b.step(k % 3)
			}
		}
	}
}

func compare(a, b *env.Batch) string {
	for k := range a.Observation {
		if !bytes.Equal(a.Observation[k].Bytes(0), b.Observation[k].Bytes(0)) {
			return fmt.Sprintf("observation %q", a.Observation[k].Leaf.Path)
		}
	}
	for k := range a.Info {
		if !bytes.Equal(a.Info[k].Bytes(0), b.Info[k].Bytes(0)) {
			return fmt.Sprintf("info %q", a.Info[k].Leaf.Path)
		}
	}
	if a.Reward[0] != b.Reward[0] || a.Terminated[0] != b.Terminated[0] || a.Truncated[0] != b.Truncated[0] {
		return "reward or end"
	}
	return ""
}

// TestSnapshotBeforeReset: an environment that was never reset has a state too.
func TestSnapshotBeforeReset(t *testing.T) {
	factory := openFactory(t, "", "abr/ood1", "")
	a, _ := factory.New(2, 5)
	b := newPlay(t, factory)
	b.reset(nil, "")
	if err := b.env.(env.Snapshotter).RestoreState(a.(env.Snapshotter).AppendState(nil), b.out, 0); err != nil {
		t.Fatal(err)
	}
	if err := b.env.Step(b.action, b.out, 0); !errors.Is(err, env.ErrNotReset) {
		t.Errorf("step: %v, want ErrNotReset", err)
	}
	for _, want := range []int{2, 7, 12} {
		b.reset(nil, "")
		if got := b.integer("episode_index"); got != want {
			t.Errorf("episode %d, want %d", got, want)
		}
	}
}

// TestForkKeepsTheOrder: a fork goes on with the episodes of the environment
// it was copied from, also where it stands elsewhere in its vector.
func TestForkKeepsTheOrder(t *testing.T) {
	v, err := vector.New(openFactory(t, "", "abr/ood1", `{"max_steps": 1}`), 4, env.SameStep, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Reset(env.ResetOptions{}); err != nil {
		t.Fatal(err)
	}
	fork, err := v.Fork([]int{3})
	if err != nil {
		t.Fatal(err)
	}
	action := env.NewArrays(env.Leaves(v.Spec().Action), 1)
	for _, want := range []int64{7, 11, 15} {
		transition, err := fork.Step(action)
		if err != nil {
			t.Fatal(err)
		}
		if got := env.Row[int64](transition.Info.Find("episode_index"), 0)[0]; got != want {
			t.Errorf("episode %d, want %d", got, want)
		}
	}
}

// TestStateRefused flips every byte of a state: what is taken must be a state
// that can be played on, what is refused must change nothing.
func TestStateRefused(t *testing.T) {
	for _, factory := range snapshotFactories(t) {
		p := newPlay(t, factory)
		p.reset(nil, "")
		p.step(1)
		p.step(2)
		state := p.env.(env.Snapshotter).AppendState(nil)
		refused := 0
		for i := range state {
			for _, flip := range []byte{1, 0x80, 0xff} {
				bad := slices.Clone(state)
				bad[i] ^= flip
				if !tryState(t, factory, state, bad) {
					refused++
				}
			}
		}
		if refused < len(state)/4 {
			t.Errorf("only %d of %d forged states are refused", refused, 3*len(state))
		}
		for _, bad := range [][]byte{nil, state[:1], state[:57], state[:58], state[:len(state)-1], append(slices.Clone(state), 0)} {
			if tryState(t, factory, state, bad) {
				t.Errorf("%d bytes are taken, a state has %d", len(bad), len(state))
			}
		}
	}
}

// tryState restores bytes in an environment that is in a good state, and
// reports whether they were taken.
func tryState(t testing.TB, factory *abrenv.Factory, good, bytesGiven []byte) bool {
	t.Helper()
	p := newPlay(t, factory)
	saver := p.env.(env.Snapshotter)
	if err := saver.RestoreState(good, p.out, 0); err != nil {
		t.Fatal(err)
	}
	err := saver.RestoreState(bytesGiven, p.out, 0)
	now := saver.AppendState(nil)
	if err != nil {
		var field *env.FieldError
		if !errors.As(err, &field) || field.Field != "state" {
			t.Fatalf("%v is no FieldError for state", err)
		}
		if !bytes.Equal(now, good) {
			t.Fatal("refused bytes changed the state")
		}
		return false
	}
	if !bytes.Equal(now, bytesGiven) {
		t.Fatalf("taken as another state:\n%x\n%x", bytesGiven, now)
	}
	observation := env.NewChecker("observation", env.Leaves(factory.Spec().Observation))
	info := env.NewChecker("info", env.Leaves(factory.Spec().Info))
	for step := 0; ; step++ {
		err := p.env.Step(p.action, p.out, 0)
		switch {
		case errors.Is(err, env.ErrNotReset) || errors.Is(err, env.ErrFinished):
			return true
		case err != nil:
			t.Fatalf("step %d: %v", step, err)
		}
		if err := errors.Join(observation.CheckRow(p.out.Observation, 0), info.CheckRow(p.out.Info, 0)); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
	}
}

// FuzzRestoreState restores any bytes.
func FuzzRestoreState(f *testing.F) {
	factories := snapshotFactories(f)
	var goods [][]byte
	for i, factory := range factories {
		p := newPlay(f, factory)
		f.Add(uint8(i), p.env.(env.Snapshotter).AppendState(nil))
		p.reset(nil, "")
		f.Add(uint8(i), p.env.(env.Snapshotter).AppendState(nil))
		p.step(0)
		goods = append(goods, p.env.(env.Snapshotter).AppendState(nil))
		f.Add(uint8(i), goods[i])
		for !p.out.Done(0) {
			p.step(2)
		}
		f.Add(uint8(i), p.env.(env.Snapshotter).AppendState(nil))
	}
	f.Fuzz(func(t *testing.T, which uint8, state []byte) {
		i := int(which) % len(factories)
		tryState(t, factories[i], goods[i], state)
	})
}

// FuzzConfig reads any JSON as a configuration: it is refused with a
// FieldError or makes an environment that can be played.
func FuzzConfig(f *testing.F) {
	f.Add("{}")
	f.Add(uploads)
	f.Add(`{"observation": {"layout": "dict", "history": 2}, "qoe": {"kind": "log"}, "max_steps": 3, "first_chunk": "forced"}`)
	f.Add(`{"selection": "sequential", "player": {"profile": "paper", "chunks": 2, "noise_low": 0.5, "noise_high": 2}}`)
	f.Add(`{"traces": [{"name": "x", "times_s": [0, 1e9], "bandwidth_mbps": [1e6, 1e-6]}]}`)
	library, err := abrenv.NewLibrary("")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, config string) {
		var field *env.FieldError
		c, err := library.Config("abr/custom", []byte(config))
		if err != nil {
			if !errors.As(err, &field) {
				t.Fatalf("%v is no FieldError", err)
			}
			return
		}
		factory, err := library.Factory("abr/custom", c)
		if err != nil {
			if !errors.As(err, &field) {
				t.Fatalf("%v is no FieldError", err)
			}
			return
		}
		for _, space := range []env.Space{factory.Spec().Observation, factory.Spec().Action, factory.Spec().Info} {
			if err := space.Validate(); err != nil {
				t.Fatal(err)
			}
		}
		p := newPlay(t, factory)
		p.reset(nil, "")
		checker := env.NewChecker("observation", env.Leaves(factory.Spec().Observation))
		for step := 0; step < 60 && !p.out.Done(0); step++ {
			p.step(step % factory.World(0, 0).Levels())
			if err := checker.CheckRow(p.out.Observation, 0); err != nil {
				t.Fatal(err)
			}
			if r := p.out.Reward[0]; !(r >= factory.Spec().RewardLow && r <= factory.Spec().RewardHigh) {
				t.Fatalf("reward %v is outside [%v, %v]", r, factory.Spec().RewardLow, factory.Spec().RewardHigh)
			}
		}
	})
}
