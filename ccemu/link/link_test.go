package link_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu/link"
	"trailblazer/ccemu/schedule"
)

// TestSameSeedSameEvents: a link that has played another path is as good as
// new, and how often it is polled does not matter.
func TestSameSeedSameEvents(t *testing.T) {
	reused := new(link.Link)
	for seed := range uint64(60) {
		random := draws(seed)
		p := randomPath(random)
		arrivals := randomArrivals(random, 300, 1500)
		for i := range arrivals {
			arrivals[i].Owner, arrivals[i].Tag = random.Int32N(3), int64(i)
			arrivals[i].Direct = random.IntN(5) == 0
		}
		want := play(t, &p, seed, arrivals)
		// Something else is under way when it begins anew.
		other := randomPath(random)
		reused.Start(&other, time.Hour, seed)
		var e link.Event
		for range 20 {
			reused.Send(0, link.Packet{Bytes: 100, Tag: 1 << 40})
			reused.Poll(0, &e)
		}
		if got := playOn(t, reused, &p, seed, arrivals); !slices.Equal(got, want) {
			t.Fatalf("seed %d: a reused link plays differently", seed)
		}
		reused.Start(&p, time.Hour, seed)
		got := slices.Clone(want)
		for i := range got {
			got[i] = link.Event{Fate: kept}
		}
		last := time.Duration(0)
		note := func() {
			if e.At < last {
				t.Fatalf("seed %d: polled rarely, a link tells of %d after %d", seed, e.At, last)
			}
			last = e.At
			got[e.Tag] = e
		}
		for i, a := range arrivals {
			for reused.Poll(a.at, &e) {
				note()
			}
			if !reused.Send(a.at, a.Packet) {
				got[i] = link.Event{Packet: a.Packet, Fate: link.Dropped, At: a.at}
			}
		}
		for reused.Poll(stop, &e) {
			note()
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: polled rarely, a link plays differently", seed)
		}
	}
}

func TestOtherSeedOtherEvents(t *testing.T) {
	p := link.Path{Jitter: link.Jitter{DeviationMs: 1}}
	if slices.Equal(play(t, &p, 1, every(ms, 10, 1)), play(t, &p, 2, every(ms, 10, 1))) {
		t.Error("two seeds bring the same jitter")
	}
}

// busy is a path on which everything happens at once.
var busy = link.Path{
	Bottleneck: link.Bottleneck{
		RateKbps: schedule.Series{AtMs: []float64{0, 40, 90}, Values: []float64{20_000, 3000, 0}, PeriodMs: 100},
		Queue:    link.Queue{Discipline: link.CoDel, LimitMs: 200},
	},
	Loss:         link.Loss{Share: schedule.Constant(0.05), BurstPackets: 3},
	DelayMs:      schedule.Series{AtMs: []float64{0, 500}, Values: []float64{40, 20}, PeriodMs: 1000},
	Jitter:       link.Jitter{DeviationMs: 3, Correlation: 0.5},
	ReorderShare: 0.1,
}

// TestNothingIsAllocated once the link has grown.
func TestNothingIsAllocated(t *testing.T) {
	opportunities := mahimahi(1504, 1, 1, 2, 5)
	bucket := fifo(10_000)
	bucket.Bottleneck.Kind = link.TokenBucket
	for name, p := range map[string]link.Path{"fifo": busy, "mahimahi": opportunities, "tbf": bucket} {
		var l link.Link
		l.Start(&p, time.Minute, 1)
		now := time.Duration(0)
		send := func(packets int) {
			var e link.Event
			for range packets {
				now += ms
				for l.Poll(now, &e) {
				}
				l.Send(now, link.Packet{Bytes: 1200})
			}
		}
		send(20_000)
		if n := testing.AllocsPerRun(10, func() { send(1000) }); n > 0 {
			t.Errorf("%s: %v allocations for 1000 packets", name, n)
		}
	}
}

// FuzzPath plays whatever is a valid path.
func FuzzPath(f *testing.F) {
	for _, p := range []link.Path{{}, busy, fifo(0), mahimahi(0, 0, 3, 3, 7)} {
		text, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, uint64(1))
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		var p link.Path
		if json.Unmarshal(text, &p) != nil || p.Validate("path") != nil {
			return
		}
		random := draws(seed)
		arrivals := randomArrivals(random, 60, 1500)
		for i := range arrivals {
			arrivals[i].Owner = random.Int32N(3)
			arrivals[i].Direct = random.IntN(4) == 0
		}
		play(t, &p, seed, arrivals)
	})
}

// BenchmarkFIFO sends one packet after the other over a bottleneck with a load
// of 0.9 and a delay.
func BenchmarkFIFO(b *testing.B) {
	p := fifo(10_000)
	p.DelayMs = schedule.Constant(30)
	benchmark(b, &p)
}

// BenchmarkEverything has losses, jitter, reordering, CoDel and a rate that
// changes too.
func BenchmarkEverything(b *testing.B) { benchmark(b, &busy) }

func benchmark(b *testing.B, p *link.Path) {
	var l link.Link
	l.Start(p, time.Minute, 1)
	var e link.Event
	now := time.Duration(0)
	b.ReportAllocs()
	for b.Loop() {
		now += 1111 * time.Microsecond
		for l.Poll(now, &e) {
		}
		l.Send(now, link.Packet{Bytes: 1250})
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "packets/s")
}
