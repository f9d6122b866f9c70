package dash

import (
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"trailblazer/datasets/trace"
)

// segments lists the segments of a representation: by the first of the levels,
// from its own outwards, that says where they are.
func (l *loader) segments(r *Representation, levels []*segments, bases []string) ([]segment, error) {
	for _, at := range levels {
		switch {
		case at.Template != nil:
			return l.template(r, levels, bases)
		case at.List != nil:
			return l.list(at.List, bases)
		case at.Base != nil:
			return l.index(at.Base.IndexRange, bases)
		}
	}
	// A file on its own, whose index says where segments are.
	return l.index("", bases)
}

// template lists the files that a SegmentTemplate names.
func (l *loader) template(r *Representation, levels []*segments, bases []string) ([]segment, error) {
	// Attributes are taken from the nearest level that has them.
	var t segmentTemplate
	for _, at := range levels {
		if at.Template == nil {
			continue
		}
		for _, a := range []struct{ to, from *string }{{&t.Media, &at.Template.Media}, {&t.Timescale, &at.Template.Timescale},
			{&t.Duration, &at.Template.Duration}, {&t.StartNumber, &at.Template.StartNumber}} {
			if *a.to == "" {
				*a.to = *a.from
			}
		}
		if t.Timeline == nil {
			t.Timeline = at.Template.Timeline
		}
	}
	times, err := l.times("SegmentTemplate", t.Timescale, t.Duration, t.Timeline, 0)
	if err != nil {
		return nil, err
	}
	if t.Media == "" {
		return nil, l.refuse("SegmentTemplate@media", "", "is missing", "give the name of segments, such as chunk-$Number$.m4s")
	}
	first := uint64(1)
	if t.StartNumber != "" {
		if first, err = strconv.ParseUint(t.StartNumber, 10, 32); err != nil {
			return nil, l.refuse("SegmentTemplate@startNumber", t.StartNumber, "is not a number", "give a whole number from 0 on")
		}
	}
	list := make([]segment, len(times))
	for i, at := range times {
		name, err := l.fill(t.Media, r, first+uint64(i), at.start)
		if err != nil {
			return nil, err
		}
		if list[i].bytes, err = l.size(append(bases, name)); err != nil {
			return nil, err
		}
		list[i].seconds = at.seconds
	}
	return list, nil
}

// moment is when a segment starts, in ticks, and how long it is.
type moment struct {
	start   uint64
	seconds float64
}

// times lists the segments of a timeline, or of a constant duration: count of
// them, or as many as the presentation has if that is 0.
func (l *loader) times(element, timescale, duration string, line *timeline, count int) ([]moment, error) {
	ticks := 1.0
	if timescale != "" {
		var err error
		if ticks, err = strconv.ParseFloat(timescale, 64); err != nil || !(ticks >= 1 && ticks <= 1e12) {
			return nil, l.refuse(element+"@timescale", timescale, "is not a number of ticks in a second", "give a number from 1 on")
		}
	}
	if line != nil {
		return l.timeline(line, ticks)
	}
	d, err := strconv.ParseFloat(duration, 64)
	if err != nil || !(d >= 1 && d <= 1e15) {
		return nil, l.refuse(element+"@duration", duration, "is not a duration", "give ticks of the timescale, or a SegmentTimeline")
	}
	if count == 0 {
		if l.seconds == 0 {
			return nil, l.refuse("mediaPresentationDuration", "", "is missing", "give the duration, such as PT193S: without it the number of segments is not known")
		}
		// A rest of less than a millisecond is a rounding of the duration.
		n := math.Ceil((l.seconds - 0.001) * ticks / d)
		if n > trace.MaxChunks {
			return nil, l.tooMany()
		}
		count = max(int(n), 1)
	}
	list := make([]moment, count)
	for i := range list {
		seconds := d / ticks
		if l.seconds > 0 {
			if left := l.seconds - float64(i)*seconds; left > 0 {
				seconds = min(seconds, left)
			}
		}
		list[i] = moment{uint64(i) * uint64(d), seconds}
	}
	return list, nil
}

