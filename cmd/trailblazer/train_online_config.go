package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"trailblazer/trainer/online"
	"trailblazer/trainer/train"
)

// newConfig is the preset, or the defaults where none is named, with --config,
// --set and the other flags over it, each over what is before it.
func (f *onlineFlags) newConfig(cmd *cobra.Command) (*online.Config, error) {
	base := online.Default()
	places, err := f.places(cmd)
	if err != nil {
		return nil, err
	}
	switch {
	case f.preset != "":
		if base, err = online.Preset(f.preset); err != nil {
			return nil, fmt.Errorf("--preset: %w", err)
		}
		f.settle(base, places)
	case f.config == "":
		return nil, errors.New("nothing is named to train: give --preset NAME, one of " + strings.Join(online.Presets(), ", ") + "; or a --config of your own")
	}
	raw, err := f.overlay(base.JSON())
	if err != nil {
		return nil, err
	}
	for _, one := range []struct{ flag, path, value string }{
		{"scenario", "scenario", strconv.Quote(f.scenario)},
		{"seed", "seed", strconv.FormatUint(f.seed, 10)},
		{"environments", "environments", strconv.Itoa(f.environments)},
	} {
		if !f.given(one.flag) {
			continue
		}
		if raw, err = train.Set(raw, one.path, one.value); err != nil {
			return nil, err
		}
	}
	if err := places.check(raw, f.preset); err != nil {
		return nil, err
	}
	if f.given("iterations") {
		if raw, err = withIterations(raw, f.iterations); err != nil {
			return nil, err
		}
	}
	return online.ParseConfig(raw)
}

// withIterations gives the stages of a config so many iterations together.
func withIterations(raw json.RawMessage, total int) (json.RawMessage, error) {
	c, err := online.ParseConfig(raw)
	if err != nil {
		return nil, err
	}
	counts := make([]int, len(c.Stages))
	for i := range c.Stages {
		counts[i] = c.Stages[i].Iterations
	}
	if counts, err = apportion(counts, total); err != nil {
		return nil, err
	}
	for i, n := range counts {
		c.Stages[i].Iterations = n
	}
	return c.JSON(), nil
}

// apportion makes counts sum up to a total, each at least 1 and else as much of it
// as before.
func apportion(counts []int, total int) ([]int, error) {
	if total < len(counts) {
		return nil, fmt.Errorf("--iterations is %d: give at least %d, one for each stage", total, len(counts))
	}
	sum := 0
	for _, n := range counts {
		sum += n
	}
	shares := make([]int, len(counts))
	end, before := 0, 0
	for i, n := range counts {
		before += n
		to := int(math.Round(float64(total) * float64(before) / float64(sum)))
		to = min(max(to, end+1), total-(len(counts)-1-i))
		shares[i], end = to-end, to
	}
	return shares, nil
}
