package metric

import "math"

// FloorBps is the least true bandwidth with which a prediction is compared.
// During outages eq. 7 would divide by nearly nothing.
const FloorBps = 50_000

// APE is the absolute percentage error of one predicted bandwidth, the term of
// eq. 7, as a fraction: both bandwidths count up to the request rate only,
// since more than that is never sent. A prediction below 0, or one that is no
// number, counts as 0.
//
// It is not counted where the true bandwidth is below [FloorBps], or where
// nothing is requested.
func APE(predictedBps, trueBps, requestBps float64) (ape float64, counted bool) {
	signed, counted := relativeError(predictedBps, trueBps, requestBps)
	return math.Abs(signed), counted
}

// relativeError is APE with its sign: positive where the prediction is too
// high.
func relativeError(predictedBps, trueBps, requestBps float64) (signed float64, counted bool) {
	if !(trueBps >= FloorBps) || !(requestBps > 0) {
		return 0, false
	}
	if !(predictedBps > 0) {
		predictedBps = 0
	}
	truth := min(trueBps, requestBps)
	return (min(predictedBps, requestBps) - truth) / truth, true
}
