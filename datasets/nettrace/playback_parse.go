package nettrace

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"trailblazer/datasets/trace"
)

// ParsePlayback reads a HoloWAN playback file: header lines, all of which are
// optional, then rows of six numbers, separated by commas or blanks. Header
// lines that say nothing of the path (operator, times, destination) are
// ignored; lines of dashes, blank ones and those that begin with # are
// skipped.
func ParsePlayback(name string, r io.Reader) (Playback, error) {
	p := playbackParser{name: name}
	if err := trace.EachLine(name, r, p.line); err != nil {
		return Playback{}, err
	}
	parsed := p.parsed.WithDefaults()
	if err := parsed.Validate(); err != nil {
		err.File = name
		return Playback{}, err
	}
	return parsed, nil
}

// LooksLikePlayback tells a playback file by its title, which a file can lack.
func LooksLikePlayback(text []byte) bool {
	text = bytes.TrimSpace(text)
	return isTitle(string(bytes.TrimSpace(bytes.TrimPrefix(text[:min(len(text), 64)], []byte("#")))))
}

type playbackParser struct {
	name   string
	parsed Playback
}

func (p *playbackParser) line(number int, text string) error {
	var wrong *FormatError
	key, value, isHeader := strings.Cut(text, ":")
	switch {
	case strings.Trim(text, "-") == "":
		return nil
	case len(p.parsed.Rows) > 0 || !isHeader && !isTitle(text):
		wrong = p.row(text)
	case isHeader:
		wrong = p.header(strings.TrimSpace(key), strings.TrimSpace(value))
	case strings.HasPrefix(text, "Delay1"):
		wrong = checkColumnNames(text)
	}
	if wrong == nil {
		return nil
	}
	wrong.File, wrong.Line = p.name, number
	return wrong
}

// isTitle reports whether a line names the format or the columns.
func isTitle(text string) bool {
	return strings.HasPrefix(text, "HoloWAN") || strings.HasPrefix(text, "Delay1")
}

func checkColumnNames(text string) *FormatError {
	if strings.Join(cells(text), ",") != playbackColumnNames {
		return &FormatError{Field: "Contents", Value: text, Problem: "are other columns", Remedy: "give " + playbackColumnNames}
	}
	return nil
}

func (p *playbackParser) header(key, value string) *FormatError {
	refuse := func(problem, remedy string) *FormatError {
		return &FormatError{Field: key, Value: value, Problem: problem, Remedy: remedy}
	}
	switch key {
	case "Interval(sec)":
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || !(x > 0) {
			return refuse("is no interval", "give seconds, such as 0.1")
		}
		p.parsed.IntervalS = x
	case "Packet Size(byte)", "Packet Size":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return refuse("is no size of a packet", "give bytes, such as 500")
		}
		p.parsed.PacketBytes = n
	case "Loss Average":
		if x, err := strconv.ParseFloat(strings.TrimSuffix(value, "%"), 64); err != nil || !(x >= 0 && x <= 100) {
			return refuse("is no share of the packets", "give percent, or leave the line out")
		}
	case "Enable Reordering":
		switch strings.ToLower(value) {
		case "true", "1":
			p.parsed.Reordering = true
		case "false", "0":
			p.parsed.Reordering = false
		default:
			return refuse("is neither True nor False", "give one of them")
		}
	case "Contents":
		return checkColumnNames(value)
	case "Switch":
		return p.columns(value)
	}
	return nil
}

// columns reads which columns are on.
func (p *playbackParser) columns(value string) *FormatError {
	refuse := &FormatError{Field: "Switch", Value: value, Problem: "does not say which of the six columns apply", Remedy: "give six of 0 and 1, such as 1,1,1,1,1,1"}
	flags := cells(value)
	if len(flags) != playbackColumns {
		return refuse
	}
	any := false
	for k, flag := range flags {
		if flag != "0" && flag != "1" {
			return refuse
		}
		p.parsed.Switch[k] = flag == "1"
		any = any || flag == "1"
	}
	if !any {
		refuse.Problem = "switches everything off"
		return refuse
	}
	return nil
}

// cells splits a line at commas or, where it has none, at blanks.
func cells(text string) []string {
	if !strings.Contains(text, ",") {
		return strings.Fields(text)
	}
	list := strings.Split(text, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

func (p *playbackParser) row(text string) *FormatError {
	list := cells(text)
	if len(list) != playbackColumns {
		return &FormatError{Value: text, Problem: "has " + strconv.Itoa(len(list)) + " columns", Remedy: "write 6, " + playbackColumnNames}
	}
	var numbers [playbackColumns]float64
	for k, cell := range list {
		x, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			return &FormatError{Field: columnFields[k], Value: cell, Problem: "is not a number", Remedy: "write " + playbackColumnNames}
		}
		if wrong := checkCell(k, x); wrong != nil {
			return wrong
		}
		numbers[k] = x + 0
	}
	if len(p.parsed.Rows) == MaxSegments {
		return &FormatError{Field: "rows", Problem: "are more than " + strconv.Itoa(MaxSegments), Remedy: "split the file"}
	}
	p.parsed.Rows = append(p.parsed.Rows, rowOf(numbers))
	return nil
}
