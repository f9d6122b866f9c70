package metric

// The thresholds of the paper's scheduler (Methods, "APC implementation").
const (
	GoodRTTMs     = 50
	GoodLossShare = 0.05
	// GoodRatePercent of the request rate.
	GoodRatePercent = 95
)

// Good reports whether a flow is in good network conditions by the paper's
// rule, so that a light policy will do: the last round-trip time is below 50
// ms, the loss rate below 0.05, and the last sending rate above 0.95 of the
// request rate. Equality is not good, and neither is a value that is missing,
// which is no number. Numbers below 0, and requests of nothing, count as
// missing.
func Good(rttMs, lossShare, rateBps, requestBps float64) bool {
	return rttMs >= 0 && rttMs < GoodRTTMs &&
		lossShare >= 0 && lossShare < GoodLossShare &&
		// Whole numbers, so that equality does not depend on how 0.95 rounds.
		requestBps > 0 && 100*rateBps > GoodRatePercent*requestBps
}
