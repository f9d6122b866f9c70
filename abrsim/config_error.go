package abrsim

import "fmt"

// ConfigError says which setting is out of range and what would do.
type ConfigError struct {
	// Field is the setting's JSON name ("rtt_ms", "hd_quality[2]").
	Field string
	// Value is what it is, as text; may be empty.
	Value string
	// Problem says what is wrong with it, Remedy what to do.
	Problem, Remedy string
}

// Error joins the parts.
func (e *ConfigError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("abrsim: %s: %s; %s", e.Field, e.Problem, e.Remedy)
	}
	return fmt.Sprintf("abrsim: %s: %s %s; %s", e.Field, e.Value, e.Problem, e.Remedy)
}

// refuse makes a ConfigError of any value.
func refuse(field string, value any, problem, remedy string) error {
	return &ConfigError{Field: field, Value: fmt.Sprint(value), Problem: problem, Remedy: remedy}
}
