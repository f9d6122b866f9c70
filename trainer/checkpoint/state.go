package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"trailblazer/internal/safetensors"
	"trailblazer/internal/strictjson"
)

// stateKey is that of the metadata of last.safetensors that has the progress.
const stateKey = "trailblazer"

// stateVersion is the version of last.safetensors.
const stateVersion = 1

// Progress is how far a run has come, without its arrays.
type Progress struct {
	Version int `json:"version"`
	// Step counts the steps of the optimizer that are done.
	Step int `json:"step"`
	// Cursor is the place in the data.
	Cursor []byte `json:"cursor,omitempty"`
	// MetricsBytes is how long metrics.jsonl is.
	MetricsBytes int64 `json:"metrics_bytes"`
	// Seconds is how long it has been trained.
	Seconds float64 `json:"seconds"`
	// Loop is what the loop keeps beside: sums since the last Point, the best
	// score, how long it has not got better.
	Loop json.RawMessage `json:"loop,omitempty"`
}

// Array is a named array of a State: a group, such as "param", and a name in it.
type Array struct {
	Group, Name string
	Shape       []int
	Values      []float32
}

func (a *Array) tensor() string { return a.Group + "/" + a.Name }

// State is what a run goes on from.
type State struct {
	Progress
	Arrays []Array
}

// SaveState replaces last.safetensors.
func (d *Directory) SaveState(s *State) error {
	s.Version = stateVersion
	text, err := json.Marshal(&s.Progress)
	if err != nil {
		return err
	}
	file := safetensors.File{Metadata: map[string]string{stateKey: string(text)}}
	for i := range s.Arrays {
		a := &s.Arrays[i]
		file.Tensors = append(file.Tensors, safetensors.Float32(a.tensor(), a.Shape, a.Values))
	}
	return d.replace(stateFile, func(w io.Writer) error { return safetensors.Write(w, &file) })
}

// LoadState reads last.safetensors into the given arrays, which must be those
// that were saved, in the same shapes; else it changes none. It returns nil
// where there is no such file: the run has not come far enough.
func LoadState(dir string, arrays []Array) (*Progress, error) {
	if _, err := os.Stat(filepath.Join(dir, stateFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	file, path, err := readTensors(dir, stateFile)
	if err != nil {
		return nil, err
	}
	progress, err := parseProgress(file.Metadata[stateKey])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	taker := safetensors.NewTaker(file)
	values := make([][]float32, len(arrays))
	for i := range arrays {
		values[i] = taker.Take(arrays[i].tensor(), arrays[i].Shape...)
	}
	if err := taker.Finish(); err != nil {
		return nil, fmt.Errorf("%s: %w; it is the state of another model than %s says", path, err, runFile)
	}
	for i := range arrays {
		copy(arrays[i].Values, values[i])
	}
	return progress, nil
}

func parseProgress(text string) (*Progress, error) {
	if text == "" {
		return nil, fmt.Errorf("its metadata has no %q: it is no state of a run", stateKey)
	}
	p := new(Progress)
	if err := json.Unmarshal([]byte(text), p); err != nil {
		return nil, fmt.Errorf("the metadata %q: %w; it is damaged", stateKey, err)
	}
	if p.Version != stateVersion {
		return nil, otherVersion("state", p.Version, stateVersion)
	}
	if err := strictjson.Decode([]byte(text), p, true); err != nil {
		return nil, fmt.Errorf("the metadata %q: %w; it is damaged", stateKey, err)
	}
	if p.Step < 0 || p.MetricsBytes < 0 || !(p.Seconds >= 0) {
		return nil, fmt.Errorf("the metadata %q has a step of %d, %d bytes of metrics and %v seconds: none is negative; it is damaged", stateKey, p.Step, p.MetricsBytes, p.Seconds)
	}
	return p, nil
}

func otherVersion(what string, has, want int) error {
	return fmt.Errorf("it is a %s of version %d, this program reads version %d: use the program that wrote it, or train anew", what, has, want)
}
