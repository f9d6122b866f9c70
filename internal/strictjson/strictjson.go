// Package strictjson reads JSON and says where it is wrong.
package strictjson

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// Error says where a text is not the JSON that was expected.
type Error struct {
	Line int // 1-based; 0 where a line would say nothing
	// Field is the path of a field, or "JSON"; Value is what it has, and may
	// be empty. Problem says what is wrong.
	Field, Value, Problem string
}

// Error joins the parts.
func (e *Error) Error() string { return e.Field + ": " + strings.TrimSpace(e.Value+" "+e.Problem) }

// Decode reads one JSON value. Nulls are refused, and so is anything after the
// value; with known set, fields too that the types behind into don't have.
func Decode(text []byte, into any, known bool) *Error {
	refuse := func(offset int, field, value, problem string) *Error {
		return &Error{1 + bytes.Count(text[:min(offset, len(text))], []byte("\n")), field, value, problem}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if known {
		decoder.DisallowUnknownFields()
	}
	err := decoder.Decode(into)
	if at := nullAt(text); err == nil && at >= 0 {
		return refuse(at, "JSON", "", "has a null")
	}
	if err == nil {
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return refuse(int(decoder.InputOffset()), "JSON", "", "goes on after its end")
		}
		return nil
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return refuse(int(syntax.Offset), "JSON", "", "is malformed: "+syntax.Error())
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return refuse(int(wrong.Offset), cmp.Or(wrong.Field, "JSON"), wrong.Value, "has the wrong type")
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return &Error{0, "JSON", strings.Trim(field, `"`), "is no known field"}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse(len(text), "JSON", "", "is cut short")
	}
	// What is left comes from a type that reads itself.
	return refuse(int(decoder.InputOffset()), "JSON", "", "is refused: "+err.Error())
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
