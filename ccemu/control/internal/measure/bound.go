package measure

import "math"

// The bounds of what a controller decides, in bits per second.
const (
	LeastBps = 10e3
	MostBps  = 10e9
)

// Bound returns a rate between the bounds; what is no number becomes the least.
func Bound(bps float64) float64 {
	if math.IsNaN(bps) {
		return LeastBps
	}
	return min(max(bps, LeastBps), MostBps)
}
