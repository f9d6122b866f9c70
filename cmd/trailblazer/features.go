package main

import (
	"strconv"

	"trailblazer/api/env"
)

// featuresOf finds what the elements of a space's leaves mean, by their paths.
func featuresOf(space env.Space) map[string][]env.Feature {
	found := map[string][]env.Feature{}
	gatherFeatures(found, space, "")
	return found
}

func gatherFeatures(found map[string][]env.Feature, space env.Space, path string) {
	below := func(key string) string {
		if path == "" {
			return key
		}
		return path + "." + key
	}
	switch s := space.(type) {
	case *env.Box:
		found[path] = s.Features
	case *env.MultiDiscrete:
		found[path] = s.Features
	case *env.MultiBinary:
		found[path] = s.Features
	case *env.Dict:
		for _, e := range s.Entries {
			gatherFeatures(found, e.Space, below(e.Key))
		}
	case *env.Tuple:
		for i, inner := range s.Spaces {
			gatherFeatures(found, inner, below(strconv.Itoa(i)))
		}
	case *env.Sequence:
		gatherFeatures(found, s.Element, path)
	case *env.Graph:
		found[below("nodes")] = s.Node.Features
		if s.Edge != nil {
			found[below("edges")] = s.Edge.Features
		}
	}
}
