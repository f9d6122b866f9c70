package online

import (
	"embed"
	"fmt"
	"strings"

	"trailblazer/internal/jsonconfig"
)

//go:embed presets/*.json
var presetFiles embed.FS

// Presets are the names of all presets.
func Presets() []string {
	entries, err := presetFiles.ReadDir("presets")
	if err != nil {
		panic(err) // They are embedded.
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}

// Preset is the config of that name. The error is an *env.FieldError.
func Preset(name string) (*Config, error) {
	raw, err := presetFiles.ReadFile("presets/" + name + ".json")
	if err != nil {
		return nil, jsonconfig.Refuse("preset", jsonconfig.Quote(name), "give one of "+strings.Join(Presets(), ", "))
	}
	c, err := ParseConfig(raw)
	if err != nil {
		return nil, fmt.Errorf("preset %s: %w", name, err)
	}
	return c, nil
}
