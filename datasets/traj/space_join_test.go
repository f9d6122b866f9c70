package traj

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/spacejson"
)

func TestJoinSpaces(t *testing.T) {
	box := func(shape []int, low, high []float64) *env.Box {
		return &env.Box{DType: env.Float32, Shape: shape, Low: low, High: high}
	}
	dict := func(key string, s env.Space) env.Space { return &env.Dict{Entries: []env.Entry{{Key: key, Space: s}}} }
	two, inf := []int{2}, math.Inf(1)
	list := &env.Sequence{Element: &env.Discrete{N: 3}}
	for _, c := range []struct {
		a, b, want env.Space
		err        string
	}{
		{box(nil, []float64{0}, []float64{1}), box(nil, []float64{-1}, []float64{inf}), box(nil, []float64{-1}, []float64{inf}), ""},
		{box(two, []float64{0}, []float64{1, 2}), box(two, []float64{-1, 1}, []float64{1}), box(two, []float64{-1, 0}, []float64{1, 2}), ""},
		{box(two, []float64{0}, []float64{1}), box(nil, []float64{0}, []float64{2}), nil, "info_space is a Box of float32: in the data set it is a Box of float32 [2]: write to a data set of its own"},
		{&env.Discrete{N: 3, Start: 1}, &env.Discrete{N: 2}, &env.Discrete{N: 4}, ""},
		{&env.MultiDiscrete{NVec: []int64{1, 5}}, &env.MultiDiscrete{NVec: []int64{2, 3}}, &env.MultiDiscrete{NVec: []int64{2, 5}}, ""},
		{&env.MultiDiscrete{NVec: []int64{1}}, &env.MultiDiscrete{NVec: []int64{2, 3}}, nil, "info_space is a MultiDiscrete of 2: in the data set it is a MultiDiscrete of 1:"},
		{dict("a", &env.Discrete{N: 1}), dict("a", &env.Discrete{N: 2}), dict("a", &env.Discrete{N: 2}), ""},
		{dict("a", &env.Discrete{N: 1}), dict("b", &env.Discrete{N: 1}), nil, "info_space.a is missing: in the data set it is a Discrete:"},
		{dict("a", list), dict("b", list), &env.Dict{Entries: []env.Entry{{Key: "a", Space: list}, {Key: "b", Space: list}}}, ""},
		{&env.Dict{Entries: []env.Entry{{Key: "n", Space: &env.Discrete{N: 1}}, {Key: "x", Space: list}}}, dict("n", &env.Discrete{N: 2}),
			&env.Dict{Entries: []env.Entry{{Key: "n", Space: &env.Discrete{N: 2}}, {Key: "x", Space: list}}}, ""},
		{dict("a", list), dict("a_mask", &env.Sequence{Element: &env.MultiBinary{N: 1}}), nil, "info_space.a_mask is a Sequence: in the data set it is missing:"},
		{dict("a", dict("b", list)), dict("a", dict("b", &env.Sequence{Element: box(two, []float64{0}, []float64{1})})), nil, "info_space.a.b[] is a Box of float32 [2]: in the data set it is a Discrete:"},
		{dict("a", &env.Discrete{N: 1}), dict("a", &env.MultiBinary{N: 1}), nil, "info_space.a is a MultiBinary of 1: in the data set it is a Discrete:"},
		{&env.Tuple{Spaces: []env.Space{&env.MultiBinary{N: 2}, &env.Discrete{N: 1}}}, &env.Tuple{Spaces: []env.Space{&env.MultiBinary{N: 2}, &env.Discrete{N: 2}}},
			&env.Tuple{Spaces: []env.Space{&env.MultiBinary{N: 2}, &env.Discrete{N: 2}}}, ""},
		{&env.Graph{Node: box(nil, []float64{0}, []float64{1}), Edge: box(nil, []float64{0}, []float64{1})}, &env.Graph{Node: box(nil, []float64{0}, []float64{2}), Edge: box(nil, []float64{-3}, []float64{1})},
			&env.Graph{Node: box(nil, []float64{0}, []float64{2}), Edge: box(nil, []float64{-3}, []float64{1})}, ""},
		{&env.Sequence{Element: &env.Discrete{N: 1}}, &env.Sequence{Element: &env.Discrete{N: 7}}, &env.Sequence{Element: &env.Discrete{N: 7}}, ""},
	} {
		a, err := spacejson.Marshal(c.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := spacejson.Marshal(c.b)
		if err != nil {
			t.Fatal(err)
		}
		text, err := joinSpaces("info_space", a, b)
		if c.err != "" {
			var refused *env.FieldError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s and %s: error %v, want one with %q", a, b, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s and %s: %v", a, b, err)
			continue
		}
		got, err := spacejson.Unmarshal(text)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s and %s: %s (%v)", a, b, text, err)
		}
	}
}
