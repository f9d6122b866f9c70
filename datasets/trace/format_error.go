package trace

import (
	"strconv"
	"strings"
)

// FormatError says what is wrong with a trace, a video or a list, and what
// would be right.
type FormatError struct {
	File    string // file or data set name as the caller gave it; may be empty
	Line    int    // 1-based line of a text file; 0 when the data is not text
	Field   string // the field, named as in JSON, such as "bandwidth_mbps[3]"
	Value   string // the offending value; may be empty
	Problem string // what is wrong with it
	Remedy  string // what to do about it
}

// Error joins the parts that are set.
func (e *FormatError) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		b.WriteString(": ")
	}
	if e.Line > 0 {
		b.WriteString("line ")
		b.WriteString(strconv.Itoa(e.Line))
		b.WriteString(": ")
	}
	if e.Field != "" {
		b.WriteString(e.Field)
		b.WriteString(": ")
	}
	if e.Value != "" {
		b.WriteString(clip(e.Value))
		b.WriteByte(' ')
	}
	b.WriteString(e.Problem)
	if e.Remedy != "" {
		b.WriteString("; ")
		b.WriteString(e.Remedy)
	}
	return b.String()
}

// clip quotes a value and keeps a hostile file from flooding a log.
func clip(value string) string {
	const most = 64
	if len(value) > most {
		return strconv.Quote(value[:most]) + "..."
	}
	return strconv.Quote(value)
}

func formatFloat(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
