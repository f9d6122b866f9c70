package workload

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// readJSON reads one JSON value strictly: what the types behind into don't
// have, nulls and anything after the value are refused. form says what the
// file should hold.
func readJSON(name string, r io.Reader, into any, form string) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	refuseAt := func(offset int, field, value, problem string) error {
		return refuse(name, 1+bytes.Count(text[:min(offset, len(text))], []byte("\n")), field, value, problem, "give "+form)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(into)
	if at := nullAt(text); err == nil && at >= 0 {
		return refuseAt(at, "JSON", "", "has a null")
	}
	if err == nil {
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return refuseAt(int(decoder.InputOffset()), "JSON", "", "goes on after its end")
		}
		return nil
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return refuseAt(int(syntax.Offset), "JSON", "", "is malformed: "+syntax.Error())
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return refuseAt(int(wrong.Offset), cmp.Or(wrong.Field, "JSON"), wrong.Value, "has the wrong type")
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return refuse(name, 0, "JSON", strings.Trim(field, `"`), "is no known field", "give "+form)
	}
	// What is left is an end before the value's.
	return refuseAt(len(text), "JSON", "", "is cut short")
}

// nullAt finds the first null of a JSON text: the only thing outside strings
// with the letter n.
func nullAt(text []byte) int {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == 'n' && !quoted:
			return i
		}
	}
	return -1
}
