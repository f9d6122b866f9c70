package traj

import (
	"testing"

	"trailblazer/api/env"
)

func TestDifference(t *testing.T) {
	box := func(names ...string) env.Space {
		b := &env.Box{DType: env.Float64, Low: []float64{0}, High: []float64{1}}
		for _, name := range names {
			b.Features = append(b.Features, env.Feature{Name: name})
		}
		if len(names) > 1 {
			b.Shape = []int{len(names)}
		}
		return b
	}
	schema := func(action, info env.Space) *Schema {
		s, err := NewSchema(&env.Spec{ID: "e", Observation: box(), Action: action, Info: info.(*env.Dict)}, Labels{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	dict := func(entries ...env.Entry) env.Space { return &env.Dict{Entries: entries} }
	a, b := env.Entry{Key: "a", Space: box()}, env.Entry{Key: "b", Space: box()}
	list := env.Entry{Key: "list", Space: &env.Sequence{Element: box()}}
	base := schema(box("rate", "probe"), dict(a, b))
	for _, test := range []struct {
		other            *Schema
		name, own, there string
	}{
		{schema(box("rate", "probe"), dict(a, b)), "", "", ""},
		{schema(box("rate", "probe"), dict(list, a, b)), "", "", ""},
		{schema(box("rate"), dict(a, b)), `field "action"`, "float64 [2]", "float64"},
		{schema(&env.Sequence{Element: box()}, dict(a, b)), `field "action"`, "float64 [2]", "lists of float64"},
		{schema(box("rate", "probe"), dict(b)), `field "info.a"`, "float64", "missing"},
		{schema(box("rate", "probe"), dict(a, b, env.Entry{Key: "c", Space: box()})), `field "info.c"`, "missing", "float64"},
		{schema(box("rate", "probe"), dict(b, a)), `field "info.a"`, "number 10, info", "number 11, info"},
		{schema(box("rate", "burst"), dict(a, b)), "column 6", `"action.probe"`, `"action.burst"`},
	} {
		name, own, there := base.Difference(test.other)
		if name != test.name || own != test.own || there != test.there {
			t.Errorf("%s is %s and %s there, want %s, %s and %s", name, own, there, test.name, test.own, test.there)
		}
	}
}
