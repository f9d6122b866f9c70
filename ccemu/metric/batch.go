package metric

import (
	"fmt"
	"slices"

	"trailblazer/internal/setting"
)

// DeadlineMs is by when a decision has to be there: the paper's control
// interval.
const DeadlineMs = 100

// BatchServer answers requests in batches, one after the other, first come
// first served: whenever it is free and some wait, it takes up to Size of
// them. It is the paper's server of Fig. 5b, where 64 requests are one batch.
type BatchServer struct {
	Size int
	// ServiceMs[i] is the time that a batch of i+1 takes. Larger ones take as
	// long as the last, so that one number is a constant.
	ServiceMs []float64
}

// Delay says how long requests took from their arrival until they were
// answered. Quantiles are as in [Summary].
type Delay struct {
	MeanMs, P95Ms, P99Ms, MaxMs float64
	// LateShare of them took longer than [DeadlineMs].
	LateShare float64
}

// Delay plays a peak of requests, at least one, that come evenly within a time
// that begins as the server is free. In no time at all, the last is answered
// after ⌈requests/Size⌉ batches.
func (s *BatchServer) Delay(requests int, withinMs float64) (Delay, error) {
	if err := s.validate(requests, withinMs); err != nil {
		return Delay{}, err
	}
	arrival := func(i int) float64 { return float64(withinMs*float64(i)) / float64(requests) }
	delays := make([]float64, 0, requests)
	sum, late, free := 0.0, 0, 0.0
	for first := 0; first < requests; {
		begin := max(free, arrival(first))
		end := first + 1
		for end < requests && end < first+s.Size && arrival(end) <= begin {
			end++
		}
		free = begin + s.ServiceMs[min(end-first, len(s.ServiceMs))-1]
		for ; first < end; first++ {
			delay := free - arrival(first)
			delays = append(delays, delay)
			sum += delay
			if delay > DeadlineMs {
				late++
			}
		}
	}
	slices.Sort(delays)
	n := float64(requests)
	return Delay{sum / n, quantile(delays, 95), quantile(delays, 99), delays[requests-1], float64(late) / n}, nil
}

func (s *BatchServer) validate(requests int, withinMs float64) error {
	switch {
	case s.Size < 1:
		return setting.Refuse("size", s.Size, "is no batch", "give at least 1")
	case len(s.ServiceMs) == 0:
		return &setting.Error{Field: "service_ms", Problem: "is empty", Remedy: "give at least one time"}
	case requests < 1:
		return setting.Refuse("requests", requests, "are no peak", "give at least 1")
	case !(withinMs >= 0 && withinMs <= maxMs):
		return setting.Refuse("within_ms", withinMs, "is out of range", fmt.Sprintf("give a number from 0 to %d", maxMs))
	}
	for i, ms := range s.ServiceMs {
		if !(ms >= 0 && ms <= maxMs) {
			return setting.Refuse(fmt.Sprintf("service_ms[%d]", i), ms, "is out of range", fmt.Sprintf("give a number from 0 to %d", maxMs))
		}
	}
	return nil
}

// maxMs bounds times: a day.
const maxMs = 24 * 3600 * 1000
