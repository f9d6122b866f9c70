package rl

import "math"

// Moments are running means and variances of rows of numbers.
type Moments struct {
	Count    float64   `json:"count"`
	Mean     []float64 `json:"mean"`
	Variance []float64 `json:"variance"`
}

// add joins rows of len(Mean) numbers, by the formula for two samples of Chan,
// Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing
// Sample Variances" (1979).
func (m *Moments) add(rows []float32) {
	width := len(m.Mean)
	if width == 0 || len(rows) == 0 {
		return
	}
	n := float64(len(rows) / width)
	total := m.Count + n
	for j := range width {
		mean, square := 0.0, 0.0
		for at := j; at < len(rows); at += width {
			mean += float64(rows[at])
		}
		mean /= n
		for at := j; at < len(rows); at += width {
			d := float64(rows[at]) - mean
			square += float64(d * d)
		}
		d := mean - m.Mean[j]
		m.Mean[j] += d * n / total
		m.Variance[j] = (float64(m.Variance[j]*m.Count) + square + float64(d*d)*m.Count*n/total) / total
	}
	m.Count = total
}

// widest bounds standardised numbers, as Gymnasium's and OpenAI's normalisers
// of observations do.
const widest = 10

// standardise appends row i of rows, less the mean and over the deviation,
// within ±widest.
func (m *Moments) standardise(rows []float32, i int, to []float32) []float32 {
	width := len(m.Mean)
	for j, x := range rows[i*width : (i+1)*width] {
		z := (float64(x) - m.Mean[j]) / math.Sqrt(m.Variance[j]+1e-8)
		to = append(to, float32(min(max(z, -widest), widest)))
	}
	return to
}

// newMoments are those of nothing yet.
func newMoments(width int) Moments {
	return Moments{Mean: make([]float64, width), Variance: make([]float64, width)}
}

// Scale follows the mean and the size of what a critic is to learn, which both
// change as the model gets better: exponential means of the updates' means, the
// later ones counting more.
type Scale struct {
	// Weight is how much of a mean has been seen, up to 1.
	Weight float64 `json:"weight"`
	First  float64 `json:"first"`
	Second float64 `json:"second"`
}

// scaleShare is what part of the means each update is.
const scaleShare = 0.1

// add joins the returns of an update.
func (s *Scale) add(returns []float32) {
	first, second := 0.0, 0.0
	for _, x := range returns {
		first += float64(x)
		second += float64(float64(x) * float64(x))
	}
	n := float64(len(returns))
	s.Weight += scaleShare * (1 - s.Weight)
	s.First += scaleShare * (first/n - s.First)
	s.Second += scaleShare * (second/n - s.Second)
}

// moments are mean and deviation; 0 and 1 before the first update.
func (s *Scale) moments() (mean, std float64) {
	if s.Weight == 0 {
		return 0, 1
	}
	mean = s.First / s.Weight
	std = math.Sqrt(max(s.Second/s.Weight-float64(mean*mean), 0))
	// Returns that are all alike keep a scale that can be divided by.
	return mean, max(std, 1e-3*math.Abs(mean), 1e-6)
}

// standardiseAdvantages gives them the mean 0 and the deviation 1, in place. It
// is done for each minibatch, as in OpenAI Baselines' ppo2; what is all alike
// becomes 0.
func standardiseAdvantages(x []float32) {
	mean, square := 0.0, 0.0
	for _, v := range x {
		mean += float64(v)
	}
	mean /= float64(len(x))
	for _, v := range x {
		square += float64((float64(v) - mean) * (float64(v) - mean))
	}
	std := math.Sqrt(square / float64(len(x)))
	for i, v := range x {
		x[i] = float32((float64(v) - mean) / (std + 1e-8))
	}
}
