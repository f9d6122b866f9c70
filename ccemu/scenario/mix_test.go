package scenario

import (
	"math"
	"reflect"
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/feature"
	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/metric"
)

// poorShare plays a session whose sender always sends what is requested, and
// returns in which share of the control intervals the paper's rule calls its
// conditions poor.
func poorShare(e *ccemu.Emulator, s *ccemu.Session, seed uint64) float64 {
	var tracker feature.Tracker
	var sender feedback.Sender
	tracker.Reset()
	e.Start(s, seed)
	e.Listen(0, &tracker)
	steps, poor := 0, 0
	for end := time.Duration(s.DurationMs) * time.Millisecond; e.Now() < end; steps++ {
		e.State(0, &sender)
		if c := tracker.Conditions(&sender); !c.Known || !metric.Good(c.RTTMs, c.LossShare, c.RateBps, c.RequestBps) {
			poor++
		}
		e.SetTarget(0, sender.RequestBps)
		e.Advance(e.Now() + tickMs*time.Millisecond)
	}
	return float64(poor) / float64(steps)
}

// TestMixShares plays mixes of good and poor sessions: the share of poor
// control intervals is that of the set's name.
func TestMixShares(t *testing.T) {
	sessions := uint64(200)
	if testing.Short() {
		sessions = 20
	}
	mixes := make([]*Set, mixBlock+1)
	shares := make([]float64, len(mixes))
	for i := range mixes {
		mixes[i] = &Set{mixed: true, poor: i}
	}
	var e ccemu.Emulator
	for seed := range sessions {
		good, poor := mixes[0].draw(seed, nil), mixes[mixBlock].draw(seed, nil)
		ofGood, ofPoor := poorShare(&e, good, seed), poorShare(&e, poor, seed)
		for i, mix := range mixes {
			switch s := mix.draw(seed, nil); {
			case reflect.DeepEqual(s, good):
				shares[i] += ofGood / float64(sessions)
			case reflect.DeepEqual(s, poor):
				shares[i] += ofPoor / float64(sessions)
			default:
				t.Fatalf("seed %d of mix %d is neither the good nor the poor session", seed, i)
			}
		}
	}
	for i, got := range shares {
		if want := float64(i) / mixBlock; math.Abs(got-want) > 0.02 {
			t.Errorf("mix %d: a share of %v is poor, want %v", i, got, want)
		}
	}
	t.Logf("shares of poor control intervals over %d sessions: %.4f", sessions, shares)
}

// TestRanks: of five consecutive seeds each is in another place, and no place
// is any seed's own.
func TestRanks(t *testing.T) {
	var counts [mixBlock][mixBlock]int
	for block := range uint64(2000) {
		seen := 0
		for i := range uint64(mixBlock) {
			r := rank(block*mixBlock + i)
			seen |= 1 << r
			counts[i][r]++
		}
		if seen != 1<<mixBlock-1 {
			t.Fatalf("block %d lacks a place", block)
		}
	}
	for i := range counts {
		for r, n := range counts[i] {
			if math.Abs(float64(n)-400) > 70 {
				t.Errorf("seed %d of a block has place %d in %d of 2000", i, r, n)
			}
		}
	}
}

// TestPlays: the emulator plays sessions of every set, and something arrives.
func TestPlays(t *testing.T) {
	var e ccemu.Emulator
	for _, s := range Sets() {
		for seed := range uint64(max(s.Episodes, 4)) {
			session, err := s.Draw(seed, nil)
			if err != nil {
				t.Fatal(err)
			}
			e.Start(session, seed)
			e.Advance(time.Duration(session.DurationMs) * time.Millisecond)
			for flow := range session.Flows {
				if got := e.Traffic(flow).Arrived.Packets; got < 10 {
					t.Errorf("%s, session %d: %d packets of flow %d arrived", s.Name, seed, got, flow)
				}
			}
		}
	}
}
