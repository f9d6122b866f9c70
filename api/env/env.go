package env

import (
	"encoding/json"
	"time"
)

// Spec declares an environment. It never changes while the environment lives;
// all environments of a vector share one.
type Spec struct {
	// ID is versioned ("trailblazer/ABR-v0"); the version goes up whenever
	// results change.
	ID       string
	Scenario string

	Observation Space
	Action      Space
	// Info declares everything that info holds: the reward's components,
	// masks, and what the simulator measured.
	Info *Dict

	// MaxEpisodeSteps is the longest possible episode; 0 means no limit.
	MaxEpisodeSteps int
	// Episodes is the number of episodes that are played in a fixed order,
	// where a seed s starts at episode s modulo it; 0 where seeds draw them.
	Episodes int
	// RewardLow and RewardHigh bound the reward of a step.
	RewardLow, RewardHigh float64

	// ContentHash is the SHA-256, in hex, of everything that decides results
	// besides seed and actions.
	ContentHash string
	// DataHashes holds the hashes of its parts ("traces", "video").
	DataHashes map[string]string
	// Config is the configuration in force with all defaults filled in.
	Config json.RawMessage
	// Metadata is a JSON object with what an agent may know beyond its
	// observations, such as a video's manifest.
	Metadata json.RawMessage

	// StepCost is about how long one step takes. It only guides how a vector
	// is spread over cores.
	StepCost time.Duration
}

// Batch is what N environments show after a reset or a step.
type Batch struct {
	Observation Arrays
	Info        Arrays
	// Reward, Terminated and Truncated hold one value per environment; they
	// are zero after a reset.
	Reward     []float64
	Terminated []bool
	Truncated  []bool
}

// NewBatch makes a zeroed batch for n environments of a spec.
func NewBatch(spec *Spec, n int) *Batch {
	return &Batch{
		Observation: NewArrays(Leaves(spec.Observation), n),
		Info:        NewArrays(Leaves(spec.Info), n),
		Reward:      make([]float64, n),
		Terminated:  make([]bool, n),
		Truncated:   make([]bool, n),
	}
}

// Done reports whether environment i's episode has ended.
func (b *Batch) Done(i int) bool { return b.Terminated[i] || b.Truncated[i] }

// Env is one environment. It reads its action from, and writes its results to,
// one row of a batch, so that a vector of them shares memory and steps without
// allocating. An Env is not safe for concurrent use.
type Env interface {
	// Spec returns the declaration; the same pointer every time.
	Spec() *Spec

	// Reset starts an episode and writes its first observation and info to
	// the given row of out; it leaves the row's reward and flags alone. A nil
	// seed goes on with the environment's own random stream (which, before
	// any seed was given, is that of seed 0). options is nil or a JSON object
	// of the environment's own; unknown fields are refused.
	Reset(seed *uint64, options json.RawMessage, out *Batch, row int) error

	// Step applies the given row of action and writes what followed to the
	// same row of out. After a step that ends the episode, and before the
	// first reset, it returns ErrFinished or ErrNotReset. A bad action is a
	// *FieldError and changes nothing.
	Step(action Arrays, out *Batch, row int) error

	// Close frees what the environment holds; later calls return ErrClosed.
	Close() error
}

// ActionChecker is an Env whose legal actions depend on its state. A vector
// asks every environment before it steps any, so that a refused action changes
// nothing.
type ActionChecker interface {
	CheckAction(action Arrays, row int) error
}

// Snapshotter is an Env whose state can be saved.
type Snapshotter interface {
	// AppendState appends the whole state, random streams included, to dst.
	// Equal bytes mean equal futures under equal actions.
	AppendState(dst []byte) []byte
	// RestoreState takes the state back and writes what the environment shows
	// in it (observation and info) to the given row of out. Bytes that are no
	// state of this spec are refused and change nothing.
	RestoreState(state []byte, out *Batch, row int) error
}

// Factory makes environments of one spec; they share its data. It is safe for
// concurrent use.
type Factory interface {
	Spec() *Spec
	// New makes environment number index of a vector of count. Where a
	// scenario plays its episodes in a fixed order, environment index plays
	// the episodes index, index+count, index+2·count and so on.
	New(index, count int) (Env, error)
}

// Scenario names data, seeds and start points that belong together.
type Scenario struct {
	Name        string
	Description string
	// Episodes is the number of distinct episodes; 0 for a generator.
	Episodes int
	// DataSource is "real" or "built-in".
	DataSource string
	// Unavailable says why it can't be made here; empty where it can.
	Unavailable string
}

// Environment is one row of a catalog.
type Environment struct {
	ID              string
	Description     string
	Scenarios       []Scenario
	DefaultScenario string
	// DefaultConfig holds every field that a configuration may set.
	DefaultConfig json.RawMessage
	// Policies are the names of those that know this environment.
	Policies []string
}

// Catalog lists environments and finds their factories. It is safe for
// concurrent use.
type Catalog interface {
	Environments() []Environment
	// Factory returns the factory of an environment; an empty scenario is the
	// default one, config is nil or a JSON object whose fields replace the
	// scenario's. Errors are *NotFoundError or *FieldError where the caller
	// is to blame.
	Factory(id, scenario string, config json.RawMessage) (Factory, error)
}
