package catalog

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"trailblazer/api/env"
	"trailblazer/internal/policyname"
	"trailblazer/trainer/agent"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/kernel"
)

// RunNames says how trained models are named where a policy is.
const RunNames = `A directory that 'trailblazer train' wrote is a policy too, as runs/abr or ./mine:
a name with a slash in it, or one that is no other policy's. Its parameters:
sample=T draws choices at temperature T (0, the default, takes the best), mean=1
gives jobs the mean number of executors, scale=S multiplies the sum of rewards
that a model aims at which was trained to aim at one, and target=R sets it.
A+B+C lets several models of choices play as one, which takes what is best in the
mean of their scores. runs/abr@1f3a9c2b is that run as long as the hash of its
weights begins so: data sets name those who have acted in this way.`

// run is the name of a trained model.
type run struct {
	dir string
	// pin is what the hash of the weights begins with; empty where that does not
	// matter.
	pin        string
	parameters string
	given      bool // There are parameters.
}

// runOf reads a name that is none of the family's own.
func (f *family) runOf(name string) (run, bool) {
	if _, err := f.find(name); err == nil {
		return run{}, false
	}
	return parseRun(name)
}

// parseRun reads DIR[@HASH][:parameter,…]. A directory's name may have colons and
// at-signs in it, too: what lies on disk decides.
func parseRun(name string) (r run, ok bool) {
	if r, ok := unpin(name); ok {
		return r, true
	}
	if at := strings.LastIndex(name, ":"); at >= 0 {
		if r, ok = unpin(name[:at]); ok {
			r.parameters, r.given = name[at+1:], true
			return r, true
		}
	}
	// It is no run, but meant to be one.
	base, parameters, given := strings.Cut(name, ":")
	return run{dir: base, parameters: parameters, given: given}, strings.ContainsAny(base, "/"+string(filepath.Separator))
}

// unpin reads DIR[@HASH], if there is such a run.
func unpin(name string) (run, bool) {
	if checkpoint.IsRun(name) {
		return run{dir: name}, true
	}
	at := strings.LastIndex(name, "@")
	if at < 0 || !checkpoint.IsRun(name[:at]) {
		return run{}, false
	}
	pin := name[at+1:]
	hex := len(pin) >= pinLength && strings.Trim(pin, "0123456789abcdef") == ""
	return run{dir: name[:at], pin: pin}, hex
}

// pinLength is how many digits of a hash tell runs apart.
const pinLength = 8

// RecordedName is the name under which a data set keeps what a policy did. For a
// rule it is the name itself. For a run it has the beginning of its weights' hash
// in it, so that what a run did tells from what it does once it has been trained
// on; an absolute path, which others don't have, is cut to its last part.
func (c *Catalog) RecordedName(id, name string) (string, error) {
	if names := several(name); names != nil {
		for i, member := range names {
			recorded, err := c.RecordedName(id, member)
			if err != nil {
				return "", err
			}
			names[i] = recorded
		}
		return strings.Join(names, between), nil
	}
	f, err := c.find(id)
	if err != nil {
		return "", err
	}
	r, ok := f.runOf(name)
	if !ok {
		return name, nil
	}
	loaded, err := c.runs.open(r)
	if err != nil {
		return "", err
	}
	dir := filepath.ToSlash(filepath.Clean(r.dir))
	if filepath.IsAbs(r.dir) {
		dir = filepath.Base(r.dir)
	}
	recorded := dir + "@" + loaded.Hash()[:pinLength]
	if r.given {
		recorded += ":" + r.parameters
	}
	return recorded, nil
}

// runs keeps the models that were used last. All policies of one share it.
type runs struct {
	cache   *cache[*agent.Run]
	compute func() (*kernel.Compute, error)
}

func newRuns(o kernel.Options) runs {
	if o.Workers == 0 {
		o.Workers = 1
	}
	return runs{&cache[*agent.Run]{most: mostRuns}, sync.OnceValues(func() (*kernel.Compute, error) { return kernel.NewCompute(o) })}
}

// open loads a run, again if its files have changed.
func (s *runs) open(r run) (*agent.Run, error) {
	compute, err := s.compute()
	if err != nil {
		return nil, err
	}
	key, err := fingerprint(r.dir)
	if err != nil {
		return nil, err
	}
	loaded, err := s.cache.get(key, func() (*agent.Run, error) { return agent.Open(r.dir, compute) })
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(loaded.Hash(), r.pin) {
		return nil, &env.FieldError{Field: "policy", Value: fmt.Sprintf("%s with weights %s, which has weights %.*s", r.dir, r.pin, pinLength, loaded.Hash()),
			Remedy: "bring the weights back that it had, or name the run without @ as it is now"}
	}
	return loaded, nil
}

// fingerprint changes whenever a run's files do.
func fingerprint(dir string) (string, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	key := path
	entries, err := os.ReadDir(path)
	if err != nil {
		return "", fmt.Errorf("%s holds no run: %w", dir, err)
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext != ".json" && ext != ".safetensors" || strings.HasPrefix(e.Name(), "last") {
			continue
		}
		if info, err := e.Info(); err == nil {
			key += fmt.Sprintf("\n%s %d %d", e.Name(), info.Size(), info.ModTime().UnixNano())
		}
	}
	return key, nil
}

// describe says what a run is.
func (s *runs) describe(r run, info *PolicyInfo) (*PolicyInfo, error) {
	loaded, err := s.open(r)
	if err != nil {
		return nil, err
	}
	info.Summary, info.Environments, info.ContentHash = loaded.String(), loaded.Environments(), loaded.Hash()
	return info, nil
}

// policy makes a policy of a run.
func (s *runs) policy(r run, spec *env.Spec) (env.Policy, error) {
	loaded, err := s.open(r)
	if err != nil {
		return nil, err
	}
	var o agent.Options
	if r.given {
		if o, err = r.options(loaded, spec.ID); err != nil {
			return nil, err
		}
	}
	return loaded.Policy(spec, o)
}

// options reads the parameters of a name.
func (r run) options(loaded *agent.Run, id string) (agent.Options, error) {
	target, aims := loaded.Target(id)
	parameters := []policyname.Parameter{
		{Key: "sample", Meaning: "temperature of drawing choices, 0 for the best", High: 100},
		{Key: "mean", Meaning: "1 gives the mean number of executors", High: 1, Integer: true},
		{Key: "scale", Meaning: "multiplies what an episode aims at", Default: 1, Low: 0.001, High: 1000},
		{Key: "target", Meaning: "sum of rewards that an episode aims at", Default: target, Low: -1e12, High: 1e12},
	}
	values, err := policyname.Parse(r.dir, r.parameters, parameters, func(values []float64) string {
		if !aims && (values[2] != 1 || values[3] != target) {
			return "which aims at a sum of rewards, and the model was not trained to aim at one"
		}
		return ""
	})
	if err != nil {
		return agent.Options{}, err
	}
	o := agent.Options{Temperature: values[0], MeanExecutors: values[1] == 1}
	if aims {
		o.TargetScale, o.Target = values[2], &values[3]
	}
	return o, nil
}
