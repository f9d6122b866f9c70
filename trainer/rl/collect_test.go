package rl_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/reference"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
	"trailblazer/trainer/rl"
)

// spread makes a task of real numbers draw them.
func spread(c *model.Config, _ []feature.Config) { c.Tasks[0].Head.Std = 0.3 }

// naive plays one environment alone, as the package says that all are played,
// and returns the observations, what was done, how likely it was and what it
// brought.
type naive struct {
	steps  model.Steps
	logp   []float64
	reward []float64
	ends   []int
	result []rl.EpisodeResult
}

func (s setup) naive(t *testing.T, row, steps int) *naive {
	t.Helper()
	a := s.actor(t)
	m := a.Model()
	task := m.Config().Tasks[0]
	adapter := newAdapter(t, s)
	session, err := m.NewSession(0)
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.factory.New(row, s.n)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	copies := max(s.options.Copies, 1)
	out, action, tape := env.NewBatch(e.Spec(), 1), env.NewArrays(env.Leaves(e.Spec().Action), 1), kernel.NewTape(m.Compute())
	r := new(naive)
	feature.Start(&r.steps)
	var one model.Steps
	for turn := 0; len(r.logp) < steps; turn++ {
		number := uint64(turn*(s.n/copies) + row/copies)
		seed := s.first + number
		if err := e.Reset(&seed, nil, out, 0); err != nil {
			t.Fatal(err)
		}
		session.Reset()
		stream := splitmix.Mix(splitmix.Mix(s.options.Seed, 0), number)
		random := rand.New(rand.NewPCG(splitmix.Mix(stream, uint64(2*(row%copies))), splitmix.Mix(stream, uint64(2*(row%copies)+1))))
		sum, length := 0.0, 0
		for done := false; !done && len(r.logp) < steps; length++ {
			feature.Start(&one)
			if err := adapter.Observe(out, 0, &one); err != nil {
				t.Fatal(err)
			}
			one.Times, one.Offsets = []int32{int32(length)}, []int32{0, 1}
			logp := 0.0
			choose := func(_ int, logits []float32) int {
				place, p := draw(random, logits, s.options.Temperature)
				logp += p
				return place
			}
			decisions, err := m.Decide(tape, []*model.Session{session}, &one, model.Chooser{Choice: choose, Executors: choose})
			if err != nil {
				t.Fatal(err)
			}
			d := decisions[0]
			one.Actions = model.Actions{Choice: []int32{d.Choice}}
			switch task.Head.Kind {
			case model.HeadPointer:
				one.Actions.Executors = []int32{max(d.Executors, 1)}
			case model.HeadValue:
				std := float64(task.Head.Std)
				mean := float64(d.Value)
				d.Value = float32(mean + s.options.Temperature*std*random.NormFloat64())
				z := (float64(d.Value) - mean) / std
				logp = -z*z/2 - math.Log(std*math.Sqrt(2*math.Pi))
				one.Actions = model.Actions{Value: []float32{d.Value}}
				if err := session.Acted(d); err != nil {
					t.Fatal(err)
				}
			}
			if err := adapter.Act(out, 0, &d, action, 0); err != nil {
				t.Fatal(err)
			}
			if err := e.Step(action, out, 0); err != nil {
				t.Fatal(err)
			}
			r.steps.AppendSequence(&one, 0, 1)
			r.logp, r.reward = append(r.logp, logp), append(r.reward, out.Reward[0])
			sum += out.Reward[0]
			done = out.Done(0)
			if done {
				r.ends = append(r.ends, len(r.logp))
				r.result = append(r.result, rl.EpisodeResult{Number: number, Environment: row, Return: sum, Length: length + 1})
			}
		}
	}
	return r
}

// same compares texts of steps number by number. Sums of batches may be rounded
// otherwise than those of one, in the last bits.
func same(t *testing.T, row int, got, want string) {
	t.Helper()
	g, w := strings.Fields(got), strings.Fields(want)
	for i := range min(len(g), len(w)) {
		if g[i] == w[i] {
			continue
		}
		x, err := strconv.ParseFloat(strings.Trim(g[i], "[{}]"), 64)
		y, otherwise := strconv.ParseFloat(strings.Trim(w[i], "[{}]"), 64)
		if err != nil || otherwise != nil || !(math.Abs(x-y) <= 1e-4*(1+math.Abs(y))) {
			t.Fatalf("environment %d: number %d is %q, want %q", row, i, g[max(i-5, 0):i+1], w[i])
		}
	}
	if len(g) != len(w) {
		t.Fatalf("environment %d: %d numbers, want %d", row, len(g), len(w))
	}
}

