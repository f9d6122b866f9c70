package gcc_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu/control/gcc"
	"trailblazer/ccemu/feedback"
)

const ms = time.Millisecond

// spy is a controller whose decisions are kept.
type spy struct {
	feedback.Controller
	at        []time.Duration
	requests  []float64
	decisions []feedback.Decision
}

func (c *spy) Decide(s *feedback.Sender) feedback.Decision {
	d := c.Controller.Decide(s)
	c.at = append(c.at, s.Now)
	c.requests = append(c.requests, s.RequestBps)
	c.decisions = append(c.decisions, d)
	return d
}

// reaches returns how long after a moment the target is at least so much.
func (c *spy) reaches(bps float64, from time.Duration) time.Duration {
	for i, d := range c.decisions {
		if c.at[i] >= from && d.TargetBps >= bps {
			return c.at[i] - from
		}
	}
	return never
}

// drive plays frames of constant size at 2.5 times the target through a path
// with a queue of 300 ms, and returns what the controller decided.
func drive(c feedback.Controller, length, interval time.Duration, request func(time.Duration) float64, steps ...step) (*spy, *flow) {
	s := &spy{Controller: c}
	f := &flow{
		path:     path{steps: steps, limitBytes: steps[0].bps * 0.3 / 8, propagation: 50 * ms},
		request:  request,
		pacing:   2.5,
		feedback: 50 * ms,
		interval: interval,
		start:    300_000,
	}
	f.run(ours{s}, length)
	return s, f
}

func always(bps float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return bps }
}

func TestProdFindsTheCapacityAtOnce(t *testing.T) {
	s, _ := drive(gcc.NewProd(gcc.Config{}), 5*time.Second, 100*ms, always(10e6), step{0, 3e6})
	if got := s.reaches(2.7e6, 0); got > time.Second {
		t.Errorf("0.9 of 3 Mbps after %v, want it within a second", got)
	}
	plain, _ := drive(gcc.New(gcc.Config{}), 20*time.Second, 100*ms, always(10e6), step{0, 3e6})
	if got := plain.reaches(2.7e6, 0); got < 10*time.Second {
		t.Errorf("without probes after %v: what is this test good for?", got)
	}
}

// Whatever the time between decisions.
func TestProdFollowsChanges(t *testing.T) {
	for _, interval := range []time.Duration{25 * ms, 50 * ms, 100 * ms, 200 * ms} {
		s, f := drive(gcc.NewProd(gcc.Config{}), 60*time.Second, interval, always(10e6),
			step{0, 1e6}, step{20 * time.Second, 2.5e6}, step{40 * time.Second, 0.5e6})
		if got := s.reaches(2.2e6, 20*time.Second); got > 4*time.Second {
			t.Errorf("every %v: 0.9 of 2.5 Mbps %v after the rise", interval, got)
		}
		mean := func(from, to time.Duration) float64 {
			sum, n := 0.0, 0.0
			for i, d := range s.decisions {
				if s.at[i] >= from && s.at[i] < to {
					sum, n = sum+d.TargetBps, n+1
				}
			}
			return sum / n
		}
		for _, x := range []struct {
			from, to time.Duration
			bps      float64
		}{{5 * time.Second, 20 * time.Second, 1e6}, {25 * time.Second, 40 * time.Second, 2.5e6}, {45 * time.Second, 60 * time.Second, 0.5e6}} {
			if got := mean(x.from, x.to); got < 0.8*x.bps || got > 1.02*x.bps {
				t.Errorf("every %v: from %v, %.0f kbps of %.0f", interval, x.from, got/1e3, x.bps/1e3)
			}
		}
		// The queue that the fall leaves is gone after 3 s.
		for _, p := range f.packets {
			if wait := p.Arrival - p.At - 50*ms; p.Received && p.At > 43*time.Second && p.At < 60*time.Second && wait > 200*ms {
				t.Errorf("every %v: a packet of %v waits for %v", interval, p.At, wait)
				break
			}
		}
	}
}

// The target and the probes stay near what is requested, and a rate that was
// never tested is not decided for.
func TestProdWhileLimited(t *testing.T) {
	request := func(now time.Duration) float64 {
		if now < 20*time.Second {
			return 200e3
		}
		return 5e6
	}
	s, _ := drive(gcc.NewProd(gcc.Config{}), 30*time.Second, 100*ms, request, step{0, 3e6})
	for i, d := range s.decisions {
		if most := 1.1 * s.requests[i]; d.TargetBps > most {
			t.Fatalf("after %v: a target of %v, request %v", s.at[i], d.TargetBps, s.requests[i])
		}
		if most := 2 * s.requests[i]; d.ProbeBps > most {
			t.Fatalf("after %v: a probe at %v, request %v", s.at[i], d.ProbeBps, s.requests[i])
		}
		if s.at[i] == 20*time.Second && d.TargetBps > 2*200e3 {
			t.Errorf("%v as the request rises, more than what probes have tested", d.TargetBps)
		}
	}
	if got := s.reaches(2.5e6, 20*time.Second); got > 2*time.Second {
		t.Errorf("2.5 Mbps %v after the request rose", got)
	}
}

// Without probes, what the application does not send says nothing either.
func TestGrowthIsBoundedByWhatArrives(t *testing.T) {
	for _, c := range []feedback.Controller{gcc.New(gcc.Config{}), gcc.NewDraft(gcc.DraftConfig{})} {
		s, _ := drive(c, 30*time.Second, 100*ms, always(400e3), step{0, 3e6})
		for i, d := range s.decisions {
			// A window of 150 ms holds 4 or 5 frames of 33 ms.
			if d.TargetBps > 1.5*400e3*5/4.5 {
				t.Fatalf("%T after %v: %v of 400 kbps", c, s.at[i], d.TargetBps)
			}
		}
	}
}

// While the link stands still, so that no reports come, the rate falls.
func TestOutage(t *testing.T) {
	for _, c := range []feedback.Controller{gcc.New(gcc.Config{}), gcc.NewProd(gcc.Config{})} {
		s, _ := drive(c, 30*time.Second, 100*ms, always(2e6), step{0, 1e6}, step{10 * time.Second, 0}, step{20 * time.Second, 1e6})
		at := func(now time.Duration) float64 {
			return s.decisions[slices.Index(s.at, now)].TargetBps
		}
		before, during := at(10*time.Second), at(19900*ms)
		// From 3 s on, to 0.8 of it in each second.
		if want := math.Pow(0.8, 6) * before; during > want {
			t.Errorf("%T: %v before and %v at the end of an outage of 10 s, want at most %v", c, before, during, want)
		}
		if _, prod := c.(*gcc.Prod); !prod {
			continue // grows by 8 % in a second
		}
		if after := s.reaches(0.7*before, 20*time.Second); after > 3*time.Second {
			t.Errorf("back %v after the outage, want it within 3 s", after)
		}
	}
}

func TestReset(t *testing.T) {
	for _, c := range []feedback.Controller{gcc.New(gcc.Config{}), gcc.NewProd(gcc.Config{}), gcc.NewDraft(gcc.DraftConfig{})} {
		first, _ := drive(c, 20*time.Second, 100*ms, always(2e6), step{0, 1e6}, step{10 * time.Second, 400e3})
		c.Reset()
		second, _ := drive(c, 20*time.Second, 100*ms, always(2e6), step{0, 1e6}, step{10 * time.Second, 400e3})
		if !slices.Equal(first.decisions, second.decisions) {
			t.Errorf("%T: a reset leaves something", c)
		}
	}
}
