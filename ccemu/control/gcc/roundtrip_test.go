package gcc

import (
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
)

func TestRoundTrip(t *testing.T) {
	var rtt roundTrip
	if rtt.add(&feedback.Report{At: time.Second, Results: []feedback.Result{{}}}) {
		t.Error("took a report of which nothing arrived")
	}
	// The receiver's clock is 500 s ahead. The report left 40 and 10 ms after
	// the packets' arrival.
	r := feedback.Report{At: 1100 * ms, Departure: 501050 * ms, Results: []feedback.Result{
		{Sent: feedback.Sent{At: 960 * ms}, Received: true, Arrival: 501010 * ms},
		{Sent: feedback.Sent{At: 970 * ms}},
		{Sent: feedback.Sent{At: 980 * ms}, Received: true, Arrival: 501040 * ms},
	}}
	if !rtt.add(&r) || rtt.shortest != 100*ms || rtt.mean() != 140*ms {
		t.Errorf("shortest %v, mean %v; want 100 ms and 140 ms", rtt.shortest, rtt.mean())
	}
	// The mean is that of the last 32 reports.
	for i := range 40 {
		rtt.add(&feedback.Report{At: time.Duration(i) * ms, Results: []feedback.Result{{Received: true}}})
	}
	if want := time.Duration(8+39) * ms / 2; rtt.mean() != want {
		t.Errorf("mean %v, want %v", rtt.mean(), want)
	}
}

func TestTimeout(t *testing.T) {
	var limit timeout
	if limit.expired(10 * time.Second) {
		t.Error("expired before anything was sent")
	}
	limit.onSent(0)
	limit.onReport(time.Second)
	limit.onSent(3900 * ms)
	if limit.expired(100 * ms) {
		t.Error("2.9 s without a report, and 100 ms, are not more than 3 s")
	}
	limit.onSent(3901 * ms)
	if !limit.expired(100 * ms) {
		t.Error("not expired")
	}
	if !limit.due(5*time.Second) || limit.due(5900*ms) || !limit.due(6*time.Second) {
		t.Error("want it to be due once in a second")
	}
	limit.onReport(7 * time.Second)
	if limit.expired(100*ms) || !limit.expired(3100*ms) {
		t.Error("want the round trip alone to count after a report")
	}
}
