package metric

// Available is what a flow can get of a link: with the given number of flows
// that share it and listen to congestion, either what all others leave, or an
// equal part of what the traffic leaves that does not listen, whichever is
// more. It is at least 0.
func Available(capacityBps, unresponsiveBps, responsiveBps float64, sharers int) float64 {
	left := capacityBps - unresponsiveBps
	return max(left-responsiveBps, left/float64(sharers+1), 0)
}
