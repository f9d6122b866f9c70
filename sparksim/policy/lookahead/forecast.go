package lookahead

import (
	"fmt"

	"trailblazer/internal/draw"
	"trailblazer/internal/setting"
	"trailblazer/sparksim"
	"trailblazer/sparksim/sparkenv"
	"trailblazer/sparksim/workload"
)

// Forecast is what a scheduler expects to arrive: jobs independently of each
// other.
type Forecast struct {
	MeanInterarrivalMs float64
	// Kinds are the jobs' kinds, each entry as likely as any other.
	Kinds []int
}

// ForecastOf is the forecast for the environments of a factory: the process
// that draws their arrivals. Of a workload that brings its own arrivals it
// knows their kinds and how often they come, not their order or times.
func ForecastOf(f *sparkenv.Factory) Forecast {
	if fixed, ok := f.Workload().(*workload.Fixed); ok {
		arrivals := fixed.Arrivals(nil, 0)
		forecast := Forecast{MeanInterarrivalMs: arrivals[len(arrivals)-1].AtMs / float64(max(1, len(arrivals)-1))}
		for _, a := range arrivals {
			forecast.Kinds = append(forecast.Kinds, a.Kind)
		}
		return forecast
	}
	forecast := Forecast{MeanInterarrivalMs: f.Config().Arrivals.MeanInterarrivalMs}
	for kind := range f.Workload().Kinds() {
		forecast.Kinds = append(forecast.Kinds, kind)
	}
	return forecast
}

func (f Forecast) validate() error {
	if !(f.MeanInterarrivalMs >= 0) {
		return setting.Refuse("mean_interarrival_ms", f.MeanInterarrivalMs, "is no time", "give milliseconds from 0")
	}
	if len(f.Kinds) == 0 {
		return setting.Refuse("kinds", fmt.Sprint(f.Kinds), "leave nothing to expect", "give at least one kind of job")
	}
	return nil
}

// arrivalStream sets a scenario's arrivals apart from its durations.
const arrivalStream = 1 << 60

// appendArrivals draws at most so many arrivals between two times.
func (f Forecast) appendArrivals(dst []sparksim.Arrival, seed uint64, fromMs, untilMs float64, most int) []sparksim.Arrival {
	d := draw.New(seed, arrivalStream)
	for range most {
		fromMs += float64(f.MeanInterarrivalMs * d.Exponential())
		if fromMs > untilMs {
			break
		}
		dst = append(dst, sparksim.Arrival{AtMs: fromMs, Kind: f.Kinds[d.Below(len(f.Kinds))]})
	}
	return dst
}
