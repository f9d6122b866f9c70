package policy

// mostSamples bounds the window of a throughput estimate.
const mostSamples = 64

// throughput keeps the last samples of a measured rate. The zero value is
// ready for use and holds none.
type throughput struct {
	samples [mostSamples]float64
	count   int // of samples ever pushed
}

func (t *throughput) reset() { t.count = 0 }

func (t *throughput) push(x float64) {
	t.samples[t.count%mostSamples] = x
	t.count++
}

// harmonic is the harmonic mean of the last n samples, or of as many as there
// are; 0 where there are none. The sum runs from the oldest to the newest, as
// in the reference.
func (t *throughput) harmonic(n int) float64 {
	n = min(n, t.count)
	if n == 0 {
		return 0
	}
	sum := 0.0
	for i := t.count - n; i < t.count; i++ {
		sum += 1 / t.samples[i%mostSamples]
	}
	return 1 / (sum / float64(n))
}

// largest is the largest of the last n samples, or of as many as there are.
func (t *throughput) largest(n int) float64 {
	n = min(n, t.count)
	most := 0.0
	for i := t.count - n; i < t.count; i++ {
		most = max(most, t.samples[i%mostSamples])
	}
	return most
}

// rateKbps is the rate of the last download in kbit/s, as an application
// measures it: round trip included. It is 0 before the first.
func (v *View) rateKbps() float64 {
	if v.DelayMs == 0 {
		return 0
	}
	return v.SizeBytes * 8 / v.DelayMs
}
