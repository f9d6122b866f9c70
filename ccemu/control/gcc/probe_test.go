package gcc

import (
	"slices"
	"testing"
	"time"
)

// calls plays a prober: a decision every 25 ms, with an estimate that a
// function tells.
func calls(p *prober, from, to time.Duration, s situation, estimate func(now time.Duration) float64) (at []time.Duration, rates []float64) {
	for now := from; now < to; now += 25 * ms {
		if estimate != nil {
			p.follow(estimate(now), now)
		}
		if bps := p.next(now, s); bps > 0 {
			at, rates = append(at, now), append(rates, bps)
		}
	}
	return at, rates
}

func constant(bps float64) func(time.Duration) float64 {
	return func(time.Duration) float64 { return bps }
}

// begunProber is one whose first probes are over.
func begunProber(request, estimate float64) *prober {
	p := &prober{}
	p.reset()
	p.begun, p.request, p.estimate = true, request, estimate
	return p
}

func TestFirstProbes(t *testing.T) {
	var p prober
	p.reset()
	at, rates := calls(&p, 0, time.Second, situation{start: 300e3, request: 5e6}, constant(300e3))
	if !slices.Equal(rates, []float64{900e3, 1.8e6}) {
		t.Errorf("probes at %v", rates)
	}
	// Five packets of 1,200 bytes take 53 ms at 900 kbps.
	if !slices.Equal(at, []time.Duration{0, 75 * ms}) {
		t.Errorf("probes after %v", at)
	}
}

// More than 0.7 of what was probed asks for twice the result, again and again.
func TestFurtherProbes(t *testing.T) {
	var p prober
	p.reset()
	s := situation{start: 300e3, request: 50e6}
	_, rates := calls(&p, 0, 500*ms, s, constant(300e3))
	_, further := calls(&p, 500*ms, 600*ms, s, constant(1.2e6))
	if len(rates) != 2 || len(further) != 0 {
		t.Errorf("probes at %v for a result of 0.67", further)
	}
	_, further = calls(&p, 600*ms, 700*ms, s, constant(1.3e6))
	if !slices.Equal(further, []float64{2.6e6}) {
		t.Errorf("probes at %v for a result of 0.72", further)
	}
	_, further = calls(&p, 700*ms, 800*ms, s, constant(2.5e6))
	if !slices.Equal(further, []float64{5e6}) {
		t.Errorf("then at %v", further)
	}
	// After a second without, no more is waited for.
	_, further = calls(&p, 2*time.Second, 2100*ms, s, constant(4.9e6))
	if len(further) != 0 {
		t.Errorf("probes at %v after a second", further)
	}
}

func TestProbesAreCapped(t *testing.T) {
	var p prober
	p.reset()
	_, rates := calls(&p, 0, time.Second, situation{start: 300e3, request: 400e3}, constant(790e3))
	if !slices.Equal(rates, []float64{800e3}) {
		t.Errorf("probes at %v of a request of 400 kbps", rates)
	}
	p.reset()
	if _, rates := calls(&p, 0, time.Second, situation{start: 300e3}, nil); len(rates) != 0 {
		t.Errorf("probes at %v although nothing is requested", rates)
	}
}

func TestProbesOnHigherRequest(t *testing.T) {
	p := begunProber(500e3, 600e3)
	if _, rates := calls(p, 0, time.Second, situation{request: 550e3, limited: true}, nil); len(rates) != 0 {
		t.Errorf("probes at %v for what is known to be there", rates)
	}
	if _, rates := calls(p, 10*time.Second, 11*time.Second, situation{request: 2e6}, nil); !slices.Equal(rates, []float64{2e6, 4e6}) {
		t.Errorf("probes at %v", rates)
	}
}

func TestProbesWhileLimited(t *testing.T) {
	p := begunProber(1e6, 1.1e6)
	s := situation{request: 1e6, limited: true, since: time.Second}
	at, rates := calls(p, time.Second, 17*time.Second, s, constant(1.1e6))
	if !slices.Equal(at, []time.Duration{6 * time.Second, 11 * time.Second, 16 * time.Second}) || rates[0] != 2e6 {
		t.Errorf("probes at %v after %v", rates, at)
	}
	// Twice the request is all that there is to know.
	if _, rates := calls(p, 20*time.Second, 40*time.Second, s, constant(1.95e6)); len(rates) != 0 {
		t.Errorf("probes at %v of an estimate of 1.95", rates)
	}
}

func TestProbesBelowRequest(t *testing.T) {
	p := begunProber(2e6, 500e3)
	s := situation{request: 2e6, clear: true}
	at, rates := calls(p, 0, 4*time.Second, s, constant(500e3))
	if !slices.Equal(at, []time.Duration{growInterval, 2*growInterval + 25*ms}) && !slices.Equal(at, []time.Duration{growInterval, 2 * growInterval}) || rates[0] != 1.5e6 {
		t.Errorf("probes at %v after %v", rates, at)
	}
	p.cancel()
	if at, _ := calls(p, 4*time.Second, 8*time.Second, s, constant(500e3)); len(at) == 0 || at[0] < 6*time.Second {
		t.Errorf("after a failure, probes after %v", at)
	}
	s.clear = false
	if at, _ := calls(p, 20*time.Second, 40*time.Second, s, constant(500e3)); len(at) != 0 {
		t.Errorf("probes after %v although a queue stands", at)
	}
}

func TestProbesAfterDrop(t *testing.T) {
	follow := func(p *prober, before, after float64) {
		p.follow(before, 10*time.Second)
		p.follow(after, 11*time.Second)
	}
	tests := []struct {
		name          string
		before, after float64
		wait          time.Duration // until the queue has drained
		want          []float64
	}{
		{"0.85 of what it was", 1e6, 500e3, time.Second, []float64{850e3}},
		{"a small drop", 1e6, 670e3, time.Second, nil},
		{"long ago", 1e6, 500e3, 5 * time.Second, nil},
	}
	for _, x := range tests {
		p := begunProber(2e6, 0)
		follow(p, x.before, x.after)
		now := 11*time.Second + x.wait
		p.recover(now)
		if _, rates := calls(p, now, now+50*ms, situation{request: 2e6}, nil); !slices.Equal(rates, x.want) {
			t.Errorf("%s: probes at %v, want %v", x.name, rates, x.want)
		}
	}
	p := begunProber(2e6, 0)
	follow(p, 1e6, 500e3)
	p.recover(12 * time.Second)
	p.follow(100e3, 13*time.Second)
	p.queue = p.queue[:0]
	if p.recover(14 * time.Second); len(p.queue) != 0 {
		t.Error("twice in 5 s")
	}
}
