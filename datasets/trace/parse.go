package trace

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Parse reads a cooked trace, "seconds<whitespace>Mbit/s" on each line; see
// [EachLine] for which lines are skipped. The name becomes the trace's and stands
// in error messages, which are [*FormatError] for everything but a failing
// reader.
func Parse(name string, r io.Reader) (Trace, error) {
	t := Trace{Name: name}
	err := EachLine(name, r, func(line int, text string) error {
		fields := strings.Fields(text)
		if len(fields) != 2 {
			return &FormatError{File: name, Line: line, Value: text, Problem: "has " + strconv.Itoa(len(fields)) + " fields",
				Remedy: "write 2, seconds<tab>Mbit/s"}
		}
		seconds, ferr := parseNumber(fields[0])
		if ferr == nil {
			t.TimesS = append(t.TimesS, seconds)
			ferr = checkStamp(t.TimesS, len(t.TimesS)-1)
		}
		if ferr != nil {
			ferr.File, ferr.Line, ferr.Field, ferr.Value = name, line, "times_s", fields[0]
			return ferr
		}
		mbps, ferr := parseNumber(fields[1])
		if ferr == nil {
			t.BandwidthMbps = append(t.BandwidthMbps, mbps)
			ferr = checkBandwidth(mbps)
		}
		if ferr != nil {
			ferr.File, ferr.Line, ferr.Field, ferr.Value = name, line, "bandwidth_mbps", fields[1]
			return ferr
		}
		return nil
	})
	if err != nil {
		return Trace{}, err
	}
	if err := t.Validate(); err != nil {
		return Trace{}, err
	}
	return t, nil
}

// Load reads one trace file; the trace is named after the file.
func Load(file string) (Trace, error) {
	f, err := os.Open(file)
	if err != nil {
		return Trace{}, err
	}
	defer f.Close()
	t, err := Parse(file, f)
	t.Name = path.Base(strings.ReplaceAll(file, "\\", "/"))
	return t, err
}

// LoadDir reads every trace file under a directory; see [Names] for which, and
// in what order. A trace is named by its slash-separated path below dir, the
// plain file name in a flat directory.
func LoadDir(dir string) ([]Trace, error) {
	names, err := Names(dir)
	if err != nil {
		return nil, err
	}
	traces := make([]Trace, len(names))
	for i, name := range names {
		if traces[i], err = loadFrom(os.DirFS(dir), dir, name); err != nil {
			return nil, err
		}
	}
	return traces, nil
}

// Names lists the files under a directory that may hold traces, by their
// slash-separated paths below it, in bytewise order: all but those that begin
// with a dot, or lie in a directory that does, and .pkl files (Python start
// pointer lists). There is at least one.
func Names(dir string) ([]string, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".":
			return nil
		case strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || strings.HasSuffix(name, ".pkl"):
			return nil
		}
		names = append(names, name)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, &FormatError{File: dir, Problem: "holds no traces", Remedy: "give a directory of text files, one trace each"}
	}
	slices.Sort(names)
	return names, nil
}

func loadFrom(root fs.FS, dir, name string) (Trace, error) {
	f, err := root.Open(name)
	if err != nil {
		return Trace{}, err
	}
	defer f.Close()
	t, err := Parse(path.Join(dir, name), f)
	t.Name = name
	return t, err
}

// EachLine calls do with every line, trimmed, and its 1-based number, but for
// blank ones and comments, which begin with #; line ends may be LF or CRLF. A
// byte order mark is skipped. A compressed text and lines that are too long are a
// [*FormatError], other errors those of the reader and of do.
func EachLine(name string, r io.Reader, do func(line int, text string) error) error {
	buffered := bufio.NewReader(r)
	// What is shorter, or fails, is met again below.
	head, _ := buffered.Peek(len(byteOrderMark))
	rest, err := Plain(name, head)
	if err != nil {
		return err
	}
	buffered.Discard(len(head) - len(rest))
	scanner := bufio.NewScanner(buffered)
	line := 0
	for scanner.Scan() {
		line++
		text := strings.TrimSpace(scanner.Text())
		if text == "" || strings.HasPrefix(text, comment) {
			continue
		}
		if err := do(line, text); err != nil {
			return err
		}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return &FormatError{File: name, Line: line + 1, Problem: "is longer than " + strconv.Itoa(bufio.MaxScanTokenSize) + " bytes",
			Remedy: "give a text file with one sample per line"}
	} else if err != nil {
		return err
	}
	return nil
}

// parseNumber reads a decimal float64. Negative zero becomes zero, so that
// equal traces have equal bytes.
func parseNumber(text string) (float64, *FormatError) {
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, &FormatError{Problem: "is out of range", Remedy: "give a number that fits a float64"}
	case err != nil:
		return 0, &FormatError{Problem: "is not a number", Remedy: "write seconds<tab>Mbit/s in plain decimals"}
	}
	return x + 0, nil
}
