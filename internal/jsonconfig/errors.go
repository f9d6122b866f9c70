package jsonconfig

import (
	"errors"
	"fmt"
	"strings"

	"trailblazer/api/env"
	"trailblazer/internal/setting"
)

// Refuse reports a field with the value it has and the remedy.
func Refuse(field, value, remedy string) error {
	return &env.FieldError{Field: field, Value: value, Remedy: remedy}
}

// Quote shows a string that a user gave, cut where it would flood a log.
func Quote[S ~string](s S) string { return fmt.Sprintf("%.64q", string(s)) }

// FieldError gives an error of a simulator or of its data the path of the
// setting that it is about.
func FieldError(path string, err error) error {
	if refused, ok := errors.AsType[*setting.Error](err); ok {
		return RefuseProblem(path+"."+refused.Field, refused.Value, refused.Problem, refused.Remedy)
	}
	return Refuse(path, "refused", err.Error())
}

// RefuseProblem reports a field with the value it has (which may be empty),
// what is wrong with it ("is negative") and the remedy.
func RefuseProblem(field, value, problem, remedy string) error {
	if value == "" {
		value = "refused"
	}
	if strings.HasPrefix(problem, "is ") || strings.HasPrefix(problem, "has ") {
		problem = "it " + problem
	}
	if remedy != "" {
		problem += "; " + remedy
	}
	return Refuse(field, value, problem)
}
