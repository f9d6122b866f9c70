package ccemu_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// sane checks what an emulator says of its flows at any time.
func sane(t testing.TB, e *ccemu.Emulator) {
	t.Helper()
	for i := range e.Flows() {
		truth := e.Truth(i, tick)
		for _, v := range []float64{truth.CapacityBps, truth.AvailableBps, truth.UnresponsiveBps, truth.ResponsiveBps, e.RequestBps(i)} {
			if !(v >= 0 && v <= 1e12) {
				t.Fatalf("flow %d at %v: %+v, request %v", i, e.Now(), truth, e.RequestBps(i))
			}
		}
		if truth.AvailableBps > truth.CapacityBps {
			t.Fatalf("flow %d at %v: %+v", i, e.Now(), truth)
		}
		p := e.Playback(i)
		if p.Played < 0 || p.Played > e.Now() || p.JitterBuffer < 0 || p.Stalled[0] > p.Played || p.Stalled[0] < p.Stalled[1] || p.Stalled[1] < p.Stalled[2] || p.Stalls[0] < p.Stalls[1] || p.Stalls[1] < p.Stalls[2] {
			t.Fatalf("flow %d at %v: %+v", i, e.Now(), p)
		}
	}
}

// TestRandomSessions plays sessions of every odd setting to their ends.
func TestRandomSessions(t *testing.T) {
	var e ccemu.Emulator
	for seed := range uint64(300) {
		session := randomSession(draws(seed))
		if err := session.Validate(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			run(t, &e, &session, seed, 2*time.Second, func(now time.Duration, journals []*journal) {
				conserve(t, &e, &session, journals)
				sane(t, &e)
			})
		})
	}
}

// oneOf draws one of several values.
func oneOf[T any](random *rand.Rand, values ...T) T { return values[random.IntN(len(values))] }

func number(random *rand.Rand, values ...float64) float64 { return oneOf(random, values...) }

func randomSeries(random *rand.Rand, values ...float64) schedule.Series {
	var s schedule.Series
	at := 0.0
	for range 1 + random.IntN(4) {
		s.AtMs, s.Values = append(s.AtMs, at), append(s.Values, oneOf(random, values...))
		at += 1 + 800*random.Float64()*random.Float64()
	}
	if random.IntN(2) == 0 {
		s.PeriodMs = at
	}
	return s
}

func randomPath(random *rand.Rand) link.Path {
	p := link.Path{
		Bottleneck: link.Bottleneck{
			Kind: oneOf(random, "", link.FIFO, link.TokenBucket, link.Policer, link.Mahimahi), BurstBytes: oneOf(random, 0, 1500, 100_000),
			Queue: link.Queue{
				Discipline: oneOf(random, "", link.DropTail, link.CoDel), LimitMs: number(random, 0, 0.1, 10, 2000),
				LimitBytes: oneOf(random, 0, 1500, 50_000), LimitPackets: oneOf(random, 0, 0, 1, 50),
				TargetMs: number(random, 0, 1, 30_000.), IntervalMs: number(random, 0, 1, 500.),
			},
		},
		DelayMs:      randomSeries(random, 0, 0, 0.001, 5, 50, 400),
		Loss:         link.Loss{Share: randomSeries(random, 0, 0, 0, 0.01, 0.3, 1), BurstPackets: number(random, 0, 0.5, 1, 2, 100)},
		Jitter:       link.Jitter{DeviationMs: number(random, 0, 0, 1, 100), Shape: oneOf(random, "", link.Normal, link.Pareto), Correlation: number(random, 0, 0.99)},
		ReorderShare: number(random, 0, 0, 0.1, 1), ReorderMs: number(random, 0, 1, 1000.),
	}
	if p.Bottleneck.Kind == link.Mahimahi {
		p.Bottleneck.OpportunitiesMs = oneOf(random, []int64{1}, []int64{0, 0, 0, 7, 7, 30}, []int64{1500}, []int64{schedule.MaxMs})
		p.Bottleneck.OpportunityBytes = oneOf(random, 0, 1, 1500, 20_000)
	} else if p.Bottleneck.Kind != "" {
		p.Bottleneck.RateKbps = randomSeries(random, 0, 0.001, 30, 500, 2000, 20_000, 1e6, link.MaxKbps)
	}
	return p
}

