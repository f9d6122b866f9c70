package testenv

import (
	"encoding/json"
	"testing"

	"trailblazer/api/env"
)

// Library is what an adapter's library of scenarios offers.
type Library[C any, F env.Factory] interface {
	Config(scenario string, replace json.RawMessage) (C, error)
	Factory(scenario string, config C) (F, error)
}

// OpenFactory opens a scenario of a library with the fields of a JSON object
// replaced.
func OpenFactory[C any, F env.Factory](tb testing.TB, library Library[C, F], scenario, config string) F {
	tb.Helper()
	c, err := library.Config(scenario, json.RawMessage(config))
	if err != nil {
		tb.Fatal(err)
	}
	factory, err := library.Factory(scenario, c)
	if err != nil {
		tb.Fatal(err)
	}
	return factory
}
