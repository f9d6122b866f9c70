package feature

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/model"
)

// vector shows elements of dense arrays.
type vector struct {
	scaler
	places []place
	used   []int // leaves, ascending
	// values of the leaves of the row that is being read; those of the other
	// type are nil.
	single [][]float32
	double [][]float64
}

// place is an element of an observation.
type place struct {
	leaf, element int
	double        bool
}

func newVector(c *Config, spec *env.Spec) (*vector, error) {
	known, names := elements(spec.Observation)
	v := &vector{scaler: newScaler(c.Vector, c.Clip)}
	for i, n := range c.Vector {
		p, ok := known[n.Name]
		if !ok {
			return nil, jsonconfig.Refuse(fmt.Sprintf("features.vector[%d].name", i), jsonconfig.Quote(n.Name),
				"the environment shows "+listed(names)+": use the settings that the features were made for, or make them anew")
		}
		v.places = append(v.places, p)
		if !slices.Contains(v.used, p.leaf) {
			v.used = append(v.used, p.leaf)
		}
	}
	slices.Sort(v.used)
	leaves := env.Leaves(spec.Observation)
	v.single, v.double = make([][]float32, len(leaves)), make([][]float64, len(leaves))
	return v, nil
}

// elements finds the elements of dense arrays of floating-point numbers by their
// names, which are those of their features. Names that several have are left
// out: those of flows, say.
func elements(space env.Space) (known map[string]place, names []string) {
	known = map[string]place{}
	seen := map[string]int{}
	leaves := env.Leaves(space)
	for at := range leaves {
		leaf := &leaves[at]
		if leaf.Ragged || leaf.DType != env.Float32 && leaf.DType != env.Float64 {
			continue
		}
		for i := range leaf.Elements() {
			name := leaf.Path + "[" + strconv.Itoa(i) + "]"
			if len(leaf.Features) == leaf.Elements() {
				name = leaf.Features[i].Name
			}
			if seen[name]++; seen[name] == 1 {
				known[name] = place{leaf: at, element: i, double: leaf.DType == env.Float64}
				names = append(names, name)
			}
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		if seen[name] > 1 {
			delete(known, name)
		}
		return seen[name] > 1
	})
	return known, names
}

// listed names the first few of a list.
func listed(names []string) string {
	const most = 12
	switch {
	case len(names) == 0:
		return "no number that is told from others"
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

func (v *vector) leaves() []int { return v.used }

func (v *vector) observe(in *env.Batch, row int, to *model.Steps) error {
	v.look(in, row)
	first := len(to.Vector)
	to.Vector = slices.Grow(to.Vector, len(v.places))[:first+len(v.places)]
	inputs := to.Vector[first:]
	for i, p := range v.places {
		inputs[i] = v.scale(i, v.at(p))
	}
	return v.check(inputs)
}

// look opens the leaves of a row.
func (v *vector) look(in *env.Batch, row int) {
	for _, leaf := range v.used {
		if in.Observation[leaf].Leaf.DType == env.Float64 {
			v.double[leaf] = env.Row[float64](&in.Observation[leaf], row)
		} else {
			v.single[leaf] = env.Row[float32](&in.Observation[leaf], row)
		}
	}
}

// at is an element of the row that was looked at.
func (v *vector) at(p place) float64 {
	if p.double {
		return v.double[p.leaf][p.element]
	}
	return float64(v.single[p.leaf][p.element])
}

// groups cuts a vector into rows by their names.
func groups(numbers []Number) []Group {
	var list []Group
	for _, n := range numbers {
		name := groupOf(n.Name)
		if k := len(list); k > 0 && list[k-1].Name == name && name != n.Name {
			list[k-1].Inputs++
			continue
		}
		list = append(list, Group{name, 1})
	}
	return list
}

// groupOf is a name without the index at its end: "throughput" of
// "throughput[-1]".
func groupOf(name string) string {
	if at := strings.IndexByte(name, '['); at > 0 && strings.HasSuffix(name, "]") {
		return name[:at]
	}
	return name
}
