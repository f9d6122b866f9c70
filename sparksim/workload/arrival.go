package workload

import (
	"fmt"

	"trailblazer/internal/setting"
	"trailblazer/sparksim"
)

// The bounds of an episode: a million jobs, thirty years.
const (
	maxJobs = 1 << 20
	maxAtMs = 1e12
)

// checkTime checks the time of an arrival that follows one at before.
func checkTime(field string, atMs, before float64) *setting.Error {
	switch {
	case !(atMs >= 0 && atMs <= maxAtMs):
		return &setting.Error{Field: field, Value: fmt.Sprint(atMs), Problem: "is no time", Remedy: fmt.Sprintf("give milliseconds from 0 to %g", float64(maxAtMs))}
	case atMs < before:
		return &setting.Error{Field: field, Value: fmt.Sprint(atMs), Problem: fmt.Sprintf("is before the arrival above, at %v", before), Remedy: "list the jobs as they arrive"}
	}
	return nil
}

// checkArrivals checks a job sequence over a number of kinds. Errors are
// *setting.Error.
func checkArrivals(arrivals []sparksim.Arrival, kinds int) error {
	if len(arrivals) == 0 || len(arrivals) > maxJobs {
		return setting.Refuse("arrivals", len(arrivals), "is no number of jobs", fmt.Sprintf("give 1 to %d", maxJobs))
	}
	before := 0.0
	for i, a := range arrivals {
		if err := checkTime(fmt.Sprintf("arrivals[%d].arrival_ms", i), a.AtMs, before); err != nil {
			return err
		}
		if a.Kind < 0 || a.Kind >= kinds {
			return setting.Refuse(fmt.Sprintf("arrivals[%d].kind", i), a.Kind, "is no kind of job", fmt.Sprintf("give an index into kinds, 0 to %d", kinds-1))
		}
		before = a.AtMs
	}
	return nil
}
