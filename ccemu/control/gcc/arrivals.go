package gcc

import (
	"slices"

	"trailblazer/ccemu/feedback"
)

// arrivals lists the packets of a report that arrived, in the order of their
// arrival.
type arrivals struct {
	list []*feedback.Result
}

// of returns the list. It is valid until the next call, as the report is.
func (a *arrivals) of(r *feedback.Report) []*feedback.Result {
	a.list = a.list[:0]
	sorted := true
	for i := range r.Results {
		p := &r.Results[i]
		if !p.Received {
			continue
		}
		if n := len(a.list); n > 0 && p.Arrival < a.list[n-1].Arrival {
			sorted = false
		}
		a.list = append(a.list, p)
	}
	if !sorted {
		slices.SortStableFunc(a.list, func(x, y *feedback.Result) int { return int(x.Arrival - y.Arrival) })
	}
	return a.list
}
