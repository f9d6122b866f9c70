package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

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
	basis := train.Basis{Preset: f.preset, Steps: f.steps}
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
	config.Seed = f.seed
	s.Config, err = config.Changed(func(raw json.RawMessage) (json.RawMessage, error) {
		for i := range config.Tasks {
			if f.batch == 0 {
				break
			}
			var err error
			if raw, err = train.Set(raw, "tasks."+config.Tasks[i].Name+".data.batch", strconv.Itoa(f.batch)); err != nil {
				return nil, err
			}
		}
		return f.overlay(raw)
	})
	return s, err
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

// overlay lays --config and --set over a config.
func (f *trainFlags) overlay(raw json.RawMessage) (json.RawMessage, error) {
	if f.config != "" {
		text := f.config
		if !strings.HasPrefix(text, "@") && !strings.HasPrefix(strings.TrimSpace(text), "{") {
			text = "@" + text
		}
		over, err := readConfig(text)
		if err != nil {
			return nil, err
		}
		if raw, err = train.Overlay(raw, over); err != nil {
			return nil, err
		}
	}
	for _, one := range f.set {
		path, value, ok := strings.Cut(one, "=")
		if !ok {
			return nil, fmt.Errorf("--set %s sets nothing: give PATH=VALUE, such as backbone.width=64", strconv.Quote(one))
		}
		var err error
		if raw, err = train.Set(raw, path, value); err != nil {
			return nil, fmt.Errorf("--set: %w", err)
		}
	}
	return raw, nil
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
