package abrsim

import (
	"fmt"
	"math"

	"trailblazer/datasets/trace"
)

// Link is an immutable view of one trace as a source of bytes that never
// ends: after the last segment it starts over. A [Cursor] is a place on it.
// Links are safe for concurrent use.
type Link struct {
	name     string
	segments []segment
	first    int32   // the segment that follows the last one
	startS   float64 // the first stamp
	portion  float64
	profile  Profile
}

// segment is a stretch of constant rate. The last two fields are for the
// whole segment, so that a transfer computes them only where it starts.
type segment struct {
	endS      float64
	bytesPerS float64
	durationS float64
	payload   float64 // bytes of video
}

// Cursor is a place on a link: the segment, and the link's time in seconds,
// which starts over with the trace. The zero Cursor is not valid in the paper
// profile: ask a [Link] for one.
type Cursor struct {
	TimeS   float64
	Segment int32
}

// NewLink lays a trace out for transfers.
//
// In the default profile sample i holds from its stamp to the next one, the
// last for as long as the one before it. Each sample is used once a pass.
//
// In the paper profile sample i holds up to its own stamp, from the one
// before it. So the first sample is never used, and a second pass begins at
// time 0 even where the first stamp is later.
func NewLink(t trace.Trace, c Config) (*Link, error) {
	if err := t.Validate(); err != nil {
		return nil, fmt.Errorf("abrsim: %w", err)
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.WithDefaults()
	n := t.Len()
	l := &Link{name: t.Name, segments: make([]segment, n), startS: t.TimesS[0], portion: c.PayloadPortion, profile: c.Profile}
	switch c.Profile {
	case ProfilePaper:
		l.first = 1
		for i := 1; i < n; i++ {
			l.setSegment(i, t.TimesS[i-1], t.TimesS[i], t.BandwidthMbps[i])
		}
		// A pass enters segment 1 from time 0. Only a start pointer of 1
		// enters it from the first stamp, and a start computes its own
		// remainder of the segment.
		l.setSegment(1, 0, t.TimesS[1], t.BandwidthMbps[1])
		l.segments[0] = l.segments[1] // never entered; keeps a forged cursor harmless
	default:
		for i := range n - 1 {
			l.setSegment(i, t.TimesS[i]-l.startS, t.TimesS[i+1]-l.startS, t.BandwidthMbps[i])
		}
		before, last := t.TimesS[n-2]-l.startS, t.TimesS[n-1]-l.startS
		l.setSegment(n-1, last, last+(last-before), t.BandwidthMbps[n-1])
	}
	return l, nil
}

// setSegment keeps the reference's order of operations: Mbit/s to bytes per
// second, times duration, times payload portion.
func (l *Link) setSegment(i int, fromS, toS, mbps float64) {
	s := &l.segments[i]
	s.endS = toS
	s.durationS = toS - fromS
	s.bytesPerS = mbps * 1e6 / 8
	s.payload = float64(float64(s.bytesPerS*s.durationS) * l.portion)
}

// Name is the trace's name.
func (l *Link) Name() string { return l.name }

// PassS is how long the link takes to start over, in seconds.
func (l *Link) PassS() float64 { return l.segments[len(l.segments)-1].endS }

// At is the place at a time in seconds since the trace began, in
// [0, PassS). Times beyond start over.
func (l *Link) At(timeS float64) (Cursor, error) {
	if !(timeS >= 0 && timeS <= trace.MaxTimeS) {
		return Cursor{}, fmt.Errorf("abrsim: link %q: %v s is not a time on it; use 0 to %v", l.name, timeS, l.PassS())
	}
	timeS = math.Mod(timeS, l.PassS())
	i := int(l.first)
	for l.segments[i].endS <= timeS {
		i++
	}
	return Cursor{Segment: int32(i), TimeS: timeS}, nil
}

// AtPointer is the place at which start pointer p of a trace set begins: at
// stamp p-1, for p from 1 to the number of samples less one.
func (l *Link) AtPointer(p int) (Cursor, error) {
	if p < 1 || p >= len(l.segments) {
		return Cursor{}, fmt.Errorf("abrsim: link %q: start pointer %d is outside the trace; use 1 to %d", l.name, p, len(l.segments)-1)
	}
	if l.profile != ProfilePaper {
		if p == 1 {
			return Cursor{}, nil
		}
		return Cursor{Segment: int32(p - 1), TimeS: l.segments[p-2].endS}, nil
	}
	if p == 1 {
		return Cursor{Segment: 1, TimeS: l.startS}, nil
	}
	return Cursor{Segment: int32(p), TimeS: l.segments[p-1].endS}, nil
}

// Valid reports whether c is a place on this link.
func (l *Link) Valid(c Cursor) bool {
	// A transfer may end a rounding error past its segment.
	const slackS = 1e-6
	return c.Segment >= l.first && int(c.Segment) < len(l.segments) && c.TimeS >= 0 && c.TimeS <= l.segments[c.Segment].endS+slackS
}

// Transfer moves a number of video bytes over the link from c. It returns how
// long that takes in seconds and the place reached. It costs one round per
// segment crossed and allocates nothing.
func (l *Link) Transfer(c Cursor, bytes float64) (delayS float64, next Cursor) {
	segments := l.segments
	i := int(c.Segment)
	s := &segments[i]
	timeS := c.TimeS
	durationS := s.endS - timeS
	payload := float64(float64(s.bytesPerS*durationS) * l.portion)
	sent := 0.0
	// A segment that ends exactly with the last byte is crossed: the
	// comparison is strict in the reference.
	for sent+payload <= bytes {
		sent += payload
		delayS += durationS
		timeS = s.endS
		i++
		if i == len(segments) {
			i, timeS = int(l.first), 0
		}
		s = &segments[i]
		durationS, payload = s.durationS, s.payload
	}
	lastS := (bytes - sent) / s.bytesPerS / l.portion
	return delayS + lastS, Cursor{Segment: int32(i), TimeS: timeS + lastS}
}

// Advance lets sleepMs milliseconds pass on the link from c and returns the
// place reached, and how much of the sleep fell into the last segment, in
// milliseconds.
func (l *Link) Advance(c Cursor, sleepMs float64) (next Cursor, residualMs float64) {
	segments := l.segments
	i := int(c.Segment)
	timeS := c.TimeS
	durationS := segments[i].endS - timeS
	for durationS <= sleepMs/1000 {
		sleepMs -= float64(durationS * 1000)
		timeS = segments[i].endS
		i++
		if i == len(segments) {
			i, timeS = int(l.first), 0
		}
		durationS = segments[i].durationS
	}
	return Cursor{Segment: int32(i), TimeS: timeS + sleepMs/1000}, sleepMs
}
