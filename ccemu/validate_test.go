package ccemu_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/setting"
)

func TestValidate(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	unresponsive := func(kbps float64) ccemu.Session {
		return ccemu.Session{Forward: fifo(1000, 0), Cross: []ccemu.Cross{{Kind: ccemu.Unresponsive, RateKbps: schedule.Constant(kbps)}}}
	}
	tcp := func(change func(c *ccemu.Cross)) ccemu.Session {
		c := ccemu.Cross{Kind: ccemu.TCPCubic}
		change(&c)
		return ccemu.Session{Forward: fifo(1000, 0), Cross: []ccemu.Cross{c}}
	}
	flow := func(f media.Flow) ccemu.Session {
		return ccemu.Session{Forward: fifo(1000, 0), Flows: []media.Flow{{}, f}}
	}
	for _, test := range []struct {
		name    string
		session ccemu.Session
		field   string // "" if the session is valid
	}{
		{"nothing", ccemu.Session{}, ""},
		{"negative duration", ccemu.Session{DurationMs: -1}, "duration_ms"},
		{"NaN duration", ccemu.Session{DurationMs: nan}, "duration_ms"},
		{"infinite duration", ccemu.Session{DurationMs: inf}, "duration_ms"},
		{"two months", ccemu.Session{DurationMs: 2 * schedule.MaxMs}, "duration_ms"},
		{"often reports", ccemu.Session{ReportMs: 1}, ""},
		{"too often", ccemu.Session{ReportMs: 0.5}, "report_ms"},
		{"NaN reports", ccemu.Session{ReportMs: nan}, "report_ms"},
		{"negative reports", ccemu.Session{ReportMs: -50}, "report_ms"},
		{"seldom", ccemu.Session{ReportMs: 1e6}, "report_ms"},
		{"many flows", ccemu.Session{Flows: make([]media.Flow, 64)}, ""},
		{"too many flows", ccemu.Session{Flows: make([]media.Flow, 65)}, "flows"},
		{"too much cross traffic", ccemu.Session{Cross: make([]ccemu.Cross, 65)}, "cross"},

		{"no capacity", ccemu.Session{Forward: fifo(0, 0)}, ""},
		{"no delay", ccemu.Session{Forward: fifo(1000, 0)}, ""},
		{"1 Gbps", ccemu.Session{Forward: fifo(1e6, 0)}, ""},
		{"10 Gbps", ccemu.Session{Forward: fifo(1e7, 0)}, ""},
		{"loss 1", ccemu.Session{Forward: link.Path{Loss: link.Loss{Share: schedule.Constant(1)}}}, ""},
		{"loss 1 of reports", ccemu.Session{Reverse: link.Path{Loss: link.Loss{Share: schedule.Constant(1)}}}, ""},
		{"NaN capacity", ccemu.Session{Forward: fifo(nan, 0)}, "forward.bottleneck.rate_kbps.values[0]"},
		{"negative capacity", ccemu.Session{Forward: fifo(-1, 0)}, "forward.bottleneck.rate_kbps.values[0]"},
		{"infinite capacity", ccemu.Session{Forward: fifo(inf, 0)}, "forward.bottleneck.rate_kbps.values[0]"},
		{"negative delay back", ccemu.Session{Reverse: fifo(1000, -1)}, "reverse.delay_ms.values[0]"},
		{"no opportunities", ccemu.Session{Forward: link.Path{Bottleneck: link.Bottleneck{Kind: link.Mahimahi}}}, "forward.bottleneck.opportunities_ms"},
		{"loss 2", ccemu.Session{Reverse: link.Path{Loss: link.Loss{Share: schedule.Constant(2)}}}, "reverse.loss.share.values[0]"},

		{"request 0", flow(media.Flow{RequestKbps: schedule.Constant(0)}), ""},
		{"NaN request", flow(media.Flow{RequestKbps: schedule.Constant(nan)}), "flows[1].request_kbps.values[0]"},
		{"negative request", flow(media.Flow{RequestKbps: schedule.Constant(-1)}), "flows[1].request_kbps.values[0]"},
		{"NaN frames", flow(media.Flow{Video: media.Video{FPS: nan}}), "flows[1].video.fps"},
		{"negative start", flow(media.Flow{StartMs: -1}), "flows[1].start_ms"},
		{"infinite extra delay", flow(media.Flow{ExtraDelayMs: inf}), "flows[1].extra_delay_ms"},
		{"pacing slower than the rate", flow(media.Flow{PacingFactor: 0.5}), "flows[1].pacing_factor"},

		{"unknown cross traffic", ccemu.Session{Cross: []ccemu.Cross{{Kind: "udp"}}}, "cross[0].kind"},
		{"cross traffic of no kind", ccemu.Session{Cross: []ccemu.Cross{{}}}, "cross[0].kind"},
		{"rate 0", unresponsive(0), ""},
		{"more than the link", unresponsive(100_000), ""},
		{"no rate", ccemu.Session{Cross: []ccemu.Cross{{Kind: ccemu.Unresponsive}}}, "cross[0].rate_kbps.values"},
		{"NaN rate", unresponsive(nan), "cross[0].rate_kbps.values[0]"},
		{"negative rate", unresponsive(-5), "cross[0].rate_kbps.values[0]"},
		{"TCP without a bottleneck", ccemu.Session{Cross: []ccemu.Cross{{Kind: ccemu.TCPBBR}}}, "cross[0].kind"},
		{"negative beginning", tcp(func(c *ccemu.Cross) { c.StartMs = -1 }), "cross[0].start_ms"},
		{"NaN beginning", tcp(func(c *ccemu.Cross) { c.StartMs = nan }), "cross[0].start_ms"},
		{"end before it", tcp(func(c *ccemu.Cross) { c.StartMs, c.StopMs = 10, 10 }), "cross[0].stop_ms"},
		{"NaN end", tcp(func(c *ccemu.Cross) { c.StopMs = nan }), "cross[0].stop_ms"},
		{"tiny packets", tcp(func(c *ccemu.Cross) { c.PacketBytes = 63 }), "cross[0].packet_bytes"},
		{"large packets", tcp(func(c *ccemu.Cross) { c.PacketBytes = 1501 }), "cross[0].packet_bytes"},
		{"negative cross delay", tcp(func(c *ccemu.Cross) { c.DelayMs = -1 }), "cross[0].delay_ms"},
		{"NaN cross delay", tcp(func(c *ccemu.Cross) { c.DelayMs = nan }), "cross[0].delay_ms"},
		{"NaN size", tcp(func(c *ccemu.Cross) { c.MeanBytes = nan }), "cross[0].mean_bytes"},
		{"infinite size", tcp(func(c *ccemu.Cross) { c.MeanBytes = inf }), "cross[0].mean_bytes"},
		{"negative size", tcp(func(c *ccemu.Cross) { c.MeanBytes = -1 }), "cross[0].mean_bytes"},
		{"small transfers", tcp(func(c *ccemu.Cross) { c.MeanBytes, c.MeanGapMs = 1, 5 }), ""},
		{"NaN gap", tcp(func(c *ccemu.Cross) { c.MeanBytes, c.MeanGapMs = 1, nan }), "cross[0].mean_gap_ms"},
		{"negative gap", tcp(func(c *ccemu.Cross) { c.MeanBytes, c.MeanGapMs = 1, -1 }), "cross[0].mean_gap_ms"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.session.Validate()
			if test.field == "" {
				var e ccemu.Emulator
				run(t, &e, &test.session, 1, time.Second, func(time.Duration, []*journal) { sane(t, &e) })
				return
			}
			var refused *setting.Error
			if !errors.As(err, &refused) || refused.Field != test.field || refused.Remedy == "" {
				t.Fatalf("Validate() = %v, want a *setting.Error of %s", err, test.field)
			}
		})
	}
}

// TestOddDecisions: whatever a controller says, the session goes on.
func TestOddDecisions(t *testing.T) {
	session := varied()["default"]
	var e ccemu.Emulator
	e.Start(&session, 1)
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 0, 5e-324, 1e300, math.MaxFloat64}
	for i := range 60 {
		e.Advance(time.Duration(i) * tick)
		e.SetTarget(0, odd[i%len(odd)])
		e.Probe(0, odd[i/2%len(odd)])
		sane(t, &e)
	}
	if got := e.Traffic(0).Arrived.Packets; got < 300 {
		t.Errorf("only %d packets arrived", got)
	}
}
