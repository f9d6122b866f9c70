package workload

import (
	"io"

	"trailblazer/internal/strictjson"
)

// readJSON reads one JSON value strictly: what the types behind into don't
// have, nulls and anything after the value are refused. form says what the
// file should hold.
func readJSON(name string, r io.Reader, into any, form string) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if wrong := strictjson.Decode(text, into, true); wrong != nil {
		return refuse(name, wrong.Line, wrong.Field, wrong.Value, wrong.Problem, "give "+form)
	}
	return nil
}
