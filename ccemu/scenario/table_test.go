package scenario

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
)

// drawn are the conditions of a set's first sessions.
func drawn(t *testing.T, name string, n int) []*conditions {
	t.Helper()
	s, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	list := make([]*conditions, n)
	for i := range list {
		list[i] = s.table().draw(s.split.root(uint64(i)), nil)
	}
	return list
}

func each(list []*conditions, of func(c *conditions) float64) []float64 {
	xs := make([]float64, len(list))
	for i, c := range list {
		xs[i] = of(c)
	}
	return xs
}

// checkUniform is the test of Kolmogorov and Smirnov, with the critical value
// of 0.1 %.
func checkUniform(t *testing.T, what string, xs []float64, low, high float64, logarithmic bool) {
	t.Helper()
	xs = slices.Sorted(slices.Values(xs))
	if len(xs) == 0 || xs[0] < low || xs[len(xs)-1] > high {
		t.Errorf("%s: %d from %v to %v, want them from %v to %v", what, len(xs), xs[0], xs[len(xs)-1], low, high)
		return
	}
	distance := 0.0
	for i, x := range xs {
		at := (x - low) / (high - low)
		if logarithmic {
			at = math.Log(x/low) / math.Log(high/low)
		}
		distance = max(distance, math.Abs(at-float64(i)/float64(len(xs))), math.Abs(float64(i+1)/float64(len(xs))-at))
	}
	if limit := 1.95 / math.Sqrt(float64(len(xs))); distance > limit {
		t.Errorf("%s: differs by %v from even, want at most %v", what, distance, limit)
	}
}

// checkShare allows for 3.3 standard deviations.
func checkShare(t *testing.T, what string, list []*conditions, want float64, is func(c *conditions) bool) []*conditions {
	t.Helper()
	var those []*conditions
	for _, c := range list {
		if is(c) {
			those = append(those, c)
		}
	}
	n := float64(len(list))
	if got := float64(len(those)) / n; math.Abs(got-want) > 3.3*math.Sqrt(want*(1-want)/n) {
		t.Errorf("%s: a share of %v, want %v", what, got, want)
	}
	return those
}

const manyDraws = 4000

// TestTraining compares the distribution of training with the table of the
// specification.
func TestTraining(t *testing.T) {
	all := drawn(t, "cc/train", manyDraws)
	checkUniform(t, "level", each(all, func(c *conditions) float64 { return c.level.kbps }), 150, 8000, true)
	checkUniform(t, "rtt", each(all, func(c *conditions) float64 { return c.rttMs }), 10, 200, true)
	checkUniform(t, "queue", each(all, func(c *conditions) float64 { return c.bottleneck.Queue.LimitMs }), 30, 800, true)
	for i, ms := range each(all, func(c *conditions) float64 { return c.durationMs }) {
		if ms < 30_000 || ms > 40_000 || math.Mod(ms, tickMs) != 0 {
			t.Fatalf("session %d lasts %v ms", i, ms)
		}
	}
	checkShare(t, "durations in the lower half", all, 50.0/101, func(c *conditions) bool { return c.durationMs < 35_000 })
	checkShare(t, "short paths, for there to be good conditions", all, math.Log(4)/math.Log(20), func(c *conditions) bool { return c.rttMs < 40 })

	for name, share := range map[string]float64{constant: 0.2, stepped: 0.25, markov: 0.15, ramped: 0.05, sine: 0.05, ar1: 0.1, recorded: 0.2} {
		those := checkShare(t, name, all, share, func(c *conditions) bool { return c.dynamics == name })
		if name == recorded {
			continue
		}
		for _, c := range those {
			if low, high := least(&c.capacity), most(&c.capacity); low < 150 || high > 8000 {
				t.Fatalf("%s: from %v to %v kbps", name, low, high)
			}
		}
	}
	still := checkShare(t, "no jitter", all, 0.4, func(c *conditions) bool { return c.jitter.DeviationMs == 0 })
	checkUniform(t, "jitter", each(others(all, still), func(c *conditions) float64 { return c.jitter.DeviationMs }), 0, 15, false)
	lossless := checkShare(t, "no loss", all, 0.5, func(c *conditions) bool { return c.loss == 0 })
	lossy := others(all, lossless)
	checkUniform(t, "loss", each(lossy, func(c *conditions) float64 { return c.loss }), 1e-4, 0.05, true)
	bursty := checkShare(t, "bursts", lossy, 0.5, func(c *conditions) bool { return c.burst > 0 })
	checkUniform(t, "bursts", each(bursty, func(c *conditions) float64 { return c.burst }), 2, 6, false)

	kind := func(c *conditions) string {
		if len(c.cross) == 0 {
			return ""
		}
		return c.cross[0].Kind
	}
	checkShare(t, "no cross traffic", all, 0.6, func(c *conditions) bool { return kind(c) == "" })
	checkShare(t, "unresponsive cross traffic", all, 0.2, func(c *conditions) bool { return kind(c) == ccemu.Unresponsive })
	checkShare(t, "TCP cross traffic", all, 0.2, func(c *conditions) bool { return kind(c) == ccemu.TCPCubic && len(c.cross) == 1 })

	checkShare(t, "low requests", all, 0.4, func(c *conditions) bool { return c.ratio < 0.8 })
	checkShare(t, "fitting requests", all, 0.4, func(c *conditions) bool { return c.ratio >= 0.8 && c.ratio < 1.5 })
	checkUniform(t, "high requests", each(checkShare(t, "high requests", all, 0.2, func(c *conditions) bool { return c.ratio >= 1.5 }),
		func(c *conditions) float64 { return c.ratio }), 1.5, 3, false)
	checkRequests(t, all)
}

