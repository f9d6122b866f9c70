package trace

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Overlap says how a trace of one set occurs in another: of a test set in its
// training set, or the other way round. Published splits are not clean, so
// honest scores are given for what is left without the overlaps.
type Overlap struct {
	// Trace is the trace's name.
	Trace string
	// Identical: the other set has the same file.
	Identical bool
	// SharesCapture: the other set has a cut of the same recording.
	SharesCapture bool
}

// FileClean reports whether the other set lacks this file.
func (o Overlap) FileClean() bool { return !o.Identical }

// LeakFree reports whether the other set lacks this file and every other cut
// of its recording.
func (o Overlap) LeakFree() bool { return !o.Identical && !o.SharesCapture }

// ParseOverlap reads a CSV file with a header and the columns trace,
// identical_to_a_<set>_file and shares_a_capture_with_<set>, the last two 0
// or 1.
func ParseOverlap(name string, r io.Reader) ([]Overlap, error) {
	records := csv.NewReader(r)
	records.FieldsPerRecord = 3
	records.ReuseRecord = true
	header, err := records.Read()
	if errors.Is(err, io.EOF) {
		return nil, &FormatError{File: name, Problem: "is empty", Remedy: "give a CSV file with a header"}
	}
	if err != nil {
		return nil, overlapError(name, err)
	}
	if header[0] != "trace" || !strings.HasPrefix(header[1], "identical_to_a_") || !strings.HasPrefix(header[2], "shares_a_capture_with_") {
		return nil, &FormatError{File: name, Line: 1, Field: "header", Value: strings.Join(header, ","), Problem: "has other columns",
			Remedy: "name them trace, identical_to_a_<set>_file, shares_a_capture_with_<set>"}
	}
	columns := [3]string{header[0], header[1], header[2]}
	var overlaps []Overlap
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			return overlaps, nil
		}
		if err != nil {
			return nil, overlapError(name, err)
		}
		o := Overlap{Trace: record[0]}
		for i, flag := range []*bool{&o.Identical, &o.SharesCapture} {
			column := i + 1
			if *flag = record[column] == "1"; !*flag && record[column] != "0" {
				line, _ := records.FieldPos(column)
				return nil, &FormatError{File: name, Line: line, Field: columns[column], Value: record[column], Problem: "is not a flag", Remedy: "write 0 or 1"}
			}
		}
		overlaps = append(overlaps, o)
	}
}

func overlapError(name string, err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return &FormatError{File: name, Line: parse.Line, Problem: parse.Err.Error(), Remedy: "give 3 comma-separated fields per line"}
	}
	return err
}

// LoadOverlap reads an overlap list from a file.
func LoadOverlap(file string) ([]Overlap, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ParseOverlap(file, f)
}

// Keep returns the positions in traces of those whose overlap passes keep, in
// order. Every trace must be listed, by name; the list may hold others too.
func Keep(traces []Trace, overlaps []Overlap, keep func(Overlap) bool) ([]int, error) {
	byName := make(map[string]Overlap, len(overlaps))
	for _, o := range overlaps {
		byName[o.Trace] = o
	}
	var kept []int
	for i := range traces {
		o, ok := byName[traces[i].Name]
		if !ok {
			return nil, fmt.Errorf("trace: %s is not in the overlap list of %s traces; give the list of this set", clip(traces[i].Name), strconv.Itoa(len(overlaps)))
		}
		if keep(o) {
			kept = append(kept, i)
		}
	}
	return kept, nil
}
