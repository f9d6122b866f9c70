package agent

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"trailblazer/api/env"
	"trailblazer/internal/contenthash"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/karma"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// Run is a trained model that can act. It is safe for concurrent use; while its
// model learns it must not act.
type Run struct {
	model *model.Model
	tasks []task
	hash  string
	// deciders are what decisions take, for as many as are taken at the same time.
	deciders sync.Pool
}

// task is one environment's part of a run.
type task struct {
	run       *Run
	at        int // Its place in the model's config.
	model     *model.Task
	features  *feature.Config
	estimator *karma.Estimator
}

// New makes a run of a model; features has what each of its tasks is shown.
func New(m *model.Model, features []feature.Config) (*Run, error) {
	config := m.Config()
	if len(features) != len(config.Tasks) {
		return nil, jsonconfig.Refuse("features", fmt.Sprintf("for %d tasks", len(features)), fmt.Sprintf("give those of the model's %d", len(config.Tasks)))
	}
	r := &Run{model: m, tasks: make([]task, len(features))}
	for i := range r.tasks {
		r.tasks[i] = task{run: r, at: i, model: &config.Tasks[i], features: &features[i]}
	}
	r.deciders.New = func() any { return newDecider(m) }
	return r, nil
}

// Open loads the best model of a run's directory, with the estimator that lies
// beside it, if there is one. LoRA is merged into the weights that it adapts.
func Open(dir string, compute *kernel.Compute) (*Run, error) {
	record, m, err := checkpoint.Load(dir, compute)
	if err != nil {
		return nil, err
	}
	if m, err = m.Merged(); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	r, err := New(m, record.Features)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	what := content{Model: record.Model, Features: record.Features}
	if what.Weights, err = checkpoint.WeightsSHA256(dir); err != nil {
		return nil, err
	}
	if karma.Lies(dir) {
		estimator, made, err := karma.Open(dir)
		if err != nil {
			return nil, err
		}
		for i := range r.tasks {
			r.tasks[i].estimator = estimator
		}
		what.Estimator = []any{made.Config, made.Scales, made.Weights}
	}
	if r.hash, err = what.hash(); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return r, nil
}

// content is all that what a run chooses depends on.
type content struct {
	Weights   string // SHA-256 of the file
	Model     model.Config
	Features  []feature.Config
	Estimator []any
}

func (c *content) hash() (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	h := contenthash.New("run")
	h.Text(string(text))
	return h.Digest().String(), nil
}

// Hash is the SHA-256 of all that its choices depend on, in hex: weights, what
// the model is made of, what it is shown, on which scale, and the estimator.
// Empty for a run in memory.
func (r *Run) Hash() string { return r.hash }

// Model is the run's.
func (r *Run) Model() *model.Model { return r.model }

// Environments are the ids of those that it can act in.
func (r *Run) Environments() []string {
	var ids []string
	for i := range r.tasks {
		if id := r.tasks[i].features.Environment; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Target is the sum of rewards that an episode in an environment aims at; aims
// reports whether the model was trained to aim at one.
func (r *Run) Target(id string) (target float64, aims bool) {
	t, err := r.find(id)
	if err != nil || t.model.Condition != model.ConditionReturn {
		return 0, false
	}
	return t.features.Condition.Target, true
}

// String says what it is: tasks and number of weights.
func (r *Run) String() string {
	var names []string
	for i := range r.tasks {
		names = append(names, r.tasks[i].model.Name)
	}
	return fmt.Sprintf("a trained model of %s, with %d weights", strings.Join(names, ", "), r.model.Params().Count())
}

// find returns the task of an environment.
func (r *Run) find(id string) (*task, error) {
	for i := range r.tasks {
		if r.tasks[i].features.Environment == id {
			return &r.tasks[i], nil
		}
	}
	return nil, &env.FieldError{Field: "policy", Value: "a model that was trained for " + strings.Join(r.Environments(), ", "), Remedy: "play it there, or train one for " + id}
}
