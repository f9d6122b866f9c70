package workload

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"trailblazer/internal/setting"
	"trailblazer/sparksim"
)

// File is a workload of one's own.
type File struct {
	Kinds []sparksim.JobSpec `json:"kinds"`
	// Arrivals are the jobs of an episode, by time. Empty where they are to
	// be drawn.
	Arrivals []ArrivalSpec `json:"arrivals,omitempty"`
}

// ArrivalSpec is the arrival of one job.
type ArrivalSpec struct {
	AtMs float64 `json:"arrival_ms"`
	// Kind is an index into the file's kinds.
	Kind int `json:"kind"`
}

const fileForm = `{"kinds": [{"query": "", "size": "", "stages": [{"tasks": 2, "levels": [{"executors": 5, "fresh": [ms, ..], "first": [ms, ..], "rest": [ms, ..]}, ..]}, ..], "edges": [[0, 1], ..]}, ..], "arrivals": [{"arrival_ms": 0, "kind": 0}, ..]}`

// ReadFile reads a workload and checks it. Unknown fields, nulls and anything
// after the object are refused. The name stands in error messages. Errors are
// [*FormatError], but for what a failing reader brings.
func ReadFile(r io.Reader, name string) (*File, error) {
	f := new(File)
	if err := readJSON(name, r, f, fileForm); err != nil {
		return nil, err
	}
	if _, _, err := f.Compile(); err != nil {
		wrong, ok := errors.AsType[*setting.Error](err)
		if !ok {
			return nil, err
		}
		return nil, &FormatError{File: name, Err: wrong}
	}
	return f, nil
}

// Compile checks the workload and makes it ready to run. Errors are
// *setting.Error with the path of the field, as in
// "kinds[2].stages[0].tasks".
func (f *File) Compile() ([]*sparksim.Job, []sparksim.Arrival, error) {
	kinds := make([]*sparksim.Job, len(f.Kinds))
	for i := range f.Kinds {
		kind, err := sparksim.NewJob(f.Kinds[i])
		if wrong, ok := errors.AsType[*setting.Error](err); ok {
			return nil, nil, prefixed(fmt.Sprintf("kinds[%d].", i), wrong)
		}
		kinds[i] = kind
	}
	if err := checkKinds(kinds); err != nil {
		return nil, nil, err
	}
	if len(f.Arrivals) == 0 {
		return kinds, nil, nil
	}
	arrivals := make([]sparksim.Arrival, len(f.Arrivals))
	for i, a := range f.Arrivals {
		arrivals[i] = sparksim.Arrival(a)
	}
	if err := sparksim.CheckArrivals(arrivals, kinds); err != nil {
		return nil, nil, err
	}
	return kinds, arrivals, nil
}

// NewFile describes kinds and arrivals that are ready to run.
func NewFile(kinds []*sparksim.Job, arrivals []sparksim.Arrival) *File {
	f := &File{Kinds: make([]sparksim.JobSpec, len(kinds)), Arrivals: make([]ArrivalSpec, len(arrivals))}
	for i, kind := range kinds {
		f.Kinds[i] = kind.Spec()
	}
	for i, a := range arrivals {
		f.Arrivals[i] = ArrivalSpec(a)
	}
	return f
}

// Write writes the workload as JSON; [ReadFile] reads the same back.
func (f *File) Write(w io.Writer) error {
	return json.NewEncoder(w).Encode(f)
}