func randomSession(random *rand.Rand) ccemu.Session {
	s := ccemu.Session{
		DurationMs: number(random, 0, 1, 1500, schedule.MaxMs), ReportMs: number(random, 0, 1, 33.3, 100, 1000),
		Forward: randomPath(random), Reverse: randomPath(random),
	}
	for range random.IntN(4) {
		s.Flows = append(s.Flows, media.Flow{
			StartMs: number(random, 0, 0, 700, schedule.MaxMs), RequestKbps: randomSeries(random, 0, 64, 2000, 20_000),
			StartKbps: number(random, 0, 1, 5000.), PacingFactor: number(random, 0, 1, 100.), Retries: oneOf(random, -1, 0, 1, 10),
			ExtraDelayMs: number(random, 0, 0, 100, 10_000.),
			Video: media.Video{
				FPS: number(random, 0, 1, 29.97, 240), KeyMs: number(random, 0, 1, 300, schedule.MaxMs), KeyRatio: number(random, 0, 1, 100.),
				SizeDeviation: number(random, -1, 0, 2.), LagMs: number(random, 0, 1e-3, 60_000), RateError: number(random, -1, 0, 0.9),
				MinKbps: number(random, 0, 1, 1000.), PayloadBytes: oneOf(random, 0, 100, 8_946),
			},
			Audio: media.Audio{RateKbps: number(random, -1, 0, 1, 500.), PacketMs: number(random, 0, 1, 1000.)},
		})
	}
	for range random.IntN(4) {
		c := ccemu.Cross{
			Kind: oneOf(random, ccemu.Unresponsive, ccemu.TCPCubic, ccemu.TCPBBR), StartMs: number(random, 0, 333, schedule.MaxMs-1),
			PacketBytes: oneOf(random, 0, 64, 1500), DelayMs: number(random, 0, 0.001, 30, link.MaxDelayMs),
			MeanBytes: number(random, 0, 0, 1, 20_000, math.MaxInt32), MeanGapMs: number(random, 0, 1, 100, schedule.MaxMs),
		}
		if random.IntN(3) == 0 {
			c.StopMs = c.StartMs + number(random, 0.001, 1)
		}
		if c.Kind == ccemu.Unresponsive {
			c.RateKbps = randomSeries(random, 0, 0.001, 100, 3000, 50_000)
		}
		s.Cross = append(s.Cross, c)
		if c.Kind != ccemu.Unresponsive {
			slow(&s.Forward.Bottleneck)
		}
	}
	return s
}

// slow gives TCP a bottleneck that it does not take millions of packets to
// fill.
func slow(b *link.Bottleneck) {
	if b.Kind == "" {
		b.Kind, b.RateKbps = link.FIFO, schedule.Constant(10_000)
	}
	for i := range b.RateKbps.Values {
		b.RateKbps.Values[i] = min(b.RateKbps.Values[i], 20_000)
	}
}

// FuzzSession plays whatever is a valid session, as long as it is not about
// more packets than fuzzing has time for.
func FuzzSession(f *testing.F) {
	for _, session := range varied() {
		text, err := json.Marshal(session)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, uint64(1))
	}
	for seed := range uint64(20) {
		text, err := json.Marshal(randomSession(draws(seed)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, seed)
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		var session ccemu.Session
		if json.Unmarshal(text, &session) != nil || session.Validate() != nil || large(&session) {
			return
		}
		var e ccemu.Emulator
		run(t, &e, &session, seed, 500*ms, func(now time.Duration, journals []*journal) {
			conserve(t, &e, &session, journals)
			sane(t, &e)
		})
	})
}

func large(s *ccemu.Session) bool {
	if len(s.Flows) > 4 || len(s.Cross) > 4 {
		return true
	}
	for _, p := range []*link.Path{&s.Forward, &s.Reverse} {
		for _, kbps := range p.Bottleneck.RateKbps.Values {
			if kbps > 1e5 {
				return true
			}
		}
		if p.Bottleneck.OpportunityBytes > 10_000 || len(p.Bottleneck.OpportunitiesMs) > 100 || p.Bottleneck.BurstBytes > 1e6 {
			return true
		}
	}
	for i := range s.Flows {
		if s.Flows[i].Video.MinKbps > 1e5 || s.Flows[i].StartKbps > 1e5 {
			return true
		}
	}
	for i := range s.Cross {
		for _, kbps := range s.Cross[i].RateKbps.Values {
			if kbps > 1e5 {
				return true
			}
		}
	}
	return false
}
