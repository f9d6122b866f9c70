package vector

import (
	"fmt"
	"runtime/debug"
)

// PanicError reports a panic inside an environment. The vector it happened in
// is in an undefined state and should be closed.
type PanicError struct {
	Value any
	Stack []byte
}

// Error names the panic's value.
func (e *PanicError) Error() string { return fmt.Sprintf("environment panicked: %v", e.Value) }

// NewPanicError makes the error of a value that was just recovered; call it
// where recover was called, so that the stack is the panic's.
func NewPanicError(value any) *PanicError {
	return &PanicError{Value: value, Stack: debug.Stack()}
}

// PartialError reports that one environment refused a step which others have
// taken: it should have said so in CheckAction. The vector is out of step and
// should be closed. It hides what it wraps, lest a caller take a FieldError
// for a sign that nothing has changed.
type PartialError struct {
	Err error
}

// Error says what the environment said.
func (e *PartialError) Error() string {
	return fmt.Sprintf("refused a step that others of its vector have taken: %v", e.Err)
}
