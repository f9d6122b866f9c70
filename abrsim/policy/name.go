package policy

import (
	"trailblazer/api/env"
	"trailblazer/internal/policyname"
)

// Parameter is one number that a policy's name may carry.
type Parameter = policyname.Parameter

// parse finds the entry of a name and the values of its parameters.
func parse(name string) (*entry, []float64, error) {
	base := policyname.Base(name)
	e := find(base)
	if e == nil {
		return nil, nil, &env.NotFoundError{Kind: "policy", Name: base, Known: Names()}
	}
	values, err := policyname.Values(name, e.parameters, e.check)
	return e, values, err
}
