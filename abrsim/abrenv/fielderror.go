package abrenv

import (
	"errors"
	"fmt"
	"strings"

	"trailblazer/abrsim"
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
	if setting, ok := errors.AsType[*abrsim.ConfigError](err); ok {
		value := setting.Value
		if value == "" {
			value = "refused"
		}
		return refuse(path+"."+setting.Field, value, join(setting.Problem, setting.Remedy))
	}
	return refuse(path, "refused", err.Error())
}

// join makes a sentence of a problem ("is negative") and a remedy.
func join(problem, remedy string) string {
	if strings.HasPrefix(problem, "is ") || strings.HasPrefix(problem, "has ") {
		problem = "it " + problem
	}
	if remedy == "" {
		return problem
	}
	return problem + "; " + remedy
}
