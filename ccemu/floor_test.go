package ccemu_test

import (
	"fmt"
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// trips notes by how much round-trip times, and the reported delays one way,
// exceed what the path takes at least.
type trips struct {
	rateBps, backBps float64
	delay            time.Duration // of both ways
	least            time.Duration // by which a trip was longer
	results          int
	below            int // trips that were too short
}

func (r *trips) OnSent(*feedback.Sent) {}

func (r *trips) OnReport(report *feedback.Report) {
	for i := range report.Results {
		p := &report.Results[i]
		if !p.Received {
			continue
		}
		floor := float64(p.SizeBytes)*8e9/r.rateBps + float64(r.delay)
		if r.backBps > 0 {
			// The report itself is serialised too: 62 bytes and 2 for each packet.
			floor += float64(62+2*len(report.Results)) * 8e9 / r.backBps
		}
		over := time.Duration(float64(report.RTT(p)) - floor)
		if r.results == 0 || over < r.least {
			r.least = over
		}
		if float64(report.RTT(p)) < floor-1e-3 {
			r.below++
		}
		r.results++
	}
}

// TestRoundTripFloor is A4: an idle path shows its propagation and
// serialisation, within 1 µs, and never less.
func TestRoundTripFloor(t *testing.T) {
	for _, test := range []struct {
		kbps, backKbps, forwardMs, reverseMs, extraMs float64
	}{
		{2000, 0, 20, 20, 0},
		{777, 0, 25.123456, 10.000001, 0},
		{10_000, 333, 0, 0, 0},
		{150, 100, 5, 200, 33.3},
		{1e6, 0, 1, 1, 0},
		{1e7, 1e7, 0, 0, 0},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			flow := media.Flow{ExtraDelayMs: test.extraMs, StartKbps: 60}
			s := ccemu.Session{
				Forward: fifo(test.kbps, test.forwardMs), Flows: []media.Flow{flow},
				Reverse: link.Path{DelayMs: schedule.Constant(test.reverseMs)},
			}
			if test.backKbps > 0 {
				s.Reverse.Bottleneck.RateKbps = schedule.Constant(test.backKbps)
			}
			var e ccemu.Emulator
			e.Start(&s, 1)
			r := &trips{
				rateBps: 1000 * test.kbps, backBps: 1000 * test.backKbps,
				delay: schedule.Milliseconds(test.forwardMs) + schedule.Milliseconds(test.reverseMs) + 2*schedule.Milliseconds(test.extraMs),
			}
			e.Listen(0, r)
			e.Advance(20 * time.Second)
			if r.results < 500 || r.below > 0 || r.least > time.Microsecond {
				t.Errorf("of %d trips %d are below the floor; the shortest is %v above it", r.results, r.below, r.least)
			}
		})
	}
}

// repeats notes when retransmissions leave.
type repeats struct{ at []time.Duration }

func (r *repeats) OnSent(p *feedback.Sent) {
	if p.Kind == feedback.Retransmission {
		r.at = append(r.at, p.At)
	}
}

func (r *repeats) OnReport(*feedback.Report) {}

// TestRequestsWakeTheSender: what is asked for leaves when the request comes,
// not with the next frame. Frames come each second and are sent within 0.4 s;
// requests for them come 0.4 s after that.
func TestRequestsWakeTheSender(t *testing.T) {
	flow := steady
	flow.Retries, flow.Video.FPS = 1, 1
	s := ccemu.Session{
		Forward: link.Path{DelayMs: schedule.Constant(200), Loss: link.Loss{Share: schedule.Constant(0.1)}},
		Reverse: link.Path{DelayMs: schedule.Constant(200)},
		Flows:   []media.Flow{flow},
	}
	var e ccemu.Emulator
	e.Start(&s, 1)
	r := new(repeats)
	e.Listen(0, r)
	e.SetTarget(0, 500_000)
	e.Advance(30 * time.Second)
	between := 0
	for _, at := range r.at {
		if into := at % time.Second; into > 410*ms && into < 990*ms {
			between++
		}
	}
	if len(r.at) < 100 || between < len(r.at)/2 {
		t.Errorf("of %d retransmissions %d leave between frames", len(r.at), between)
	}
}
