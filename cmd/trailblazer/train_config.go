package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/train"
)

// setup makes the config: that of the run that is resumed, or the defaults for
// the data, what --init begins with, --config, --set and the other flags, each
// over what is before it.
func (f *trainFlags) setup(opened *openedData, before *checkpoint.Run) (*train.Setup, error) {
	sources, err := train.NewSources(opened.sets, f.tasks)
	if err != nil {
		return nil, err
	}
	s := &train.Setup{Sources: sources, Servers: opened.servers, Init: f.init}
	if before != nil {
		s.Resumed = true
		s.Config, err = train.ParseConfig(before.Config)
		return s, err
	}
	basis := train.Basis{Preset: f.preset}
	if f.given("steps") {
		basis.Steps = f.steps
	}
	if f.init != "" {
		if basis.Init, err = checkpoint.Read(f.init); err != nil {
			return nil, fmt.Errorf("--init: %w", err)
		}
	}
	if basis.Published, err = f.published(); err != nil {
		return nil, err
	}
	config, err := train.Default(sources, basis)
	if err != nil {
		return nil, err
	}
	s.Config, err = config.Changed(func(raw json.RawMessage) (json.RawMessage, error) {
		if raw, err = f.overlay(raw); err != nil {
			return nil, err
		}
		return f.flagsOver(raw, config)
	})
	return s, err
}

// flagsOver lays the flags that were given over a config.
func (f *trainFlags) flagsOver(raw json.RawMessage, config *train.Config) (json.RawMessage, error) {
	type change struct{ path, value string }
	var changes []change
	if f.given("seed") {
		changes = append(changes, change{"seed", strconv.FormatUint(f.seed, 10)})
	}
	if f.given("steps") {
		changes = append(changes, change{"steps", strconv.Itoa(f.steps)})
		// A config that was printed for more steps may warm up for longer than
		// these.
		var says struct {
			Schedule struct{ Steps, Warmup int }
		}
		if err := json.Unmarshal(raw, &says); err != nil {
			return raw, nil // Refused with its field by who reads it next.
		}
		if says.Schedule.Steps == 0 && says.Schedule.Warmup >= f.steps {
			changes = append(changes, change{"schedule.warmup", strconv.Itoa(f.steps / 10)})
		}
	}
	for i := range config.Tasks {
		if f.given("batch") {
			changes = append(changes, change{"tasks." + config.Tasks[i].Name + ".data.batch", strconv.Itoa(f.batch)})
		}
	}
	for _, c := range changes {
		var err error
		if raw, err = train.Set(raw, c.path, c.value); err != nil {
			return nil, err
		}
	}
	return raw, nil
}

// count is a flag that counts something.
type count struct {
	flag  string
	value int
}

// positive refuses counts that were given and can't be.
func positive(given func(flag string) bool, counts ...count) error {
	for _, c := range counts {
		if given(c.flag) && c.value < 1 {
			return fmt.Errorf("--%s is %d: give at least 1, or leave it out for the default", c.flag, c.value)
		}
	}
	return nil
}

// published reports whether validation has the published traces.
func (f *trainFlags) published() (bool, error) {
	c, err := f.environment.catalog()
	if err != nil {
		return false, err
	}
	_, scenario, err := findScenario(c.Environments(), "abr/train-file-clean")
	return scenario.Unavailable == "", err
}

// printIndented prints JSON for people.
func printIndented(w io.Writer, raw json.RawMessage) error {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, b.String())
	return err
}
