package nettrace

import (
	"bytes"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"trailblazer/datasets/trace"
	"trailblazer/internal/strictjson"
)

// Format is a way to write a trace.
type Format string

// The formats.
const (
	// FormatMahimahi has the millisecond of a delivery opportunity on each
	// line, as mm-link of mahimahi takes it.
	FormatMahimahi Format = "mahimahi"
	// FormatMbps has seconds and Mbit/s on each line, as Pensieve's traces.
	FormatMbps Format = "mbps"
	// FormatGenet is the JSON of Genet's congestion-control traces.
	FormatGenet Format = "genet"
	// FormatOpenNetLab is the JSON of OpenNetLab's AlphaRTC gym.
	FormatOpenNetLab Format = "opennetlab"
	// FormatPlayback is what the HoloWAN network emulator plays back.
	FormatPlayback Format = "holowan"
)

const formats = `give a mahimahi file (one millisecond per line), seconds and Mbit/s on each line, the JSON of Genet or OpenNetLab, or a HoloWAN playback file (six columns)`

// Detect says which format a text is in, by its first line that is no comment,
// or, of JSON, by its fields. The text need not be valid beyond that.
func Detect(name string, text []byte) (Format, error) {
	text, err := trace.Plain(name, text)
	if err != nil {
		return "", err
	}
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return "", &FormatError{File: name, Problem: "is empty", Remedy: formats}
	case text[0] == '{':
		return detectJSON(name, text)
	case LooksLikePlayback(text):
		return FormatPlayback, nil
	}
	line := trace.FirstLine(text)
	columns := len(cells(line))
	switch {
	case line == "":
		return "", &FormatError{File: name, Problem: "has nothing but comments", Remedy: formats}
	case strings.Contains(line, ":") || strings.HasPrefix(line, "HoloWAN") || strings.Contains(line, ",") || columns == playbackColumns:
		return FormatPlayback, nil
	case columns == 1:
		return FormatMahimahi, nil
	case columns == 2:
		return FormatMbps, nil
	}
	return "", &FormatError{File: name, Line: 1, Value: line, Problem: "is no line of a known format", Remedy: formats}
}

func detectJSON(name string, text []byte) (Format, error) {
	var fields struct {
		Timestamps any `json:"timestamps"`
		Uplink     any `json:"uplink"`
	}
	if err := strictjson.Decode(text, &fields, false); err != nil {
		return "", jsonError(name, err, formats)
	}
	switch {
	case fields.Timestamps != nil:
		return FormatGenet, nil
	case fields.Uplink != nil:
		return FormatOpenNetLab, nil
	}
	return "", &FormatError{File: name, Line: 1, Field: "JSON", Problem: `has neither "timestamps" nor "uplink"`, Remedy: formats}
}

// jsonError turns an error of JSON into one of a file.
func jsonError(name string, err *strictjson.Error, remedy string) error {
	return &FormatError{File: name, Line: err.Line, Field: err.Field, Value: err.Value, Problem: err.Problem, Remedy: remedy}
}

// Parse reads a trace of any format. The name becomes the trace's and stands
// in error messages, which are [*FormatError] for everything but a failing
// reader.
func Parse(name string, r io.Reader) (Trace, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return Trace{}, err
	}
	if text, err = trace.Plain(name, text); err != nil {
		return Trace{}, err
	}
	format, err := Detect(name, text)
	if err != nil {
		return Trace{}, err
	}
	var t Trace
	switch r := bytes.NewReader(text); format {
	case FormatMahimahi:
		t, err = traceOf(ParseMahimahi(name, r))(MahimahiTrace)
	case FormatMbps:
		t, err = traceOf(trace.Parse(name, r))(MbpsTrace)
	case FormatGenet:
		t, err = traceOf(ParseGenet(name, r))(Genet.Trace)
	case FormatOpenNetLab:
		t, err = traceOf(ParseOpenNetLab(name, r))(OpenNetLab.Trace)
	case FormatPlayback:
		t, err = traceOf(ParsePlayback(name, r))(Playback.Trace)
	}
	t.Name = name
	return t, err
}

// traceOf turns what was parsed, if it was, into a trace.
func traceOf[T any](parsed T, err error) func(func(T) Trace) (Trace, error) {
	return func(convert func(T) Trace) (Trace, error) {
		if err != nil {
			return Trace{}, err
		}
		return convert(parsed), nil
	}
}

// Load reads one trace file of any format; the trace is named after the file.
func Load(file string) (Trace, error) {
	f, err := os.Open(file)
	if err != nil {
		return Trace{}, err
	}
	defer f.Close()
	t, err := Parse(file, f)
	t.Name = path.Base(filepath.ToSlash(file))
	return t, err
}

// LoadDir reads every trace file under a directory, of any formats, in the
// order of [trace.Names], which also names the traces.
func LoadDir(dir string) ([]Trace, error) {
	names, err := trace.Names(dir)
	if err != nil {
		return nil, err
	}
	traces := make([]Trace, len(names))
	for i, name := range names {
		if traces[i], err = Load(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return nil, err
		}
		traces[i].Name = name
	}
	return traces, nil
}
