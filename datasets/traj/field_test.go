package traj

import (
	"slices"
	"testing"

	"trailblazer/api/env"
)

func TestColumnNames(t *testing.T) {
	named := func(names ...string) (features []env.Feature) {
		for _, name := range names {
			features = append(features, env.Feature{Name: name})
		}
		return features
	}
	for _, test := range []struct {
		shape    []int
		features []env.Feature
		want     []string
	}{
		{nil, named("x"), []string{"f"}},
		{[]int{1}, named("x"), []string{"f.x"}},
		{[]int{2}, nil, []string{"f.0", "f.1"}},
		{[]int{2}, named("x", "y"), []string{"f.x", "f.y"}},
		{[]int{2, 2}, named("x", "y"), []string{"f.x[0]", "f.x[1]", "f.y[0]", "f.y[1]"}},
		{[]int{2, 2}, named("a", "b", "c", "d"), []string{"f.a", "f.b", "f.c", "f.d"}},
		// Two flows, whose features are the same.
		{[]int{2, 2}, named("x", "y", "x", "y"), []string{"f.x[0]", "f.y[0]", "f.x[1]", "f.y[1]"}},
		{[]int{2}, named("x", "x"), []string{"f.x[0]", "f.x[1]"}},
		{[]int{1, 2}, named("x", "y"), []string{"f.x", "f.y"}},
	} {
		field := Field{Name: "f", Leaf: env.Leaf{DType: env.Float64, Shape: test.shape, Features: test.features}}
		var got []string
		for _, c := range field.Columns() {
			got = append(got, c.Name)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("shape %v, features %v: columns %q, want %q", test.shape, test.features, got, test.want)
		}
	}
}
