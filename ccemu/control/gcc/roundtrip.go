package gcc

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// rttReports is over how many reports the round-trip time is averaged:
// kMaxFeedbackRttWindow of libwebrtc's GoogCcNetworkController.
const rttReports = 32

// roundTrip tracks the round-trip time.
type roundTrip struct {
	longest [rttReports]time.Duration // of each report, with the wait for it
	sum     time.Duration
	reports int
	// shortest is that of the last report without the wait: what the path
	// takes. It came at.
	shortest, at time.Duration
}

// add takes a report, and reports whether anything in it had arrived.
func (t *roundTrip) add(r *feedback.Report) bool {
	longest, shortest, any := time.Duration(0), time.Duration(0), false
	for i := range r.Results {
		p := &r.Results[i]
		if !p.Received {
			continue
		}
		longest = max(longest, r.At-p.At)
		if rtt := r.RTT(p); !any || rtt < shortest {
			shortest = rtt
		}
		any = true
	}
	if !any {
		return false
	}
	slot := &t.longest[t.reports%rttReports]
	t.sum += longest - *slot
	*slot = longest
	t.reports++
	t.shortest, t.at = shortest, r.At
	return true
}

// mean of the last reports.
func (t *roundTrip) mean() time.Duration {
	return t.sum / time.Duration(max(min(t.reports, rttReports), 1))
}
