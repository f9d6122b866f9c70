package feature

import (
	"strings"
	"testing"

	"trailblazer/api/env"
)

func TestSelectTakesGroupsAndNames(t *testing.T) {
	spec := &env.Spec{ID: "trailblazer/Some-v0", Observation: &env.Box{DType: env.Float64, Shape: []int{4}, Low: []float64{-1}, High: []float64{1},
		Features: []env.Feature{{Name: "rate[-2]"}, {Name: "rate[-1]"}, {Name: "queue"}, {Name: "loss"}}}}
	c, err := Default(spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Select("features", spec, []string{"loss", "rate"}, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range c.Vector {
		names = append(names, n.Name)
	}
	if got := strings.Join(names, " "); got != "loss rate[-2] rate[-1]" {
		t.Errorf("selected %q", got)
	}
	err = c.Select("features", spec, []string{"delay"}, nil, nil, nil)
	if err == nil || !strings.Contains(err.Error(), `features.vector[0] is "delay"`) {
		t.Errorf("the error is %v", err)
	}
	err = c.Select("features", spec, nil, []string{"tasks", "colour"}, nil, nil)
	if err == nil || !strings.Contains(err.Error(), `features.nodes[1] is "colour"`) {
		t.Errorf("the error is %v", err)
	}
}
