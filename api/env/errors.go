package env

import (
	"errors"
	"fmt"
)

// FieldError reports an argument that was refused: a bad action, option or
// configuration. Nothing has changed when a call returns one.
type FieldError struct {
	// Field is the path of the argument: "action[3]", "config.video.chunk_ms".
	Field string
	// Value is what was given, as text.
	Value string
	// Remedy says what to give instead.
	Remedy string
}

// Error names the field, the value and the remedy.
func (e *FieldError) Error() string {
	return fmt.Sprintf("%s is %s: %s", e.Field, e.Value, e.Remedy)
}

// Errors that say a call came in the wrong order.
var (
	// ErrNotReset says that step was called before the first reset.
	ErrNotReset = errors.New("the environment was never reset: call reset before step")
	// ErrFinished says that an episode has ended and autoreset is off.
	ErrFinished = errors.New("the episode has ended: call reset before the next step")
	// ErrClosed says that the environment was closed.
	ErrClosed = errors.New("the environment is closed: make a new one")
	// ErrNoSnapshot says that an environment can't save its state.
	ErrNoSnapshot = errors.New("this environment has no snapshots")
)

// NotFoundError reports a name that the catalog does not have.
type NotFoundError struct {
	// Kind is what was looked for: "environment", "scenario", "policy".
	Kind string
	Name string
	// Known lists the names that exist.
	Known []string
}

// Error names what was looked for and what exists.
func (e *NotFoundError) Error() string {
	return fmt.Sprintf("no %s %q; known: %q", e.Kind, e.Name, e.Known)
}
