package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"trailblazer/envserver/catalog"
	"trailblazer/internal/rollout"
)

// outputs are the files that a rollout writes.
type outputs []output

type output struct {
	flag string
	file *os.File
}

// create opens the file that a flag names. Without a name it returns nil.
func (o *outputs) create(flag, path string) (io.Writer, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	*o = append(*o, output{flag, file})
	return file, nil
}

func (o *outputs) close() error {
	var errs []error
	for _, one := range *o {
		if err := one.file.Close(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", one.flag, err))
		}
	}
	*o = nil
	return errors.Join(errs...)
}

// open opens the scenario and its report. Where a file needs it, environments
// record their episodes.
func (f *rolloutFlags) open(ctx context.Context, c *catalog.Catalog) (*scenarioSource, rollout.Report, error) {
	config, err := readConfig(f.config)
	if err != nil {
		return nil, nil, err
	}
	for _, own := range []struct {
		path string
		read func(path string) (json.RawMessage, error)
	}{{f.workload, workloadConfig}, {f.sessions, sessionsConfig}} {
		if own.path == "" {
			continue
		}
		fields, err := own.read(own.path)
		if err != nil {
			return nil, nil, err
		}
		if config, err = merge(config, fields); err != nil {
			return nil, nil, err
		}
	}
	source, report, err := f.openWith(ctx, c, config)
	if err != nil {
		return nil, nil, err
	}
	if configurer, ok := report.(rollout.Configurer); ok {
		source.Close()
		if config, err = merge(configurer.Settings(), config); err != nil {
			return nil, nil, err
		}
		if source, report, err = f.openWith(ctx, c, config); err != nil {
			return nil, nil, err
		}
	}
	recording, err := f.recording(report)
	if err != nil {
		source.Close()
		return nil, nil, err
	}
	if len(recording) == 0 {
		return source, report, nil
	}
	source.Close()
	if config, err = merge(config, recording); err != nil {
		return nil, nil, err
	}
	return f.openWith(ctx, c, config)
}

// recording returns the settings with which environments record what the files
// need.
func (f *rolloutFlags) recording(report rollout.Report) (json.RawMessage, error) {
	flag, file := f.drawing()
	if f.jobs == "" && file == "" {
		return nil, nil
	}
	recorder, draws := report.(rollout.Recorder)
	if file != "" && !draws {
		return nil, fmt.Errorf("%s: nothing is drawn of %s; --log writes its steps", flag, f.scenario)
	}
	if _, jobs := report.(rollout.JobRecorder); f.jobs != "" && !jobs {
		return nil, fmt.Errorf("--jobs: %s has no jobs; --log writes its steps", f.scenario)
	}
	return recorder.Recording(), nil
}

func (f *rolloutFlags) openWith(ctx context.Context, c *catalog.Catalog, config json.RawMessage) (*scenarioSource, rollout.Report, error) {
	source, err := f.source(ctx, c, config)
	if err != nil {
		return nil, nil, err
	}
	report, err := c.Report(source.Spec())
	if err != nil {
		source.Close()
		return nil, nil, err
	}
	return source, report, nil
}

// merge returns the JSON object config, which may be missing, with the fields
// of another in it.
func merge(config, fields json.RawMessage) (json.RawMessage, error) {
	merged := map[string]json.RawMessage{}
	for _, object := range []json.RawMessage{config, fields} {
		if len(bytes.TrimSpace(object)) == 0 {
			continue
		}
		if err := json.Unmarshal(object, &merged); err != nil {
			return nil, fmt.Errorf("--config is no JSON object: %w", err)
		}
	}
	return json.Marshal(merged)
}
