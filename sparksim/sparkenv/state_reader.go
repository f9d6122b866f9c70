package sparkenv

import (
	"trailblazer/internal/jsonconfig"
	"trailblazer/sparksim"
)

// StateReader opens the states that environments of its factory save, for
// those who plan ahead. It is not safe for concurrent use.
type StateReader struct{ env *Env }

// NewStateReader makes a reader of the states of this factory's environments.
func (f *Factory) NewStateReader() *StateReader { return &StateReader{newEnv(f)} }

// Open returns the cluster of a state, which must be one from within an
// episode. The cluster is the reader's and stays as it is until the next call:
// play a copy of it. What it would do next is what the environment will: a
// planner that must not know gives its copies another future. The error is an
// *env.FieldError.
func (r *StateReader) Open(state []byte) (*sparksim.Cluster, error) {
	if err := r.env.restore(state); err != nil {
		return nil, err
	}
	if r.env.phase != running {
		return nil, jsonconfig.Refuse("state", "from outside an episode", "save it after a reset and before the episode's last step")
	}
	return r.env.cluster, nil
}
