package traj

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"trailblazer/api/env"
)

// all lists all fields. They are not to be changed.
func (s *Schema) all() []int { return s.steps }

// shown lists the fields that an environment shows after the last step:
// observation and masks. They are not to be changed.
func (s *Schema) shown() []int { return s.final }

// check reports what keeps an episode from being written: fields that are not
// the schema's, arrays of other lengths than the steps are many, and values
// that would mislead a trainer. What seal computes is not looked at, and bounds
// of the spaces are not checked again.
func (s *Schema) check(e *Episode) error {
	if err := e.Header.check(); err != nil {
		return err
	}
	if e.Steps == nil || e.Steps.Rows == 0 {
		return &env.FieldError{Field: "steps", Value: "empty", Remedy: "give an episode of at least one step"}
	}
	for _, part := range []struct {
		name   string
		f      *Frame
		fields []int
	}{{"steps", e.Steps, s.steps}, {"initial", e.Initial, s.initial}, {"final", e.Final, s.final}} {
		if err := s.checkFrame(part.name, part.f, part.fields); err != nil {
			return err
		}
		if part.name != "steps" && part.f.Rows != 1 {
			return &env.FieldError{Field: part.name, Value: fmt.Sprintf("%d rows", part.f.Rows), Remedy: "give one"}
		}
	}
	return s.checkValues(e)
}

func (h *Header) check() error {
	for _, text := range []struct{ field, value string }{
		{"source", h.Source}, {"policy", h.Policy}, {"scenario", h.Scenario}, {"scenario_hash", h.ScenarioHash},
	} {
		if err := CheckText(text.field, text.value); err != nil {
			return err
		}
	}
	if h.Policy == "" {
		return &env.FieldError{Field: "policy", Value: "empty", Remedy: "name who acted"}
	}
	if h.ResetOptions != nil {
		var object map[string]json.RawMessage
		if json.Unmarshal(h.ResetOptions, &object) != nil || object == nil {
			return &env.FieldError{Field: "reset_options", Value: fmt.Sprintf("%.80q", h.ResetOptions), Remedy: "give a JSON object, or none"}
		}
	}
	return nil
}

// CheckText reports a name that no episode can have: what is no text, and what
// would do something to a terminal or a table that shows it, which is control
// characters, line breaks, and signs that turn the direction of writing.
func CheckText(field, text string) error {
	if !utf8.ValidString(text) {
		return &env.FieldError{Field: field, Value: strconv.Quote(text), Remedy: "give valid UTF-8"}
	}
	for _, r := range text {
		if unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return &env.FieldError{Field: field, Value: strconv.QuoteToASCII(text), Remedy: fmt.Sprintf("leave out the control character %U", r)}
		}
	}
	return nil
}

// checkFrame checks that a frame has the given fields of the schema, and arrays
// as long as its rows are many.
func (s *Schema) checkFrame(name string, f *Frame, fields []int) error {
	if f == nil {
		return &env.FieldError{Field: name, Value: "missing", Remedy: "give a frame, as a Builder does"}
	}
	if len(f.Fields) != len(fields) || len(f.Values) != len(fields) {
		return &env.FieldError{Field: name, Value: fmt.Sprintf("of %d fields", len(f.Fields)), Remedy: fmt.Sprintf("give the %d that the data set has", len(fields))}
	}
	for i, field := range f.Fields {
		want := &s.Fields[fields[i]]
		if field != want && !field.same(want) {
			return &env.FieldError{Field: name, Value: field.describe(), Remedy: "the data set has " + want.describe() + " in this place: record with its spaces, or into another data set"}
		}
		if sealed(want) {
			continue
		}
		if err := want.checkValues(name, &f.Values[i], f.Rows); err != nil {
			return err
		}
	}
	return nil
}

// same reports whether two fields become the same columns.
func (f *Field) same(o *Field) bool {
	return f.Name == o.Name && f.Role == o.Role && f.Leaf.DType == o.Leaf.DType && f.Leaf.Ragged == o.Leaf.Ragged && slices.Equal(f.Leaf.Shape, o.Leaf.Shape)
}

