// Package setting has the error that simulators return for a setting, or for
// data, that they refuse. Adapters give it the path under which a user wrote
// the setting.
package setting

import "fmt"

// Error says which setting is out of range and what would do.
type Error struct {
	// Field is the setting's JSON path ("rtt_ms", "stages[2].tasks").
	Field string
	// Value is what it is, as text; may be empty.
	Value string
	// Problem says what is wrong with it, Remedy what to do.
	Problem, Remedy string
}

// Error joins the parts.
func (e *Error) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("%s: %s; %s", e.Field, e.Problem, e.Remedy)
	}
	return fmt.Sprintf("%s: %s %s; %s", e.Field, e.Value, e.Problem, e.Remedy)
}

// Refuse makes an Error of any value.
func Refuse(field string, value any, problem, remedy string) error {
	return &Error{Field: field, Value: fmt.Sprint(value), Problem: problem, Remedy: remedy}
}