// checkRequests: the mean request over the mean bandwidth is the ratio that
// was drawn, unless it would be less than an application asks for.
func checkRequests(t *testing.T, list []*conditions) {
	t.Helper()
	seen := map[string]bool{}
	for i, c := range list {
		seen[c.content.name] = true
		got := mean(&c.request, c.durationMs) / mean(&c.capacity, c.durationMs)
		if floor := least(&c.request) == leastRequestKbps; !floor && math.Abs(got/c.ratio-1) > 0.01 || got < c.ratio*0.99 {
			t.Fatalf("session %d: requests %v of the bandwidth, want %v", i, got, c.ratio)
		}
		for k, at := range c.request.AtMs {
			if k > 0 && at-c.request.AtMs[k-1] < 4999 {
				t.Fatalf("session %d: request changes at %v", i, c.request.AtMs)
			}
		}
	}
	if len(seen) != len(contents) {
		t.Errorf("contents %v", seen)
	}
}

func others(all, without []*conditions) []*conditions {
	return slices.DeleteFunc(slices.Clone(all), func(c *conditions) bool { return slices.Contains(without, c) })
}

// TestHeldOut: a set out of distribution is, seed by seed, the test with one
// parameter where training never is.
func TestHeldOut(t *testing.T) {
	const n = 300
	test := drawn(t, "cc/test", n)
	for name, set := range map[string]struct {
		outside func(c *conditions) bool
		same    []string // the fields that don't depend on the parameter
	}{
		"cc/ood-capacity": {func(c *conditions) bool {
			return c.level.kbps <= 150 && (c.dynamics == recorded || most(&c.capacity) <= 150) ||
				c.level.kbps >= 8000 && (c.dynamics == recorded || least(&c.capacity) >= 8000)
		}, []string{"durationMs", "dynamics", "rttMs", "jitter", "loss", "burst", "bottleneck", "ratio", "content"}},
		"cc/ood-dynamics": {func(c *conditions) bool {
			switch c.dynamics {
			case drops:
				return least(&c.capacity) <= 0.101*most(&c.capacity)
			case leo, outages:
				return least(&c.capacity) == 0
			}
			return c.dynamics == unrecorded
		}, []string{"durationMs", "level", "rttMs", "jitter", "loss", "burst", "bottleneck", "ratio", "content"}},
		"cc/ood-rtt":    {func(c *conditions) bool { return c.rttMs >= 250 && c.rttMs <= 600 }, []string{"durationMs", "level", "dynamics", "capacity", "meanKbps", "jitter", "loss", "burst", "bottleneck", "ratio", "content", "request"}},
		"cc/ood-jitter": {func(c *conditions) bool { return c.jitter.DeviationMs >= 20 && c.jitter.Shape == link.Pareto }, allBut("jitter")},
		"cc/ood-loss":   {func(c *conditions) bool { return c.loss >= 0.05 && c.loss <= 0.2 && c.burst >= 8 && c.burst <= 20 }, allBut("loss", "burst")},
		"cc/ood-queue": {func(c *conditions) bool {
			q := c.bottleneck.Queue
			return q.LimitMs == 10 && c.meanKbps >= 3000*8/30 || q.LimitMs == 2000 || q.Discipline == link.CoDel || c.bottleneck.Kind != link.FIFO
		}, allBut("bottleneck")},
		"cc/ood-cross":   {func(c *conditions) bool { return len(c.cross) == 3 || c.cross[0].Kind == ccemu.TCPBBR }, allBut("cross")},
		"cc/ood-request": {func(c *conditions) bool { return c.ratio >= 3.5 && c.ratio <= 4.5 }, allBut("ratio", "request")},
	} {
		for i, c := range drawn(t, name, n) {
			if !set.outside(c) {
				t.Fatalf("%s: session %d is as in training: %+v", name, i, c)
			}
			a, b := reflect.ValueOf(*c), reflect.ValueOf(*test[i])
			for _, field := range set.same {
				if x, y := a.FieldByName(field), b.FieldByName(field); !deepEqual(x, y) {
					t.Fatalf("%s: session %d has %s %v, the test's %v", name, i, field, x, y)
				}
			}
		}
	}
}

