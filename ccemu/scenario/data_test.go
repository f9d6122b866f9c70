package scenario

import (
	"math"
	"strings"
	"testing"

	"trailblazer/datasets/nettrace"
	"trailblazer/internal/dataset"
	"trailblazer/internal/draw"
	"trailblazer/internal/testdata"
)

// published loads the public recordings as an environment's library does.
func published(t *testing.T, dir string) *Data {
	t.Helper()
	var lists [][]nettrace.Trace
	for _, shelf := range shelves() {
		traces, err := shelf.Get(dir)
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, traces)
	}
	data, err := NewData(lists[0], lists[1], lists[2])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func shelves() []*dataset.Shelf[[]nettrace.Trace] {
	var list []*dataset.Shelf[[]nettrace.Trace]
	sets := Recordings()
	for i := range sets {
		list = append(list, &dataset.Shelf[[]nettrace.Trace]{Set: &sets[i]})
	}
	return list
}

// TestFamilies: training plays LTE, wired networks and Genet's; UMTS and 4G
// are held out, and all are scaled to a mean of 1.
func TestFamilies(t *testing.T) {
	data := published(t, testdata.Dir(t))
	counts := func(families []family) (n []int) {
		for _, f := range families {
			n = append(n, len(f))
			for _, bins := range f {
				sum := 0.0
				for _, x := range bins {
					sum += x
				}
				if mean := sum / float64(len(bins)); math.Abs(mean-1) > 1e-9 || len(bins) < 100 {
					t.Errorf("a recording of %d bins has mean %v", len(bins), mean)
				}
			}
		}
		return n
	}
	if n := counts(data.training); len(n) != 4 || n[0] != 3 || n[1] != 2 || n[2] != 20 || n[3] != 3 {
		t.Errorf("families of training %v, want 3 of ATT, 2 of TMobile, 20 of Genet, 3 wired", n)
	}
	if n := counts(data.heldOut); len(n) != 2 || n[0] != 2 || n[1] != 3 {
		t.Errorf("families held out %v, want 2 of UMTS, 3 of 4G", n)
	}
	test, other := training(), otherDynamics()
	for seed := range uint64(400) {
		r := forTesting.root(seed)
		checkExcerpt(t, test.draw(r, data), recorded)
		checkExcerpt(t, other.draw(r, data), unrecorded)
	}
}

func checkExcerpt(t *testing.T, c *conditions, name string) {
	t.Helper()
	if c.dynamics != name {
		return
	}
	if ratio := c.meanKbps / c.level.kbps; ratio < leastExcerpt*0.99 || ratio > 6 {
		t.Errorf("an excerpt has %v of the level's bandwidth", ratio)
	}
}

// TestNoRecordings: without any, generated ones take their place, new ones for
// every session.
func TestNoRecordings(t *testing.T) {
	empty, err := NewData(nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := draw.New(1, 1)
	for _, data := range []*Data{nil, empty} {
		if a, b := data.trained(d, 30_000), data.trained(d, 30_000); len(a) != 300 || len(b) != 300 || a[0] == b[0] {
			t.Errorf("%d and %d bins", len(a), len(b))
		}
		if len(data.unseen(d, 31_000)) != 310 {
			t.Error("not as long as the session")
		}
	}
	for _, shelf := range shelves() {
		if traces, err := shelf.Get(""); err != nil || len(traces) != 0 {
			t.Errorf("%s without a data directory: %d, %v", shelf.Name, len(traces), err)
		}
	}
}

func TestNewDataRefused(t *testing.T) {
	dead := nettrace.Trace{Name: "ATT-LTE-x", Forward: nettrace.Direction{LengthMs: 1000}}
	if _, err := NewData([]nettrace.Trace{dead}, nil, nil); err == nil || !strings.Contains(err.Error(), "ATT-LTE-x has no forward bandwidth") {
		t.Errorf("%v", err)
	}
}

// TestRelative: bins that can't be are capped.
func TestRelative(t *testing.T) {
	got := relative([]float64{0, 2, 2, 2, 2, 2, 1000})
	// The median is 2, the cap 10, the sum 20 over 7 bins.
	for i, want := range []float64{0, 0.7, 0.7, 0.7, 0.7, 0.7, 3.5} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("bin %d is %v, want %v", i, got[i], want)
		}
	}
	if relative([]float64{0, 0}) != nil {
		t.Error("a dead recording has bins")
	}
}
