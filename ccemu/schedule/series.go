// Package schedule has quantities that change over time in steps: what users
// write ([Series]) and what emulators read ([Steps], through a [Cursor]).
package schedule

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"trailblazer/internal/setting"
)

// Series is a piecewise constant function of time: Values[i] holds from
// AtMs[i] until AtMs[i+1]. AtMs[0] is 0. The last value holds for ever, or,
// with a period, until everything begins anew. Steps are at least 1 ms long. A
// constant may be written with AtMs left out.
type Series struct {
	AtMs     []float64 `json:"at_ms,omitempty"`
	Values   []float64 `json:"values,omitempty"`
	PeriodMs float64   `json:"period_ms,omitempty"`
}

// Constant is a series of one value.
func Constant(value float64) Series { return Series{Values: []float64{value}} }

// IsZero reports whether nothing is given.
func (s *Series) IsZero() bool { return len(s.AtMs) == 0 && len(s.Values) == 0 && s.PeriodMs == 0 }

// MaxMs bounds times: 30 days.
const MaxMs = 30 * 24 * 3600 * 1000

// maxSteps bounds a series.
const maxSteps = 1 << 22

// leastStep is the length of the shortest step. It bounds the work of those
// who look far ahead, as a server of a packet at 1 bit/s does.
const leastStep = time.Millisecond

// Validate reports the first thing that is wrong with a series whose values
// have to lie from low to high, as a *setting.Error below field.
func (s *Series) Validate(field string, low, high float64) error {
	n := len(s.Values)
	switch {
	case n == 0:
		return &setting.Error{Field: field + ".values", Problem: "is empty", Remedy: "give at least one value"}
	case n > maxSteps:
		return setting.Refuse(field+".values", n, "are too many", fmt.Sprintf("give at most %d", maxSteps))
	case len(s.AtMs) != n && (len(s.AtMs) != 0 || n != 1):
		return setting.Refuse(field+".at_ms", strconv.Itoa(len(s.AtMs))+" times", fmt.Sprintf("are not as many as the %d values", n), "give one time for each value")
	}
	for i, v := range s.Values {
		if !(v >= low && v <= high) {
			return setting.Refuse(fmt.Sprintf("%s.values[%d]", field, i), v, "is out of range", fmt.Sprintf("give a number from %v to %v", low, high))
		}
	}
	last := 0.0
	for i, at := range s.AtMs {
		switch {
		case i == 0 && at != 0:
			return setting.Refuse(field+".at_ms[0]", at, "is not the beginning", "begin with 0")
		case i > 0 && !follows(last, at):
			return setting.Refuse(fmt.Sprintf("%s.at_ms[%d]", field, i), at, "does not come after the time before it", fmt.Sprintf("give ascending times, at least 1 apart, up to %d", MaxMs))
		}
		last = at
	}
	if s.PeriodMs != 0 && !follows(last, s.PeriodMs) {
		return setting.Refuse(field+".period_ms", s.PeriodMs, "does not come after the last step", fmt.Sprintf("give at least %v, or 0 for a series that does not repeat", last+1))
	}
	return nil
}

// follows reports whether a step may end at a time if it began at another.
func follows(beginMs, endMs float64) bool {
	return endMs > beginMs && endMs <= MaxMs && Milliseconds(endMs)-Milliseconds(beginMs) >= leastStep
}

// Steps is a series that emulators read: times in nanoseconds. It is
// immutable.
type Steps struct {
	at     []time.Duration
	values []float64
	period time.Duration // 0 for none
}

// Milliseconds turns a number of milliseconds into a duration, rounded to
// nanoseconds.
func Milliseconds(ms float64) time.Duration { return time.Duration(math.Round(ms * 1e6)) }

// Compile returns the steps of a valid series, each value scaled. Equal
// neighbours are joined.
func (s *Series) Compile(scale float64) *Steps {
	c := &Steps{period: Milliseconds(s.PeriodMs)}
	for i, v := range s.Values {
		var at time.Duration
		if i > 0 {
			at = Milliseconds(s.AtMs[i])
		}
		if n := len(c.at); n == 0 || c.values[n-1] != v*scale {
			c.at, c.values = append(c.at, at), append(c.values, v*scale)
		}
	}
	if len(c.at) == 1 {
		c.period = 0
	}
	c.at, c.values = slices.Clip(c.at), slices.Clip(c.values)
	return c
}

// Never is a time that does not come.
const Never = time.Duration(math.MaxInt64)

// Cursor reads steps at times that never decrease. The zero value, with its
// Steps set, is at the beginning.
type Cursor struct {
	Steps *Steps
	index int
	start time.Duration // of the current period
}

// Seek moves to a time and returns the value there and until when it holds.
func (c *Cursor) Seek(now time.Duration) (value float64, until time.Duration) {
	s := c.Steps
	for {
		until = Never
		if c.index+1 < len(s.at) {
			until = c.start + s.at[c.index+1]
		} else if s.period > 0 {
			until = c.start + s.period
		}
		if now < until {
			return s.values[c.index], until
		}
		c.index++
		if c.index == len(s.at) {
			c.index, c.start = 0, c.start+s.period
			// Skip the periods that nobody looked at.
			c.start += (now - c.start) / s.period * s.period
		}
	}
}

// Mean returns the mean value from one time to a later one, and leaves the
// cursor, which must not be beyond from, where it is.
func (c Cursor) Mean(from, to time.Duration) float64 {
	length := float64(to - from)
	sum := 0.0
	if period := c.Steps.period; period > 0 {
		// Whole periods are alike.
		if whole := (to - from) / period; whole > 1 {
			sum = float64(float64(whole) * c.integral(from, from+period))
			from += whole * period
		}
	}
	return (sum + c.integral(from, to)) / length
}

// integral returns that over a span of time, in values times nanoseconds.
func (c Cursor) integral(from, to time.Duration) float64 {
	sum := 0.0
	for at := from; at < to; {
		value, until := c.Seek(at)
		until = min(until, to)
		sum += float64(value * float64(until-at))
		at = until
	}
	return sum
}

// Max returns the largest value.
func (s *Steps) Max() float64 { return slices.Max(s.values) }
