package genet

import (
	"slices"

	"trailblazer/abrsim/policy"
)

// Descriptions lists the modes as policies, by mode.
func Descriptions() []policy.Description {
	return []policy.Description{
		Greedy:  {Name: "genet-greedy", Summary: "Genet's published network: the change of level with the highest score"},
		Sampled: {Name: "genet-sampled", Summary: "Genet's published network: drawn by its scores, as it was trained and tested"},
	}
}

// ModeOf returns the mode of a policy's name; false if it is none.
func ModeOf(name string) (Mode, bool) {
	i := slices.IndexFunc(Descriptions(), func(d policy.Description) bool { return d.Name == name })
	return Mode(i), i >= 0
}
