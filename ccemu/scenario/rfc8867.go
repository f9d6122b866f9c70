package scenario

import (
	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// rfc8867 are the test cases of RFC 8867, section 5, as far as a session can
// express them. Its section 4.2 gives the paths: 50 ms of propagation each
// way, a drop-tail queue of 300 ms, jitter of up to 30 ms, no loss; media of
// 150 to 1,500 kbps. The schedules agree with those of Cisco's ns-3 module
// for these tests.
//
// Not certain is the shape of the jitter: here the absolute value of a normal
// variable of deviation 5 ms, which RFC 8868 names, up to four deviations.
// What differs is said beside the cases.
func rfc8867() []fixed {
	const reference = 1000.0 // kbps
	single := rfcSession(100, stepsOf(0, reference, 40, 2.5*reference, 60, 0.6*reference, 80, reference), rfcFlow(0))
	several := rfcSession(125, stepsOf(0, 4000, 25, 2000, 50, 3500, 75, 1000, 100, 2000), rfcFlow(0), rfcFlow(0))

	// A session has no media on its way back. What the case's second flow
	// leaves to the reports of the first is a guess: 5 % of the capacity.
	feedback := rfcSession(100, stepsOf(0, 2000, 20, 1000, 40, 500, 60, 2000), rfcFlow(0))
	feedback.Reverse.Bottleneck = bottleneck(stepsOf(0, 100, 35, 40, 70, 100), 300)

	competing := rfcSession(120, schedule.Constant(3500), rfcFlow(0), rfcFlow(20), rfcFlow(40))

	fairness := rfcSession(300, schedule.Constant(4000))
	fairness.Forward.DelayMs, fairness.Reverse.DelayMs = schedule.Constant(10), schedule.Constant(10)
	for i, delayMs := range []float64{10, 25, 50, 100, 150} {
		f := rfcFlow(10 * float64(i))
		f.ExtraDelayMs = delayMs - 10
		fairness.Flows = append(fairness.Flows, f)
	}

	long := rfcSession(120, schedule.Constant(2000), rfcFlow(5))
	long.Cross = []ccemu.Cross{{Kind: ccemu.TCPCubic}}
	deep := long
	deep.Forward.Bottleneck.Queue.LimitMs = 1000

	// The RFC draws sizes evenly from 30 to 50 kB; here they are exponential
	// with the same mean. Two of the ten flows begin at once.
	short := rfcSession(300, schedule.Constant(2000), rfcFlow(5), rfcFlow(5))
	for i := range 10 {
		t := ccemu.Cross{Kind: ccemu.TCPCubic, MeanBytes: 40_000, MeanGapMs: 10_000}
		if i >= 2 {
			t.StartMs = 10_000
		}
		short.Cross = append(short.Cross, t)
	}

	// A flow that pauses requests nothing meanwhile. Its encoder still sends
	// frames, of the least size that they can have.
	pause := rfcSession(120, schedule.Constant(3500), rfcFlow(0), rfcFlow(0), rfcFlow(0))
	pausing := &pause.Flows[1]
	pausing.RequestKbps = stepsOf(0, 1500, 40, 0, 60, 1500)
	pausing.Video.MinKbps, pausing.Audio.RateKbps = 1, -1

	return []fixed{
		{"5.1 variable capacity, one flow", single},
		{"5.2 variable capacity, two flows", several},
		{"5.3 congested feedback", feedback},
		{"5.4 competing media flows", competing},
		{"5.5 round-trip time fairness", fairness},
		{"5.6 long TCP flow", long},
		{"5.6 long TCP flow, queue of 1 s", deep},
		{"5.7 short TCP flows", short},
		{"5.8 pause and resume", pause},
	}
}

// rfcSession is a session of some seconds on the paths of section 4.2.
func rfcSession(seconds float64, kbps schedule.Series, flows ...media.Flow) ccemu.Session {
	jitter := link.Jitter{DeviationMs: 5, Shape: link.Normal}
	return ccemu.Session{
		DurationMs: seconds * 1000,
		Forward:    link.Path{Bottleneck: bottleneck(kbps, 300), DelayMs: schedule.Constant(50), Jitter: jitter},
		Reverse:    link.Path{DelayMs: schedule.Constant(50), Jitter: jitter},
		Flows:      flows,
	}
}

func rfcFlow(startS float64) media.Flow {
	return media.Flow{StartMs: startS * 1000, RequestKbps: schedule.Constant(1500), StartKbps: 150, Video: media.Video{MinKbps: 120}}
}

func bottleneck(kbps schedule.Series, queueMs float64) link.Bottleneck {
	b := dropTail(queueMs)
	b.RateKbps = kbps
	return b
}

// stepsOf makes a series of pairs of a time in seconds and a value.
func stepsOf(pairs ...float64) schedule.Series {
	var s schedule.Series
	for i := 0; i < len(pairs); i += 2 {
		s.AtMs, s.Values = append(s.AtMs, pairs[i]*1000), append(s.Values, pairs[i+1])
	}
	return s
}
