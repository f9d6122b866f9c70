package trace

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// CSVOptions says how to read a trace from a table. The zero value finds time
// and bandwidth by the names of the columns, and their units in these.
type CSVOptions struct {
	// TimeColumn and BandwidthColumn are names in the header; empty to look
	// for one.
	TimeColumn, BandwidthColumn string
	// TimeUnit is one of TimeUnits, BandwidthUnit one of BandwidthUnits; empty
	// to take that in the column's name.
	TimeUnit, BandwidthUnit string
	// After says that a sample holds from its stamp to the next, and the last
	// as long as the one before it. Otherwise it is the mean of the time that
	// ends at its stamp, as meters log it.
	After bool
}

// unit is a unit of a column, by its names in lower case.
type unit struct {
	names []string
	scale float64
}

// Times scale to seconds, bandwidths to Mbit/s.
var (
	timeUnits = []unit{
		{[]string{"s", "sec", "secs", "second", "seconds"}, 1},
		{[]string{"ms", "msec", "millis", "millisecond", "milliseconds"}, 1e-3},
		{[]string{"us", "usec", "microseconds"}, 1e-6},
		{[]string{"ns", "nanoseconds"}, 1e-9},
		{[]string{"min", "minutes"}, 60},
	}
	bandwidthUnits = []unit{
		{[]string{"mbps", "mbit/s", "mbits/s"}, 1},
		{[]string{"kbps", "kbit/s", "kbits/s"}, 1e-3},
		{[]string{"bps", "bit/s", "bits/s"}, 1e-6},
		{[]string{"gbps", "gbit/s", "gbits/s"}, 1e3},
		{[]string{"bytes/s", "byte/s"}, 8e-6},
		{[]string{"kbytes/s", "kbyte/s"}, 8e-3},
		{[]string{"mbytes/s", "mbyte/s"}, 8},
	}
	timeNames      = []string{"time", "timestamp", "timestamps", "elapsed", "seconds", "ms", "s", "t"}
	bandwidthNames = []string{"bandwidth", "bandwidths", "throughput", "capacity", "bitrate", "rate", "mbps", "kbps", "bps", "gbps"}
)

// TimeUnits and BandwidthUnits list the units that a column can have, by their
// shortest names.
func TimeUnits() []string { return shortNames(timeUnits) }

// BandwidthUnits is as TimeUnits. There is no "Mb/s": it means bits to some and
// bytes to others.
func BandwidthUnits() []string { return shortNames(bandwidthUnits) }

func shortNames(units []unit) []string {
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = u.names[0]
	}
	return names
}

// ParseCSV reads a trace from a table with a header, separated by commas,
// semicolons or tabs. Columns are found by words of their names, such as
// "time_s" and "Throughput (kbps)". Stamps count from the first one.
func ParseCSV(name string, r io.Reader, o CSVOptions) (Trace, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return Trace{}, err
	}
	if text, err = Plain(name, text); err != nil {
		return Trace{}, err
	}
	table := newTable(text)
	header, err := table.Read()
	if errors.Is(err, io.EOF) {
		return Trace{}, &FormatError{File: name, Problem: "is empty", Remedy: "give a table with a header"}
	} else if err != nil {
		return Trace{}, tableError(name, err)
	}
	seconds, err := findColumn(name, header, "time", o.TimeColumn, o.TimeUnit, timeNames, timeUnits)
	if err != nil {
		return Trace{}, err
	}
	mbps, err := findColumn(name, header, "bandwidth", o.BandwidthColumn, o.BandwidthUnit, bandwidthNames, bandwidthUnits)
	if err != nil {
		return Trace{}, err
	}
	t := Trace{Name: name}
	first := 0.0
	for {
		record, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return Trace{}, tableError(name, err)
		}
		line, _ := table.FieldPos(0)
		at, ferr := seconds.parse(record)
		if ferr == nil {
			if t.Len() == 0 {
				first = at
			}
			t.TimesS = append(t.TimesS, at-first)
			ferr = checkStamp(t.TimesS, t.Len()-1)
		}
		if ferr != nil {
			ferr.File, ferr.Line, ferr.Field, ferr.Value = name, line, seconds.name, record[seconds.at]
			return Trace{}, ferr
		}
		x, ferr := mbps.parse(record)
		if ferr == nil {
			t.BandwidthMbps = append(t.BandwidthMbps, x)
			ferr = checkBandwidth(x)
		}
		if ferr != nil {
			ferr.File, ferr.Line, ferr.Field, ferr.Value = name, line, mbps.name, record[mbps.at]
			return Trace{}, ferr
		}
	}
	if o.After && t.Len() >= 2 {
		t.BandwidthMbps = slices.Insert(t.BandwidthMbps, 0, t.BandwidthMbps[0])
		n := t.Len()
		t.TimesS = append(t.TimesS, 2*t.TimesS[n-1]-t.TimesS[n-2])
	}
	if err := t.Validate(); err != nil {
		return Trace{}, err
	}
	return t, nil
}

