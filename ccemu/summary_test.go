package ccemu_test

import (
	"testing"

	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

func TestSummarize(t *testing.T) {
	s := ccemu.Session{
		DurationMs: 4000,
		Forward: link.Path{
			Bottleneck: link.Bottleneck{RateKbps: schedule.Series{AtMs: []float64{0, 1000, 2500}, Values: []float64{1000, 3000, 200}}},
			Loss:       link.Loss{Share: schedule.Series{AtMs: []float64{0, 3000}, Values: []float64{0.02, 0.06}}},
			DelayMs:    schedule.Constant(30),
		},
		Reverse: link.Path{DelayMs: schedule.Series{AtMs: []float64{0, 2000}, Values: []float64{10, 30}}},
		Flows:   []media.Flow{{RequestKbps: schedule.Constant(700)}, {}},
		Cross:   []ccemu.Cross{{Kind: ccemu.TCPBBR}},
	}
	want := ccemu.Summary{
		DurationS: 4, Bottleneck: link.FIFO,
		// 1 s at 1000, 1.5 s at 3000 and 1.5 s at 200.
		MeanKbps: (1000 + 4500 + 300) / 4.0, LowestKbps: 200, HighestKbps: 3000,
		RoundTripMs: 50, LossShare: 0.03, RequestKbps: 700, Flows: 2, Cross: 1,
	}
	if got := ccemu.Summarize(&s); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := ccemu.Summarize(&ccemu.Session{}); got != (ccemu.Summary{DurationS: 35, Bottleneck: "none", RequestKbps: 4000, Flows: 1}) {
		t.Errorf("of nothing but defaults: %+v", got)
	}
}
