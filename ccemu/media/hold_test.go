package media

import (
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/internal/draw"
)

func sent(frame int32) feedback.Sent { return feedback.Sent{Frame: frame} }

// TestHold: the delay is that of the fastest frame and 20 ms, or the mean and
// four deviations.
func TestHold(t *testing.T) {
	var h hold
	h.measure(0, 50*ms)
	if h.delay != 70*ms {
		t.Errorf("the first delay is %v", h.delay)
	}
	// One frame is 160 ms late: deviation 160/16, mean 50+160/16.
	h.measure(40*ms, 210*ms)
	if got := h.target(); got != 100*ms {
		t.Errorf("the target is %v", got)
	}
	// It is approached by a tenth of the time, or all at once behind a late
	// frame.
	h.follow(40*ms, 0)
	if h.delay != 74*ms {
		t.Errorf("the delay is %v", h.delay)
	}
	h.follow(40*ms, 10*ms)
	if h.delay != 84*ms {
		t.Errorf("the delay is %v", h.delay)
	}
	h.follow(40*ms, 140*ms)
	if h.delay != 100*ms {
		t.Errorf("the delay is %v", h.delay)
	}
	// The rest decays, by no more than a tenth either.
	now, last := 40*ms, h.delay
	for range 200 {
		now += 40 * ms
		h.measure(now, 50*ms)
		h.follow(40*ms, 0)
		if h.delay > last || h.delay < last-4*ms {
			t.Fatalf("from %v to %v", last, h.delay)
		}
		last = h.delay
	}
	if last > 71*ms || last < 70*ms {
		t.Errorf("the delay is %v in the end", last)
	}
}

// TestHoldPath: a path that becomes longer or shorter for good is followed,
// also below the fastest frame that was.
func TestHoldPath(t *testing.T) {
	var h hold
	now := time.Duration(0)
	play := func(transit time.Duration, frames int) {
		for range frames {
			now += 33 * ms
			h.measure(now, transit)
			h.follow(33*ms, max(0, transit-h.delay))
		}
	}
	for _, transit := range []time.Duration{50 * ms, 350 * ms, 20 * ms, -time.Hour} {
		if play(transit, 1000); h.delay > transit+21*ms || h.delay < transit+20*ms-1 {
			if transit > 0 {
				t.Errorf("the delay is %v for frames of %v", h.delay, transit)
			}
		}
	}
	// Whatever happens, the delay is bounded.
	d := draw.New(1, 1)
	h = hold{}
	for range 10_000 {
		play(time.Duration(d.Between(0, 60e9)), 1)
		if fastest := min(h.fastest[0], h.fastest[1]); h.target() > fastest+maxHold || h.target() < fastest+minHold {
			t.Fatalf("the target is %v where the fastest is %v", h.target(), fastest)
		}
	}
}
