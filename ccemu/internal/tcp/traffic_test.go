package tcp

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu/schedule"
)

// TestTransfers plays transfers of all sizes over paths that lose and reorder,
// forwards and at random: all bytes arrive, once.
func TestTransfers(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 7))
		mbps, oneWay := 0.3+random.Float64()*20, time.Duration(random.IntN(80_000))*time.Microsecond
		p := newPath(t, mbps, oneWay, 3000+int64(random.IntN(100_000)))
		loss := []float64{0, 0.001, 0.05, 0.3}[random.IntN(4)]
		p.lossOf = func(int, int64) bool { return random.Float64() < loss }
		if random.IntN(2) == 0 {
			p.jitter = func() time.Duration { return time.Duration(random.ExpFloat64() * 3e6) }
		}
		var totals []int64
		for range 1 + random.IntN(3) {
			total := 1 + int64(random.ExpFloat64()*300_000)
			totals = append(totals, total)
			p.add(Algorithm(random.IntN(2)), 400+random.IntN(1100), total)
		}
		p.run(time.Hour)
		for i, s := range p.senders {
			if !s.Done() || s.DeliveredBytes() != totals[i] {
				t.Fatalf("seed %d: flow %d of %d bytes: %d have arrived by %v", seed, i, totals[i], s.DeliveredBytes(), p.now)
			}
			if _, _, ok := s.Next(p.now); ok || s.NextAt() != schedule.Never {
				t.Fatalf("seed %d: flow %d sends after its end", seed, i)
			}
		}
	}
}

func TestSteadyThroughput(t *testing.T) {
	for _, mbps := range []float64{1, 5, 20} {
		for _, oneWay := range []time.Duration{10 * time.Millisecond, 50 * time.Millisecond} {
			for a, name := range []string{"cubic", "bbr"} {
				buffer := max(bdp(mbps, oneWay), 6000)
				p := newPath(t, mbps, oneWay, buffer)
				s := p.add(Algorithm(a), 1500, 0)
				p.run(15 * time.Second)
				before := s.DeliveredBytes()
				p.queue = p.queue[:0]
				p.run(75 * time.Second)
				got := mbpsOf(s.DeliveredBytes()-before, 60*time.Second)
				slices.Sort(p.queue)
				median := float64(p.queue[len(p.queue)/2]) / float64(buffer)
				t.Logf("%s %v Mbps %v: %.3f, median queue %.2f of the buffer, %d of %d dropped", name, mbps, oneWay, got, median, p.dropped, p.sent)
				if got < 0.95*mbps || got > mbps {
					t.Errorf("%s: %.3f of %v Mbps", name, got, mbps)
				}
			}
		}
	}
}

// TestFairness: flows of the same algorithm and round-trip time share.
func TestFairness(t *testing.T) {
	for a, name := range []string{"cubic", "bbr"} {
		p := newPath(t, 10, 20*time.Millisecond, bdp(10, 20*time.Millisecond))
		for range 2 {
			p.add(Algorithm(a), 1500, 0)
			p.run(p.now + 2*time.Second)
		}
		p.run(20 * time.Second)
		var before, rates [2]float64
		for i, s := range p.senders {
			before[i] = float64(s.DeliveredBytes())
		}
		p.run(140 * time.Second)
		for i, s := range p.senders {
			rates[i] = (float64(s.DeliveredBytes()) - before[i]) * 8 / 120e6
		}
		jain := (rates[0] + rates[1]) * (rates[0] + rates[1]) / 2 / (rates[0]*rates[0] + rates[1]*rates[1])
		t.Logf("%s: %.2f and %.2f Mbps, Jain's index %.3f", name, rates[0], rates[1], jain)
		if jain <= 0.95 || rates[0]+rates[1] < 9.5 {
			t.Errorf("%s: %.2f and %.2f Mbps, Jain's index %.3f", name, rates[0], rates[1], jain)
		}
	}
}
