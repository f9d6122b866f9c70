package nettrace

import (
	"bufio"
	"errors"
	"io"
	"strconv"

	"trailblazer/datasets/trace"
)

// ParseMahimahi reads the delivery opportunities of a link of mahimahi: one
// millisecond on each line, ascending, equal ones for several at a time. The
// last one is above 0: it is also when the list begins anew. Blank lines are
// skipped.
func ParseMahimahi(name string, r io.Reader) ([]int64, error) {
	var list []int64
	err := trace.EachLine(name, r, func(line int, text string) error {
		refuse := func(problem, remedy string) error {
			return &FormatError{File: name, Line: line, Field: "opportunities_ms", Value: text, Problem: problem, Remedy: remedy}
		}
		ms, err := strconv.ParseInt(text, 10, 64)
		switch {
		case errors.Is(err, strconv.ErrRange) || err == nil && ms > MaxTimeMs:
			return refuse("is later than 30 days", "count milliseconds from the start of the trace")
		case err != nil:
			return refuse("is not a whole number", "write the millisecond of one delivery opportunity per line")
		case ms < 0:
			return refuse("is negative", "shift the trace so that it starts at 0 or later")
		case len(list) > 0 && ms < list[len(list)-1]:
			return refuse("comes before the one before it, "+strconv.FormatInt(list[len(list)-1], 10), "sort the file")
		case len(list) == trace.MaxSamples:
			return refuse("is one too many: there are more than "+strconv.Itoa(trace.MaxSamples), "split the trace")
		}
		list = append(list, ms)
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, &FormatError{File: name, Field: "opportunities_ms", Problem: "is empty", Remedy: "write the millisecond of one delivery opportunity per line"}
	case list[len(list)-1] == 0:
		return nil, &FormatError{File: name, Field: "opportunities_ms", Value: "0", Problem: "is the last one: the trace has no length",
			Remedy: "end with the millisecond at which the list begins anew"}
	}
	return list, nil
}

// WriteMahimahi writes delivery opportunities; [ParseMahimahi] reads the same
// back.
func WriteMahimahi(w io.Writer, opportunitiesMs []int64) error {
	out := bufio.NewWriter(w)
	var line []byte
	for _, ms := range opportunitiesMs {
		line = append(strconv.AppendInt(line[:0], ms, 10), '\n')
		out.Write(line)
	}
	return out.Flush()
}

// MahimahiTrace is the trace of a link of mahimahi.
func MahimahiTrace(opportunitiesMs []int64) Trace {
	last := opportunitiesMs[len(opportunitiesMs)-1]
	return Trace{Format: FormatMahimahi, Forward: Direction{LengthMs: float64(last), OpportunitiesMs: opportunitiesMs}}
}
