package env

import (
	"encoding/json"
	"fmt"
)

// AutoresetMode says what a vector does with an environment whose episode has
// ended. The modes are Gymnasium's.
type AutoresetMode uint8

const (
	// NextStep resets in the step after the last: that step ignores the
	// action and returns the first observation with reward 0.
	NextStep AutoresetMode = iota
	// SameStep resets within the last step, which returns the first
	// observation of the new episode and, apart, the last of the old.
	SameStep
	// Disabled leaves resetting to the caller; stepping a finished
	// environment is ErrFinished.
	Disabled
)

// String returns Gymnasium's name of the mode.
func (m AutoresetMode) String() string {
	switch m {
	case NextStep:
		return "NextStep"
	case SameStep:
		return "SameStep"
	case Disabled:
		return "Disabled"
	}
	return fmt.Sprintf("AutoresetMode(%d)", uint8(m))
}

// ResetOptions says which environments of a vector to reset, and how.
type ResetOptions struct {
	// Seeds is empty (every environment goes on with its own random stream;
	// in the first reset environment i gets the seed i), one (environment i
	// gets Seeds[0]+i), or one for each.
	Seeds []uint64
	// Mask selects environments; nil selects all.
	Mask []bool
	// Options is nil or a JSON object that every selected environment gets.
	Options json.RawMessage
}

// Seed returns environment i's seed, or nil.
func (o *ResetOptions) Seed(i int) *uint64 {
	switch len(o.Seeds) {
	case 0:
		return nil
	case 1:
		seed := o.Seeds[0] + uint64(i)
		return &seed
	}
	return &o.Seeds[i]
}

// Check reports a *FieldError if the options don't fit a vector of n.
func (o *ResetOptions) Check(n int) error {
	if k := len(o.Seeds); k > 1 && k != n {
		return &FieldError{Field: "seeds", Value: fmt.Sprintf("%d long", k), Remedy: fmt.Sprintf("give none, one or %d", n)}
	}
	if o.Mask != nil && len(o.Mask) != n {
		return &FieldError{Field: "mask", Value: fmt.Sprintf("%d long", len(o.Mask)), Remedy: fmt.Sprintf("give none or one of %d", n)}
	}
	return nil
}

// Transition is what a vector's step brought.
type Transition struct {
	Batch
	// Final holds, in SameStep mode, one row for each environment that
	// finished in this step, in their order; its rows' numbers are Finished.
	// Both are empty where none did, and in the other modes.
	Final    Final
	Finished []int
}

// Final is the last observation and info of finished episodes.
type Final struct {
	Observation Arrays
	Info        Arrays
}

// Vector is N environments of one spec, stepped together. What Reset and Step
// return stays valid until the next call. A Vector is not safe for concurrent
// use.
type Vector interface {
	Spec() *Spec
	Len() int
	Autoreset() AutoresetMode
	// Reset starts episodes in the selected environments. The others' rows
	// show what they showed last.
	Reset(options ResetOptions) (*Batch, error)
	// Step applies row i of the action in environment i. An error that a
	// caller can mend (a *FieldError, ErrFinished, ErrNotReset) changes
	// nothing in any environment.
	Step(action Arrays) (*Transition, error)
	// Snapshot returns the whole state as bytes.
	Snapshot() ([]byte, error)
	// Restore goes back to a snapshot of a vector with the same content hash,
	// length and mode, and returns what the environments show in it.
	Restore(state []byte) (*Batch, error)
	// Fork makes a new vector whose environment i continues from a copy of
	// environment environments[i] of this one; nil copies all.
	Fork(environments []int) (Vector, error)
	Close() error
}
