package gcc

import (
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
)

func TestDrained(t *testing.T) {
	tests := []struct {
		name          string
		bps, arriving float64
		queue         time.Duration
		want          float64
	}{
		{"no queue", 1e6, 900e3, 40 * ms, 1e6},
		{"unknown", 1e6, -1, 500 * ms, 1e6},
		{"a queue of 140 ms", 1e6, 800e3, 140 * ms, 0.85 * 800e3},
		{"a long one", 1e6, 800e3, 900 * ms, 0.5 * 800e3},
		{"slow enough", 300e3, 800e3, 300 * ms, 300e3},
	}
	for _, x := range tests {
		if got := drained(x.bps, x.arriving, x.queue); !near(got, x.want) {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
}

func TestQueueDelay(t *testing.T) {
	var q queueDelay
	report := func(at time.Duration, delays ...float64) {
		var list []*feedback.Result
		for _, d := range delays {
			list = append(list, packet(milliseconds(at)-100, 1e6+milliseconds(at)-100+d))
		}
		q.add(list, at)
	}
	report(time.Second)
	if q.delay != 0 || q.any {
		t.Error("took notice of nothing")
	}
	report(time.Second, 30, 20)
	if q.delay != 0 {
		t.Errorf("first report: %v", q.delay)
	}
	report(2*time.Second, 90, 70, 100)
	if q.delay != 50*ms {
		t.Errorf("%v, want 50 ms", q.delay)
	}
	report(3*time.Second, 15)
	report(4*time.Second, 20)
	if q.delay != 5*ms {
		t.Errorf("%v, want 5 ms above the new base", q.delay)
	}
	// A path that has become longer is the base after 15 to 30 s.
	for at := 5 * time.Second; at < 17*time.Second; at += time.Second {
		if report(at, 65); q.delay != 50*ms {
			t.Fatalf("after %v: %v, want 50 ms", at, q.delay)
		}
	}
	for at := 17 * time.Second; at < 40*time.Second; at += time.Second {
		report(at, 65)
	}
	if q.delay != 0 {
		t.Errorf("in the end: %v", q.delay)
	}
}

func TestCompetition(t *testing.T) {
	type step struct {
		atMs, queueMs  float64
		arriving, lost float64
		share          float64
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"one's own queue drains", []step{
			{0, 100, 1e6, 0, 0}, {200, 300, 1e6, 0, 0}, {1000, 200, 1e6, 0, 0}, {2000, 60, 900e3, 0, 0}, {2500, 10, 500e3, 0, 0},
		}},
		{"others keep it full", []step{
			{0, 100, 1e6, 0, 0}, {400, 200, 900e3, 0, 0}, {1000, 200, 700e3, 0, 0}, {1500, 200, 590e3, 0, 500e3}, {3000, 200, 450e3, 0.02, 500e3},
		}},
		{"until it is empty", []step{
			{0, 100, 1e6, 0, 0}, {1500, 200, 590e3, 0, 500e3}, {1600, 40, 590e3, 0, 0},
		}},
		{"or too much is lost", []step{
			{0, 100, 1e6, 0, 0}, {1500, 200, 590e3, 0, 500e3}, {1600, 200, 400e3, 0.2, 0}, {1700, 200, 400e3, 0.2, 0},
		}},
		{"a fall of the capacity is none", []step{
			{0, 100, 1e6, 0, 0}, {100, 200, 800e3, 0, 0}, {250, 300, 400e3, 0, 0}, {500, 500, 400e3, 0, 0}, {1500, 300, 400e3, 0, 0},
		}},
	}
	for _, x := range tests {
		var c competition
		for i, s := range x.steps {
			c.update(time.Duration(s.queueMs)*ms, s.arriving, s.lost, time.Duration(s.atMs)*ms)
			if c.share() != s.share {
				t.Errorf("%s, step %d: share %v, want %v", x.name, i, c.share(), s.share)
			}
		}
	}
}

func TestTrial(t *testing.T) {
	var r trial
	if r.judge(1, time.Second) != open {
		t.Error("judged although there was no trial")
	}
	r.begin(500e3, 0.02, time.Second)
	r.begin(700e3, 0.5, 2*time.Second) // makes it longer
	if r.before != 500e3 || r.lost != 0.02 {
		t.Errorf("began anew: %+v", r)
	}
	if v := r.judge(0.139, 4900*ms); v != open {
		t.Errorf("verdict %v", v)
	}
	if v := r.judge(0, 5001*ms); v != passed || r.active {
		t.Errorf("verdict %v", v)
	}
	r.begin(500e3, 0.02, 6*time.Second)
	if v := r.judge(0.141, 6100*ms); v != failed || r.active {
		t.Errorf("verdict %v", v)
	}
}
