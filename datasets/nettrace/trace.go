package nettrace

import (
	"fmt"
	"math"
	"strconv"

	"trailblazer/datasets/trace"
)

// FormatError says what is wrong with a file, and what would be right.
type FormatError = trace.FormatError

// Limits on what a file may say: an emulator counts in nanoseconds, and no
// path on earth comes near them. MaxTimeMs is 30 days.
const (
	MaxTimeMs   = 30 * 24 * 3600 * 1000
	MaxDelayMs  = 60_000
	MaxKbps     = trace.MaxBandwidthMbps * 1000
	MaxSegments = 1 << 22
)

// Trace is what a file says of a path between a sender and a receiver.
type Trace struct {
	// Name identifies the trace within its set, usually the file name.
	Name   string
	Format Format
	// Forward is the direction from the sender to the receiver, Reverse the
	// one back.
	Forward, Reverse Direction
	// Reordering says that packets may overtake others.
	Reordering bool
}

// Direction is one direction of a path. What a file leaves open is empty.
type Direction struct {
	// LengthMs is how long the recording lasts. Then it begins anew. 0 for a
	// direction of which a file says nothing.
	LengthMs float64
	// OpportunitiesMs are the milliseconds at which a packet of up to 1,500
	// bytes can leave, ascending; the last one is the length. A direction has
	// these or a bandwidth.
	OpportunitiesMs []int64
	// Kbps is the bandwidth, DelayMs the propagation delay, LossShare the
	// share of packets that are lost, from 0 to 1.
	Kbps, DelayMs, LossShare Series
	// JitterMs is the standard deviation of the normal variable whose absolute
	// value adds to the delay.
	JitterMs float64
	// QueuePackets is the most that wait, the one in service included; 0 where
	// the file says nothing of a queue.
	QueuePackets int
}

// Series is a quantity over time: Values[i] from AtMs[i] to the next, the last
// one to the end. AtMs[0] is 0.
type Series struct{ AtMs, Values []float64 }

// add appends a value that holds from a time on; one that is the same as
// before changes nothing.
func (s *Series) add(atMs, value float64) {
	if n := len(s.Values); n == 0 || s.Values[n-1] != value {
		s.AtMs, s.Values = append(s.AtMs, atMs), append(s.Values, value)
	}
}

// OpportunityBytes is what one opportunity carries, by mahimahi's manual.
const OpportunityBytes = 1500

// Limited reports whether the direction has a bandwidth.
func (d *Direction) Limited() bool { return len(d.OpportunitiesMs) > 0 || len(d.Kbps.Values) > 0 }

// Bins returns the mean bandwidth in kbps of bins of a width, one after the
// other; the last one may be cut short by the end.
func (d *Direction) Bins(widthMs float64) []float64 {
	bins := make([]float64, max(int(math.Ceil(d.LengthMs/widthMs)), 1))
	at := func(ms float64) int { return min(int(ms/widthMs), len(bins)-1) }
	for _, ms := range d.OpportunitiesMs {
		bins[at(float64(ms))] += OpportunityBytes * 8
	}
	s := &d.Kbps
	for i, kbps := range s.Values {
		end := d.LengthMs
		if i+1 < len(s.AtMs) {
			end = s.AtMs[i+1]
		}
		for from, b := s.AtMs[i], at(s.AtMs[i]); from < end; b++ {
			to := end
			if b+1 < len(bins) {
				to = min(end, float64(b+1)*widthMs)
			}
			bins[b] += float64(kbps * (to - from))
			from = to
		}
	}
	for b := range bins {
		bins[b] /= min(widthMs, d.LengthMs-float64(float64(b)*widthMs))
	}
	return bins
}

// MeanKbps is the mean bandwidth.
func (d *Direction) MeanKbps() float64 { return d.Bins(d.LengthMs)[0] }

// check reports the first of a list of numbers that does not lie from low to
// high.
func check(field string, list []float64, low, high float64, remedy string) *FormatError {
	for i, x := range list {
		if err := checkOne(x, low, high, remedy); err != nil {
			err.Field = field + "[" + strconv.Itoa(i) + "]"
			return err
		}
	}
	return nil
}

func checkOne(x, low, high float64, remedy string) *FormatError {
	problem := ""
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		problem = "is not finite"
	case x < low && low == 0:
		problem = "is negative"
	case x < low || x > high:
		problem = fmt.Sprintf("is not from %v to %v", low, high)
	default:
		return nil
	}
	return &FormatError{Value: strconv.FormatFloat(x, 'g', -1, 64), Problem: problem, Remedy: remedy}
}

// dead is the error of a path that never carries anything.
func dead(field string) *FormatError {
	return &FormatError{Field: field, Problem: "is 0 all the time: nothing would ever arrive", Remedy: "give a bandwidth above 0 somewhere"}
}
