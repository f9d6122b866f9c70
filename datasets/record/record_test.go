package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testenv"
)

// shelf is a data set in memory.
type shelf struct {
	schema   *traj.Schema
	episodes []*traj.Episode
	released int
	full     error // of Add
}

func (s *shelf) Schema() *traj.Schema        { return s.schema }
func (s *shelf) AddScenario(*env.Spec) error { return nil }
func (s *shelf) Add(e *traj.Episode) (bool, error) {
	if s.full != nil {
		return false, s.full
	}
	s.episodes = append(s.episodes, e)
	return true, nil
}

func (s *shelf) open(_, _ string, spec *env.Spec) (w Writer, release func(), err error) {
	if s.schema == nil {
		s.schema, err = traj.NewSchema(spec, traj.Labels{})
	}
	return s, func() { s.released++ }, err
}

// stage is a vector that is recorded, driven as a session does it.
type stage struct {
	t testing.TB
	*vector.Local
	recorder  *Recorder
	recording env.Recording
	shelf     *shelf
	action    env.Arrays
}

func newStage(t testing.TB, id, config string, n int, mode env.AutoresetMode) *stage {
	t.Helper()
	factory, err := new(testenv.Catalog).Factory(id, "", json.RawMessage(config))
	if err != nil {
		t.Fatal(err)
	}
	v, err := vector.New(factory, n, mode, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, Local: v, shelf: &shelf{}, action: env.NewArrays(env.Leaves(v.Spec().Action), n)}
	s.recorder = New(s.shelf.open)
	if s.recording, err = s.recorder.Record(v, env.RecordOptions{Dataset: "d", Source: "s"}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) ready() {
	s.t.Helper()
	if err := s.recording.Ready(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) reset(o env.ResetOptions) *env.Batch {
	s.t.Helper()
	s.ready()
	shown, err := s.Reset(o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.recording.Reset(&o, shown)
	return shown
}

func (s *stage) step() *env.Transition {
	s.t.Helper()
	s.ready()
	out, err := s.Step(s.action)
	if err != nil {
		s.t.Fatal(err)
	}
	s.recording.Step(s.action, out)
	return out
}

func (s *stage) restore(state []byte) *env.Batch {
	s.t.Helper()
	s.ready()
	shown, err := s.Restore(state)
	if err != nil {
		s.t.Fatal(err)
	}
	s.recording.Restore(shown)
	return shown
}

// close ends the recording and returns what was recorded.
func (s *stage) close() []*traj.Episode {
	s.t.Helper()
	if err := s.recording.Close(); err != nil {
		s.t.Fatal(err)
	}
	if s.shelf.released != 1 {
		s.t.Errorf("the data set was released %d times", s.shelf.released)
	}
	return s.shelf.episodes
}

// line sums up an episode: its source, steps, how it began and ended.
func line(e *traj.Episode) string {
	text := fmt.Sprintf("%s %d", e.Source, e.Header.Steps)
	if e.Seeded {
		text += fmt.Sprintf(" seed %d", e.Seed)
	}
	if e.Start != nil {
		text += " state"
	}
	if e.ResetOptions != nil {
		text += " " + string(e.ResetOptions)
	}
	if e.Complete {
		text += " complete"
	}
	return text
}

func wantLines(t *testing.T, episodes []*traj.Episode, want ...string) {
	t.Helper()
	var got []string
	for _, e := range episodes {
		got = append(got, line(e))
		if e.Policy != "external" || e.Scenario != "test/default" || len(e.ScenarioHash) != 64 {
			t.Errorf("%s: policy %q, scenario %q, hash %q", line(e), e.Policy, e.Scenario, e.ScenarioHash)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("episodes\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestModes: nine steps of episodes of three, in each mode.
func TestModes(t *testing.T) {
	for mode, want := range map[env.AutoresetMode][]string{
		// Three steps, and one that resets.
		env.NextStep: {"s/0/0 3 seed 5 complete", "s/1/0 3 seed 6 complete", "s/0/1 3 state complete", "s/1/1 3 state complete", "s/0/2 1 state", "s/1/2 1 state"},
		env.SameStep: {"s/0/0 3 seed 5 complete", "s/1/0 3 seed 6 complete", "s/0/1 3 state complete", "s/1/1 3 state complete", "s/0/2 3 state complete", "s/1/2 3 state complete"},
	} {
		t.Run(mode.String(), func(t *testing.T) {
			s := newStage(t, testenv.Walk, `{"steps": 3}`, 2, mode)
			s.reset(env.ResetOptions{Seeds: []uint64{5}})
			for range 9 {
				s.step()
			}
			wantLines(t, s.close(), want...)
		})
	}
	t.Run("Disabled", func(t *testing.T) {
		s := newStage(t, testenv.Walk, `{"steps": 3}`, 2, env.Disabled)
		s.reset(env.ResetOptions{Seeds: []uint64{5, 9}, Options: json.RawMessage(`{}`)})
		for range 3 {
			s.step()
		}
		s.reset(env.ResetOptions{Seeds: []uint64{4}, Mask: []bool{false, true}})
		s.reset(env.ResetOptions{Mask: []bool{true, false}})
		s.step()
		wantLines(t, s.close(), "s/0/0 3 seed 5 {} complete", "s/1/0 3 seed 9 {} complete", "s/0/1 1 state", "s/1/1 1 seed 5")
	})
}

func TestCutEpisodesAreKept(t *testing.T) {
	s := newStage(t, testenv.Walk, `{"steps": 5}`, 3, env.NextStep)
	s.reset(env.ResetOptions{}) // The first seeds are the environments' numbers.
	s.step()
	s.step()
	s.reset(env.ResetOptions{Mask: []bool{false, true, false}})
	s.reset(env.ResetOptions{Seeds: []uint64{7, 8, 9}, Mask: []bool{false, false, true}})
	s.reset(env.ResetOptions{Seeds: []uint64{7, 8, 9}, Mask: []bool{false, false, true}}) // Nothing happened in between.
	s.step()
	wantLines(t, s.close(), "s/1/0 2 seed 1", "s/2/0 2 seed 2", "s/0/0 3 seed 0", "s/1/1 1 state", "s/2/1 1 seed 9")
}

func TestRestoreBeginsAnew(t *testing.T) {
	s := newStage(t, testenv.Walk, `{"steps": 3}`, 2, env.NextStep)
	never, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	s.reset(env.ResetOptions{Seeds: []uint64{1}})
	s.step()
	middle, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	s.step()
	s.step()
	over, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	s.restore(middle)
	s.step()
	s.restore(middle)
	s.restore(over) // No episode is running.
	s.step()        // It begins here,
	s.step()        // and this is its first step.
	s.restore(never)
	s.reset(env.ResetOptions{}) // Nobody knows any more that it is the first.
	s.step()
	wantLines(t, s.close(),
		"s/0/0 3 seed 1 complete", "s/1/0 3 seed 2 complete",
		"s/0/1 1 state", "s/1/1 1 state", "s/0/2 1 state", "s/1/2 1 state", "s/0/3 1 state", "s/1/3 1 state")
}

func TestEnvironmentsWithoutSnapshots(t *testing.T) {
	s := newStage(t, testenv.Plain, `{"steps": 2}`, 1, env.SameStep)
	s.reset(env.ResetOptions{Seeds: []uint64{1}})
	s.step()
	s.step()
	s.step()
	wantLines(t, s.close(), "s/0/0 2 seed 1 complete", "s/0/1 1")
}

func TestLongEpisodesAreCut(t *testing.T) {
	s := newStage(t, testenv.Flat, `{"steps": 100}`, 2, env.NextStep)
	s.recording.(*recording).most = 1000 // Five rows or so.
	s.reset(env.ResetOptions{Seeds: []uint64{3}})
	for range 40 {
		s.step()
	}
	wantLines(t, s.close(), "s/0/0 16 seed 3", "s/1/0 16 seed 4", "s/0/1 16 state", "s/1/1 16 state", "s/0/2 8 state", "s/1/2 8 state")
}

// model is what an agent sees of an environment: the plainest record there is.
type model struct {
	running  bool
	now      []string
	episodes [][]string
}

func (m *model) begin(shown string) {
	m.end()
	m.running, m.now = true, []string{shown}
}

func (m *model) step(text, shown string) { m.now = append(m.now, text, shown) }

func (m *model) end() {
	if m.running && len(m.now) > 1 {
		m.episodes = append(m.episodes, m.now)
	}
	m.running = false
}

func text(observation, info env.Arrays, row int) string {
	var b []byte
	for k := range observation {
		b = append(b, observation[k].Bytes(row)...)
	}
	for k := range info {
		b = append(b, info[k].Bytes(row)...)
	}
	return fmt.Sprintf("%x", b)
}

func acted(action env.Arrays, row int, t *env.Transition) string {
	return fmt.Sprint(text(action, nil, row), t.Reward[row], t.Terminated[row], t.Truncated[row])
}

// told is what a recorded episode says, in the model's words.
func told(s *stage, e *traj.Episode) []string {
	fields := func(prefix string, f *traj.Frame, row int) string {
		var b []byte
		for i, field := range f.Fields {
			if strings.HasPrefix(field.Name, prefix) {
				b = append(b, f.Bytes(i, row)...)
			}
		}
		return fmt.Sprintf("%x", b)
	}
	number := func(name string, row int) any {
		v := e.Steps.Find(name)
		if name == traj.FieldReward {
			return traj.Of[float64](v)[row]
		}
		return traj.Of[bool](v)[row]
	}
	words := []string{fields("observation", e.Steps, 0) + fields("info", e.Initial, 0)}
	for row := range e.Header.Steps {
		words = append(words, fmt.Sprint(fields("action", e.Steps, row), number(traj.FieldReward, row), number(traj.FieldTerminated, row), number(traj.FieldTruncated, row)))
		observation := fields("observation", e.Final, 0)
		if row+1 < e.Header.Steps {
			observation = fields("observation", e.Steps, row+1)
		}
		words = append(words, observation+fields("info", e.Steps, row))
	}
	return words
}

// TestAgainstAModel drives vectors at random, and compares with what the agent
// saw.
func TestAgainstAModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for _, mode := range []env.AutoresetMode{env.NextStep, env.SameStep, env.Disabled} {
		const n = 4
		s := newStage(t, testenv.Walk, `{"steps": 6}`, n, mode)
		models := make([]model, n)
		phase := make([]bool, n) // Whether the model's environments are running, in any mode.
		reset := func(mask []bool) {
			o := env.ResetOptions{Mask: mask}
			if random.IntN(2) == 0 {
				o.Seeds = []uint64{random.Uint64N(1000)}
			}
			shown := s.reset(o)
			for i := range n {
				if mask == nil || mask[i] {
					models[i].begin(text(shown.Observation, shown.Info, i))
					phase[i] = true
				}
			}
		}
		reset(nil)
		var saved []byte
		var savedPhase []bool
		for range 300 {
			switch random.IntN(12) {
			case 0:
				mask := make([]bool, n)
				for i := range mask {
					mask[i] = random.IntN(2) == 0
				}
				reset(mask)
			case 1:
				state, err := s.Snapshot()
				if err != nil {
					t.Fatal(err)
				}
				saved, savedPhase = state, slices.Clone(phase)
			case 2:
				if saved == nil {
					continue
				}
				shown := s.restore(saved)
				copy(phase, savedPhase)
				for i := range n {
					models[i].end()
					if phase[i] {
						models[i].begin(text(shown.Observation, shown.Info, i))
					}
				}
			default:
				if mode == env.Disabled && slices.Contains(phase, false) {
					mask := make([]bool, n)
					for i := range mask {
						mask[i] = !phase[i]
					}
					reset(mask)
				}
				for i := range n {
					env.Sample(s.action, i, random)
				}
				out := s.step()
				finals := 0
				for i := range n {
					shown := text(out.Observation, out.Info, i)
					if !phase[i] {
						models[i].begin(shown)
						phase[i] = true
						continue
					}
					word := acted(s.action, i, out)
					if out.Done(i) && mode == env.SameStep {
						models[i].step(word, text(out.Final.Observation, out.Final.Info, finals))
						finals++
						models[i].begin(shown)
						continue
					}
					models[i].step(word, shown)
					if out.Done(i) {
						models[i].end()
						phase[i] = false
					}
				}
			}
		}
		counts := make([]int, n)
		for _, e := range s.close() {
			var i, k int
			if _, err := fmt.Sscanf(e.Source, "s/%d/%d", &i, &k); err != nil || k != counts[i] {
				t.Fatalf("%v: source %q, want number %d", mode, e.Source, counts[i])
			}
			models[i].end()
			if counts[i]++; k >= len(models[i].episodes) {
				t.Fatalf("%v: environment %d played %d episodes", mode, i, len(models[i].episodes))
			}
			if want := models[i].episodes[k]; !slices.Equal(told(s, e), want) {
				t.Errorf("%v: episode %s differs from what was seen", mode, e.Source)
			}
			if e.Seeded == (e.Start != nil) {
				t.Errorf("%v: episode %s can't be played again, or in two ways", mode, e.Source)
			}
		}
		for i := range models {
			if counts[i] != len(models[i].episodes) {
				t.Errorf("%v: environment %d: %d episodes are recorded of %d", mode, i, counts[i], len(models[i].episodes))
			}
		}
	}
}

var errFull = errors.New("no space left on device")

func TestWhatCannotBeWrittenIsKept(t *testing.T) {
	s := newStage(t, testenv.Walk, `{"steps": 2}`, 2, env.NextStep)
	s.reset(env.ResetOptions{Seeds: []uint64{1}})
	s.step()
	s.shelf.full = errFull
	s.step() // It has happened, so it is no error.
	for range 2 {
		if err := s.recording.Ready(); !errors.Is(err, errFull) || !strings.Contains(err.Error(), `2 recorded episodes wait to be written: data set "d"`) {
			t.Fatalf("with a full disk: %v", err)
		}
	}
	s.shelf.full = nil
	s.step()
	s.step()
	wantLines(t, s.close(), "s/0/0 2 seed 1 complete", "s/1/0 2 seed 2 complete", "s/0/1 1 state", "s/1/1 1 state")
}

func TestWhatCannotBeWrittenAtTheEndIsWrittenLater(t *testing.T) {
	s := newStage(t, testenv.Walk, `{"steps": 4}`, 2, env.NextStep)
	s.reset(env.ResetOptions{Seeds: []uint64{1}})
	s.step()
	s.shelf.full = errFull
	if err := s.recording.Close(); !errors.Is(err, errFull) {
		t.Fatalf("close with a full disk: %v", err)
	}
	if err := s.recorder.Close(); !errors.Is(err, errFull) || s.shelf.released != 0 {
		t.Fatalf("close of the recorder with a full disk: %v, released %d times", err, s.shelf.released)
	}
	s.shelf.full = nil
	// The next session brings it in.
	next, err := s.recorder.Record(s.Local, env.RecordOptions{Dataset: "d", Policy: "p", Split: "test", Source: "next"})
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, s.shelf.episodes, "s/0/0 1 seed 1", "s/1/0 1 seed 2")
	if err := errors.Join(next.Close(), s.recorder.Close()); err != nil || s.shelf.released != 2 {
		t.Errorf("%v, released %d times, want 2", err, s.shelf.released)
	}
}

// TestRefusedEpisodesAreToldOnce: trying again would be in vain.
func TestRefusedEpisodesAreToldOnce(t *testing.T) {
	s := newStage(t, testenv.Walk, `{"steps": 2}`, 2, env.NextStep)
	s.reset(env.ResetOptions{Seeds: []uint64{1}, Options: json.RawMessage(`{}`)})
	s.step()
	s.shelf.full = &env.FieldError{Field: "reward[1]", Value: "NaN", Remedy: "give a finite number"}
	s.step()
	err := s.recording.Ready()
	if err == nil || !strings.Contains(err.Error(), `data set "d" refuses episode s/0/0: reward[1] is NaN`) || !strings.Contains(err.Error(), "s/1/0") {
		t.Fatalf("two refused episodes: %v", err)
	}
	s.shelf.full = nil
	s.step()
	s.step()
	wantLines(t, s.close(), "s/0/1 1 state", "s/1/1 1 state")
}

func TestRecordRefuses(t *testing.T) {
	s := newStage(t, testenv.Walk, "", 1, env.NextStep)
	refusal := &env.FieldError{Field: "record.dataset", Value: `"../d"`, Remedy: "give a name"}
	refuse := New(func(string, string, *env.Spec) (Writer, func(), error) { return nil, nil, refusal })
	if _, err := refuse.Record(s.Local, env.RecordOptions{}); err != error(refusal) {
		t.Errorf("a bad name: %v", err)
	}
	var field *env.FieldError
	if _, err := s.recorder.Record(s.Local, env.RecordOptions{Dataset: "d", Split: "../x"}); !errors.As(err, &field) || field.Field != "split" {
		t.Errorf("a bad split: %v", err)
	}
	if _, err := s.recorder.Record(s.Local, env.RecordOptions{Dataset: "d", Policy: "a\x1b[2J"}); !errors.As(err, &field) || field.Field != "policy" {
		t.Errorf("a policy that clears the terminal: %v", err)
	}
	// A data set of other spaces, which its keeper did not notice.
	flat := newStage(t, testenv.Flat, "", 1, env.NextStep)
	if _, err := flat.recorder.Record(s.Local, env.RecordOptions{Dataset: "d"}); err == nil || !strings.Contains(err.Error(), `data set "d": `) || flat.shelf.released != 1 {
		t.Errorf("other spaces: %v, released %d times", err, flat.shelf.released)
	}
}