func (l *loader) timeline(line *timeline, ticks float64) ([]moment, error) {
	var list []moment
	at := uint64(0)
	for i, s := range line.S {
		number := func(attribute, text string, otherwise int64) (int64, error) {
			if text == "" {
				return otherwise, nil
			}
			x, err := strconv.ParseInt(text, 10, 53)
			if err != nil {
				return 0, l.refuse(fmt.Sprintf("SegmentTimeline S[%d]@%s", i, attribute), text, "is not a whole number", "give ticks of the timescale")
			}
			return x, nil
		}
		start, err := number("t", s.T, int64(at&(1<<62-1)))
		if err != nil {
			return nil, err
		}
		d, err := number("d", s.D, 0)
		if err != nil {
			return nil, err
		}
		repeats, err := number("r", s.R, 0)
		if err != nil {
			return nil, err
		}
		if d <= 0 || start < 0 {
			return nil, l.refuse(fmt.Sprintf("SegmentTimeline S[%d]@d", i), s.D, "is not a duration", "give ticks above 0")
		}
		if repeats < 0 {
			// Until the next S, or to the end.
			end := l.seconds * ticks
			if i+1 < len(line.S) && line.S[i+1].T != "" {
				if end, err = strconv.ParseFloat(line.S[i+1].T, 64); err != nil {
					return nil, l.refuse(fmt.Sprintf("SegmentTimeline S[%d]@t", i+1), line.S[i+1].T, "is not a whole number", "give ticks of the timescale")
				}
			}
			if !(end > float64(start)) {
				return nil, l.refuse(fmt.Sprintf("SegmentTimeline S[%d]@r", i), s.R, "does not say how often", "give the number of repeats, or the duration of the presentation")
			}
			repeats = int64(min(math.Ceil((end-float64(start))/float64(d)), trace.MaxChunks+1)) - 1
		}
		if int64(len(list))+repeats >= trace.MaxChunks {
			return nil, l.tooMany()
		}
		at = uint64(start)
		for range repeats + 1 {
			list = append(list, moment{at, float64(d) / ticks})
			at += uint64(d)
		}
	}
	if len(list) == 0 {
		return nil, l.refuse("SegmentTimeline", "", "is empty", "list the segments' durations")
	}
	return list, nil
}

func (l *loader) tooMany() error {
	return l.refuse("segments", "", "are more than "+strconv.Itoa(trace.MaxChunks), "give a shorter video, or longer segments")
}

// list lists the segments of a SegmentList.
func (l *loader) list(sl *segmentList, bases []string) ([]segment, error) {
	if len(sl.URLs) == 0 {
		return nil, l.refuse("SegmentURL", "", "is missing", "list the segments")
	}
	times, err := l.times("SegmentList", sl.Timescale, sl.Duration, sl.Timeline, len(sl.URLs))
	if err != nil {
		return nil, err
	}
	if len(times) != len(sl.URLs) {
		return nil, l.refuse("SegmentURL", strconv.Itoa(len(sl.URLs)), fmt.Sprintf("segments for %d durations", len(times)), "give as many")
	}
	list := make([]segment, len(times))
	for i := range sl.URLs {
		one := &sl.URLs[i]
		list[i].seconds = times[i].seconds
		if one.MediaRange == "" {
			if list[i].bytes, err = l.size(append(bases, one.Media)); err != nil {
				return nil, err
			}
			continue
		}
		first, last, ok := parseRange(one.MediaRange)
		if !ok {
			return nil, l.refuse("SegmentURL@mediaRange", one.MediaRange, "is no range of bytes", "give first-last, such as 886-32531")
		}
		list[i].bytes = last - first + 1
	}
	return list, nil
}

