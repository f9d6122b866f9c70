package feature

import (
	"math"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/model"
)

// value is a real action.
type value struct {
	scale     Value
	element   int // of the action
	low, high float64
	floor     float64 // log(Value.Floor)
	reference *vector // of one element; nil for none
}

// bandwidth is the element of congestion control's actions that a model
// chooses; a probe beside it is never sent.
const bandwidth = "bandwidth"

func newValue(c *Config, spec *env.Spec) (*value, error) {
	known, names := elements(spec.Action)
	p, ok := known[bandwidth]
	if !ok && len(names) == 1 {
		p, ok = known[names[0]], true
	}
	leaves := env.Leaves(spec.Action)
	if !ok || len(leaves) != 1 || !p.double {
		return nil, jsonconfig.Refuse("features.environment", spec.ID+", whose actions are "+listed(names),
			"use one with one real action: in congestion control set flows to 1")
	}
	v := &value{scale: c.Value, element: p.element, low: bound(leaves[0].Low, p.element, math.Inf(-1)), high: bound(leaves[0].High, p.element, math.Inf(1))}
	if c.Value.Floor > 0 {
		v.floor = math.Log(c.Value.Floor)
	}
	if c.Value.Reference == "" {
		return v, nil
	}
	shown, numbers := elements(spec.Observation)
	if _, ok := shown[c.Value.Reference]; !ok {
		return nil, jsonconfig.Refuse("features.value.reference", jsonconfig.Quote(c.Value.Reference),
			"give a number that the environment shows ("+listed(numbers)+"), or leave it out")
	}
	var err error
	v.reference, err = newVector(&Config{Vector: []Number{{Name: c.Value.Reference}}}, spec)
	return v, err
}

func bound(bounds []float64, i int, none float64) float64 {
	switch len(bounds) {
	case 0:
		return none
	case 1:
		return bounds[0]
	}
	return bounds[i]
}

// zero is what the model's number is counted from in the state that a row
// shows, but for the mean.
func (v *value) zero(in *env.Batch, row int) float64 {
	if v.reference == nil {
		return 0
	}
	v.reference.look(in, row)
	r := v.reference.at(v.reference.places[0])
	if v.scale.Floor > 0 {
		r = max(r, v.floor)
	}
	return r
}

func (v *value) append(in *env.Batch, row int, action env.Arrays, actionRow int, to *model.Actions) error {
	a := env.Row[float64](&action[0], actionRow)[v.element]
	x := a
	if v.scale.Floor > 0 {
		x = math.Log(max(a, v.scale.Floor))
	}
	x = (x - v.zero(in, row) - v.scale.Mean) / orOne(v.scale.Std)
	if !finite(x) {
		return refuseAction("", a, "give a finite number, in a state whose numbers are finite")
	}
	to.Value = append(to.Value, float32(x))
	return nil
}

func (v *value) imitated(in *env.Batch, row int, action env.Arrays, actionRow int, to *model.Actions) (float32, error) {
	return 1, v.append(in, row, action, actionRow, to)
}

func (v *value) write(in *env.Batch, row int, d *model.Decision, action env.Arrays, actionRow int) error {
	a := float64(d.Value)*orOne(v.scale.Std) + v.scale.Mean + v.zero(in, row)
	if v.scale.Floor > 0 {
		a = math.Exp(a)
	}
	if a != a {
		return refuseAction("", "NaN", "use a model whose weights and inputs are finite")
	}
	out := env.Row[float64](&action[0], actionRow)
	clear(out)
	out[v.element] = min(max(a, v.low), v.high)
	return nil
}