func newAdapter(t *testing.T, s setup) *feature.Adapter {
	t.Helper()
	config, err := feature.Default(s.factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	adapter, err := feature.New(config, s.factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	return adapter
}

// draw draws one of the softmax of logits over a temperature, and says how likely
// it is at temperature 1.
func draw(random *rand.Rand, logits []float32, temperature float64) (place int, logp float64) {
	highest := float64(slices.Max(logits))
	sum := 0.0
	for _, x := range logits {
		sum += math.Exp(float64(x) - highest)
	}
	if place = model.Argmax(0, logits); temperature > 0 {
		place = model.Sample(temperature, []*rand.Rand{random})(0, logits)
	}
	return place, float64(logits[place]) - highest - math.Log(sum)
}

// TestCollectIsThatOfEachEnvironmentAlone compares what is collected with a loop
// over single environments.
func TestCollectIsThatOfEachEnvironmentAlone(t *testing.T) {
	for name, s := range map[string]setup{
		"abr":      {factory: abr(t), n: 35, first: 3, options: rl.CollectOptions{Seed: 5, Steps: 60, Temperature: 1}},
		"abr cool": {factory: abr(t), n: 4, options: rl.CollectOptions{Copies: 2, Steps: 50, Temperature: 0.5}},
		"abr best": {factory: abr(t), n: 2, preset: "small", options: rl.CollectOptions{Steps: 30}},
		"cjs":      {factory: cjs(t), n: 9, first: 1, options: rl.CollectOptions{Steps: 62, Temperature: 1}},
		"cc":       {factory: cc(t), n: 3, change: spread, options: rl.CollectOptions{Steps: 20, Temperature: 1}},
		"chain":    {factory: reference.Chain(3), n: 5, options: rl.CollectOptions{Steps: 9, Temperature: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			e := collect(t, s.collector(t))
			if want := s.n * s.options.Steps; e.Len() != want {
				t.Fatalf("%d steps, want %d", e.Len(), want)
			}
			q, results := 0, 0
			for row := range s.n {
				want := s.naive(t, row, s.options.Steps)
				low := row * s.options.Steps
				part := new(model.Steps)
				feature.Start(part)
				for i := range s.options.Steps {
					part.AppendSequence(&e.Steps, int32(low+i), int32(low+i+1))
				}
				same(t, row, fmt.Sprint(*part), fmt.Sprint(want.steps))
				for i := range want.logp {
					if math.Abs(float64(e.LogProbability[low+i])-want.logp[i]) > 1e-4 {
						t.Errorf("environment %d, step %d: log-probability %v, want %v", row, i, e.LogProbability[low+i], want.logp[i])
					}
					if math.Abs(float64(e.Reward[low+i])-want.reward[i]) > 1e-4*(1+math.Abs(want.reward[i])) {
						t.Errorf("environment %d, step %d: reward %v, want %v", row, i, e.Reward[low+i], want.reward[i])
					}
				}
				for ; q < e.Sequences() && int(e.Environment[q]) == row; q++ {
					end := int(e.Offsets[q+1]) - low
					if ended := slices.Contains(want.ends, end); e.Ended[q] != ended || !ended && end != s.options.Steps {
						t.Errorf("environment %d: a sequence that ends at %d is over: %v, want %v", row, end, e.Ended[q], ended)
					}
				}
				for _, want := range want.result {
					got := e.Episodes[results]
					if results++; math.Abs(got.Return-want.Return) > 1e-4*(1+math.Abs(want.Return)) {
						t.Errorf("environment %d: an episode brought %v, want %v", row, got.Return, want.Return)
					}
					if got.Return = want.Return; got != want {
						t.Errorf("environment %d: episode %+v, want %+v", row, got, want)
					}
				}
			}
			if q != e.Sequences() || results != len(e.Episodes) {
				t.Errorf("%d of %d sequences, %d of %d episodes", q, e.Sequences(), results, len(e.Episodes))
			}
		})
	}
}

// TestWholeEpisodes plays one of each environment, whatever their lengths.
func TestWholeEpisodes(t *testing.T) {
	s := setup{factory: reference.CartPole(), n: 9, options: rl.CollectOptions{Copies: 3, Temperature: 1}}
	c := s.collector(t)
	for call := range 3 {
		e := collect(t, c)
		lengths := map[int]bool{}
		if len(e.Episodes) != s.n || e.Sequences() != s.n {
			t.Fatalf("%d episodes in %d sequences", len(e.Episodes), e.Sequences())
		}
		for i, r := range e.Episodes {
			lengths[r.Length] = true
			if r.Environment != i || r.Number != uint64(3*call+i/3) || e.Number[i] != r.Number {
				t.Errorf("environment %d played %+v", i, r)
			}
			if got := int(e.Offsets[i+1] - e.Offsets[i]); got != r.Length || r.Return != float64(r.Length) || e.Times[e.Offsets[i]] != 0 {
				t.Errorf("episode %+v has %d steps from %d on", r, got, e.Times[e.Offsets[i]])
			}
			alone := s.naive(t, i, 1)
			if call == 0 && !slices.Equal(alone.steps.Vector, e.Vector[int(e.Offsets[i])*4:][:4]) {
				t.Errorf("environment %d begins at %v, alone at %v", i, e.Vector[int(e.Offsets[i])*4:][:4], alone.steps.Vector)
			}
		}
		if len(lengths) < 3 {
			t.Errorf("lengths %v", lengths)
		}
	}
}

// TestCopiesPlayTheSameEpisode: they begin with the same, and go apart.
func TestCopiesPlayTheSameEpisode(t *testing.T) {
	s := setup{factory: abr(t), n: 8, options: rl.CollectOptions{Copies: 4, Temperature: 1}}
	e := collect(t, s.collector(t))
	width := len(e.Vector) / e.Len()
	first := func(q int) []float32 { return e.Vector[int(e.Offsets[q])*width:][:width] }
	done := func(q int) []int32 { return e.Actions.Choice[e.Offsets[q]:e.Offsets[q+1]] }
	for q := range e.Sequences() {
		if !slices.Equal(first(q), first(q/4*4)) || e.Number[q] != uint64(q/4) {
			t.Errorf("environment %d plays %d, not what its copies do", q, e.Number[q])
		}
		if q%4 > 0 && slices.Equal(done(q), done(q-1)) {
			t.Errorf("environments %d and %d do the same", q-1, q)
		}
	}
	if e.Number[0] == e.Number[7] {
		t.Error("all play the same")
	}
}

// TestEndsOfEpisodes: what an episode's own end brings is not followed by
// anything, what a limit of time cuts off is.
func TestEndsOfEpisodes(t *testing.T) {
	e := collect(t, setup{factory: reference.Chain(2), n: 3, options: rl.CollectOptions{Temperature: 1}}.collector(t))
	if slices.Contains(e.Terminated, false) || slices.Contains(e.Ended, false) || len(e.After.Times) != 0 {
		t.Errorf("a chain: terminated %v, ended %v, %d steps after", e.Terminated, e.Ended, len(e.After.Times))
	}
	s := setup{factory: reference.Driven(4), n: 3, options: rl.CollectOptions{Steps: 6, Privileged: []string{"input"}, Clock: "wall_ms"}}
	c := s.collector(t)
	e = collect(t, c)
	next := collect(t, c)
	if slices.Contains(e.Terminated, true) || !slices.Equal(e.Ended, []bool{true, false, true, false, true, false}) {
		t.Errorf("cut off after 4 and 6: terminated %v, ended %v", e.Terminated, e.Ended)
	}
	if !slices.Equal(e.After.Times, []int32{4, 2, 4, 2, 4, 2}) || len(e.AfterPrivileged) != 6 || len(e.Privileged) != 18 {
		t.Errorf("after them come %v, with %v", e.After.Times, e.AfterPrivileged)
	}
	// The second sequence goes on in the next collection with what came after.
	for row := range 3 {
		low := 6 * row
		if after := e.After.Vector[2*(2*row+1):][:2]; !slices.Equal(after, next.Vector[2*low:][:2]) || next.Times[low] != 2 || next.Number[2*row] != uint64(3+row) {
			t.Errorf("environment %d: after a collection comes %v, the next begins at %d with %v", row, after, next.Times[low], next.Vector[2*low:][:2])
		}
		if e.Clock[low] != 0 || e.Clock[low+1] < 100 || e.Clock[low+4] != 0 {
			t.Errorf("environment %d: input %v at %v", row, e.Privileged[low:low+6], e.Clock[low:low+6])
		}
		// The reward is the walk's place, and 1 for the right choice.
		for i, r := range e.Reward[low : low+6] {
			if d := float64(r) - float64(e.Privileged[low+i]); math.Abs(d) > 1e-5 && math.Abs(d-1) > 1e-5 {
				t.Errorf("environment %d, step %d: reward %v at %v", row, i, r, e.Privileged[low+i])
			}
		}
	}
}
