package scenario

import (
	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// endlessMs is a queue that never fills up, as libwebrtc's simulated networks
// have unless they are told otherwise.
const endlessMs = 60_000

// libwebrtc are the scenarios of libwebrtc's tests of its controller
// (modules/congestion_controller/goog_cc/goog_cc_network_control_unittest.cc),
// with the rates, delays and times that they have, and their names.
func libwebrtc() []fixed {
	capacity := webrtcSession(95, stepsOf(0, 500, 25, 800, 45, 100), 100, 300, 1500)
	capacity.Forward.DelayMs = stepsOf(0, 100, 45, 200)
	capacity.Reverse.DelayMs = capacity.Forward.DelayMs

	steady := webrtcSession(50, schedule.Constant(500), 100, 300, 1500)

	fair := webrtcSession(10, schedule.Constant(1000), 50, 1000, 1500)
	fair.Reverse.Bottleneck = bottleneck(schedule.Constant(1000), endlessMs)
	fair.Cross = []ccemu.Cross{{Kind: ccemu.TCPCubic, PacketBytes: 1200}}

	paused := webrtcSession(30, stepsOf(0, 1000, 10, 0, 20, 1000), 100, 300, 2000)

	lossy := webrtcSession(120, schedule.Constant(2000), 200, 300, 1500)
	lossy.Forward.Loss.Share = schedule.Constant(0.1)

	// Each TCP flow meets a queue of 25 packets; nothing is repeated.
	induced := webrtcSession(98, schedule.Constant(1000), 100, 300, 1500)
	induced.Forward.Bottleneck.Queue = link.Queue{LimitPackets: 25}
	induced.Flows[0].Retries = -1
	for i := range 4 {
		start := 10_000 + float64(22_000*float64(i))
		induced.Cross = append(induced.Cross, ccemu.Cross{Kind: ccemu.TCPCubic, StartMs: start, StopMs: start + 2000, PacketBytes: 1200})
	}

	toggling := webrtcSession(10, schedule.Constant(2000), 10, 300, 1500)
	toggling.Forward.Loss.Share, toggling.Reverse.DelayMs = schedule.Constant(0.2), schedule.Constant(0)

	// A burst of 125 packets of 1,000 bytes holds the link up for 10 s.
	bloated := webrtcSession(30, schedule.Constant(100), 100, 100, 1500)
	bloated.Cross = []ccemu.Cross{{Kind: ccemu.Unresponsive, PacketBytes: 1000, RateKbps: schedule.Series{AtMs: []float64{0, 10_000, 10_010}, Values: []float64{0, 100_000, 0}}}}

	stops := webrtcSession(5, schedule.Constant(2000), 100, 1000, 1500)
	stops.Reverse.DelayMs = schedule.Constant(0)
	stops.Flows[0].RequestKbps, stops.Flows[0].Video.MinKbps = stepsOf(0, 1500, 1, 0), 1

	higher := webrtcSession(10, stepsOf(0, 200, 2, 800), 50, 300, 1500)
	higher.Reverse.DelayMs = schedule.Constant(0)

	losing := webrtcSession(40, schedule.Constant(1000), 100, 1000, 1500)
	losing.Forward.Loss.Share, losing.Reverse.DelayMs = stepsOf(0, 0, 20, 0.15), schedule.Constant(0)

	return []fixed{
		{"UpdatesTargetRateBasedOnLinkCapacity", capacity},
		{"StableEstimateDoesNotVaryInSteadyState", steady},
		{"IsFairToTCP", fair},
		{"CongestionWindowPushbackOnNetworkDelay", paused},
		{"LossBasedControlDoesModestBackoffToHighLoss", lossy},
		{"AverageBitrateAfterCrossInducedLoss", induced},
		{"NoBandwidthTogglingInLossControlTrial", toggling},
		{"LimitsToFloorIfRttIsHighInTrial", bloated},
		{"NoRttBackoffCollapseWhenVideoStops", stops},
		{"DetectsHighRateInSafeResetTrial", higher},
		{"FallbackToLossBasedBweWithoutPacketFeedback", losing},
	}
}

// webrtcSession is a session of some seconds with the same delay each way.
// The test gives the rate that the controller starts with and the most that
// it may reach; video alone is sent.
func webrtcSession(seconds float64, kbps schedule.Series, delayMs, startKbps, mostKbps float64) ccemu.Session {
	return ccemu.Session{
		DurationMs: seconds * 1000,
		Forward:    link.Path{Bottleneck: bottleneck(kbps, endlessMs), DelayMs: schedule.Constant(delayMs)},
		Reverse:    link.Path{DelayMs: schedule.Constant(delayMs)},
		Flows:      []media.Flow{{RequestKbps: schedule.Constant(mostKbps), StartKbps: startKbps, Audio: media.Audio{RateKbps: -1}, Video: media.Video{MinKbps: 30}}},
	}
}
