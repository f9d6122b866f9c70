package convert

import (
	"bytes"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"trailblazer/datasets/nettrace"
	"trailblazer/datasets/trace"
)

// Format is a way to write bandwidths over time.
type Format string

// The formats that are read; those of [nettrace.Format] among them.
const (
	// FormatAuto tells by the content.
	FormatAuto Format = "auto"
	// FormatCooked is a text of seconds and Mbit/s.
	FormatCooked Format = "cooked"
	// FormatMahimahi is a list of delivery opportunities.
	FormatMahimahi Format = "mahimahi"
	// FormatHSDPA are the logs that [trace.ParseHSDPA] reads.
	FormatHSDPA Format = "hsdpa"
	// FormatCSV are tables with a header.
	FormatCSV        Format = "csv"
	FormatGenet      Format = "genet"
	FormatOpenNetLab Format = "opennetlab"
	FormatHoloWAN    Format = "holowan"
)

// Formats lists the formats that can be asked for.
func Formats() []Format {
	return []Format{FormatAuto, FormatMahimahi, FormatCooked, FormatHSDPA, FormatCSV, FormatGenet, FormatOpenNetLab, FormatHoloWAN}
}

// Targets lists the formats that are written.
func Targets() []Format { return []Format{FormatCooked, FormatMahimahi} }

// DefaultBinMs is how long a sample of what was made of delivery opportunities
// is: that of HSDPA logs and of Pensieve's traces made of them, about a second.
const DefaultBinMs = 1000

// Options says how to read sources. The zero value is useful.
type Options struct {
	// Format is FormatAuto, or empty, to tell by the content.
	Format Format
	CSV    trace.CSVOptions
	// BinMs is the width of bins where opportunities become bandwidths; 0
	// means DefaultBinMs.
	BinMs float64
}

// Source is what a file says of bandwidths.
type Source struct {
	Name   string
	Format Format
	// Links are the directions that have a bandwidth: the one from sender to
	// receiver first.
	Links []Link
	// Left names what the file says beyond bandwidths, and the formats that
	// are written can't hold.
	Left []string
}

// Link is one direction. It has delivery opportunities, or else a trace.
type Link struct {
	// Suffix tells the links of a file apart; empty for the first.
	Suffix          string
	OpportunitiesMs []int64
	Trace           trace.Trace
}

// Detect says which format a text is in, by its first line that is no comment.
func Detect(name string, text []byte) (Format, error) {
	text, err := trace.Plain(name, text)
	if err != nil {
		return "", err
	}
	line := trace.FirstLine(text)
	switch {
	case nettrace.LooksLikePlayback(text):
		return FormatHoloWAN, nil
	case trace.LooksLikeHSDPA(line):
		return FormatHSDPA, nil
	case trace.LooksLikeCSV(line):
		return FormatCSV, nil
	}
	format, err := nettrace.Detect(name, text)
	if format == nettrace.FormatMbps {
		return FormatCooked, err
	}
	return Format(format), err
}

// Parse reads a text. The name stands in errors.
func Parse(name string, r io.Reader, o Options) (Source, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return Source{}, err
	}
	if text, err = trace.Plain(name, text); err != nil {
		return Source{}, err
	}
	s := Source{Name: name, Format: o.Format}
	if o.Format == "" || o.Format == FormatAuto {
		if s.Format, err = Detect(name, text); err != nil {
			return Source{}, err
		}
	}
	binMs := o.BinMs
	if binMs == 0 {
		binMs = DefaultBinMs
	}
	switch r := bytes.NewReader(text); s.Format {
	case FormatCooked:
		err = s.one(trace.Parse(name, r))
	case FormatHSDPA:
		err = s.one(trace.ParseHSDPA(name, r))
	case FormatCSV:
		err = s.one(trace.ParseCSV(name, r, o.CSV))
	default:
		err = s.recording(name, text, binMs)
	}
	return s, err
}

func (s *Source) one(t trace.Trace, err error) error {
	s.Links = []Link{{Trace: t}}
	return err
}

