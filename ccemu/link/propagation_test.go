package link_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/link"
	"trailblazer/ccemu/schedule"
)

// TestFloor is A4: alone on the path, a packet takes its serialisation and the
// propagation, rounded up to a nanosecond, and never less.
func TestFloor(t *testing.T) {
	for seed := range uint64(200) {
		random := draws(seed)
		kbps := math.Round(math.Pow(10, 2+5*random.Float64()))
		p := fifo(kbps)
		delay := 300 * random.Float64()
		p.DelayMs = schedule.Constant(delay)
		bytes := 40 + random.Int32N(1460)
		p.Bottleneck.Queue = unlimited
		for i, e := range play(t, &p, seed, every(time.Minute, 3, bytes)) {
			took := float64(e.At-time.Duration(i)*time.Minute) - float64(schedule.Milliseconds(delay))
			if over := took - float64(bytes)*8e6/kbps; over < -1e-3 || over >= 1 {
				t.Fatalf("%d bytes at %v kbps with a delay of %v ms take %v ns more than that", bytes, kbps, delay, over)
			}
		}
	}
}

// TestNothingOvertakes is A11: without reordering, packets of an owner arrive
// in the order in which they were sent, whatever delay and jitter do.
func TestNothingOvertakes(t *testing.T) {
	for seed := range uint64(100) {
		random := draws(seed)
		p := randomPath(random)
		p.ReorderShare = 0
		arrivals := randomArrivals(random, 300, 1500)
		for i := range arrivals {
			arrivals[i].Owner = random.Int32N(3)
		}
		var last [3]time.Duration
		for i, e := range play(t, &p, seed, arrivals) {
			if e.Fate != link.Arrived {
				continue
			}
			if e.At < last[e.Owner] {
				t.Fatalf("seed %d: packet %d of owner %d arrives at %d, after a later one at %d", seed, i, e.Owner, e.At, last[e.Owner])
			}
			last[e.Owner] = e.At
		}
	}
}

// delays sends n packets, far apart, over a path and returns by how many
// milliseconds each is late.
func delays(t *testing.T, p *link.Path, n int) []float64 {
	var l link.Link
	l.Start(p, time.Hour, 1)
	var e link.Event
	all := make([]float64, n)
	for i := range n {
		now := time.Duration(i) * 10 * time.Minute
		l.Send(now, link.Packet{Bytes: 1000})
		for l.Poll(now+5*time.Minute, &e) {
			all[i] = float64(e.At-now) / 1e6
		}
	}
	return all
}

// moments returns the mean, the standard deviation, the correlation of
// neighbours, the least and the most.
func moments(x []float64) (mean, deviation, correlation, least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, v := range x {
		mean += v / float64(len(x))
		least, most = min(least, v), max(most, v)
	}
	var variance, covariance float64
	for i, v := range x {
		variance += (v - mean) * (v - mean)
		if i > 0 {
			covariance += (v - mean) * (x[i-1] - mean)
		}
	}
	return mean, math.Sqrt(variance / float64(len(x))), covariance / variance, least, most
}

func TestNormalJitter(t *testing.T) {
	const deviation = 8.0
	for _, rho := range []float64{0, 0.5, 0.9} {
		t.Run(fmt.Sprint("correlation ", rho), func(t *testing.T) {
			p := link.Path{DelayMs: schedule.Constant(40), Jitter: link.Jitter{DeviationMs: deviation, Correlation: rho}}
			mean, sd, correlation, least, most := moments(delays(t, &p, 200_000))
			near(t, "mean", mean-40, deviation*math.Sqrt(2/math.Pi), 0.015)
			near(t, "standard deviation", sd, deviation*math.Sqrt(1-2/math.Pi), 0.02)
			if least < 40 || most > 40+4*deviation || most < 40+3.5*deviation {
				t.Errorf("delays from %v to %v", least, most)
			}
			// That of absolute values of two normal variables.
			want := (rho*math.Asin(rho) + math.Sqrt(1-rho*rho) - 1) / (math.Pi/2 - 1)
			if math.Abs(correlation-want) > 0.02 {
				t.Errorf("correlation %.4f, want %.4f", correlation, want)
			}
		})
	}
}

func TestParetoJitter(t *testing.T) {
	const deviation = 2.0
	// A Lomax variable L of shape 3, P(L>x) = (1+x)⁻³, times √(4/3), cut at 20.
	scale := math.Sqrt(4. / 3)
	cut := 20 / scale
	first := (1 - 1/((1+cut)*(1+cut))) / 2
	second := 1 - (1+2*cut)/((1+cut)*(1+cut))
	for _, rho := range []float64{0, 0.6} {
		t.Run(fmt.Sprint("correlation ", rho), func(t *testing.T) {
			p := link.Path{Jitter: link.Jitter{DeviationMs: deviation, Shape: link.Pareto, Correlation: rho}}
			x := delays(t, &p, 500_000)
			mean, sd, correlation, least, most := moments(x)
			near(t, "mean", mean, deviation*scale*first, 0.02)
			near(t, "standard deviation", sd, deviation*scale*math.Sqrt(second-first*first), 0.03)
			if least < 0 || most > 20*deviation || most < 15*deviation {
				t.Errorf("delays from %v to %v", least, most)
			}
			if math.Abs(correlation-rho) > 0.02 {
				t.Errorf("correlation %.4f, want %v", correlation, rho)
			}
			for _, level := range []float64{0.5, 1, 3, 6} { // deviations
				above := 0.0
				for _, v := range x {
					if v > level*deviation {
						above++
					}
				}
				near(t, fmt.Sprint("share above ", level), above/float64(len(x)), math.Pow(1+level/scale, -3), 0.08)
			}
		})
	}
}

