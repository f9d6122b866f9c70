package dash

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
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
