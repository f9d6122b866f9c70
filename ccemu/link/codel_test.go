package link_test

import (
	"fmt"
	"testing"
	"time"

	"trailblazer/ccemu/link"
	"trailblazer/ccemu/link/internal/naive"
	"trailblazer/ccemu/schedule"
)

func codelPath(kbps float64, targetMs, intervalMs float64) link.Path {
	return link.Path{Bottleneck: link.Bottleneck{
		RateKbps: schedule.Constant(kbps),
		Queue:    link.Queue{Discipline: link.CoDel, LimitPackets: 1 << 20, TargetMs: targetMs, IntervalMs: intervalMs},
	}}
}

func TestCoDelAgainstRFC8289(t *testing.T) {
	drops := 0
	for seed := range uint64(60) {
		random := draws(seed)
		target, interval := 1+float64(random.IntN(10)), 10+float64(random.IntN(100))
		p := codelPath(8000, target, interval) // 1 µs for a byte
		// Loads below and above 1 in turn, so that CoDel begins and ends often.
		var arrivals []arrival
		at := time.Duration(0)
		for range 12 {
			load := 0.4 + 1.6*random.Float64()
			for range random.IntN(250) {
				bytes := 200 + random.Int32N(1301)
				at += time.Duration(float64(bytes) * 1000 / load * 2 * random.Float64())
				arrivals = append(arrivals, arrival{at, link.Packet{Bytes: bytes}})
			}
		}
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			model := naive.CoDel{Bps: 8_000_000, Target: schedule.Milliseconds(target), Interval: schedule.Milliseconds(interval)}
			events := play(t, &p, seed, arrivals)
			compare(t, events, arrivals, model.Play(naively(arrivals)))
			for _, e := range events {
				if e.Fate == link.Dropped {
					drops++
				}
			}
		})
	}
	if drops < 500 {
		t.Errorf("CoDel dropped only %d packets", drops)
	}
}
