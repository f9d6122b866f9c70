package metric

import (
	"math"
	"slices"

	"trailblazer/internal/stats"
)

// Errors are those of the predictions of one session. The zero value has none.
type Errors struct {
	signed []float64
	// Skipped predictions were not counted: see [APE].
	Skipped int
}

// Add takes one prediction, with the true bandwidth and the request rate.
func (e *Errors) Add(predictedBps, trueBps, requestBps float64) {
	signed, counted := relativeError(predictedBps, trueBps, requestBps)
	if !counted {
		e.Skipped++
		return
	}
	e.signed = append(e.signed, signed)
}

// Reset forgets all, and keeps the memory.
func (e *Errors) Reset() { e.signed, e.Skipped = e.signed[:0], 0 }

// Counted is the number of predictions that count.
func (e *Errors) Counted() int { return len(e.signed) }

// APEs returns the absolute errors in the order of their predictions.
func (e *Errors) APEs() []float64 {
	apes := make([]float64, len(e.signed))
	for i, signed := range e.signed {
		apes[i] = math.Abs(signed)
	}
	return apes
}

// Summary says how large the errors of some sessions are. Where none counts,
// all are 0.
type Summary struct {
	// Sessions have at least one prediction that counts.
	Sessions, Counted, Skipped int
	// MAPE is eq. 7 over the predictions of all sessions, Macro the mean of the
	// sessions' own, and Median and P95 are quantiles of the absolute errors:
	// the smallest that at least so many of them do not exceed.
	MAPE, Macro, Median, P95 float64
	// Over and Under are what predictions that were too high and too low
	// contribute to MAPE, which is their sum; OverShare and UnderShare of all
	// predictions were so.
	Over, Under           float64
	OverShare, UnderShare float64
}

// Summarize sums up the errors of sessions.
func Summarize(sessions []Errors) Summary {
	var s Summary
	var all, over, under, means []float64
	for i := range sessions {
		e := &sessions[i]
		s.Skipped += e.Skipped
		if e.Counted() == 0 {
			continue
		}
		s.Sessions++
		s.Counted += e.Counted()
		apes := e.APEs()
		means = append(means, stats.Sum(apes)/float64(len(apes)))
		all = append(all, apes...)
		for _, signed := range e.signed {
			switch {
			case signed > 0:
				over = append(over, signed)
			case signed < 0:
				under = append(under, -signed)
			}
		}
	}
	if s.Counted == 0 {
		return s
	}
	n := float64(s.Counted)
	s.MAPE, s.Macro = stats.Sum(all)/n, stats.Sum(means)/float64(len(means))
	s.Over, s.Under = stats.Sum(over)/n, stats.Sum(under)/n
	s.OverShare, s.UnderShare = float64(len(over))/n, float64(len(under))/n
	slices.Sort(all)
	s.Median, s.P95 = quantile(all, 50), quantile(all, 95)
	return s
}

// quantile returns the smallest of ascending numbers that at least percent of
// them do not exceed. There is at least one.
func quantile(ascending []float64, percent int) float64 {
	return ascending[max(0, (percent*len(ascending)+99)/100-1)]
}
