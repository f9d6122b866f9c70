package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"trailblazer/trainer/train"
)

// configFlags are --config and --set, which change a config.
type configFlags struct {
	config string
	set    []string
	// example is a config that says little, setting a PATH=VALUE.
	example, setting string
}

func (f *configFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.config, "config", "", "what differs from the defaults: a JSON object, or @FILE or FILE to read one")
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "change one field of the config, such as "+f.setting+"; may be given several times")
}

// overlay lays --config and --set over a config.
func (f *configFlags) overlay(raw json.RawMessage) (json.RawMessage, error) {
	if f.config != "" {
		over, err := f.readConfig()
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
			return nil, fmt.Errorf("--set %s sets nothing: give PATH=VALUE, such as %s", strconv.Quote(one), f.setting)
		}
		var err error
		if raw, err = train.Set(raw, path, value); err != nil {
			return nil, fmt.Errorf("--set: %w", err)
		}
	}
	return raw, nil
}

// readConfig reads what --config gives or names, which is a JSON object.
func (f *configFlags) readConfig() (json.RawMessage, error) {
	text, place := []byte(f.config), "--config"
	if !strings.HasPrefix(strings.TrimSpace(f.config), "{") {
		var err error
		place = strings.TrimPrefix(f.config, "@")
		if text, err = os.ReadFile(place); err != nil {
			return nil, fmt.Errorf("--config: %w", err)
		}
	}
	var object map[string]json.RawMessage
	err := json.Unmarshal(text, &object)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		before := text[:max(0, min(int(syntax.Offset), len(text))-1)]
		line, column := 1+bytes.Count(before, []byte{'\n'}), len(before)-bytes.LastIndexByte(before, '\n')
		return nil, fmt.Errorf("%s is no JSON from line %d, column %d on: %w; give an object such as %s", place, line, column, err, f.example)
	}
	if err != nil || object == nil {
		return nil, fmt.Errorf("%s is no JSON object: give one such as %s", place, f.example)
	}
	return text, nil
}