// describe names a field with its type and shape.
func (f *Field) describe() string { return fmt.Sprintf("%q (%s)", f.Name, f.kind()) }

// kind is a field's type and shape.
func (f *Field) kind() string {
	kind := f.Leaf.DType.String()
	if f.Leaf.Ragged {
		kind = "lists of " + kind
	}
	if len(f.Leaf.Shape) > 0 {
		kind += fmt.Sprint(" ", f.Leaf.Shape)
	}
	return kind
}

// checkValues checks the lengths of a field's arrays, and that flags are flags.
func (f *Field) checkValues(frame string, v *Values, rows int) error {
	refuse := func(at, value, remedy string) error {
		return &env.FieldError{Field: frame + "." + f.Name + at, Value: value, Remedy: remedy}
	}
	inner := rows
	if f.Leaf.Ragged {
		if len(v.Offsets) != rows+1 || v.Offsets[0] != 0 || !slices.IsSorted(v.Offsets) {
			return refuse("", fmt.Sprintf("cut by %d offsets", len(v.Offsets)), fmt.Sprintf("give %d that start at 0 and never fall", rows+1))
		}
		if inner = int(v.Offsets[rows]); inner > len(v.Data) {
			inner = -1
		}
	}
	if want := inner * f.Leaf.RowBytes(); inner < 0 || len(v.Data) != want {
		return refuse("", fmt.Sprintf("%d bytes long", len(v.Data)), fmt.Sprintf("give %d bytes for each of %d rows", f.Leaf.RowBytes(), rows))
	}
	if f.Leaf.DType == env.Bool {
		if i := slices.IndexFunc(v.Data, func(b byte) bool { return b > 1 }); i >= 0 {
			return refuse(fmt.Sprintf("[%d]", i/f.Leaf.RowBytes()), fmt.Sprint(v.Data[i]), "give 0 or 1")
		}
	}
	return nil
}

// checkValues checks what the steps say of themselves.
func (s *Schema) checkValues(e *Episode) error {
	refuse := func(field string, step int, value any, remedy string) error {
		return &env.FieldError{Field: fmt.Sprintf("%s[%d]", field, step), Value: fmt.Sprint(value), Remedy: remedy}
	}
	sum := 0.0
	for i, r := range Of[float64](&e.Steps.Values[s.Field(FieldReward)]) {
		if math.IsNaN(r) || math.IsInf(r, 0) {
			return refuse(FieldReward, i, r, "give a finite number: returns and returns-to-go are sums of rewards")
		}
		sum += r
	}
	if math.IsInf(sum, 0) {
		return &env.FieldError{Field: "return", Value: fmt.Sprint(sum), Remedy: "give rewards whose sum is finite"}
	}
	for i, step := range Of[int32](&e.Steps.Values[s.Field(FieldStep)]) {
		if int(step) != i {
			return refuse(FieldStep, i, step, "count an episode's steps from 0")
		}
	}
	for i, p := range Of[int32](&e.Steps.Values[s.Field(FieldPolicy)]) {
		if p < 0 || int(p) >= max(1, len(e.Policies)) {
			return refuse(FieldPolicy, i, p, fmt.Sprintf("give an index into the episode's %d policies", max(1, len(e.Policies))))
		}
	}
	for i, name := range e.Policies {
		field := fmt.Sprintf("policies[%d]", i)
		if name == "" {
			return &env.FieldError{Field: field, Value: "empty", Remedy: "name who acted"}
		}
		if err := CheckText(field, name); err != nil {
			return err
		}
	}
	for _, name := range []string{FieldTerminated, FieldTruncated} {
		flags := Of[bool](&e.Steps.Values[s.Field(name)])
		if i := slices.Index(flags[:len(flags)-1], true); i >= 0 {
			return refuse(name, i, true, fmt.Sprintf("end the episode there: %d more steps follow", len(flags)-1-i))
		}
	}
	return nil
}
