package checkpoint

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"

	"trailblazer/datasets/traj"
	"trailblazer/internal/contenthash"
	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/feature"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// Version is that of run.json.
const Version = 1

// Status says why a run is not being trained any more, or that it is.
type Status string

// The states of a run.
const (
	// Running is also that of a run whose process was killed.
	Running Status = "running"
	// Stopped runs go on with the same command.
	Stopped Status = "stopped"
	// Finished runs have done all steps.
	Finished Status = "finished"
	// Early runs have not got better for as long as their patience was.
	Early Status = "stopped early"
)

// Over reports that there is nothing left to train.
func (s Status) Over() bool { return s == Finished || s == Early }

// Run is what run.json says.
type Run struct {
	Version int `json:"version"`
	// Command is how the run was begun, as its maker typed it.
	Command string `json:"command,omitempty"`
	// Directory is where that was: relative names are relative to it.
	Directory string `json:"directory,omitempty"`
	Build     Build  `json:"build"`
	// Backend is what multiplied matrices: results have the same bits with the
	// same one. Asked is what its maker asked for.
	Backend string  `json:"backend"`
	Asked   Backend `json:"asked_backend,omitzero"`
	// Parameters counts the model's, Learned those that are not frozen.
	Parameters int `json:"parameters"`
	Learned    int `json:"learned"`
	// Config is what package train was told, with all defaults filled in.
	Config json.RawMessage `json:"config,omitempty"`
	// Model is what the model is made of, and Features what each of its tasks
	// is shown, on a scale that was measured in the data.
	Model    model.Config     `json:"model"`
	Features []feature.Config `json:"features,omitempty"`
	// Data are the data sets that were learned from.
	Data []Data `json:"data,omitempty"`
	// Environments are those that were played to learn from, where the run made
	// its own experience (package online).
	Environments []Environment `json:"environments,omitempty"`
	// Init is the run whose weights this one began with.
	Init *Init `json:"init,omitempty"`
	// Validation is what plays to choose models; nil where nobody said.
	Validation *Validation `json:"validation,omitempty"`

	Status Status `json:"status"`
	// Step counts the steps that are done, of Steps.
	Step  int `json:"step"`
	Steps int `json:"steps"`
	// Best is what model.safetensors reached; none before the first model.
	Best *Best `json:"best,omitempty"`
	// Seconds is how long it has been trained.
	Seconds float64 `json:"seconds"`
}

// Build says which program it was.
type Build struct {
	Version  string `json:"version,omitempty"`
	Revision string `json:"revision,omitempty"`
	// Modified says that the program's files were not those of the revision.
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go,omitempty"`
}

