package main

import (
	"fmt"
	"io"

	"trailblazer/datasets/traj"
)

// noteUnfinished says what a command that reads data sets does not see, because
// their writer has not finished it. It returns the same for --json.
func noteUnfinished(w io.Writer, dirs ...string) []traj.Unfinished {
	found, err := traj.FindUnfinished(dirs...)
	for i := range found {
		fmt.Fprintf(w, "note: %s\n", &found[i])
	}
	if err != nil {
		fmt.Fprintf(w, "note: %v\n", err)
	}
	return found
}
