package karma

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"trailblazer/internal/atomicfile"
	"trailblazer/internal/filehash"
	"trailblazer/internal/jsonconfig"
	"trailblazer/internal/safetensors"
)

// The files of an estimator, in a directory of its own or in that of a run that
// plays with it.
const (
	recordFile  = "estimator.json"
	weightsFile = "estimator.safetensors"
)

// version is that of the files.
const version = 1

// Record is what estimator.json says beside the weights.
type Record struct {
	Version int `json:"version"`
	// Command is how the estimator was made, as its maker typed it, and Build the
	// program that made it.
	Command string `json:"command,omitempty"`
	Build   string `json:"build,omitempty"`
	// Backend is what multiplied matrices.
	Backend string `json:"backend,omitempty"`
	// Data are the data sets that it learned from.
	Data   []Data `json:"data,omitempty"`
	Config Config `json:"config"`
	// Scales are those of mean and variance of the throughput, buffer and
	// remaining part.
	Scales []scale `json:"scales"`
	// Weights is the SHA-256 of estimator.safetensors, in hex.
	Weights string `json:"weights_sha256"`
	Report  Report `json:"report"`
}

// Data is a data set that was learned from.
type Data struct {
	Name string `json:"name"`
	// Hash tells what was in it, as in a run's record.
	Hash string `json:"hash"`
}

// Lies reports whether an estimator lies in a directory.
func Lies(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, recordFile))
	return err == nil && info.Mode().IsRegular()
}

// Save writes the estimator into a directory, which it makes. The record's
// version, config, scales and hash are filled in.
func (e *Estimator) Save(dir string, r Record) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	r.Version, r.Config, r.Scales = version, e.config, e.scales[:]
	var file safetensors.File
	for _, p := range e.params.Params() {
		file.Tensors = append(file.Tensors, safetensors.Float32(p.Name, p.Shape, p.Value))
	}
	// The record comes last: what it says goes for these weights.
	path := filepath.Join(dir, weightsFile)
	err := atomicfile.Write(path, func(w io.Writer) error { return safetensors.Write(w, &file) })
	if err == nil {
		r.Weights, err = filehash.SHA256(path)
	}
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, recordFile), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	})
}

// Open reads the estimator that lies in a directory.
func Open(dir string) (*Estimator, *Record, error) {
	path := filepath.Join(dir, recordFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%s holds no estimator: there is no %s in it: name a directory that \"trailblazer train estimator --out\" wrote", dir, recordFile)
	}
	if err != nil {
		return nil, nil, err
	}
	r, err := parseRecord(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w: it is damaged, or of another program: train it again", path, err)
	}
	e := newEstimator(r.Config)
	copy(e.scales[:], r.Scales)
	path = filepath.Join(dir, weightsFile)
	switch sum, err := filehash.SHA256(path); {
	case err != nil:
		return nil, nil, err
	case sum != r.Weights:
		return nil, nil, fmt.Errorf("%s has the SHA-256 %.12s, not %.12s as %s says: it is damaged, or another's: train it again", path, sum, r.Weights, recordFile)
	}
	file, err := safetensors.Read(path)
	if err != nil {
		return nil, nil, err
	}
	taker := safetensors.NewTaker(file)
	for _, p := range e.params.Params() {
		copy(p.Value, taker.Take(p.Name, p.Shape...))
	}
	if err := taker.Finish(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w: it is another's than %s: train it again", path, err, recordFile)
	}
	return e, r, nil
}

func parseRecord(text []byte) (*Record, error) {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, err
	}
	if head.Version != version {
		return nil, fmt.Errorf("its version is %d, and this program reads %d", head.Version, version)
	}
	r := new(Record)
	if err := jsonconfig.Decode("estimator", text, r); err != nil {
		return nil, err
	}
	if err := r.Config.Validate(); err != nil {
		return nil, err
	}
	r.Config = r.Config.WithDefaults()
	if len(r.Scales) != inputs {
		return nil, fmt.Errorf("it has %d scales, not %d", len(r.Scales), inputs)
	}
	for i, s := range r.Scales {
		if !(s.Std > 0) {
			return nil, fmt.Errorf("scale %d has the deviation %v", i, s.Std)
		}
	}
	return r, nil
}
