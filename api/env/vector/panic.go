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

func stack() []byte { return debug.Stack() }
