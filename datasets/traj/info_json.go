package traj

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"trailblazer/api/env"
	"trailblazer/internal/atomicfile"
	"trailblazer/internal/spacejson"
)

// maxChoices bounds the actions whose advantages are columns, so that a damaged
// file can't ask for all memory.
const maxChoices = 1 << 20

// newInfo describes a data set of a spec that has no episodes yet.
func newInfo(spec *env.Spec, labels Labels) (*Info, error) {
	i := &Info{SchemaVersion: SchemaVersion, Environment: spec.ID, RewardLow: spacejson.Number(spec.RewardLow),
		RewardHigh: spacejson.Number(spec.RewardHigh), MaxEpisodeSteps: spec.MaxEpisodeSteps, Labels: labels}
	for _, one := range []struct {
		name  string
		space env.Space
		to    *json.RawMessage
	}{{"observation", spec.Observation, &i.Observation}, {"action", spec.Action, &i.Action}, {"info", infoSpace(spec), &i.InfoSpace}} {
		var err error
		if *one.to, err = spacejson.Marshal(one.space); err != nil {
			return nil, fmt.Errorf("%s: %s space: %w", spec.ID, one.name, err)
		}
	}
	return i, nil
}

func infoSpace(spec *env.Spec) *env.Dict {
	if spec.Info == nil {
		return &env.Dict{}
	}
	return spec.Info
}

// Spec rebuilds what the data set says of its environment: id, spaces, bounds
// of the reward and the longest episode. Scenario and hashes differ from one
// episode to another and are not set.
func (i *Info) Spec() (*env.Spec, error) {
	spec := &env.Spec{ID: i.Environment, RewardLow: float64(i.RewardLow), RewardHigh: float64(i.RewardHigh), MaxEpisodeSteps: i.MaxEpisodeSteps}
	var err error
	if spec.Observation, err = spacejson.Unmarshal(i.Observation); err != nil {
		return nil, fmt.Errorf("observation_space: %w", err)
	}
	if spec.Action, err = spacejson.Unmarshal(i.Action); err != nil {
		return nil, fmt.Errorf("action_space: %w", err)
	}
	info, err := spacejson.Unmarshal(i.InfoSpace)
	if err != nil {
		return nil, fmt.Errorf("info_space: %w", err)
	}
	var ok bool
	if spec.Info, ok = info.(*env.Dict); !ok {
		return nil, fmt.Errorf("info_space: is no dict")
	}
	return spec, nil
}

// Schema rebuilds the fields of a step.
func (i *Info) Schema() (*Schema, error) {
	spec, err := i.Spec()
	if err != nil {
		return nil, err
	}
	if d, ok := spec.Action.(*env.Discrete); ok && i.Labels.Advantage && d.N > maxChoices {
		return nil, fmt.Errorf("labels: advantages of %d actions: at most %d are kept", d.N, maxChoices)
	}
	return NewSchema(spec, i.Labels)
}

// marshal writes the description for meta/info.json or a footer, with keys in
// a fixed order.
func (i *Info) marshal() ([]byte, error) {
	full := *i
	if full.Scenarios == nil {
		full.Scenarios = []ScenarioInfo{}
	}
	if full.Statistics.Policies == nil {
		full.Statistics.Policies = map[string]Count{}
	}
	if full.Statistics.Columns == nil {
		full.Statistics.Columns = map[string]Summary{}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(&full); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// VersionError says that a file's layout is of a version that this program does
// not know.
type VersionError struct {
	Version int
}

// Error names the versions.
func (e *VersionError) Error() string {
	return fmt.Sprintf("schema_version is %d: this program reads versions 1 to %d; a newer one may read it", e.Version, SchemaVersion)
}

// parseInfo reads what marshal wrote. All readers of files come through here,
// so that this is where versions are told apart.
func parseInfo(text []byte) (*Info, error) {
	var version struct {
		SchemaVersion int `json:"schema_version"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return nil, fmt.Errorf("is no description of a data set: %w", err)
	}
	if v := version.SchemaVersion; v < 1 || v > SchemaVersion {
		return nil, &VersionError{v}
	}
	i := &Info{}
	if err := json.Unmarshal(text, i); err != nil {
		return nil, fmt.Errorf("is no description of a data set: %w", err)
	}
	compact(&i.Observation)
	compact(&i.Action)
	compact(&i.InfoSpace)
	for k := range i.Scenarios {
		compact(&i.Scenarios[k].Config)
		compact(&i.Scenarios[k].Metadata)
	}
	references := i.Reference
	i.Reference = nil
	i.addOrigin("", references)
	return i, nil
}

// compact takes out the white space that indenting put in.
func compact(text *json.RawMessage) {
	var b bytes.Buffer
	if len(*text) > 0 && json.Compact(&b, *text) == nil {
		*text = b.Bytes()
	}
}

// infoPath is where a data set's description lies.
func infoPath(dir string) string { return filepath.Join(dir, "meta", "info.json") }

// readInfo reads meta/info.json. Where there is none the error is
// fs.ErrNotExist.
func readInfo(dir string) (*Info, error) {
	text, err := os.ReadFile(infoPath(dir))
	if err != nil {
		return nil, err
	}
	i, err := parseInfo(text)
	var newer *VersionError
	switch {
	case errors.As(err, &newer):
		return nil, fmt.Errorf("%s: %w", infoPath(dir), err)
	case err != nil:
		return nil, &DamageError{Path: infoPath(dir), Err: err}
	}
	return i, nil
}

func writeInfo(dir string, i *Info) error {
	text, err := i.marshal()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(infoPath(dir)), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(infoPath(dir), func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}