// CurrentBuild is that of this program; version is what it calls itself.
func CurrentBuild(version string) Build {
	b := Build{Version: version}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Go = info.GoVersion
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// Data is a data set that was learned from.
type Data struct {
	// Name is its directory, or its name on the server.
	Name string `json:"name"`
	// Server is the address that it was pulled from; empty where it lay here.
	Server      string `json:"server,omitempty"`
	Environment string `json:"environment"`
	// Hash tells what was in it: see [HashOf].
	Hash     string `json:"hash"`
	Episodes int    `json:"episodes"`
	Steps    int    `json:"steps"`
	// Command is how it was made, where it says so.
	Command string `json:"command,omitempty"`
}

// Environment is a scenario that was played to learn from.
type Environment struct {
	Environment string `json:"environment"`
	Scenario    string `json:"scenario"`
	// ContentHash tells everything that decided what it showed, beside seeds and
	// actions.
	ContentHash string `json:"content_hash"`
	// Server is the address where it ran; empty for here.
	Server string `json:"server,omitempty"`
	// Expert labelled it; empty for nobody.
	Expert string `json:"expert,omitempty"`
}

// Online reports whether the run made its own experience.
func (r *Run) Online() bool { return len(r.Environments) > 0 }

// HashOf is the SHA-256, in hex, of the names and hashes of a data set's shards:
// equal hashes have equal files.
func HashOf(info *traj.Info) string {
	h := contenthash.New("data set")
	h.Integer(len(info.Shards))
	for i := range info.Shards {
		s := &info.Shards[i]
		h.Text(s.Name)
		h.Integer(s.Episodes)
		h.Integer(s.Steps)
		h.Text(s.SHA256)
		h.Text(s.EpisodesSHA256)
	}
	return h.Digest().String()
}

// Init is a run whose weights another began with.
type Init struct {
	Run string `json:"run"`
	// SHA256 is that of its model.safetensors.
	SHA256 string `json:"sha256"`
	// New counts the params that it did not have.
	New int `json:"new,omitempty"`
}

// InitOf describes the run in a directory, to begin another with its weights.
func InitOf(dir string) (*Init, error) {
	run, err := Read(dir)
	if err != nil {
		return nil, err
	}
	if err := run.CheckWeights(dir); err != nil {
		return nil, err
	}
	sum, err := WeightsSHA256(dir)
	if err != nil {
		return nil, err
	}
	return &Init{Run: dir, SHA256: sum}, nil
}

// SameAs reports whether two runs began with the same weights; nil is fresh ones.
func (i *Init) SameAs(other *Init) bool {
	if i == nil || other == nil {
		return i == other
	}
	return i.SHA256 == other.SHA256
}

// Backend is what multiplies matrices, in the words of who asks for it.
type Backend struct {
	Name string `json:"name,omitempty"`
	// Library is the path of an OpenBLAS library; empty for the usual places.
	Library string `json:"library,omitempty"`
}

// GoOn notes that a run in a directory goes on with a backend, and returns the one
// until now, if that was another: what follows does not have the same bits as if it
// had stayed, and it is refused unless any will do.
func (r *Run) GoOn(dir, backend string, asked Backend, any bool) (before string, err error) {
	if r.Backend == backend || r.Status.Over() {
		return "", nil
	}
	if !any {
		return "", fmt.Errorf("%s was trained with the backend %s, and this is %s, which gives other last bits: name the one to go on with by --backend", dir, r.Backend, backend)
	}
	before, r.Backend, r.Asked = r.Backend, backend, asked
	return before, nil
}

// Validation is what models are chosen by, beside the config.
type Validation struct {
	// Nothing is played: models are chosen by their loss alone.
	Nothing bool `json:"nothing,omitempty"`
	// Data is the directory of the real traces to play; empty for the built-in
	// ones.
	Data string `json:"data,omitempty"`
	// Estimator is the SHA-256 of the weights of the estimator that plays, in
	// hex; empty for none.
	Estimator string `json:"estimator,omitempty"`
	// References are what scores are measured against, once anything played.
	References []Reference `json:"references,omitempty"`
}

// Differs says how what plays now differs from what a run says; empty where
// nothing does, or one of them is not known.
func (v *Validation) Differs(now *Validation) string {
	switch {
	case v == nil || now == nil:
	case v.Nothing && !now.Nothing:
		return "validation plays nothing (--no-play)"
	case !v.Nothing && now.Nothing:
		return "validation plays scenarios (without --no-play)"
	case v.Estimator != now.Estimator:
		return "estimator is another (--estimator)"
	}
	return ""
}

// Reference is what the scores 0 and 100 stand for in a task's scenario.
type Reference struct {
	Task     string  `json:"task"`
	Scenario string  `json:"scenario"`
	Floor    float64 `json:"floor"`
	Ceiling  float64 `json:"ceiling"`
}

// Best is the model that is kept.
type Best struct {
	Step int `json:"step"`
	// Score is what models were chosen by, and By what that was.
	Score *float64 `json:"score,omitempty"`
	By    string   `json:"by"`
	// SHA256 is that of model.safetensors, in hex.
	SHA256 string `json:"sha256,omitempty"`
	// Tasks are the tasks' losses on held-out episodes, and what they reached
	// in the scenarios of validation.
	Tasks []TaskPoint `json:"tasks,omitempty"`
}

// Save replaces run.json.
func (d *Directory) Save(r *Run) error {
	r.Version = Version
	return d.replace(runFile, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	})
}

// Place is where a directory or file lies that the run names: a relative name is
// relative to the run's Directory, or, where there is nothing, to the current one.
func (r *Run) Place(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	if path := filepath.Join(r.Directory, name); r.Directory != "" {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return name
}

// Read reads run.json of a run.
func Read(dir string) (*Run, error) {
	path := filepath.Join(dir, runFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, missing(dir, runFile, err)
	}
	r, err := parseRun(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func parseRun(data []byte) (*Run, error) {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("%w; it is no run, or damaged", err)
	}
	if head.Version != Version {
		return nil, otherVersion("run", head.Version, Version)
	}
	r := new(Run)
	if err := jsonconfig.Decode("run", data, r); err != nil {
		return nil, fmt.Errorf("%w; it is no run, or damaged", err)
	}
	switch {
	case r.Status != Running && r.Status != Stopped && !r.Status.Over():
		return nil, fmt.Errorf("its status is %q: it is damaged", r.Status)
	case r.Step < 0 || r.Steps < 0 || r.Step > r.Steps:
		return nil, fmt.Errorf("it has done step %d of %d: it is damaged", r.Step, r.Steps)
	case len(r.Features) != len(r.Model.Tasks):
		return nil, fmt.Errorf("it has features for %d of %d tasks: it is damaged", len(r.Features), len(r.Model.Tasks))
	}
	return r, nil
}

// Load reads a run and its best model, and refuses weights that are not those
// of the run.
func Load(dir string, compute *kernel.Compute) (*Run, *model.Model, error) {
	r, err := Read(dir)
	if err != nil {
		return nil, nil, err
	}
	m, err := model.New(r.Model, compute, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w; it is damaged", filepath.Join(dir, runFile), err)
	}
	if err := LoadWeights(dir, m.Params().Params()); err != nil {
		return nil, nil, err
	}
	return r, m, r.CheckWeights(dir)
}
