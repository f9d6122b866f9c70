package env

// Recorder keeps what vectors do. It is safe for concurrent use.
type Recorder interface {
	// Record begins to keep what a vector does that was never reset. The error
	// is a *FieldError where the caller is to blame: of "dataset", "policy" or
	// "split".
	Record(v Recordable, o RecordOptions) (Recording, error)
}

// RecordOptions says where a recording goes.
type RecordOptions struct {
	// Owner is whose the data set is; empty where all belong to everybody.
	Owner string
	// Dataset names the data set.
	Dataset string
	// Policy is who acts; empty stands for "external".
	Policy string
	// Split is the part of the data set; empty stands for "train".
	Split string
	// Source tells the vector from all others that are ever recorded.
	Source string
}

// Recordable is what a recording asks of its vector.
type Recordable interface {
	Spec() *Spec
	Len() int
	Autoreset() AutoresetMode
	// Running reports whether environment i is in the middle of an episode.
	Running(i int) bool
	// AppendEnvState appends the state of environment i, as a Snapshotter
	// saves it, to dst, or returns ErrNoSnapshot.
	AppendEnvState(dst []byte, i int) ([]byte, error)
}

// Recording keeps what one vector does. Whoever drives the vector calls Ready
// before a reset, step or restore, and tells of it afterwards if it succeeded.
// A Recording keeps nothing of what it is given, and is not safe for
// concurrent use.
type Recording interface {
	// Ready returns an error as long as episodes that have ended can't be
	// written. They are kept; the call that was to follow must not be made,
	// so that no more pile up.
	Ready() error
	// Reset tells of a reset, and what it showed.
	Reset(options *ResetOptions, shown *Batch)
	// Step tells of a step.
	Step(action Arrays, t *Transition)
	// Restore tells that the vector went to another state, and what it shows
	// there. Episodes that were running end as incomplete.
	Restore(shown *Batch)
	// Close ends the episodes that are running, as incomplete ones. The error
	// says that some could not be written yet: the Recorder still has them.
	Close() error
}
