package gcc

import (
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
)

const ms = time.Millisecond

// packet left and arrived at these times, in ms.
func packet(sent, arrival float64) *feedback.Result {
	at := func(x float64) time.Duration { return time.Duration(x * float64(ms)) }
	return &feedback.Result{Sent: feedback.Sent{At: at(sent), SizeBytes: 1200}, Received: true, Arrival: at(arrival)}
}

func TestGroups(t *testing.T) {
	type pair struct{ sent, arrived float64 }
	tests := []struct {
		name    string
		packets []pair // departures and arrivals, ms
		want    []pair // differences between groups
	}{
		{"packets of their own", []pair{{0, 50}, {10, 60}, {20, 73}, {30, 80}}, []pair{{10, 10}, {10, 13}}},
		{"bursts of 5 ms", []pair{{0, 50}, {2, 52}, {5, 58}, {5.1, 59}, {10, 70}, {30, 90}}, []pair{{5, 12}}},
		{"the last packet counts", []pair{{0, 50}, {4, 60}, {20, 70}, {24, 80}, {40, 90}}, []pair{{20, 20}}},
		// What was held up and then arrives at once is one group, however
		// long it took to leave.
		{"held up", []pair{{0, 50}, {20, 100}, {40, 101}, {60, 102}, {80, 130}}, []pair{{60, 52}}},
		// But a slow arrival is none.
		{"slower than it left", []pair{{0, 50}, {6, 60}, {12, 70}, {18, 80}}, []pair{{6, 10}, {6, 10}}},
		{"overtaken", []pair{{10, 50}, {0, 51}, {20, 60}, {30, 70}}, []pair{{10, 10}}},
		{"too few", []pair{{0, 50}, {20, 70}}, nil},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			var g grouper
			var got []pair
			for _, p := range x.packets {
				if sent, arrived, ok := g.add(packet(p.sent, p.arrived)); ok {
					got = append(got, pair{milliseconds(sent), milliseconds(arrived)})
				}
			}
			if !slices.Equal(got, x.want) {
				t.Errorf("got %v, want %v", got, x.want)
			}
		})
	}
}

// A group that is held up ends after 100 ms of arrivals.
func TestLongestBurst(t *testing.T) {
	var g grouper
	ends := 0.0
	for i := range 60 {
		// Sent every 10 ms, and arrived every 4 after a pause.
		at := float64(4 * i)
		if _, _, ok := g.add(packet(float64(10*i), 1000+at)); ok && ends == 0 {
			ends = at
		}
	}
	if ends != 200 {
		t.Errorf("the second burst ends with the packet of %v ms, want 200", ends)
	}
}

// Three groups in a row that arrived before their predecessors are a jump of
// the receiver's clock: all begins anew.
func TestClockJump(t *testing.T) {
	var g grouper
	samples := 0
	for i := range 10 {
		back := 0.0
		if i >= 5 {
			back = 1e6
		}
		if _, arrived, ok := g.add(packet(float64(10*i), float64(10*i)-back)); ok {
			samples++
			if arrived != 10*ms {
				t.Errorf("packet %d: groups arrived %v apart", i, arrived)
			}
		}
	}
	if samples == 0 {
		t.Error("no sample")
	}
}
