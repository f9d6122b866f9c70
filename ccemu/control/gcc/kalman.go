package gcc

import (
	"math"
	"time"
)

// Constants of the arrival-time filter: draft-ietf-rmcat-gcc-02, section 5.3.
const (
	processNoise = 1e-3 // q, ms²
	startError   = 0.1  // e(0), ms²
	leastNoise   = 1.0  // of the measurement, ms²
	// logNoisePast is the logarithm of 1-chi, with a chi of 0.01. The draft
	// has it between 0.1 and 0.001.
	logNoisePast = -0.01005033585350145
	// outlier is how many deviations of the noise one sample counts for at
	// most.
	outlier = 3.0
	// rateGroups is K, the number of groups among which the highest rate of
	// groups is looked for. The draft leaves it open.
	rateGroups = 60
)

// kalman estimates by how much longer than the group before each group takes,
// in ms: the mean of the differences, without their noise.
type kalman struct {
	// frozen keeps the variance of the noise at its least.
	frozen bool

	estimate, err, noise float64
	gaps                 [rateGroups]float64 // between departures, ms
	groups               int
}

func (k *kalman) reset() { *k = kalman{frozen: k.frozen} }

// add implements filter.
func (k *kalman) add(sent, arrived, _ time.Duration) float64 {
	if k.groups == 0 {
		k.err = startError
	}
	k.gaps[k.groups%rateGroups] = milliseconds(sent)
	k.groups++
	z := milliseconds(arrived-sent) - k.estimate
	k.learnNoise(z)
	prior := k.err + processNoise
	gain := prior / (prior + k.noise)
	k.estimate += float64(gain * z)
	k.err = (1 - gain) * prior
	return k.estimate
}

func (k *kalman) learnNoise(z float64) {
	if k.frozen {
		k.noise = leastNoise
		return
	}
	z = min(z, outlier*math.Sqrt(k.noise))
	// (1-chi)^(30/(1000·f_max)) with f_max the inverse of the shortest gap.
	shortest := k.gaps[0]
	for _, gap := range k.gaps[1:min(k.groups, rateGroups)] {
		shortest = min(shortest, gap)
	}
	past := exp(logNoisePast * 30 * shortest / 1000)
	k.noise = max(float64(past*k.noise)+float64((1-past)*z*z), leastNoise)
}
