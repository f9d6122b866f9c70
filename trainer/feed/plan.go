package feed

import (
	"context"

	"trailblazer/datasets/sample"
	"trailblazer/internal/splitmix"
	"trailblazer/trainer/feature"
)

// Plan is what Options select of the data.
type Plan struct {
	options    Options
	selections [][]selection // by task, by data set
}

// NewPlan selects episodes. Where they must be told apart by something that only
// their steps show, it reads the first of each. Errors of the caller are
// *env.FieldError or *env.NotFoundError.
func NewPlan(ctx context.Context, o Options) (*Plan, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	p := &Plan{options: o}
	for i := range o.Tasks {
		selections, err := selectEpisodes(ctx, &o.Tasks[i])
		if err != nil {
			return nil, err
		}
		p.selections = append(p.selections, selections)
	}
	// What can't be learned of the data is known now.
	for i := range o.Tasks {
		for k := range o.Tasks[i].Sets {
			if _, err := p.stream(i, k); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// Used says what is used of a data set.
type Used struct {
	Task int    `json:"task"`
	Data string `json:"data"`
	// Learned and HeldOut count episodes, LearnedSteps the steps of those
	// learned. Filtered are left out by a filter, Shared because what was
	// played in them is held out of another data set.
	Learned      int `json:"learned"`
	LearnedSteps int `json:"learned_steps"`
	HeldOut      int `json:"held_out"`
	Filtered     int `json:"filtered"`
	Shared       int `json:"shared"`
}

// Used lists what is used, task by task, data set by data set.
func (p *Plan) Used() []Used {
	var list []Used
	for i, selections := range p.selections {
		for k, s := range selections {
			list = append(list, Used{Task: i, Data: p.options.Tasks[i].Sets[k].Data.Name, Learned: len(s.learned),
				LearnedSteps: s.learnedSteps, HeldOut: len(s.heldOut), Filtered: s.filtered, Shared: s.shared})
		}
	}
	return list
}

// Features are those of the tasks: as given, or as measured.
func (p *Plan) Features() []*feature.Config {
	var list []*feature.Config
	for i := range p.options.Tasks {
		list = append(list, p.options.Tasks[i].Features)
	}
	return list
}

// stream prepares to read a data set of a task: what is learned of it.
func (p *Plan) stream(task, set int) (*stream, error) {
	t := &p.options.Tasks[task]
	d := t.Sets[set].Data
	spec, err := d.Spec()
	if err != nil {
		return nil, err
	}
	schema, err := d.schema()
	if err != nil {
		return nil, err
	}
	s := &stream{data: d, keep: p.selections[task][set].learned}
	if s.adapter, err = feature.New(t.Features, spec); err != nil {
		return nil, d.err(err)
	}
	if s.recorded, err = s.adapter.Record(schema, t.Objective); err != nil {
		return nil, d.err(err)
	}
	return s, nil
}

// query is what is asked of a data set of a task, but for fields and sizes.
func (p *Plan) query(task, set int) sample.Query {
	t := &p.options.Tasks[task]
	return sample.Query{Filter: t.Sets[set].Filter.Filter, Window: t.Window, Stride: t.Stride,
		Shuffle: true, Seed: splitmix.Mix(splitmix.Mix(p.options.Seed, uint64(task)), uint64(set))}
}

// begin is where a query of a data set begins.
func (p *Plan) begin(task, set int, s *stream) (place, error) {
	t := &p.options.Tasks[task]
	at, err := s.data.size(s.recorded.Fields(), t.Window, p.options.PoolBytes)
	at.Weight = t.Sets[set].Weight
	if at.Weight == 0 {
		at.Weight = float64(p.selections[task][set].learnedSteps)
	}
	return at, err
}