// recording takes the directions of a network's recording.
func (s *Source) recording(name string, text []byte, binMs float64) error {
	detected, err := nettrace.Detect(name, text)
	if err != nil {
		return err
	}
	if Format(detected) != s.Format {
		if !slices.Contains(Formats(), s.Format) {
			return &trace.FormatError{Field: "format", Value: string(s.Format), Problem: "is not known", Remedy: "give one of " + join(Formats())}
		}
		return &trace.FormatError{File: name, Problem: "does not look like " + string(s.Format) + " but like " + string(detected), Remedy: "leave the format to be told by the content"}
	}
	t, err := nettrace.Parse(name, bytes.NewReader(text))
	if err != nil {
		return err
	}
	for i, d := range []*nettrace.Direction{&t.Forward, &t.Reverse} {
		suffix := [...]string{"", ".reverse"}[i]
		if !d.Limited() {
			continue
		}
		cooked, err := d.Cooked(binMs)
		if err != nil {
			return named(name, err)
		}
		s.Links = append(s.Links, Link{Suffix: suffix, OpportunitiesMs: d.OpportunitiesMs, Trace: cooked})
	}
	if len(s.Links) == 0 {
		return &trace.FormatError{File: name, Field: "bandwidth", Problem: "is limited in neither direction", Remedy: "give a recording with a bandwidth"}
	}
	s.Left = left(&t)
	return nil
}

// left names what neither a text of bandwidths nor mahimahi's can hold.
func left(t *nettrace.Trace) []string {
	var names []string
	for _, c := range []struct {
		name string
		has  func(d *nettrace.Direction) bool
	}{
		{"delay", func(d *nettrace.Direction) bool { return above0(d.DelayMs.Values) }},
		{"loss", func(d *nettrace.Direction) bool { return above0(d.LossShare.Values) }},
		{"jitter", func(d *nettrace.Direction) bool { return d.JitterMs > 0 }},
		{"queue", func(d *nettrace.Direction) bool { return d.QueuePackets > 0 }},
	} {
		if c.has(&t.Forward) || c.has(&t.Reverse) {
			names = append(names, c.name)
		}
	}
	if t.Reordering {
		names = append(names, "reordering")
	}
	return names
}

func above0(values []float64) bool {
	return slices.ContainsFunc(values, func(x float64) bool { return x > 0 })
}

// named puts a file's name into an error that lacks it.
func named(file string, err error) error {
	if format, ok := err.(*trace.FormatError); ok && format.File == "" {
		format.File = file
	}
	return err
}

// Load reads a file, or every file of a directory ([trace.Names]), of any
// formats. A source is named by its path below the directory.
func Load(file string, o Options) ([]Source, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	dir, names := filepath.Dir(file), []string{filepath.Base(file)}
	if info.IsDir() {
		dir = file
		if names, err = trace.Names(dir); err != nil {
			return nil, err
		}
	}
	sources := make([]Source, len(names))
	for i, name := range names {
		if sources[i], err = load(path.Join(filepath.ToSlash(dir), name), o); err != nil {
			return nil, err
		}
		sources[i].Name = name
	}
	return sources, nil
}

func load(file string, o Options) (Source, error) {
	f, err := os.Open(filepath.FromSlash(file))
	if err != nil {
		return Source{}, err
	}
	defer f.Close()
	return Parse(file, f, o)
}

// write writes the link in a format.
func (l *Link) write(w io.Writer, to Format) error {
	if to == FormatCooked {
		return trace.Write(w, l.Trace)
	}
	list := l.OpportunitiesMs
	if len(list) == 0 {
		var err error
		if list, err = nettrace.Opportunities(&l.Trace); err != nil {
			return err
		}
	}
	return nettrace.WriteMahimahi(w, list)
}

// meanMbps is the mean bandwidth, of the stamps' time.
func meanMbps(t *trace.Trace) float64 {
	sum := 0.0
	for i := 1; i < t.Len(); i++ {
		sum += float64(t.BandwidthMbps[i] * (t.TimesS[i] - t.TimesS[i-1]))
	}
	return math.Round(sum/t.DurationS()*1e6) / 1e6
}

func join(formats []Format) string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}
