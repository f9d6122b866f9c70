package workload

import (
	"fmt"
	"strings"

	"trailblazer/internal/setting"
)

// FormatError says where in a file something is wrong, and what would be
// right. It wraps the *setting.Error.
type FormatError struct {
	File string // as the caller gave it; may be empty
	Line int    // 1-based; 0 where a line would say nothing
	Err  *setting.Error
}

// Error joins the parts that are set.
func (e *FormatError) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File + ": ")
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

// Unwrap returns Err.
func (e *FormatError) Unwrap() error { return e.Err }

// refuse makes a FormatError. Texts of the file are quoted and cut, so that a
// hostile file doesn't flood a log.
func refuse(file string, line int, field string, value any, problem, remedy string) error {
	shown := fmt.Sprint(value)
	if text, ok := value.(string); ok && text != "" {
		shown = quote(text)
	}
	return &FormatError{File: file, Line: line, Err: &setting.Error{Field: field, Value: shown, Problem: problem, Remedy: remedy}}
}

func quote(text string) string {
	const most = 64
	if len(text) > most {
		return fmt.Sprintf("%q...", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
