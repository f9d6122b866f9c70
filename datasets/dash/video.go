package dash

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"trailblazer/datasets/trace"
)

// Options says what to take from a manifest.
type Options struct {
	// Name is the video's; empty for that of the manifest's file.
	Name string
	// Set is the id of the adaptation set, or its place among all, counted
	// from 0; empty for the only one that is video.
	Set string
}

// unevenShare is how far a segment's duration may lie from the mean: a player
// counts all as long.
const unevenShare = 0.1

// segment is one segment of a representation.
type segment struct {
	bytes   int64
	seconds float64
}

// loader finds the segments of one manifest.
type loader struct {
	file string
	dir  string
	// seconds is how long the presentation is; 0 where it does not say.
	seconds float64
}

// Load reads a manifest and makes a video of one of its adaptation sets: its
// ladder of bandwidths in kbit/s, the sizes of the segments, without those that
// initialize, and their mean duration. The last segment may be shorter; a
// player counts it as long as the others. Sizes come from byte ranges, from the
// segment index, or from the files.
func Load(file string, o Options) (trace.Video, error) {
	f, err := os.Open(file)
	if err != nil {
		return trace.Video{}, err
	}
	defer f.Close()
	m, err := Parse(file, f)
	if err != nil {
		return trace.Video{}, err
	}
	l := &loader{file: file, dir: filepath.Dir(file)}
	period := &m.Periods[0]
	for _, duration := range []string{period.Duration, m.Duration} {
		if seconds, ok := parseDuration(duration); ok && l.seconds == 0 {
			l.seconds = seconds
		}
	}
	set, err := l.choose(period.Sets, o.Set)
	if err != nil {
		return trace.Video{}, err
	}
	name := o.Name
	if name == "" {
		name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	}
	return l.video(name, m, period, set)
}

// choose finds the adaptation set.
func (l *loader) choose(sets []AdaptationSet, wanted string) (*AdaptationSet, error) {
	var found []*AdaptationSet
	var all []string
	for i := range sets {
		s := &sets[i]
		id := s.ID
		if id == "" {
			id = strconv.Itoa(i)
		}
		all = append(all, fmt.Sprintf("%s (%d representations, %s%s)", id, len(s.Representations), s.ContentType, s.MimeType))
		if wanted == id || wanted == "" && s.video() {
			found = append(found, s)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(all) == 0:
		return nil, l.refuse("AdaptationSet", "", "is missing", "give a manifest with video")
	case wanted != "":
		return nil, l.refuse("AdaptationSet", wanted, "is not in the manifest", "give one of: "+strings.Join(all, ", "))
	case len(found) == 0:
		return nil, l.refuse("AdaptationSet", "", "of video is missing", "name one: "+strings.Join(all, ", "))
	}
	return nil, l.refuse("AdaptationSet", strconv.Itoa(len(found)), "are video", "name one: "+strings.Join(all, ", "))
}

func (l *loader) refuse(field, value, problem, remedy string) error {
	return &trace.FormatError{File: l.file, Field: field, Value: value, Problem: problem, Remedy: remedy}
}

// level is a representation as a level of the ladder.
type level struct {
	kbps     int
	segments []segment
}

func (l *loader) video(name string, m *Manifest, period *Period, set *AdaptationSet) (trace.Video, error) {
	var levels []level
	for i := range set.Representations {
		r := &set.Representations[i]
		bps, err := strconv.ParseFloat(r.Bandwidth, 64)
		if err != nil || !(bps >= 1 && bps <= trace.MaxBandwidthMbps*1e6) {
			return trace.Video{}, l.refuse("Representation@bandwidth", r.Bandwidth, "is not a bitrate", "give bit/s, such as 300000")
		}
		segments, err := l.segments(r, []*segments{&r.segments, &set.segments, &period.segments}, []string{m.BaseURL, period.BaseURL, set.BaseURL, r.BaseURL})
		if err != nil {
			return trace.Video{}, err
		}
		levels = append(levels, level{max(int(math.Round(bps/1000)), 1), segments})
	}
	slices.SortStableFunc(levels, func(a, b level) int { return a.kbps - b.kbps })
	v := trace.Video{Name: name}
	for i := range levels {
		at := &levels[i]
		if i > 0 && at.kbps == levels[i-1].kbps {
			return v, l.refuse("Representation@bandwidth", strconv.Itoa(at.kbps)+" kbit/s", "occurs twice in the ladder", "leave one representation of each bitrate: one codec, one size of picture")
		}
		if len(at.segments) != len(levels[0].segments) {
			return v, l.refuse("Representation", strconv.Itoa(at.kbps)+" kbit/s", fmt.Sprintf("has %d segments, the lowest %d", len(at.segments), len(levels[0].segments)), "encode all with segments at the same times")
		}
		sizes := make([]int, len(at.segments))
		for j, s := range at.segments {
			if s.bytes <= 0 || s.bytes > trace.MaxChunkBytes {
				return v, l.refuse(fmt.Sprintf("segment %d at %d kbit/s", j, at.kbps), strconv.FormatInt(s.bytes, 10), "is no size of a segment in bytes", "give 1 to "+strconv.Itoa(trace.MaxChunkBytes))
			}
			sizes[j] = int(s.bytes)
		}
		v.BitratesKbps, v.SizesBytes = append(v.BitratesKbps, at.kbps), append(v.SizesBytes, sizes)
	}
	if len(levels) == 0 {
		return v, l.refuse("Representation", "", "is missing", "give an adaptation set with bitrates")
	}
	var err error
	if v.ChunkMs, err = l.chunkMs(levels[0].segments); err != nil {
		return v, err
	}
	return v, v.Validate()
}

// chunkMs is the mean duration of all segments but the last, which may be
// shorter.
func (l *loader) chunkMs(segments []segment) (int, error) {
	whole := segments[:max(len(segments)-1, 1)]
	sum := 0.0
	for _, s := range whole {
		sum += s.seconds
	}
	mean := sum / float64(len(whole))
	for i, s := range whole {
		if math.Abs(s.seconds-mean) > unevenShare*mean {
			return 0, l.refuse(fmt.Sprintf("segment %d", i), fmt.Sprintf("%.3g s", s.seconds), fmt.Sprintf("is not as long as the others, %.3g s in the mean", mean), "encode with segments of one length (a fixed distance of key frames)")
		}
	}
	if last := segments[len(segments)-1].seconds; last > (1+unevenShare)*mean {
		return 0, l.refuse("last segment", fmt.Sprintf("%.3g s", last), fmt.Sprintf("is longer than the others, %.3g s in the mean", mean), "encode with segments of one length")
	}
	return int(math.Round(mean * 1000)), nil
}
