package decima

import (
	"slices"

	"trailblazer/sparksim/policy"
)

// Descriptions lists the modes as policies, by mode.
func Descriptions() []policy.Description {
	return []policy.Description{
		Greedy:  {Name: "decima-greedy", Summary: "Decima's published network: the stage and the number of executors with the highest scores"},
		Sampled: {Name: "decima-sampled", Summary: "Decima's published network: both drawn by their scores, as it was trained"},
		Mean:    {Name: "decima-mean", Summary: "Decima's published network: the stage with the highest score, the mean number of executors"},
	}
}

// ModeOf returns the mode of a policy's name; false if it is none.
func ModeOf(name string) (Mode, bool) {
	i := slices.IndexFunc(Descriptions(), func(d policy.Description) bool { return d.Name == name })
	return Mode(i), i >= 0
}
