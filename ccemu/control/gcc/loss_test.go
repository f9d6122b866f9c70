package gcc

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestLossControl gives reports of 10 packets every 100 ms for 4 s, and then of
// a share of losses until the first measure of it.
func TestLossControl(t *testing.T) {
	tests := []struct {
		name  string
		lost  int // of 100
		check func(before, after float64) bool
	}{
		{"1 % grows", 1, func(before, after float64) bool { return after > before }},
		{"2 % grows", 2, func(before, after float64) bool { return after > before }},
		{"5 % holds", 5, func(before, after float64) bool { return after == before }},
		{"10 % holds", 10, func(before, after float64) bool { return after == before }},
		{"20 % is x 0.9", 20, func(before, after float64) bool { return near(after, 0.9*before) }},
		{"all is x 0.5", 100, func(before, after float64) bool { return near(after, 0.5*before) }},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			var l lossControl
			l.reset(Config{}.bounded(), 500e3)
			l.limitTo(1e9)
			l.count(0, 10, 0) // the first measure comes with 20 packets
			now := 100 * ms
			for ; !l.anyMeasure; now += 100 * ms {
				l.count(0, 10, now)
			}
			l.rate = 500e3
			l.least.clear()
			l.least.push(now, l.rate)
			before := l.rate
			l.count(x.lost, 100, now+lossInterval+decreasePause)
			if !x.check(before, l.rate) {
				t.Errorf("from %v to %v", before, l.rate)
			}
			// One measure lowers the rate once.
			after := l.rate
			l.update(now + lossInterval + 3*decreasePause)
			if x.lost > 2 && l.rate != after {
				t.Errorf("went on from %v to %v", after, l.rate)
			}
		})
	}
}

// Without losses, what the delay allows is reached at 8 % and 1 kbps in a
// second.
func TestLossControlGrowth(t *testing.T) {
	for _, step := range []time.Duration{25 * ms, 50 * ms, 100 * ms} {
		var l lossControl
		l.reset(Config{}.bounded(), 500e3)
		l.limitTo(500e3)
		for now := time.Duration(0); now < 4*time.Second; now += step {
			l.count(0, 10, now)
			l.update(now)
		}
		l.limitTo(1e9)
		want := 500e3
		for second := 0; second < 3; second++ {
			for at := time.Duration(0); at < time.Second; at += step {
				l.count(0, 10, time.Duration(4+second)*time.Second+at)
				l.update(time.Duration(4+second)*time.Second + at)
			}
			want = want*1.08 + 1000
			if !near(l.rate, want) {
				t.Errorf("every %v, second %d: %v, want %v", step, second, l.rate, want)
			}
		}
	}
}

// At the start the delay alone counts, as long as nothing is lost.
func TestLossControlStart(t *testing.T) {
	var l lossControl
	l.reset(Config{}.bounded(), 300e3)
	l.limitTo(2e6)
	l.count(0, 10, 0)
	if l.update(50 * ms); l.rate != 2e6 {
		t.Errorf("%v, want the delay's limit", l.rate)
	}
	if l.limitTo(1e6); l.rate != 1e6 {
		t.Errorf("%v, want the lower limit", l.rate)
	}
}

func TestLossControlForgets(t *testing.T) {
	var l lossControl
	l.reset(Config{}.bounded(), 500e3)
	l.limitTo(500e3)
	l.count(0, 100, 0)
	l.limitTo(1e9)
	l.update(10 * time.Second)
	if l.rate != 500e3 {
		t.Errorf("grew to %v, ten seconds after the last measure", l.rate)
	}
}

// TestLeastRate compares the window with a list of everything.
func TestLeastRate(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	type entry struct {
		at   time.Duration
		rate float64
	}
	var w leastRate
	var all []entry
	now := time.Duration(0)
	for i := range 5000 {
		now += time.Duration(random.IntN(60)) * ms
		rate := float64(random.IntN(1000))
		if i%500 < 100 {
			rate = float64(i) // ascending rates fill the ring
		}
		w.push(now, rate)
		all = append(all, entry{now, rate})
		want := rate
		for _, e := range all {
			if now-e.at < growthWindow {
				want = min(want, e.rate)
			}
		}
		if w.get() != want {
			t.Fatalf("step %d: least %v, want %v", i, w.get(), want)
		}
	}
}
