package gantt

import (
	"cmp"
	"slices"

	"trailblazer/sparksim"
)

// running returns the mean number of executors that run in each of n equal
// parts of the time up to endMs.
func running(runs []sparksim.Run, endMs float64, n int) []float64 {
	// edges[i] changes the slope of the busy time at the part's begin: what
	// begins or ends within a part counts for the rest of it.
	means, steps := make([]float64, n), make([]float64, n+1)
	if endMs == 0 {
		return means
	}
	change := func(ms, by float64) {
		at := ms / endMs * float64(n)
		i := min(int(at), n-1)
		rest := float64(i+1) - at
		means[i] += by * rest
		steps[i+1] += by
	}
	for _, r := range runs {
		change(r.StartMs, 1)
		change(r.EndMs, -1)
	}
	level := 0.0
	for i := range means {
		level += steps[i]
		means[i] = max(0, means[i]+level) // not below by rounding
	}
	return means
}

// meanRunning is the mean over the whole episode.
func meanRunning(runs []sparksim.Run, endMs float64) float64 {
	if endMs == 0 {
		return 0
	}
	sum := 0.0
	for _, r := range runs {
		sum += r.EndMs - r.StartMs
	}
	return sum / endMs
}

// point is where a curve of steps takes a new value.
type point struct {
	ms    float64
	value int
}

// active returns how many jobs are there, from 0 to endMs.
func active(jobs []Job, endMs float64) []point {
	var changes []point
	for _, j := range jobs {
		if j.ArrivedMs > endMs {
			continue
		}
		changes = append(changes, point{j.ArrivedMs, 1})
		if j.CompletedMs <= endMs {
			changes = append(changes, point{j.CompletedMs, -1})
		}
	}
	slices.SortFunc(changes, func(a, b point) int { return cmp.Compare(a.ms, b.ms) })
	curve := []point{{0, 0}}
	for _, c := range changes {
		last := &curve[len(curve)-1]
		if last.ms == c.ms {
			last.value += c.value
		} else {
			curve = append(curve, point{c.ms, last.value + c.value})
		}
	}
	return curve
}

// meanAndPeak are those of a curve up to endMs.
func meanAndPeak(curve []point, endMs float64) (mean float64, peak int) {
	for i, p := range curve {
		until := endMs
		if i+1 < len(curve) {
			until = curve[i+1].ms
		}
		mean += float64(p.value) * (until - p.ms)
		peak = max(peak, p.value)
	}
	if endMs == 0 {
		return 0, peak
	}
	return mean / endMs, peak
}
