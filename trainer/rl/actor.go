package rl

import (
	"fmt"
	"math"
	"math/rand/v2"

	"trailblazer/api/env"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// How many environments are decided for together. It is part of what decides
// results to the bit, as sums of matrix products may depend on the number of
// rows, and so it does not depend on the number of cores. Graphs have many rows
// for each environment.
const (
	vectorShard = 32
	graphShard  = 8
)

// Actor is a model that decides for n environments of one spec. Environments are
// decided for in shards of fixed size, and shards at the same time. It sees the
// model's weights as they are when it decides, so the model must not learn
// meanwhile.
type Actor struct {
	model    *model.Model
	task     int
	features *feature.Config
	spec     *env.Spec
	shards   []*shard
	n, size  int
}

// NewActor makes an actor. The features are those of the model's task for
// environments of the spec. The error is an *env.FieldError that says what does
// not fit.
func NewActor(m *model.Model, features *feature.Config, spec *env.Spec, n int) (*Actor, error) {
	a := &Actor{model: m, task: -1, features: features, spec: spec, n: n, size: vectorShard}
	config := m.Config()
	for i := range config.Tasks {
		if config.Tasks[i].Environment == spec.ID {
			a.task = i
		}
	}
	if a.task < 0 {
		return nil, &env.FieldError{Field: "model", Value: "without a task for " + spec.ID, Remedy: "give one for the environments that are played"}
	}
	task := &config.Tasks[a.task]
	if task.Condition == model.ConditionValue {
		return nil, &env.FieldError{Field: "model.condition", Value: task.Condition, Remedy: "play a model that is not told what an episode can bring: nobody estimates it here"}
	}
	if task.Windowed {
		return nil, &env.FieldError{Field: "model.windowed", Value: "true", Remedy: "give false: an experience is learned in whole sequences, and must be played as it is learned"}
	}
	if task.Encoder.Kind == model.EncoderGraph {
		a.size = graphShard
	}
	single := m.Compute().Single()
	for low := 0; low < n; low += a.size {
		s, err := a.newShard(low, min(low+a.size, n), single)
		if err != nil {
			return nil, err
		}
		a.shards = append(a.shards, s)
	}
	return a, nil
}

// Len is how many environments it decides for.
func (a *Actor) Len() int { return a.n }

// Model is the actor's, and Task the place of its task.
func (a *Actor) Model() *model.Model { return a.model }

// Task is the place of the actor's task in the model.
func (a *Actor) Task() int { return a.task }

func (a *Actor) config() *model.Task {
	config := a.model.Config()
	return &config.Tasks[a.task]
}

// seat is one environment's.
func (a *Actor) seat(i int) *seat { return &a.shards[i/a.size].seats[i%a.size] }

// shard decides for neighbouring environments.
type shard struct {
	actor   *Actor
	task    *model.Task
	adapter *feature.Adapter
	tape    *kernel.Tape
	first   int
	seats   []seat
	chooser model.Chooser

	// What a decision is made with: the seats that are decided for, in order.
	active      []int
	sessions    []*model.Session
	temperature float64
	weights     []float64
	labels      []label
}

// seat is what an actor keeps of one environment.
type seat struct {
	session *model.Session
	episode *feature.Episode
	pcg     *rand.PCG
	random  *rand.Rand
	// time counts the episode's steps, goal is what the rest of it is to bring.
	time int32
	goal float64
	// logp is the log-probability of what is being chosen.
	logp float64
}

func (a *Actor) newShard(low, high int, c *kernel.Compute) (*shard, error) {
	s := &shard{actor: a, task: a.config(), tape: kernel.NewTape(c), first: low, seats: make([]seat, high-low)}
	var err error
	if s.adapter, err = feature.New(a.features, a.spec); err != nil {
		return nil, err
	}
	if head, shape := &s.task.Head, s.adapter.Shape(); head.Kind == model.HeadChoice && shape.Choices != head.Choices {
		return nil, &env.FieldError{Field: "model.head.choices", Value: fmt.Sprint(head.Choices),
			Remedy: fmt.Sprintf("give %d: so many choices the environment has", shape.Choices)}
	}
	pick := func(i int, logits []float32) int { return s.pick(&s.seats[s.active[i]], logits) }
	s.chooser = model.Chooser{Choice: pick, Executors: pick}
	for i := range s.seats {
		seat := &s.seats[i]
		if seat.session, err = a.model.NewSession(a.task); err != nil {
			return nil, err
		}
		seat.pcg = new(rand.PCG)
		seat.random = rand.New(seat.pcg)
		seat.episode = s.adapter.NewEpisode(0)
		s.begin(i, 0, 0, 0)
	}
	return s, nil
}

// begin begins an episode: number, of which the seat plays one of several copies.
func (s *shard) begin(i int, seed, number uint64, copy int) {
	seat := &s.seats[i]
	own := splitmix.Mix(splitmix.Mix(seed, 0), number)
	seat.pcg.Seed(splitmix.Mix(own, 2*uint64(copy)), splitmix.Mix(own, 2*uint64(copy)+1))
	seat.time, seat.goal = 0, s.actor.features.Condition.Target
	seat.session.Reset()
}

// observe appends to steps what a seat is shown in its row of in.
func (s *shard) observe(i int, in *env.Batch, to *model.Steps) error {
	seat := &s.seats[i]
	seat.episode.SetGoal(seat.goal)
	if err := seat.episode.Observe(in, s.first+i, to); err != nil {
		return err
	}
	to.Times[len(to.Times)-1] = seat.time
	return nil
}

// decide decides for the active seats, whose observations steps has, and samples
// at the temperature. The logp of the seats are those of what was decided.
func (s *shard) decide(steps *model.Steps, temperature float64) ([]model.Decision, error) {
	s.sessions, s.temperature = s.sessions[:0], temperature
	for _, i := range s.active {
		s.seats[i].logp = 0
		s.sessions = append(s.sessions, s.seats[i].session)
	}
	decisions, err := s.actor.model.Decide(s.tape, s.sessions, steps, s.chooser)
	if err != nil {
		return nil, err
	}
	for k := range decisions {
		if err := decisions[k].Err; err != nil {
			return nil, fmt.Errorf("environment %d: %w", s.first+s.active[k], err)
		}
	}
	if std := s.actor.deviation(); std > 0 {
		for k, i := range s.active {
			if err := s.vary(&s.seats[i], &decisions[k], std); err != nil {
				return nil, err
			}
		}
	}
	return decisions, nil
}

// deviation is that of the normal distribution that values are drawn from; 0
// where they aren't.
func (a *Actor) deviation() float64 {
	if log := a.model.LogStd(a.task); log != nil {
		return math.Exp(float64(log.Value[0]))
	}
	return 0
}

// vary draws a value around the one that was decided.
func (s *shard) vary(seat *seat, d *model.Decision, std float64) error {
	z := 0.0
	if s.temperature > 0 {
		mean := float64(d.Value)
		d.Value = float32(mean + s.temperature*std*seat.random.NormFloat64())
		z = (float64(d.Value) - mean) / std
	}
	seat.logp = -z*z/2 - math.Log(std) - math.Log(2*math.Pi)/2
	if !s.task.ActionTokens {
		return nil
	}
	return seat.session.Acted(*d)
}

// pick samples one of some logits, and adds its log-probability.
func (s *shard) pick(seat *seat, logits []float32) int {
	best := model.Argmax(0, logits)
	highest, sum := float64(logits[best]), 0.0
	s.weights = s.weights[:0]
	for _, x := range logits {
		w := math.Exp(float64(x) - highest)
		s.weights = append(s.weights, w)
		sum += w
	}
	chosen := best
	switch s.temperature {
	case 0:
	case 1:
		chosen = place(s.weights, seat.random.Float64()*sum, best)
	default:
		tempered, total := make([]float64, len(logits)), 0.0
		for i, x := range logits {
			tempered[i] = math.Exp((float64(x) - highest) / s.temperature)
			total += tempered[i]
		}
		chosen = place(tempered, seat.random.Float64()*total, best)
	}
	seat.logp += float64(logits[chosen]) - highest - math.Log(sum)
	return chosen
}

// place is the one of some weights, one after another, that at falls on.
func place(weights []float64, at float64, otherwise int) int {
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return otherwise
}

// decided appends a decision to actions.
func decided(d *model.Decision, kind string, to *model.Actions) {
	switch kind {
	case model.HeadValue:
		to.Value = append(to.Value, d.Value)
	case model.HeadPointer:
		to.Choice, to.Executors = append(to.Choice, d.Choice), append(to.Executors, max(d.Executors, 1))
	default:
		to.Choice = append(to.Choice, d.Choice)
	}
}

// last is the last of some actions as a decision.
func last(a *model.Actions, kind string) (d model.Decision) {
	switch kind {
	case model.HeadValue:
		d.Value = a.Value[len(a.Value)-1]
	case model.HeadPointer:
		d.Choice, d.Executors = a.Choice[len(a.Choice)-1], a.Executors[len(a.Executors)-1]
	default:
		d.Choice = a.Choice[len(a.Choice)-1]
	}
	return d
}
