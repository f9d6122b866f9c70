package gcc

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func newDraftRate(start float64) draftRate {
	return draftRate{config: Config{}.bounded(), target: start, rtt: 100 * ms}
}

func TestDraftRate(t *testing.T) {
	t.Run("8 % in a second", func(t *testing.T) {
		for _, step := range []time.Duration{25 * ms, 50 * ms, 100 * ms} {
			d := newDraftRate(300e3)
			for now := time.Duration(0); now <= 2*time.Second; now += step {
				d.update(normal, 1e6, now)
			}
			if want := 300e3 * 1.08 * 1.08; !near(d.target, want) {
				t.Errorf("every %v: %v, want %v", step, d.target, want)
			}
		}
	})
	t.Run("0.85 of what arrives", func(t *testing.T) {
		d := newDraftRate(1e6)
		d.update(over, 800e3, 0)
		if !near(d.target, 0.85*800e3) {
			t.Errorf("%v", d.target)
		}
		for i, want := range []phase{hold, increase} {
			if d.update(normal, 700e3, time.Duration(i+1)*ms); d.phase != want {
				t.Errorf("phase %v after %d normal samples, want %v", d.phase, i+1, want)
			}
		}
	})
	t.Run("additive near the capacity", func(t *testing.T) {
		d := newDraftRate(1e6)
		d.mean, d.variance = 600e3, 10e3*10e3
		d.target = 600e3
		d.update(normal, 595e3, 0)
		before := d.target
		d.update(normal, 595e3, 100*ms)
		// Half of a response time of 200 ms, half a packet of a frame's three.
		if want := before + 0.5*0.5*before/30/3; !near(d.target, want) {
			t.Errorf("%v, want %v", d.target, want)
		}
		before = d.target
		d.update(normal, 595e3, 101*ms)
		if !near(d.target, before+draftStep) {
			t.Errorf("%v, want 1,000 more than %v", d.target, before)
		}
		if d.update(normal, 631e3, 102*ms); d.mean != 0 {
			t.Error("kept the mean although more than three deviations more arrives")
		}
	})
	t.Run("at most 1.5 of what arrives", func(t *testing.T) {
		d := newDraftRate(300e3)
		for now := time.Duration(0); now < 20*time.Second; now += 50 * ms {
			if d.update(normal, 250e3, now); d.target > 375e3 {
				t.Fatalf("%v", d.target)
			}
		}
		if d.target != 375e3 {
			t.Errorf("ends at %v", d.target)
		}
	})
}

func TestDraftLoss(t *testing.T) {
	tests := []struct {
		name   string
		lost   int // of 100
		factor float64
	}{
		{"1 % grows", 1, 1.05},
		{"2 % holds", 2, 1},
		{"5 % holds", 5, 1},
		{"10 % holds", 10, 1},
		{"20 % is x 0.9", 20, 0.9},
	}
	for _, x := range tests {
		l := draftLoss{config: Config{}.bounded(), target: 500e3}
		l.count(x.lost, 100, 0)
		if want := x.factor * 500e3; !near(l.target, want) {
			t.Errorf("%s: %v, want %v", x.name, l.target, want)
		}
		l.count(x.lost, 100, 200*ms)
		if want := x.factor * 500e3; !near(l.target, want) {
			t.Errorf("%s: %v within 200 ms, want %v", x.name, l.target, want)
		}
		l.count(x.lost, 100, 201*ms)
		if want := x.factor * x.factor * 500e3; !near(l.target, want) {
			t.Errorf("%s: %v after 201 ms, want %v", x.name, l.target, want)
		}
	}
}

// TestWindowRate compares the window with a list of everything.
func TestWindowRate(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	w := windowRate{}
	w.reset(rateWindow)
	type entry struct {
		at    time.Duration
		bytes int32
	}
	var all []entry
	now := time.Duration(0)
	for i := range 5000 {
		now += time.Duration(random.IntN(1+20*(i%1000)/1000)) * ms
		bytes := int32(100 + random.IntN(1100))
		w.add(bytes, now)
		all = append(all, entry{now, bytes})
		sum := 0.0
		for _, e := range all {
			if now-e.at < rateWindow {
				sum += float64(e.bytes)
			}
		}
		want := -1.0
		if now-all[0].at >= rateWindow || w.bps >= 0 {
			want = sum * 8 / 0.5
		}
		if math.Abs(w.bps-want) > 1e-6 {
			t.Fatalf("packet %d: %v, want %v", i, w.bps, want)
		}
	}
}