// allBut lists the fields of conditions without some.
func allBut(names ...string) []string {
	var list []string
	for f := range reflect.TypeFor[conditions]().Fields() {
		if !slices.Contains(names, f.Name) {
			list = append(list, f.Name)
		}
	}
	return list
}

// deepEqual compares unexported fields by how they print.
func deepEqual(x, y reflect.Value) bool { return printed(x) == printed(y) }

// TestUnusual: every kind out of distribution comes up, as often as the others.
func TestUnusual(t *testing.T) {
	dynamics := drawn(t, "cc/ood-dynamics", 1500)
	for _, name := range []string{drops, leo, outages, unrecorded} {
		checkShare(t, name, dynamics, 0.25, func(c *conditions) bool { return c.dynamics == name })
	}
	for _, c := range dynamics {
		for i, kbps := range c.capacity.Values {
			if i+1 == len(c.capacity.Values) || c.dynamics != outages || kbps > 0 {
				continue
			}
			if length := c.capacity.AtMs[i+1] - c.capacity.AtMs[i]; length < 499 || length > 2001 {
				t.Fatalf("an outage of %v ms", length)
			}
		}
	}
	queues := drawn(t, "cc/ood-queue", 1500)
	checkShare(t, "CoDel", queues, 0.2, func(c *conditions) bool { return c.bottleneck.Queue.Discipline == link.CoDel })
	checkShare(t, "policers", queues, 0.2, func(c *conditions) bool { return c.bottleneck.Kind == link.Policer })
	checkShare(t, "token buckets", queues, 0.2, func(c *conditions) bool { return c.bottleneck.Kind == link.TokenBucket })
	checkShare(t, "two seconds or 10 ms", queues, 0.4, func(c *conditions) bool {
		return c.bottleneck.Queue.LimitMs == 2000 || c.bottleneck.Queue.LimitMs == 10
	})
	checkShare(t, "BBR", drawn(t, "cc/ood-cross", 1500), 0.5, func(c *conditions) bool { return c.cross[0].Kind == ccemu.TCPBBR })
	checkShare(t, "narrow", drawn(t, "cc/ood-capacity", 1500), 0.5, func(c *conditions) bool { return c.level.kbps < 1000 })
}
