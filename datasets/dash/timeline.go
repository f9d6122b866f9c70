package dash

import (
	"fmt"
	"math"
	"strconv"

	"trailblazer/datasets/trace"
)

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
