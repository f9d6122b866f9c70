package scream

// trendSamples is the length of qdelay_fraction_hist.
const trendSamples = 20

// trend tells from the queuing delay, as a fraction of its target, whether
// congestion is coming.
type trend struct {
	average float64 // qdelay_fraction_avg
	history [trendSamples]float64
	newest  int
	value   float64 // qdelay_trend, from 0 to 1
	memory  float64 // qdelay_trend_mem, a peak hold
}

// add takes a sample.
func (t *trend) add(fraction float64) {
	t.average += float64(qdelayWeight * (fraction - t.average))
	t.newest = (t.newest + 1) % trendSamples
	t.history[t.newest] = fraction
	t.value = min(max(t.correlation()*t.average, 0), 1)
	t.memory = max(0.99*t.memory, t.value)
}

// correlation is the autocorrelation of the history at a lag of one sample,
// its mean removed: positive where delays rise or fall steadily.
func (t *trend) correlation() float64 {
	mean := 0.0
	for _, x := range t.history {
		mean += x
	}
	mean /= trendSamples
	var with, power, last float64
	for i := range trendSamples {
		x := t.history[(t.newest+1+i)%trendSamples] - mean
		power += float64(x * x)
		with += float64(x * last)
		last = x
	}
	if power == 0 {
		return 0
	}
	return with / power
}
