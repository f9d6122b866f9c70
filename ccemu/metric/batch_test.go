package metric

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"trailblazer/internal/setting"
)

func TestBatchServerByHand(t *testing.T) {
	constant := &BatchServer{Size: 64, ServiceMs: []float64{40}}
	for _, c := range []struct {
		why      string
		server   *BatchServer
		requests int
		withinMs float64
		want     Delay
	}{
		{"one request", constant, 1, 0, Delay{40, 40, 40, 40, 0}},
		{"one batch", constant, 64, 0, Delay{40, 40, 40, 40, 0}},
		{"one more", constant, 65, 0, Delay{(64*40 + 80) / 65.0, 40, 80, 80, 0}},
		{"four batches", constant, 256, 0, Delay{100, 160, 160, 160, 0.5}},
		{"at the deadline", &BatchServer{64, []float64{100}}, 64, 0, Delay{100, 100, 100, 100, 0}},
		{"smaller batches are faster", &BatchServer{2, []float64{10, 15}}, 3, 0, Delay{55.0 / 3, 25, 25, 25, 0}},
		{"larger ones than in the table", &BatchServer{3, []float64{10, 15}}, 3, 0, Delay{15, 15, 15, 15, 0}},
		// At 0, 25, 50 and 75 ms, 40 each: from 0 alone, from 40 the second,
		// from 80 the other two.
		{"spread out", constant, 4, 100, Delay{(40 + 55 + 70 + 45) / 4.0, 70, 70, 70, 0}},
		{"in no hurry", constant, 2, 200, Delay{40, 40, 40, 40, 0}},
	} {
		if got, err := c.server.Delay(c.requests, c.withinMs); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", c.why, got, err, c.want)
		}
	}
}

func TestBatchServerKeepsToTheFormula(t *testing.T) {
	// The paper's server: 64 in 37.1 ms. The last of a peak is answered after
	// ⌈M/64⌉ batches.
	server := &BatchServer{Size: 64, ServiceMs: []float64{37.1}}
	for _, m := range []int{1, 63, 64, 65, 128, 500, 1000, 2000, 2048} {
		d, err := server.Delay(m, 0)
		if err != nil {
			t.Fatal(err)
		}
		batches := math.Ceil(float64(m) / 64)
		if want := batches * 37.1; math.Abs(d.MaxMs-want) > 1e-9*want {
			t.Errorf("%d requests: the last took %v ms, want %v", m, d.MaxMs, want)
		}
	}
}

func TestBatchServerAgainstAClock(t *testing.T) {
	// The same server, played by a clock in whole milliseconds.
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		server := &BatchServer{Size: 1 + random.IntN(5)}
		for range 1 + random.IntN(6) {
			server.ServiceMs = append(server.ServiceMs, float64(1+random.IntN(30)))
		}
		requests := 1 + random.IntN(40)
		gap := random.IntN(8)
		got, err := server.Delay(requests, float64(gap*requests))
		if err != nil {
			t.Fatal(err)
		}
		var waiting []int
		sum, longest, come, busy := 0, 0, 0, 0
		for now, done := 0, 0; done < requests; now++ {
			for come < requests && come*gap <= now {
				waiting = append(waiting, come*gap)
				come++
			}
			if now < busy || len(waiting) == 0 {
				continue
			}
			n := min(len(waiting), server.Size)
			busy = now + int(server.ServiceMs[min(n, len(server.ServiceMs))-1])
			for _, arrival := range waiting[:n] {
				sum += busy - arrival
				longest = max(longest, busy-arrival)
			}
			waiting = waiting[n:]
			done += n
		}
		if got.MeanMs != float64(sum)/float64(requests) || got.MaxMs != float64(longest) {
			t.Fatalf("%+v, %d requests %d ms apart: %+v, want mean %v, longest %d", server, requests, gap, got, float64(sum)/float64(requests), longest)
		}
	}
}

func TestBatchServerRefuses(t *testing.T) {
	for _, c := range []struct {
		server   BatchServer
		requests int
		withinMs float64
		want     string
	}{
		{BatchServer{0, []float64{1}}, 1, 0, "size: 0 is no batch; give at least 1"},
		{BatchServer{1, nil}, 1, 0, "service_ms: is empty; give at least one time"},
		{BatchServer{1, []float64{1, math.NaN()}}, 1, 0, "service_ms[1]: NaN is out of range; give a number from 0 to 86400000"},
		{BatchServer{1, []float64{1}}, 0, 0, "requests: 0 are no peak; give at least 1"},
		{BatchServer{1, []float64{1}}, 1, -1, "within_ms: -1 is out of range; give a number from 0 to 86400000"},
	} {
		_, err := c.server.Delay(c.requests, c.withinMs)
		var refused *setting.Error
		if !errors.As(err, &refused) || err.Error() != c.want {
			t.Errorf("%+v: %v, want %s", c.server, err, c.want)
		}
	}
}
