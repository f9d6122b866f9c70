package feature

import (
	"math"
	"time"
)

// Feature is one of the numbers that policies are shown.
type Feature struct {
	// Name ends in the window's letter: S, M, L or H.
	Name string
	// Category is one of the paper's Extended Data Fig. 4.
	Category string
	// Unit is that of the measured value: ms, kbps, bytes, packets, ms/s, or
	// empty for shares and ratios.
	Unit string
	// Window is the time over which it is measured; 0 for none.
	Window time.Duration
	// Log says that log(1+x) is shown of a measured x, with the sign of x.
	Log bool
	// Low and High bound the value that is shown.
	Low, High   float64
	Description string
}

// Count is the number of features.
const Count = 52

// The windows.
const (
	windowS = 100 * time.Millisecond
	windowM = 500 * time.Millisecond
	windowL = time.Second
	windowH = 10 * time.Second
	// window2s is that of the largest rate.
	window2s = 2 * time.Second
)

// Table lists the features in the order in which they are observed, which is
// frozen.
func Table() []Feature {
	features := table
	return features[:]
}

// Show turns a measured value into the one that is shown.
func (f *Feature) Show(x float64) float32 {
	if f.Log {
		x = signedLog(x)
	}
	return float32(min(max(x, f.Low), f.High))
}

// signedLog is log(1+|x|) with the sign of x.
func signedLog(x float64) float64 { return math.Copysign(math.Log1p(math.Abs(x)), x) }

// The places of features in the table.
const (
	lossS = iota
	lossM
	lossL
	burstMeanL
	burstMaxL
	timeSinceLoss
	rttLast
	rttMeanS
	rttMinL
	rttMaxL
	srtt
	rttvar
	rttMinH
	sendRateS
	sendRateM
	targetPrev
	pacerQueue
	inflight
	sentPacketsS
	appLimitedM
	lastActionAge
	recvRateS
	recvRateM
	recvRateL
	recvMax2s
	recvSendRatioM
	jitterBuffer
	stallL
	owdMeanS
	owdMaxS
	owdMinL
	owdP95M
	owdSlopeM
	qdMeanS
	qdMaxS
	qdMeanM
	qdMeanL
	gccTrend
	qdLowAge
	recvPacketsS
	meanSizeS
	iaMeanS
	iaMaxS
	reorderM
	audioM
	rfc3550Jitter
	iaStdM
	delayChangeMeanS
	frameArrivalStdL
	requestRate
	requestChangeM
	targetRequestRatio
)

// The categories.
const (
	lossInfo       = "Loss_Info"
	rttInfo        = "RTT_Info"
	senderInfo     = "Sender_Info"
	receiverInfo   = "Receiver_Info"
	delayInfo      = "Delay_Info"
	queueDelayInfo = "Queue_Delay_Info"
	packetInfo     = "Packet_Info"
	jitterInfo     = "Jitter_Info"
	requestInfo    = "Request_Rate"
)

// The largest values that are told apart.
const (
	maxKbps    = 1e7 // 10 Gbps
	maxMs      = 6e4 // a minute
	maxAgeMs   = 1e4
	maxPackets = 1e6
	maxBytes   = 1e10 // maxKbps for 8 s
	maxRatio   = 1e3
	maxSlope   = 1e6 // ms/s
)

// share, logged and signed make features whose values go from 0 to 1, from 0
// to most, and from -most to most.
func share(name, category string, window time.Duration, description string) Feature {
	return Feature{name, category, "", window, false, 0, 1, description}
}

func logged(name, category, unit string, window time.Duration, most float64, description string) Feature {
	return Feature{name, category, unit, window, true, 0, bound(most), description}
}

func signed(name, category, unit string, window time.Duration, most float64, description string) Feature {
	return Feature{name, category, unit, window, true, -bound(most), bound(most), description}
}

// bound is what is shown of the largest value, rounded as it is shown, so that
// nothing steps over it.
func bound(most float64) float64 { return float64(float32(signedLog(most))) }
