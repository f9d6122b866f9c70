package sparkenv

import (
	"fmt"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/sparksim"
	"trailblazer/sparksim/bound"
	"trailblazer/sparksim/workload"
)

// ID is the environment's versioned name.
const ID = "trailblazer/CJS-v0"

// Data is what environments play.
type Data struct {
	Kinds []*sparksim.Job
	// Sequences are the published job sequences of seeds, over the kinds; nil
	// where there are none.
	Sequences map[uint64][]sparksim.Arrival
}

// Factory makes environments of one config on one workload, which they share.
// It is immutable and safe for concurrent use.
type Factory struct {
	spec     *env.Spec
	config   Config
	data     Data
	workload sparksim.Workload
	// mostStages bounds the stages of an episode, mostTasks the tasks of a
	// stage.
	mostStages, mostTasks int
	model                 *sparksim.Model // of the clusters
	limits                *bound.Bound
}

// NewFactory joins a config and data. What the config itself holds replaces
// the data's. The scenario is only a name for the spec. Errors are
// *env.FieldError.
func NewFactory(scenario string, c Config, data Data) (*Factory, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	f := &Factory{config: c.WithDefaults(), data: data}
	if err := f.build(); err != nil {
		return nil, err
	}
	spec, err := f.newSpec(scenario)
	if err != nil {
		return nil, err
	}
	f.spec = spec
	return f, nil
}

func (f *Factory) build() error {
	c := &f.config
	var own []sparksim.Arrival
	if c.Workload != nil {
		kinds, arrivals, err := c.Workload.Compile()
		if err != nil {
			return jsonconfig.FieldError("config.workload", err)
		}
		f.data, own = Data{Kinds: kinds}, arrivals
	}
	path := "config.arrivals"
	var err error
	switch {
	case len(own) > 0:
		path = "config.workload"
		f.workload, err = workload.NewFixed(f.data.Kinds, own)
	case c.Sequences == SequencesTest && len(f.data.Sequences) > 0:
		f.workload, err = workload.NewPublished(f.data.Kinds, c.Arrivals, f.data.Sequences)
	default:
		f.workload, err = workload.NewGenerated(f.data.Kinds, c.Arrivals)
	}
	if err != nil {
		return jsonconfig.FieldError(path, err)
	}
	f.measure(own)
	f.model, err = sparksim.NewModel(c.Cluster, f.data.Kinds)
	if err != nil {
		return jsonconfig.FieldError("config.cluster", err)
	}
	f.limits, err = bound.New(c.Cluster, f.data.Kinds)
	if err != nil {
		return jsonconfig.FieldError("config.cluster", err)
	}
	return nil
}

// measure finds how large episodes can get.
func (f *Factory) measure(own []sparksim.Arrival) {
	largest := 0
	for _, kind := range f.data.Kinds {
		largest = max(largest, kind.Stages())
		for s := range kind.Stages() {
			f.mostTasks = max(f.mostTasks, kind.StageTasks(s))
		}
	}
	if own == nil {
		f.mostStages = largest * f.config.Arrivals.Jobs
		return
	}
	for _, a := range own {
		f.mostStages += f.data.Kinds[a.Kind].Stages()
	}
}

// Spec implements env.Factory.
func (f *Factory) Spec() *env.Spec { return f.spec }

// New implements env.Factory.
func (f *Factory) New(index, count int) (env.Env, error) {
	if count < 1 || index < 0 || index >= count {
		return nil, jsonconfig.Refuse("index", fmt.Sprintf("%d of %d", index, count), "give 0 up to count-1")
	}
	return newEnv(f), nil
}

// Config is the configuration with every default filled in.
func (f *Factory) Config() Config { return f.config }

// Workload is what arrives. Policies that search by simulation may use it.
func (f *Factory) Workload() sparksim.Workload { return f.workload }
