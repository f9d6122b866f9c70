package decima

import "slices"

// Names lists the names of the modes as policies, by mode.
func Names() []string {
	return []string{Greedy: "decima-greedy", Sampled: "decima-sampled", Mean: "decima-mean"}
}

// ModeOf returns the mode of a policy's name; false if it is none.
func ModeOf(name string) (Mode, bool) {
	i := slices.Index(Names(), name)
	return Mode(i), i >= 0
}
