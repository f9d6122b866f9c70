package feature_test

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/feature"
	"trailblazer/ccemu/feedback"
)

// checkShown refuses what no observation may hold.
func checkShown(t testing.TB, table []feature.Feature, shown []float32, present []int8) {
	t.Helper()
	for i := range table {
		f := &table[i]
		if x := float64(shown[i]); !(x >= f.Low && x <= f.High) {
			t.Fatalf("%s shows %v, which is not from %v to %v", f.Name, x, f.Low, f.High)
		}
		if present[i] != 0 && present[i] != 1 {
			t.Fatalf("%s: present is %d", f.Name, present[i])
		}
	}
}

// FuzzTracker has trackers follow nonsense: times that jump, reports of what
// was never sent, rates that are no numbers.
func FuzzTracker(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x05\x00\x05\x01\x20\x03\x02"))
	random := newWorld(7).random
	for range 8 {
		seed := make([]byte, 400)
		for i := range seed {
			seed[i] = byte(random.IntN(256))
		}
		f.Add(seed)
	}
	table := feature.Table()
	f.Fuzz(func(t *testing.T, data []byte) {
		var tracker feature.Tracker
		var shown [feature.Count]float32
		var present [feature.Count]int8
		var raw [feature.Count]float64
		next := func() int {
			if len(data) == 0 {
				return 0
			}
			b := data[0]
			data = data[1:]
			return int(b)
		}
		// span is mostly small, and sometimes anything.
		span := func() time.Duration {
			switch b := next(); {
			case b < 250:
				return time.Duration(b) * time.Millisecond
			default:
				var any [8]byte
				n := copy(any[:], data)
				data = data[n:]
				return time.Duration(binary.LittleEndian.Uint64(any[:]))
			}
		}
		rates := []float64{0, 1e6, math.NaN(), math.Inf(1), math.Inf(-1), -1, math.MaxFloat64, math.SmallestNonzeroFloat64}
		now, sequence := time.Duration(0), int64(0)
		for len(data) > 0 {
			switch op := next(); op % 4 {
			case 0:
				now += span()
				if op > 250 {
					sequence += int64(next()) - 128
				}
				tracker.OnSent(&feedback.Sent{Sequence: sequence, At: now, SizeBytes: int32(next())*16 - 32, Frame: int32(next()) - 8, Kind: feedback.Kind(next()), AppLimited: op > 128})
				sequence++
			case 1, 2:
				now += span()
				r := feedback.Report{At: now, Departure: now - span(), JitterBuffer: span(), Stalled: span()}
				for range next() % 32 {
					result := feedback.Result{Received: next()%4 != 0}
					result.Sequence, result.At, result.SizeBytes = sequence-int64(next()), now-span(), int32(next())
					result.Arrival = r.Departure - span()
					r.Results = append(r.Results, result)
				}
				tracker.OnReport(&r)
			case 3:
				now += span()
				s := &feedback.Sender{Now: now, RequestBps: rates[next()%len(rates)], TargetBps: rates[next()%len(rates)], TargetAt: now - span(), PacerDelay: span()}
				tracker.Observe(s, shown[:], present[:])
				checkShown(t, table, shown[:], present[:])
				tracker.Raw(s, raw[:], present[:])
				for i, x := range raw {
					if math.IsNaN(x) || math.IsInf(x, 0) {
						t.Fatalf("%s is %v", table[i].Name, x)
					}
				}
				if c := tracker.Conditions(s); math.IsNaN(c.RTTMs + c.LossShare + c.RateBps + c.RequestBps) {
					t.Fatalf("%+v", c)
				}
			}
		}
	})
}
