package rollout_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
	"trailblazer/internal/stats"
	"trailblazer/internal/testenv"
)

// source plays testenv's Flat environment with small policies.
type source struct {
	factory env.Factory
	// policies makes a policy by name.
	policies map[string]func() env.Policy
	envErr   error
}

func newSource(t *testing.T, hook func(int)) *source {
	t.Helper()
	factory, err := (&testenv.Catalog{OnStep: hook}).Factory(testenv.Flat, "", []byte(`{"steps": 4}`))
	if err != nil {
		t.Fatal(err)
	}
	return &source{factory: factory, policies: map[string]func() env.Policy{
		"seeded":  func() env.Policy { return &seeded{} },
		"counter": func() env.Policy { return &counter{} },
		"broken":  func() env.Policy { return broken{} },
	}}
}

func (s *source) Spec() *env.Spec { return s.factory.Spec() }

func (s *source) NewEnv(context.Context) (env.Env, error) {
	if s.envErr != nil {
		return nil, s.envErr
	}
	return s.factory.New(0, 1)
}

func (s *source) NewPolicy(name string) (env.Policy, error) {
	if p, ok := s.policies[name]; ok {
		return p(), nil
	}
	return nil, &env.NotFoundError{Kind: "policy", Name: name}
}

// seeded always chooses its seed modulo 6.
type seeded struct{ choice int64 }

func (p *seeded) Reset(seed uint64) { p.choice = int64(seed % 6) }
func (p *seeded) Act(_ *env.Batch, row int, action env.Arrays) error {
	env.Row[int64](&action[0], row)[0] = p.choice
	return nil
}

// counter chooses the number of episodes that it has seen end.
type counter struct{ ended int64 }

func (p *counter) Reset(uint64)       {}
func (p *counter) RemembersEpisodes() {}
func (p *counter) Act(_ *env.Batch, row int, action env.Arrays) error {
	env.Row[int64](&action[0], row)[0] = p.ended % 6
	return nil
}
func (p *counter) EndEpisode(b *env.Batch, row int) error {
	if !b.Done(row) {
		return errors.New("EndEpisode before the end")
	}
	p.ended++
	return nil
}

// broken chooses what is not allowed.
type broken struct{}

func (broken) Reset(uint64) {}
func (broken) Act(_ *env.Batch, row int, action env.Arrays) error {
	env.Row[int64](&action[0], row)[0] = 99
	return nil
}

// report measures the reward.
type report struct{}

func (report) Metrics() []rollout.Metric {
	return []rollout.Metric{{Name: "reward", Unit: "1", Description: "reward per step"}}
}
func (report) Measure(b *env.Batch, row int, start bool, parts []stats.Part) {
	if !start {
		parts[0].Add(b.Reward[row])
	}
}
func (report) LogColumns() []string { return []string{"reward"} }
func (report) AppendLog(line []string, step *rollout.Step) ([]string, bool) {
	return append(line, rollout.FormatFloat(step.After.Reward[0])), !step.Start()
}
func (report) DefaultEpisodes() int { return 3 }

func TestRunPlaysEveryEpisodeWithItsSeed(t *testing.T) {
	for _, workers := range []int{1, 4} {
		var log bytes.Buffer
		seen := 0
		result, err := rollout.Run(t.Context(), newSource(t, nil), report{}, rollout.Options{
			Policies: []string{"seeded", "counter"}, Episodes: 5, Seed: 2, Workers: workers, Log: &log,
			Progress: func(_ string, done, total int) {
				if seen++; total != 5 || done < 1 || done > 5 {
					t.Errorf("progress %d of %d", done, total)
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		// Seeds 2, 3, 4, 5, 6: choices 2, 3, 4, 5, 0. Endings: 0, 1, 2, 3, 4.
		for i, want := range []float64{14. / 5, 2} {
			r := result.Results[i]
			if got := r.Metrics["reward"].Mean; got != want || r.Episodes != 5 || r.Steps != 20 {
				t.Errorf("%d workers: %+v, want mean %v", workers, r, want)
			}
		}
		var want strings.Builder
		want.WriteString("reward,policy,episode\n")
		for k, c := range []int{2, 3, 4, 5, 0} {
			want.WriteString(strings.Repeat(fmt.Sprintf("%d.0,seeded,%d\n", c, k), 4))
		}
		for c := range 5 {
			want.WriteString(strings.Repeat(fmt.Sprintf("%d.0,counter,%d\n", c, c), 4))
		}
		if log.String() != want.String() {
			t.Errorf("%d workers: log\n%s\nwant\n%s", workers, log.String(), want.String())
		}
		if seen != 10 {
			t.Errorf("progress was called %d times, want 10", seen)
		}
	}
}

func TestRunFailures(t *testing.T) {
	var field *env.FieldError
	if _, err := rollout.Run(t.Context(), newSource(t, nil), report{}, rollout.Options{Policies: []string{"seeded", "broken"}, Episodes: 3}); !errors.As(err, &field) || !strings.Contains(err.Error(), "policy broken, episode") {
		t.Errorf("a broken policy: %v", err)
	}
	played := 0
	var missing *env.NotFoundError
	if _, err := rollout.Run(t.Context(), newSource(t, func(int) { played++ }), report{}, rollout.Options{Policies: []string{"seeded", "nope"}}); !errors.As(err, &missing) || played > 0 {
		t.Errorf("an unknown policy: %v after %d steps", err, played)
	}
	if _, err := rollout.Run(t.Context(), newSource(t, nil), report{}, rollout.Options{}); err == nil {
		t.Error("no policies were accepted")
	}
	down := newSource(t, nil)
	down.envErr = errors.New("server is gone")
	if _, err := rollout.Run(t.Context(), down, report{}, rollout.Options{Policies: []string{"seeded"}}); !errors.Is(err, down.envErr) {
		t.Errorf("no environment: %v", err)
	}
	if _, err := rollout.Run(t.Context(), newSource(t, nil), report{}, rollout.Options{Policies: []string{"seeded"}, Episodes: 500, Log: &full{room: 300}}); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
}

var errFull = errors.New("no space left on device")

// full is a disk that takes room more bytes.
type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestFormatFloatIsPythons(t *testing.T) {
	for v, want := range map[float64]string{
		4: "4.0", 0.1: "0.1", -10.908078169123693: "-10.908078169123693", 1e16: "1e+16", 123456789012345680: "1.2345678901234568e+17",
		9999999999999998: "9999999999999998.0", 0.0001: "0.0001", 0.00001: "1e-05", 0: "0.0",
	} {
		if got := rollout.FormatFloat(v); got != want {
			t.Errorf("%g is written %s, want %s", v, got, want)
		}
	}
}