// parseRange reads "first-last", both inclusive.
func parseRange(text string) (first, last int64, ok bool) {
	a, b, found := strings.Cut(text, "-")
	first, err := strconv.ParseInt(strings.TrimSpace(a), 10, 62)
	last, err2 := strconv.ParseInt(strings.TrimSpace(b), 10, 62)
	return first, last, found && err == nil && err2 == nil && first >= 0 && last >= first
}

// index lists the subsegments of one file.
func (l *loader) index(indexRange string, bases []string) ([]segment, error) {
	name, err := l.path(bases)
	if err != nil {
		return nil, err
	}
	if name == l.dir {
		return nil, l.refuse("Representation", "", "says neither where its segments are nor in which file", "give a SegmentTemplate, a SegmentList, or a BaseURL")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, l.absent(err)
	}
	defer f.Close()
	var index *Index
	if indexRange == "" {
		index, err = FindIndex(name, f)
	} else {
		first, last, ok := parseRange(indexRange)
		if !ok {
			return nil, l.refuse("SegmentBase@indexRange", indexRange, "is no range of bytes", "give first-last, such as 886-1200")
		}
		index, err = ParseIndex(name, io.NewSectionReader(f, first, last-first+1))
	}
	if err != nil {
		return nil, err
	}
	list := make([]segment, len(index.Bytes))
	for i := range list {
		list[i] = segment{int64(index.Bytes[i]), float64(index.Ticks[i]) / float64(index.Timescale)}
	}
	return list, nil
}

// size is that of a file.
func (l *loader) size(parts []string) (int64, error) {
	name, err := l.path(parts)
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return 0, l.absent(err)
	}
	if !info.Mode().IsRegular() {
		return 0, l.refuse("segment", name, "is not a file", "name one file for each segment")
	}
	return info.Size(), nil
}

func (l *loader) absent(err error) error {
	return fmt.Errorf("%s: a segment's size is not in the manifest, and its file is not beside it: %w; download the segments to where the manifest says, or give a manifest with byte ranges", l.file, err)
}

// path joins URLs, each relative to the one before, into a file below the
// manifest's directory.
func (l *loader) path(parts []string) (string, error) {
	at := ""
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		u, err := url.Parse(part)
		if err != nil || u.Scheme != "" || u.Host != "" || strings.HasPrefix(u.Path, "/") {
			return "", l.refuse("BaseURL", part, "is not beside the manifest", "download the media and give relative names")
		}
		// The last name of a base is replaced unless it ends in a slash.
		if i := strings.LastIndexByte(at, '/'); i >= 0 {
			at = at[:i+1]
		} else {
			at = ""
		}
		at += u.Path
	}
	if at == "" {
		return l.dir, nil
	}
	local := filepath.FromSlash(path.Clean(at))
	if !filepath.IsLocal(local) {
		return "", l.refuse("BaseURL", at, "lies outside the manifest's directory", "put the media beside the manifest")
	}
	return filepath.Join(l.dir, local), nil
}

// identifier is one of a template's, with the width of its number.
var identifier = regexp.MustCompile(`\$(?:(RepresentationID|Number|Bandwidth|Time)(?:%0(\d{1,2})d)?)?\$`)

// fill replaces a template's identifiers.
func (l *loader) fill(media string, r *Representation, number, time uint64) (string, error) {
	name := identifier.ReplaceAllStringFunc(media, func(match string) string {
		parts := identifier.FindStringSubmatch(match)
		value := ""
		switch parts[1] {
		case "":
			return "\x00"
		case "RepresentationID":
			return r.ID
		case "Number":
			value = strconv.FormatUint(number, 10)
		case "Bandwidth":
			value = r.Bandwidth
		case "Time":
			value = strconv.FormatUint(time, 10)
		}
		width, _ := strconv.Atoi(parts[2])
		return strings.Repeat("0", max(width-len(value), 0)) + value
	})
	if strings.Contains(name, "$") {
		return "", l.refuse("SegmentTemplate@media", media, "has an identifier that is not known", "use $RepresentationID$, $Number$, $Time$ or $Bandwidth$")
	}
	return strings.ReplaceAll(name, "\x00", "$"), nil
}
