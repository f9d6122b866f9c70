package online

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/model"
	"trailblazer/trainer/train"
)

// features are those of a spec, unmeasured.
func (c *Config) features(spec *env.Spec) (*feature.Config, error) {
	f, err := feature.Default(spec)
	if err != nil {
		return nil, err
	}
	want := &c.Features
	if err := f.Select("config.features", spec, want.Vector, want.Nodes, want.Jobs, want.Global); err != nil {
		return nil, err
	}
	if want.Clip != 0 {
		f.Clip = want.Clip
	}
	if want.Value != nil {
		f.Value = *want.Value
	}
	return f, f.Validate()
}

// model is what the network of a spec is made of.
func (c *Config) model(spec *env.Spec, f *feature.Config) (*model.Config, error) {
	adapter, err := feature.New(f, spec)
	if err != nil {
		return nil, err
	}
	backbone, err := model.PresetBackbone(c.Model.Preset)
	if err != nil {
		return nil, err
	}
	task, err := model.NewTask(c.Model.Preset, c.Task(), spec.ID, train.ShapeOf(adapter))
	if err != nil {
		return nil, err
	}
	if task.Condition != model.ConditionNone {
		return nil, jsonconfig.Refuse("config.model.preset", jsonconfig.Quote(c.Model.Preset), "take one without a condition, such as mlp or small, or set task.condition to \"none\": what an episode is to bring is not known before it is played")
	}
	if err := over("config.model.backbone", &backbone, c.Model.Backbone); err != nil {
		return nil, err
	}
	if err := over("config.model.task", &task, c.Model.Task); err != nil {
		return nil, err
	}
	m := &model.Config{Backbone: backbone, Tasks: []model.Task{task}}
	return m, m.Validate()
}

// over lays JSON over a part of a model: fields of objects replace those of the
// same name, one by one. Lists are replaced whole, as those of an encoder's parts
// cover its inputs together.
func over[T any](path string, part *T, raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	var below, above any
	if err := errors.Join(json.Unmarshal(jsonconfig.Encode(*part), &below), json.Unmarshal(raw, &above)); err != nil {
		return jsonconfig.Refuse(path, "no JSON", "give a JSON object")
	}
	laid, err := json.Marshal(replaced(below, above))
	if err != nil {
		return err
	}
	var changed T
	if err := jsonconfig.Decode(path, laid, &changed); err != nil {
		return err
	}
	*part = changed
	return nil
}

// replaced is a value of JSON with another over it.
func replaced(below, above any) any {
	old, ok := below.(map[string]any)
	over, isObject := above.(map[string]any)
	if !ok || !isObject {
		return above
	}
	for name, value := range over {
		old[name] = replaced(old[name], value)
	}
	return old
}

// continued are model and features of another run's, for its task that has the
// environment. What is learned of a step is the config's, wherever the weights
// come from, and so are dropout and how far values that are tried out spread at
// first.
func (c *Config) continued(init *checkpoint.Run, dir string, spec *env.Spec) (*model.Config, *feature.Config, error) {
	at := slices.IndexFunc(init.Features, func(f feature.Config) bool { return f.Environment == c.Environment })
	if at < 0 {
		return nil, nil, jsonconfig.Refuse("init", jsonconfig.Quote(dir), "begin with a run that was trained for "+c.Environment)
	}
	features, err := c.features(spec)
	if err != nil {
		return nil, nil, err
	}
	own, err := c.model(spec, features)
	if err != nil {
		return nil, nil, err
	}
	m := init.Model
	m.Backbone.Frozen, m.Backbone.Dropout, m.Backbone.LoRA.Dropout = false, own.Backbone.Dropout, own.Backbone.LoRA.Dropout
	m.Tasks = []model.Task{init.Model.Tasks[at]}
	m.Tasks[0].Objective = own.Tasks[0].Objective
	m.Tasks[0].Head.Std = own.Tasks[0].Head.Std
	return &m, &init.Features[at], m.Validate()
}

// reinforceable reports what of a model stands in the way of stages that
// reinforce.
func (c *Config) reinforceable(m *model.Config) error {
	at := slices.IndexFunc(c.Stages, func(s Stage) bool { return s.Algorithm != DAgger })
	if at < 0 {
		return nil
	}
	algorithm, head := c.Stages[at].Algorithm, &m.Tasks[0].Head
	if head.Kind == model.HeadValue && head.Std == 0 {
		return jsonconfig.Refuse("config.model.task.head.std", "0", "give the standard deviation that values are tried out with at first, such as 0.5: "+algorithm+" learns from what it tries")
	}
	// With another part of the network dropped in each pass, the policy that
	// learns is not the one that played: ratios of the two say nothing.
	if d := max(m.Backbone.Dropout, m.Backbone.LoRA.Dropout); d > 0 {
		return jsonconfig.Refuse("config.model.backbone.dropout", fmt.Sprint(d), "give 0, as lora.dropout too, or stages of "+DAgger+" alone: "+algorithm+" compares the policy that learns with the one that played")
	}
	return nil
}
