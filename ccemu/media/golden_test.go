package media

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/draw"
)

// TestGolden: the same seed and the same channel bring the same packets,
// messages and playback, on every platform. What changes them on purpose
// changes the sum.
func TestGolden(t *testing.T) {
	const want = "d1052d81e3cf77b9"
	f := Flow{
		StartMs: 250, StartKbps: 800,
		RequestKbps: schedule.Series{AtMs: []float64{0, 7000}, Values: []float64{3000, 600}, PeriodMs: 12_000},
	}
	c := newChannel(f, 42, 0)
	d := draw.New(42, 8)
	c.forward = func(time.Duration, *Packet) time.Duration {
		if d.Unit() < 0.1 {
			return schedule.Never
		}
		return time.Duration(d.Between(30e6, 45e6))
	}
	c.back = func(time.Duration, *Message) time.Duration { return 25 * ms }
	sum := sha256.New()
	c.onSent = func(_ time.Duration, p *Packet) { fmt.Fprintln(sum, *p) }
	var stalled time.Duration
	c.onMessage = func(now time.Duration, m *Message) {
		fmt.Fprintln(sum, *m)
		if m.Report {
			stalled = m.Stalled
		}
	}
	var st feedback.Sender
	for second := range 30 {
		c.run(time.Duration(second) * time.Second)
		c.sender.SetTarget(c.now, 300e3+float64(second*second%11)*150e3)
		if second%9 == 4 {
			c.sender.Probe(c.now, 2e6)
		}
		c.sender.State(c.now, &st)
		fmt.Fprintln(sum, st, c.receiver.Playback(c.now))
	}
	played := c.receiver.Playback(c.now)
	if stalled == 0 || stalled != played.Stalled[0] {
		t.Errorf("the last report says %v of stalls, want %v", stalled, played.Stalled[0])
	}
	if got := fmt.Sprintf("%x", sum.Sum(nil)[:8]); got != want {
		t.Errorf("sum %s, want %s; %+v", got, want, played)
	}
}
