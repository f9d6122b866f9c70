package abrenv

import (
	"errors"
	"fmt"
	"strings"

	"trailblazer/api/env"
	"trailblazer/datasets/trace"
)

// refuse reports a field with the value it has and the remedy.
func refuse(field, value, remedy string) error {
	return &env.FieldError{Field: field, Value: value, Remedy: remedy}
}

// quote shows a string that a user gave, cut where it would flood a log.
func quote[S ~string](s S) string { return fmt.Sprintf("%.64q", string(s)) }

// fieldError gives an error of the simulator or of its data the path of the
// setting that it is about.
func fieldError(path string, err error) error {
	if format, ok := errors.AsType[*trace.FormatError](err); ok {
		value := format.Value
		if value == "" {
			value = "refused"
		}
		if format.Field != "" {
			path += "." + format.Field
		}
		return refuse(path, value, join(format.Problem, format.Remedy))
	}
	// The simulator writes "abrsim: field: value is ...; remedy".
	text := strings.TrimPrefix(err.Error(), "abrsim: ")
	field, rest, ok := strings.Cut(text, ": ")
	field, _, _ = strings.Cut(strings.TrimPrefix(field, "qoe "), ", ")
	if !ok || strings.ContainsAny(field, ` "`) {
		return refuse(path, "refused", text)
	}
	value, problem, ok := strings.Cut(rest, " is ")
	if !ok || strings.ContainsAny(value, ";,") {
		value, _, _ = strings.Cut(rest, " ")
		problem = rest
	}
	if value == "is" || value == "has" { // No value was named.
		value = "refused"
	}
	return refuse(path+"."+field, value, problem)
}

func join(problem, remedy string) string {
	if remedy == "" {
		return problem
	}
	return problem + "; " + remedy
}
