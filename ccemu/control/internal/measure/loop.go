package measure

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// Loop is what a controller with a congestion window, in packets, needs to
// send at a rate instead.
type Loop struct {
	Flight Flight[struct{}]
	Rounds Rounds
	RTT    RTT

	pace  Pace
	drain Drain
}

// NewLoop makes one.
func NewLoop() Loop { return Loop{drain: NewDrain()} }

// Reset prepares for a new session.
func (l *Loop) Reset() {
	l.Flight.Reset()
	l.drain.Reset()
	*l = Loop{Flight: l.Flight, drain: l.drain}
}

// OnSent follows a packet.
func (l *Loop) OnSent(p *feedback.Sent) { l.Flight.OnSent(p, struct{}{}) }

// OnResult takes a result of a report and returns what of it is new.
func (l *Loop) OnResult(r *feedback.Report, p *feedback.Result) News {
	news, _ := l.Flight.OnResult(p)
	if news >= Received {
		l.RTT.Add(r.RTT(p))
		l.drain.OnArrival(p)
	}
	return news
}

// OnReport ends a report.
func (l *Loop) OnReport(r *feedback.Report) {
	l.pace.OnReport(r.At)
	l.drain.OnReport(r.Departure, l.Flight.Bytes())
}

// OnDecide begins a decision. It reports whether the round-trip time and the
// pace of reports and decisions are known.
func (l *Loop) OnDecide(now time.Duration) bool {
	l.pace.OnDecide(now)
	return l.RTT.Known && l.pace.Known()
}

// Round is the round trip of the loop for a round-trip time of the network:
// beyond that, packets wait for the next report, and reports for the next
// decision. A window that left that out would be tiny on short paths, and its
// steps wild.
func (l *Loop) Round(rtt time.Duration) time.Duration {
	return max(rtt+l.pace.Report()+l.pace.Decision(), time.Millisecond)
}

// Window is how many packets a rate keeps on their way in the loop.
func (l *Loop) Window(bps float64, rtt time.Duration) float64 {
	return bps * l.Round(rtt).Seconds() / 8 / PacketBytes
}

// Delivered is the window of the rate at which packets arrive; 0 while unknown.
func (l *Loop) Delivered(rtt time.Duration) float64 { return l.Window(l.drain.Bps, rtt) }

// Bps is the rate that keeps a window full: the window over the round-trip
// time, of which what is on its way shows more before its acknowledgments do.
// With a real window, nothing would leave while more than it is on its way; so
// the rate falls when that is so.
func (l *Loop) Bps(window float64) float64 {
	bytes := window * PacketBytes
	bps := 8 * bytes / l.Round(max(l.RTT.Smoothed, l.drain.Takes)).Seconds()
	if flight := float64(l.Flight.Bytes()); flight > bytes {
		bps *= bytes / flight
	}
	return bps
}
