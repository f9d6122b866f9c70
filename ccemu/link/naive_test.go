package link_test

import (
	"fmt"
	"testing"

	"trailblazer/ccemu/link"
	"trailblazer/ccemu/link/internal/naive"
)

// The kinds of bottlenecks against slow models, packet by packet: the same
// drops, and departures in the same nanosecond.

func TestFIFOAgainstNaiveModel(t *testing.T) {
	for seed := range uint64(60) {
		random := draws(seed)
		p := link.Path{Bottleneck: link.Bottleneck{Kind: link.FIFO, RateKbps: randomRate(random)}}
		var limit naive.Limit
		p.Bottleneck.Queue, limit = randomQueue(random)
		arrivals := randomArrivals(random, 120, 1500)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			compare(t, play(t, &p, seed, arrivals), arrivals, naive.FIFO(rateOf(&p.Bottleneck.RateKbps), limit, naively(arrivals)))
		})
	}
}

func TestTokenBucketAgainstNaiveModel(t *testing.T) {
	for seed := range uint64(40) {
		random := draws(seed)
		depth := 1500 + random.IntN(4)*random.IntN(3000)
		p := link.Path{Bottleneck: link.Bottleneck{Kind: link.TokenBucket, RateKbps: randomRate(random), BurstBytes: depth}}
		var limit naive.Limit
		p.Bottleneck.Queue, limit = randomQueue(random)
		arrivals := randomArrivals(random, 90, 1500)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			compare(t, play(t, &p, seed, arrivals), arrivals, naive.TokenBucket(rateOf(&p.Bottleneck.RateKbps), int64(depth), limit, naively(arrivals)))
		})
	}
}

func TestPolicerAgainstNaiveModel(t *testing.T) {
	for seed := range uint64(40) {
		random := draws(seed)
		depth := 1500 + random.IntN(4)*random.IntN(3000)
		p := link.Path{Bottleneck: link.Bottleneck{Kind: link.Policer, RateKbps: randomRate(random), BurstBytes: depth}}
		arrivals := randomArrivals(random, 90, 1500)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			compare(t, play(t, &p, seed, arrivals), arrivals, naive.Policer(rateOf(&p.Bottleneck.RateKbps), int64(depth), naively(arrivals)))
		})
	}
}

func TestMahimahiAgainstNaiveModel(t *testing.T) {
	for seed := range uint64(100) {
		random := draws(seed)
		at := []int64{}
		now := int64(0)
		for range 1 + random.IntN(8) {
			now += int64(random.IntN(4)) * int64(random.IntN(6))
			at = append(at, now)
		}
		if now == 0 {
			at = append(at, 7)
		}
		bytes := []int{1500, 1504, 400, 7000}[random.IntN(4)]
		p := link.Path{Bottleneck: link.Bottleneck{Kind: link.Mahimahi, OpportunitiesMs: at, OpportunityBytes: bytes}}
		var limit naive.Limit
		p.Bottleneck.Queue, limit = randomQueue(random)
		arrivals := randomArrivals(random, 200, 1500)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			compare(t, play(t, &p, seed, arrivals), arrivals, naive.Mahimahi(at, int64(bytes), limit, naively(arrivals)))
		})
	}
}