func TestReordering(t *testing.T) {
	const n = 100_000
	for _, test := range []struct{ share, holdMs float64 }{{0.1, 0}, {0.5, 5}, {1, 20}} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			p := link.Path{DelayMs: schedule.Constant(30), ReorderShare: test.share, ReorderMs: test.holdMs}
			hold := test.holdMs
			if hold == 0 {
				hold = 20
			}
			held, sum, most := 0.0, 0.0, 0.0
			for i, e := range play(t, &p, 1, every(ms, n, 1000)) {
				late := float64(e.At-time.Duration(i)*ms)/1e6 - 30
				if late < 0 {
					t.Fatalf("packet %d arrives %v ms early", i, -late)
				}
				if late > 0 {
					held++
					sum += late
					most = max(most, late)
				}
			}
			near(t, "share held back", held/n, test.share, 0.03)
			near(t, "mean time", sum/held, hold/2, 0.03)
			if most > hold {
				t.Errorf("one is held back for %v ms", most)
			}
		})
	}
}

// TestHeldBackPacketsDoNotOvertake: they are overtaken. When the delay falls
// from 100 ms to 0, packets still arrive after those before them.
func TestHeldBackPacketsDoNotOvertake(t *testing.T) {
	p := link.Path{DelayMs: schedule.Series{AtMs: []float64{0, 500}, Values: []float64{100, 0}}, ReorderShare: 0.5, ReorderMs: 5}
	for i, e := range play(t, &p, 1, every(ms, 1000, 1000)) {
		// The last that was not held back before the fall arrived at 590 ms or later.
		if i >= 500 && e.At < 590*ms {
			t.Fatalf("packet %d, sent at %d ms, arrives at %v", i, i, e.At)
		}
	}
}

// TestOwners: packets of one owner do not hold up those of another.
func TestOwners(t *testing.T) {
	p := link.Path{DelayMs: schedule.Constant(10)}
	const extra = 100 * ms
	arrivals := []arrival{
		{0, link.Packet{Bytes: 1, Owner: 5, Extra: extra}},
		{1 * ms, link.Packet{Bytes: 1, Owner: 0}},
		{2 * ms, link.Packet{Bytes: 1, Owner: 5}},
		{3 * ms, link.Packet{Bytes: 1, Owner: 3, Extra: extra}},
		{4 * ms, link.Packet{Bytes: 1, Owner: 5, Direct: true}},
	}
	for i, e := range play(t, &p, 1, arrivals) {
		want := []time.Duration{110 * ms, 11 * ms, 110 * ms, 113 * ms, 4 * ms}[i]
		if e.At != want || e.Tag != int64(i) || e.Owner != arrivals[i].Owner || e.Fate != link.Arrived {
			t.Errorf("packet %d: %+v, want it at %v", i, e, want)
		}
	}
}

// TestDirectPacketsUseTheLink, and are lost as others are.
func TestDirectPacketsUseTheLink(t *testing.T) {
	p := fifo(8) // 1 byte each millisecond
	p.DelayMs = schedule.Constant(1000)
	p.Bottleneck.Queue = unlimited
	events := play(t, &p, 1, []arrival{{0, link.Packet{Bytes: 100, Direct: true}}, {0, link.Packet{Bytes: 100}}, {0, link.Packet{Bytes: 100, Direct: true}}})
	for i, want := range []time.Duration{100 * ms, 1200 * ms, 300 * ms} {
		if events[i].At != want || events[i].Waited != time.Duration(i+1)*100*ms {
			t.Errorf("packet %d arrives at %v after a wait of %v", i, events[i].At, events[i].Waited)
		}
	}
	p.Loss.Share = schedule.Constant(1)
	if e := play(t, &p, 1, []arrival{{0, link.Packet{Bytes: 100, Direct: true}}})[0]; e.Fate != link.Lost || e.At != 100*ms {
		t.Errorf("with a loss of 1: %+v", e)
	}
}

// TestDelayOverTime takes the delay at the time at which the packet leaves the
// bottleneck.
func TestDelayOverTime(t *testing.T) {
	p := fifo(8)
	p.Bottleneck.Queue = unlimited
	p.DelayMs = schedule.Series{AtMs: []float64{0, 150, 250}, Values: []float64{10, 500, 0}}
	for i, e := range play(t, &p, 1, burst(0, 7, 100)) {
		want := []time.Duration{110 * ms, 700 * ms, 700 * ms, 700 * ms, 700 * ms, 700 * ms, 700 * ms}[i]
		if e.At != want {
			t.Errorf("packet %d arrives at %v, want %v", i, e.At, want)
		}
	}
}
