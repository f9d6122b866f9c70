package sparksim

import (
	"math"
	"slices"
)

// TaskTimes are how long the tasks of a stage take at least on a cluster,
// whatever number of executors their job has.
type TaskTimes struct {
	// Fresh are an executor's first task after it joined the job, First its
	// first task in the stage, and Rest those that follow there. Whoever
	// begins a stage has run none of its tasks, so that the first is no Rest.
	Fresh, First, Rest TaskTime
}

// TaskTime is how long a task takes.
type TaskTime struct {
	// LeastMs is the shortest time that can be drawn.
	LeastMs float64
	// MeanMs is the mean of what is drawn, with the number of executors for
	// which it is smallest.
	MeanMs float64
}

// TaskTimes returns those of a job's stages, from the samples that clusters of
// this config draw from. Errors are *setting.Error.
func (c Config) TaskTimes(job *Job) ([]TaskTimes, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.WithDefaults()
	reachable := slices.Compact(newIntervals(c.Executors)[1:])
	times := make([]TaskTimes, job.Stages())
	for i := range times {
		d := newDurations(job.stages[i].levels, *c.WarmupDelayMs)
		times[i] = TaskTimes{
			Fresh: d.least(waveFresh, reachable),
			First: d.least(waveFirst, reachable),
			Rest:  d.least(waveRest, reachable),
		}
	}
	return times, nil
}

// least is the least of a wave over numbers of executors.
func (d *durations) least(wave int, reachable []interval) TaskTime {
	var each [keys]TaskTime
	for key := range each {
		from := &d[wave*keys+key]
		shortest, sum := math.Inf(1), 0.0
		for _, ms := range from.values {
			shortest = min(shortest, ms)
			sum += ms
		}
		each[key] = TaskTime{shortest + from.addMs, sum/float64(len(from.values)) + from.addMs}
	}
	best := TaskTime{math.Inf(1), math.Inf(1)}
	for _, in := range reachable {
		low, high := each[in.low], each[in.high]
		mean := low.MeanMs
		if in.width > 0 { // The lower level is drawn past times out of width.
			share := float64(in.past) / float64(in.width)
			mean = float64(share*low.MeanMs) + float64((1-share)*high.MeanMs)
		}
		best.LeastMs = min(best.LeastMs, low.LeastMs, high.LeastMs)
		best.MeanMs = min(best.MeanMs, mean)
	}
	return best
}
