package trace

import (
	"io"
	"os"
	"strconv"
)

// ParsePointers reads a start pointer list: one integer per line, blank lines
// skipped. Pointer i belongs to trace i of a set; p means that playback starts
// at stamp p-1, so p runs from 1 to the number of samples less one. Check the
// list against its set with [ValidatePointers].
func ParsePointers(name string, r io.Reader) ([]int, error) {
	var pointers []int
	err := EachLine(name, r, func(line int, text string) error {
		p, err := strconv.Atoi(text)
		if err != nil {
			return &FormatError{File: name, Line: line, Field: "pointer", Value: text, Problem: "is not an integer",
				Remedy: "write one sample number per line"}
		}
		if p < 1 || p >= MaxSamples {
			return &FormatError{File: name, Line: line, Field: "pointer", Value: text, Problem: "is not a sample number",
				Remedy: "write 1 for the start of the trace, at most its number of samples less one"}
		}
		pointers = append(pointers, p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(pointers) == 0 {
		return nil, &FormatError{File: name, Field: "pointer", Problem: "is missing: the list is empty", Remedy: "write one sample number per line"}
	}
	return pointers, nil
}

// LoadPointers reads a start pointer list from a file.
func LoadPointers(file string) ([]int, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ParsePointers(file, f)
}

// ValidatePointers checks that there is one pointer per trace and that each
// lies in 1..Len()-1 of its trace.
func ValidatePointers(pointers []int, traces []Trace) error {
	if len(pointers) != len(traces) {
		return &FormatError{Field: "pointers", Value: strconv.Itoa(len(pointers)), Problem: "start pointers for " + strconv.Itoa(len(traces)) + " traces",
			Remedy: "give one per trace, in the order of the set"}
	}
	for i, p := range pointers {
		if n := traces[i].Len(); p < 1 || p >= n {
			return &FormatError{File: traces[i].Name, Field: index("pointers", i), Value: strconv.Itoa(p),
				Problem: "is outside the trace", Remedy: "give 1 to " + strconv.Itoa(n-1)}
		}
	}
	return nil
}
