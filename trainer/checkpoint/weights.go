package checkpoint

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"trailblazer/internal/filehash"
	"trailblazer/internal/safetensors"
	"trailblazer/trainer/kernel"
)

// Keys of the metadata of model.safetensors.
const (
	stepKey  = "step"
	scoreKey = "score"
)

// SaveWeights replaces model.safetensors by the values of params. step says
// when they were; score is what they reached, as text, or empty.
func (d *Directory) SaveWeights(params []*kernel.Param, step int, score string) error {
	file := safetensors.File{Metadata: map[string]string{stepKey: strconv.Itoa(step)}}
	if score != "" {
		file.Metadata[scoreKey] = score
	}
	for _, p := range params {
		file.Tensors = append(file.Tensors, safetensors.Float32(p.Name, p.Shape, p.Value))
	}
	return d.replace(weightsFile, func(w io.Writer) error { return safetensors.Write(w, &file) })
}

// SaveBest replaces model.safetensors by the best model so far, and run.json,
// which says so: what the record says of the model must not be about another one.
func (d *Directory) SaveBest(r *Run, params []*kernel.Param, best *Best) (err error) {
	score := ""
	if best.Score != nil {
		score = strconv.FormatFloat(*best.Score, 'g', -1, 64)
	}
	if err := d.SaveWeights(params, best.Step, score); err != nil {
		return err
	}
	if best.SHA256, err = WeightsSHA256(d.path); err != nil {
		return err
	}
	r.Best = best
	return d.Save(r)
}

// LoadWeights gives all params the values that model.safetensors of a run has
// for them. It refuses a file with other params or other shapes, and then
// changes none.
func LoadWeights(dir string, params []*kernel.Param) error {
	file, path, err := readTensors(dir, weightsFile)
	if err != nil {
		return err
	}
	taker := safetensors.NewTaker(file)
	values := make([][]float32, len(params))
	for i, p := range params {
		values[i] = taker.Take(p.Name, p.Shape...)
	}
	if err := taker.Finish(); err != nil {
		return fmt.Errorf("%s: %w; it is of another model than %s says", path, err, runFile)
	}
	for i, p := range params {
		copy(p.Value, values[i])
	}
	return nil
}

// Taken says what became of a model that begins with another run's weights.
type Taken struct {
	// Params had weights in the file; New did not, and keep their own.
	Params, New []string
	// Left are tensors of the file that the model has no place for.
	Left []string
}

// TakeWeights gives params the values that model.safetensors of another run has
// under their names. Models may differ in their tasks: params that the file
// lacks stay as they are. A param of another shape, or a file with none of
// them, is refused, and nothing is changed then.
func TakeWeights(dir string, params []*kernel.Param) (*Taken, error) {
	file, path, err := readTensors(dir, weightsFile)
	if err != nil {
		return nil, err
	}
	var taken Taken
	taker := safetensors.NewTaker(file)
	values := make([][]float32, len(params))
	known := make(map[string]bool, len(params))
	for i, p := range params {
		known[p.Name] = true
		if file.Tensor(p.Name) == nil {
			taken.New = append(taken.New, p.Name)
			continue
		}
		taken.Params = append(taken.Params, p.Name)
		values[i] = taker.Take(p.Name, p.Shape...)
	}
	for i := range file.Tensors {
		if name := file.Tensors[i].Name; !known[name] {
			taken.Left = append(taken.Left, name)
		}
	}
	if err := taker.Finish(taken.Left...); err != nil {
		return nil, fmt.Errorf("%s: %w; begin with a run whose model has the same sizes", path, err)
	}
	if len(taken.Params) == 0 {
		return nil, fmt.Errorf("%s has none of the model's params, such as %q; begin with a run of the same kind of model", path, taken.New[0])
	}
	for i, p := range params {
		if values[i] != nil {
			copy(p.Value, values[i])
		}
	}
	return &taken, nil
}

// WeightsSHA256 is the hash of a run's best weights, in hex.
func WeightsSHA256(dir string) (string, error) {
	sum, err := filehash.SHA256(filepath.Join(dir, weightsFile))
	if err != nil {
		return "", missing(dir, weightsFile, err)
	}
	return sum, nil
}

// CheckWeights refuses a model.safetensors that is not the run's best model: one
// that is damaged, or of another run.
func (r *Run) CheckWeights(dir string) error {
	if r.Best == nil || r.Best.SHA256 == "" {
		return nil
	}
	sum, err := WeightsSHA256(dir)
	if err != nil || sum == r.Best.SHA256 {
		return err
	}
	path := filepath.Join(dir, weightsFile)
	if step := weightsStep(path); !r.Status.Over() && step >= 0 && step != r.Best.Step {
		return &NewerWeightsError{path, r.Best.Step, step}
	}
	return fmt.Errorf("%s has the SHA-256 %.12s..., and the model of step %d, which %s says is the best, has %.12s...: it is damaged, or another run's: bring it back from a copy, or train anew in another directory",
		path, sum, r.Best.Step, runFile, r.Best.SHA256)
}

// NewerWeightsError says that a process was killed when it had written a better
// model, and had not noted that yet. The run that goes on does it again. Where it
// had gone back to its last State, that model may be of an earlier step than the
// best that is noted.
type NewerWeightsError struct {
	Path string
	// Step is that of the best model that is noted, Written that of the file's.
	Step, Written int
}

// Error names the file and the remedy.
func (e *NewerWeightsError) Error() string {
	return fmt.Sprintf("%s is the model of step %d, and %s knows that of step %d as the best: its training was killed just then: go on with it by \"trailblazer train --resume\"", e.Path, e.Written, runFile, e.Step)
}

// weightsStep is the step that a model.safetensors was written at, or -1.
func weightsStep(path string) int {
	file, err := safetensors.Read(path)
	if err != nil {
		return -1
	}
	step, err := strconv.Atoi(file.Metadata[stepKey])
	if err != nil {
		return -1
	}
	return step
}

// readTensors reads one of a run's files of tensors.
func readTensors(dir, name string) (file *safetensors.File, path string, err error) {
	path = filepath.Join(dir, name)
	file, err = safetensors.Read(path)
	if err != nil {
		return nil, path, missing(dir, name, err)
	}
	return file, path, nil
}
