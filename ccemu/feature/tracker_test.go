package feature_test

import (
	"flag"
	"math"
	"strconv"
	"testing"
	"time"

	"trailblazer/ccemu/feature"
	"trailblazer/ccemu/feedback"
)

var modelSeed = flag.Uint64("seed", 1, "first seed of the random comparisons")

const modelRuns = 60

// watched counts how often each feature was present, and how often all were
// observed.
type watched struct {
	present [feature.Count]int
	all     int
}

// compare observes with both and refuses the first feature that differs.
func (c *watched) compare(t testing.TB, tracker *feature.Tracker, n *naive, s *feedback.Sender) {
	t.Helper()
	var values [feature.Count]float64
	var present [feature.Count]int8
	tracker.Raw(s, values[:], present[:])
	want, wantPresent := n.Observe(s)
	c.all++
	for i, f := range feature.Table() {
		is := present[i] == 1
		if !(math.Abs(values[i]-want[f.Name]) <= 1e-7*(1+math.Abs(want[f.Name]))) || is != wantPresent[f.Name] {
			t.Fatalf("at %v: %s is %v (present: %v), want %v (%v)", s.Now, f.Name, values[i], is, want[f.Name], wantPresent[f.Name])
		}
		if is {
			c.present[i]++
		}
	}
}

func TestTrackerIsTheNaiveModel(t *testing.T) {
	tracker := &feature.Tracker{}
	var c watched
	for run := range uint64(modelRuns) {
		seed := *modelSeed + run
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			tracker.Reset()
			n := newNaive()
			w := newWorld(seed, tracker, n)
			w.observe = func(s *feedback.Sender) { c.compare(t, tracker, n, s) }
			w.play(time.Duration(2+3*(run%6)) * time.Second)
		})
	}
	// The worlds show every feature, and what reports tell is missing at times.
	for i, f := range feature.Table() {
		switch {
		case c.present[i] < c.all/10:
			t.Errorf("%s was present in %d of %d observations", f.Name, c.present[i], c.all)
		case c.present[i] > c.all*99/100 && f.Category != "Sender_Info" && f.Category != "Request_Rate":
			t.Errorf("%s was present in all but %d of %d observations", f.Name, c.all-c.present[i], c.all)
		}
	}
}
