package main

import (
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"trailblazer/api/env"
	"trailblazer/datasets/record"
	"trailblazer/datasets/store"
	"trailblazer/envserver"
	"trailblazer/envserver/experience"
)

// keepDatasets lets a server keep data sets in a directory: it serves them, and
// sessions record into them. Close what it returns after the server.
func keepDatasets(dir string, catalog env.Catalog, logger zerolog.Logger, options *envserver.Options) (shut func() error, err error) {
	sets, err := store.Open(dir, store.Options{Failed: func(dir string, err error) {
		logger.Error().Str("dataset", dir).Err(err).Msg("finishing a shard failed; its episodes are in its journal")
	}})
	if err != nil {
		return nil, fmt.Errorf("--datasets: %w", err)
	}
	service, err := experience.New(sets, catalog, experience.Options{})
	if err != nil {
		return nil, err
	}
	recorder := record.New(func(owner, name string, spec *env.Spec) (record.Writer, func(), error) {
		return sets.Of(owner).Writer(name, spec)
	})
	options.Recorder = recorder
	options.Services = append(options.Services, service.Mount())
	return func() error { return errors.Join(recorder.Close(), sets.Close()) }, nil
}
