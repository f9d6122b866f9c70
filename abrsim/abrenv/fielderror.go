package abrenv

import (
	"errors"

	"trailblazer/datasets/trace"
	"trailblazer/internal/jsonconfig"
)

// fieldError gives an error of the simulator or of its data the path of the
// setting that it is about.
func fieldError(path string, err error) error {
	if format, ok := errors.AsType[*trace.FormatError](err); ok {
		if format.Field != "" {
			path += "." + format.Field
		}
		return jsonconfig.RefuseProblem(path, format.Value, format.Problem, format.Remedy)
	}
	return jsonconfig.FieldError(path, err)
}
