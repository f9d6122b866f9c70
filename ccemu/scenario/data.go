package scenario

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trailblazer/datasets/nettrace"
	"trailblazer/internal/dataset"
	"trailblazer/internal/draw"
)

// Data is the recordings of bandwidths that sessions play: some families of
// them in training and test, the others only out of distribution. A nil Data
// has none: generated ones take their place.
type Data struct{ training, heldOut []family }

// family is the recordings of one kind of network: their bandwidths in bins of
// 100 ms relative to the mean.
type family [][]float64

// Recordings are the public data sets that [NewData] takes, in its order:
// where they lie in a data directory, and the hash of their content. Nothing
// stands in for them one by one, as a nil [Data] needs none.
func Recordings() []dataset.Set[[]nettrace.Trace] {
	sets := []dataset.Set[[]nettrace.Trace]{
		{Name: "mahimahi", Digest: "551708af280ebf5f738811fcdb5814b0c09d32c1616a797faa88f6fd4e7806f7"},
		{Name: "genet-synthetic", Digest: "22929939762abc96a435f8aeba9f739d8ca440f7c20eaf7ef004a252e607130a"},
		{Name: "opennetlab", Digest: "0d8f925e3d3e1c50dc29e3c7dfbe93bccf99262dbfac363048e908eb22471a7d"},
	}
	for i := range sets {
		s := &sets[i]
		s.Path, s.Load = "cc/"+s.Name, nettrace.LoadDir
		s.Hash = func(traces []nettrace.Trace) string { return nettrace.HashTraces(traces).String() }
		s.StandIn = func() []nettrace.Trace { return nil }
	}
	return sets
}

// The families, by how the names of their traces begin. Training plays LTE,
// wired networks and what Genet generates; UMTS and OpenNetLab's 4G are held
// out. OpenNetLab's "trace_…" are hand-made for tests of its emulator and
// played by none.
var (
	trainingFamilies = [...]string{"ATT-LTE", "TMobile-LTE", "trace_0", "WIRED_"}
	heldOutFamilies  = [...]string{"TMobile-UMTS", "4G_"}
)

// NewData sorts recordings into families. Empty lists make a Data like a nil
// one.
func NewData(mahimahi, genet, opennetlab []nettrace.Trace) (*Data, error) {
	d := new(Data)
	for _, c := range []struct {
		prefixes []string
		into     *[]family
	}{{trainingFamilies[:], &d.training}, {heldOutFamilies[:], &d.heldOut}} {
		for _, prefix := range c.prefixes {
			f, err := familyOf(prefix, slices.Concat(mahimahi, genet, opennetlab))
			if err != nil {
				return nil, err
			}
			if len(f) > 0 {
				*c.into = append(*c.into, f)
			}
		}
	}
	return d, nil
}

func familyOf(prefix string, traces []nettrace.Trace) (family, error) {
	var f family
	for i := range traces {
		t := &traces[i]
		if !strings.HasPrefix(t.Name, prefix) {
			continue
		}
		bins := relative(t.Forward.Bins(tickMs))
		if bins == nil {
			return nil, fmt.Errorf("scenario: trace %s has no forward bandwidth", t.Name)
		}
		f = append(f, bins)
	}
	return f, nil
}

// mostOfMedian bounds what a bin may be, relative to the median of those above
// 0: among OpenNetLab's recordings of some Mbps are bins of 33 Gbps.
const mostOfMedian = 5

// relative scales bins to a mean of 1, and caps those that can't be; nil if
// all are 0.
func relative(bins []float64) []float64 {
	positive := slices.DeleteFunc(slices.Clone(bins), func(x float64) bool { return !(x > 0) })
	if len(positive) == 0 {
		return nil
	}
	slices.Sort(positive)
	limit := mostOfMedian * positive[len(positive)/2]
	sum := 0.0
	for i, x := range bins {
		bins[i] = min(x, limit)
		sum += bins[i]
	}
	for i := range bins {
		bins[i] *= float64(len(bins)) / sum
	}
	return bins
}

// trained draws a recording that training plays, unseen one that it does not.
func (d *Data) trained(r draw.Draws, durationMs float64) []float64 {
	if d == nil || len(d.training) == 0 {
		return generated(r, nettrace.LTELike(), durationMs)
	}
	return pick(r, d.training)
}

func (d *Data) unseen(r draw.Draws, durationMs float64) []float64 {
	if d == nil || len(d.heldOut) == 0 {
		return generated(r, nettrace.UMTSLike(), durationMs)
	}
	return pick(r, d.heldOut)
}

// pick draws a family, and then one of its recordings.
func pick(r draw.Draws, families []family) []float64 {
	f := families[r.Below(len(families))]
	return f[r.Below(len(f))]
}

// generated makes a recording of its own for a session.
func generated(r draw.Draws, c nettrace.CellularConfig, durationMs float64) []float64 {
	c.LengthMs = durationMs
	seed := uint64(math.Round(float64(r.Unit() * (1 << 53))))
	return relative(nettrace.Cellular(seed, 1, c)[0].Forward.Bins(tickMs))
}
