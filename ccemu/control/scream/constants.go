package scream

import "time"

// The constants of RFC 8298, section 4.1.1.1.
const (
	qdelayTargetLow  = 0.1 // seconds
	qdelayTargetHigh = 0.4
	qdelayWeight     = 0.1
	qdelayTrendLimit = 0.2
	// leastWindow, segment and headRoom are MIN_CWND, MSS and
	// MAX_BYTES_IN_FLIGHT_HEAD_ROOM.
	leastWindow = 3000.0 // bytes
	segment     = 1000.0
	headRoom    = 1.1
	gain        = 1.0
	betaLoss    = 0.8 // of the window
	betaRate    = 0.9 // of the rate, on loss
	// rateInterval is RATE_ADJUST_INTERVAL.
	rateInterval = 200 * time.Millisecond
	// rampUpSpeed is how much the rate grows at most in a second.
	rampUpSpeed        = 200e3
	preCongestionGuard = 0.1
	txQueueSizeFactor  = 1.0
	// queueLimit is RTP_QDELAY_TH and queueScale TARGET_RATE_SCALE_RTP_QDELAY.
	queueLimit = 0.02 // seconds
	queueScale = 0.95
	// resumeTrend and resumeAfter are QDELAY_TREND_LO and
	// T_RESUME_FAST_INCREASE.
	resumeTrend = 0.2
	resumeAfter = 5 * time.Second
	// leastPace is RATE_PACE_MIN.
	leastPace = 50e3

	// flightSpan is how far back the greatest number of bytes in flight
	// reaches.
	flightSpan = 5 * time.Second
	// sampleEvery is how often the queuing delay is sampled.
	sampleEvery = 50 * time.Millisecond
)
