package feature

import (
	"fmt"
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
	for want, names := range map[string][]string{
		"rate[-1] loss":                {"rate", "loss", "-rate[-2]"},
		"queue loss":                   {"-rate"},
		"rate[-2] rate[-1] loss queue": {"-queue", "queue"},
	} {
		shown, err := Default(spec)
		if err != nil {
			t.Fatal(err)
		}
		if err := shown.Select("features", spec, names, nil, nil, nil); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, n := range shown.Vector {
			got += " " + n.Name
		}
		if got != " "+want {
			t.Errorf("%q select %q", names, got)
		}
	}
	for i, names := range [][]string{{"-delay"}, {"loss", "-rate"}} {
		err := c.Select("features", spec, names, nil, nil, nil)
		if want := fmt.Sprintf(`features.vector[%d] is "-`, i); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: the error is %v", names, err)
		}
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
