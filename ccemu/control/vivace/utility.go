package vivace

import "trailblazer/internal/draw"

// The utility function's parameters, section 4.1 of the paper.
const (
	exponent = 0.9
	latency  = 900.0 // per second of delay gained in a second
	loss     = 11.35
	// flat is the delay gradient below which there is none: noise. As in the
	// authors' implementation, that is the case of negative ones, too; with
	// them, a queue that empties would be a reason to send less and less.
	flat = 0.01
)

// utility of sending at a rate, with a gradient of the round-trip time over
// time and a share of lost packets: x^0.9 - 900·x·dRTT/dt - 11.35·x·L, with x in
// Mbps.
func utility(mbps, gradient, lost float64) float64 {
	if gradient < flat {
		gradient = 0
	}
	return draw.Exp(exponent*draw.Log(mbps)) - float64(latency*mbps*gradient) - float64(loss*mbps*lost)
}
