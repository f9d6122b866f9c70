package feed

import (
	"fmt"
	"math"

	"trailblazer/datasets/sample"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/feature"
)

// Options say what is fed.
type Options struct {
	// Tasks are those of the model, in its order.
	Tasks []Task
	// Seed draws the order of everything.
	Seed uint64
	// Ahead is how many batches are prepared ahead; 0 stands for 2.
	Ahead int
	// PoolBytes is about how much memory the steps that are shuffled among each
	// other may take in each data set, which holds twice as much; 0 stands for
	// 128 MB.
	PoolBytes int
}

// Task is what is read for one task of a model.
type Task struct {
	// Features are what the model is shown.
	Features *feature.Config
	// Objective is model.Objective's kind: what is to be learned.
	Objective string
	Sets      []Set
	// Odds are how often the task is drawn, against the others; 0 stands for 1.
	Odds float64
	// Window and Stride cut episodes into sequences: see sample.Query. 0 takes
	// whole episodes.
	Window, Stride int
	// Lead is how many steps at the beginning of a sequence only show what went
	// before, and are not learned, unless the episode begins there.
	Lead int
	// Batch is the sequences of a batch; 0 stands for 64. A batch of graphs has
	// fewer once it has so many Nodes; 0 stands for 65,536.
	Batch, Nodes int
	// SkipExplored leaves out of the loss what exploration chose.
	SkipExplored bool
	Holdout      Holdout
}

// Set is a data set with what is read of it.
type Set struct {
	Data   *Data
	Filter Filter
	// Weight is how often its sequences are drawn, against those of the task's
	// other data sets; 0 stands for the number of its steps to learn from.
	Weight float64
}

// Filter selects episodes.
type Filter struct {
	sample.Filter
	// MinValue, where set, keeps episodes from whose start the expert knows how
	// to get at least this: others, such as those over a dead link, outweigh
	// what can be learned.
	MinValue *float64
}

// Holdout says what is held out of data sets that have no split for it.
type Holdout struct {
	// Share is that of the keys, from 0 to below 1.
	Share float64
	// By is what stays together: "seed", "episode", or a field of info with one
	// number, such as "info.trace"; empty stands for that field where there is
	// one, for the seed elsewhere.
	By string
	// Seed draws another part of the same share.
	Seed uint64
}

// The values that zeros stand for.
const (
	defaultAhead     = 2
	defaultPoolBytes = 128 << 20
	defaultNodes     = 1 << 16
)

func (o Options) withDefaults() (Options, error) {
	o.Ahead = orDefault(o.Ahead, defaultAhead)
	o.PoolBytes = orDefault(o.PoolBytes, defaultPoolBytes)
	if o.Ahead < 1 {
		return o, jsonconfig.Refuse("ahead", fmt.Sprint(o.Ahead), "give a positive number, or 0 for 2")
	}
	if o.PoolBytes < 1 {
		return o, jsonconfig.Refuse("pool_bytes", fmt.Sprint(o.PoolBytes), "give a positive number, or 0 for 128 MB")
	}
	if len(o.Tasks) == 0 {
		return o, jsonconfig.Refuse("tasks", "empty", "name at least one")
	}
	tasks := make([]Task, len(o.Tasks))
	for i, t := range o.Tasks {
		t.Batch = orDefault(t.Batch, sample.DefaultBatchSize)
		t.Nodes = orDefault(t.Nodes, defaultNodes)
		if t.Odds == 0 {
			t.Odds = 1
		}
		if err := t.validate(fmt.Sprintf("tasks[%d]", i)); err != nil {
			return o, err
		}
		tasks[i] = t
	}
	o.Tasks = tasks
	return o, nil
}

func (t *Task) validate(path string) error {
	for _, one := range []struct {
		field string
		value int
	}{{"window", t.Window}, {"stride", t.Stride}, {"lead", t.Lead}, {"batch", t.Batch}, {"nodes", t.Nodes}} {
		if one.value < 0 {
			return jsonconfig.Refuse(path+"."+one.field, fmt.Sprint(one.value), "give at least 0")
		}
	}
	switch {
	case len(t.Sets) == 0:
		return jsonconfig.Refuse(path+".data", "empty", "name at least one data set")
	case !(t.Odds > 0) || math.IsInf(t.Odds, 1):
		return jsonconfig.Refuse(path+".odds", fmt.Sprint(t.Odds), "give a positive number")
	case t.Window > 0 && t.Lead >= t.Window:
		return jsonconfig.Refuse(path+".lead", fmt.Sprint(t.Lead), fmt.Sprintf("give less than the window, %d", t.Window))
	case !(t.Holdout.Share >= 0 && t.Holdout.Share < 1):
		return jsonconfig.Refuse(path+".held_out", fmt.Sprint(t.Holdout.Share), "give a share from 0, below 1")
	}
	for i, s := range t.Sets {
		if !(s.Weight >= 0) || math.IsInf(s.Weight, 1) {
			return jsonconfig.Refuse(fmt.Sprintf("%s.data[%d].weight", path, i), fmt.Sprint(s.Weight), "give a positive number, or 0 for the number of steps")
		}
	}
	return nil
}

func orDefault(value, fallback int) int {
	if value == 0 {
		return fallback
	}
	return value
}
