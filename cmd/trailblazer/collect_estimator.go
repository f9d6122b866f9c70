package main

import (
	"errors"
	"fmt"

	"trailblazer/api/env"
	"trailblazer/datasets/collect"
	"trailblazer/trainer/karma"
	"trailblazer/trainer/kernel"
)

// estimateValues makes an expert's values those of the estimator in a directory.
// Its name then says so: such labels are others.
func estimateValues(dir string, expert *collect.Expert) error {
	if expert == nil || !expert.Labels.Value {
		return errors.New("--estimator: there is no expert with values: name one with --expert, such as offline-table of ABR")
	}
	estimator, record, err := karma.Open(dir)
	if err != nil {
		return fmt.Errorf("--estimator: %w", err)
	}
	// The backend that is everywhere, so that data sets have the same bytes; each
	// player has a core of its own.
	compute, err := kernel.NewCompute(kernel.Options{Backend: "go", Workers: 1})
	if err != nil {
		return err
	}
	label := expert.New
	expert.New = func(e env.Env) (env.Expert, error) {
		inner, err := label(e)
		if err != nil {
			return nil, err
		}
		reader, err := estimator.Reader(e.Spec(), compute)
		if err != nil {
			return nil, fmt.Errorf("--estimator: %w", err)
		}
		return karma.NewExpert(inner, reader), nil
	}
	expert.Labels.Expert += fmt.Sprintf("+estimator-%.8s", record.Weights)
	return nil
}
