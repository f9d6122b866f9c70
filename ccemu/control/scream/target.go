package scream

import "math"

const (
	// normSamples is how many samples the variance is taken over, and
	// meanSamples the mean, in the compensation for competing flows.
	normSamples = 200
	meanSamples = 50
	// lossLimit is the loss event rate above which others compete.
	lossLimit = 0.002
	// calm is the variance below which the delay is stable.
	calm = 0.2
)

// target is the delay target, which grows where loss-based flows compete
// (section 4.1.2.3).
type target struct {
	seconds float64 // qdelay_target
	history [normSamples]float64
	next    int
}

// adjust takes a sample of the queuing delay.
func (t *target) adjust(qdelay, lossEventRate float64) {
	t.history[t.next] = qdelay / qdelayTargetLow
	t.next = (t.next + 1) % normSamples
	var sum, squares, recent float64
	for i, x := range t.history {
		sum += x
		squares += float64(x * x)
		if age := (t.next - 1 - i + normSamples) % normSamples; age < meanSamples {
			recent += x
		}
	}
	mean := sum / normSamples
	variance := max(squares/normSamples-float64(mean*mean), 0)
	upper := (recent/meanSamples + math.Sqrt(variance)) * qdelayTargetLow
	switch {
	case lossEventRate > lossLimit:
		t.seconds = 1.5 * upper
	case variance < calm:
		t.seconds = upper
	case upper < qdelayTargetLow:
		t.seconds = max(0.5*t.seconds, upper)
	default:
		t.seconds *= 0.9
	}
	t.seconds = min(max(t.seconds, qdelayTargetLow), qdelayTargetHigh)
}