// newTable reads a table with the separator that its header has. Lines that begin
// with # are comments where the first one is, and has no separator: other headers
// may begin so.
func newTable(text []byte) *csv.Reader {
	table := csv.NewReader(bytes.NewReader(text))
	first, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if strings.HasPrefix(first, comment) && !strings.ContainsAny(first, separators) {
		table.Comment, first = '#', FirstLine(text)
	}
	for _, separator := range ";\t" {
		if !strings.Contains(first, ",") && strings.ContainsRune(first, separator) {
			table.Comma = separator
		}
	}
	table.TrimLeadingSpace = table.Comma != '\t'
	table.ReuseRecord = true
	return table
}

func tableError(name string, err error) error {
	if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
		return &FormatError{File: name, Line: parse.Line, Problem: "is no row of the table (" + parse.Err.Error() + ")", Remedy: "give every row as many fields as the header"}
	}
	return err
}

// separators are what can stand between cells.
const separators = ",;\t"

// column is where a quantity lies in a table, and what makes it one of ours.
type column struct {
	name  string
	at    int
	scale float64
}

func (c *column) parse(record []string) (float64, *FormatError) {
	x, err := parseNumber(strings.TrimSpace(record[c.at]))
	if err != nil && err.Problem == "is not a number" {
		err.Remedy = "give plain decimals in this column, or another column"
	}
	return x * c.scale, err
}

// findColumn finds the column of a quantity and its unit.
func findColumn(file string, header []string, quantity, wanted, wantedUnit string, names []string, units []unit) (*column, error) {
	refuse := func(value, problem, remedy string) error {
		return &FormatError{File: file, Line: 1, Field: quantity, Value: value, Problem: problem, Remedy: remedy}
	}
	at := -1
	for i, title := range header {
		title = strings.TrimSpace(title)
		match := title == wanted
		if wanted == "" {
			match = slices.ContainsFunc(words(title), func(word string) bool { return slices.Contains(names, word) })
		}
		if !match {
			continue
		}
		if at >= 0 {
			return nil, refuse(header[at]+" and "+title, "both look like it", "name one: --"+quantity+"-column")
		}
		at = i
	}
	if at < 0 {
		if wanted != "" {
			return nil, refuse(wanted, "is not in the header", "give one of: "+strings.Join(header, ", "))
		}
		return nil, refuse("", "is in no column's name", "name one with --"+quantity+"-column: "+strings.Join(header, ", "))
	}
	title := strings.TrimSpace(header[at])
	candidates := []string{strings.ToLower(wantedUnit)}
	if wantedUnit == "" {
		candidates = words(title)
	}
	for _, candidate := range candidates {
		for _, u := range units {
			if slices.Contains(u.names, candidate) {
				return &column{title, at, u.scale}, nil
			}
		}
	}
	known := strings.Join(shortNames(units), ", ")
	if wantedUnit != "" {
		return nil, refuse(wantedUnit, "is no unit", "give one of: "+known)
	}
	return nil, refuse(title, "does not name its unit", "give --"+quantity+"-unit: "+known)
}

// words splits a column's name, in lower case.
func words(title string) []string {
	return strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return strings.ContainsRune(" _-()[].:", r) })
}

// LooksLikeHSDPA tells a log by its first line.
func LooksLikeHSDPA(line string) bool {
	fields := strings.Fields(line)
	if len(fields) != hsdpaColumns || strings.ContainsAny(line, ",;") {
		return false
	}
	for i, field := range fields {
		if _, err := strconv.ParseFloat(field, 64); err != nil {
			return false
		}
		// Times and bytes are whole numbers, the place is not.
		if fraction := strings.Contains(field, "."); fraction != (i == 2 || i == 3) {
			return false
		}
	}
	return true
}

// LooksLikeCSV tells a table's header: cells with separators, the first of which
// is no number. Lines with colons or marks of comments are headers of other
// formats.
func LooksLikeCSV(line string) bool {
	if !strings.ContainsAny(line, separators) || strings.ContainsAny(line, ":#{") {
		return false
	}
	first, _, _ := strings.Cut(strings.NewReplacer(";", ",", "\t", ",").Replace(line), ",")
	_, err := strconv.ParseFloat(strings.TrimSpace(first), 64)
	return err != nil
}
