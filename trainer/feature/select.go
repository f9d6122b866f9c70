package feature

import (
	"fmt"
	"slices"
	"strings"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
)

// Select changes a config of a spec to show other inputs: of a vector those of
// the given names, or of groups of them ("throughput" for "throughput[-1]",
// "throughput[-2]" and so on), of a cluster those of the given stages, jobs and
// whole. They have the scales that Default gives them. An empty list leaves its
// inputs as they are. Names of a vector that begin with "-" are left out, of the
// names before, or of the inputs as they are where these come first. The error is
// an *env.FieldError below path.
func (c *Config) Select(path string, spec *env.Spec, vector, nodes, jobs, global []string) error {
	if len(vector) > 0 {
		numbers, err := selectVector(path+".vector", spec, vector, c.Vector)
		if err != nil {
			return err
		}
		c.Vector = numbers
	}
	for _, list := range []struct {
		field string
		names []string
		known []Input
		to    *[]Number
	}{
		{"nodes", nodes, NodeFeatures(), &c.Nodes}, {"jobs", jobs, JobFeatures(), &c.Jobs}, {"global", global, GlobalFeatures(), &c.Global},
	} {
		if len(list.names) == 0 {
			continue
		}
		*list.to = nil
		for i, name := range list.names {
			at := slices.IndexFunc(list.known, func(k Input) bool { return k.Name == name })
			if at < 0 {
				return jsonconfig.Refuse(fmt.Sprintf("%s.%s[%d]", path, list.field, i), jsonconfig.Quote(name), "give some of "+listed(inputNames(list.known)))
			}
			*list.to = append(*list.to, Number{Name: name})
		}
	}
	return nil
}

func selectVector(path string, spec *env.Spec, names []string, shown []Number) ([]Number, error) {
	_, known := elements(spec.Observation)
	var numbers []Number
	for i, name := range names {
		if hidden, ok := strings.CutPrefix(name, "-"); ok {
			if i == 0 {
				numbers = slices.Clone(shown)
			}
			before := len(numbers)
			numbers = slices.DeleteFunc(numbers, func(n Number) bool { return n.Name == hidden || groupOf(n.Name) == hidden })
			if len(numbers) == before {
				return nil, jsonconfig.Refuse(fmt.Sprintf("%s[%d]", path, i), jsonconfig.Quote(name), "leave out what is shown without it")
			}
			continue
		}
		before := len(numbers)
		for _, k := range known {
			if k == name || groupOf(k) == name {
				n := Number{Name: k}
				if spec.ID == "trailblazer/ABR-v0" {
					n.Log = playerScale(groupOf(k))
				}
				numbers = append(numbers, n)
			}
		}
		if len(numbers) == before {
			return nil, jsonconfig.Refuse(fmt.Sprintf("%s[%d]", path, i), jsonconfig.Quote(name), "the environment shows "+listed(known))
		}
	}
	return numbers, nil
}

func inputNames(inputs []Input) []string {
	var names []string
	for _, i := range inputs {
		names = append(names, i.Name)
	}
	return names
}
