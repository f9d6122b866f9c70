package link_test

import (
	"errors"
	"math"
	"testing"

	"trailblazer/ccemu/link"
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/setting"
)

func TestValidate(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	rate := func(kbps float64) link.Path { return fifo(kbps) }
	bottleneck := func(change func(*link.Bottleneck)) link.Path {
		p := fifo(1000)
		change(&p.Bottleneck)
		return p
	}
	queue := func(q link.Queue) link.Path {
		return bottleneck(func(b *link.Bottleneck) { b.Queue = q })
	}
	opportunities := func(atMs ...int64) link.Path {
		return link.Path{Bottleneck: link.Bottleneck{Kind: link.Mahimahi, OpportunitiesMs: atMs}}
	}
	loss := func(share, burst float64) link.Path {
		return link.Path{Loss: link.Loss{Share: schedule.Constant(share), BurstPackets: burst}}
	}
	jitter := func(j link.Jitter) link.Path { return link.Path{Jitter: j} }
	for _, test := range []struct {
		name  string
		path  link.Path
		field string // "" if the path is valid
	}{
		{"nothing", link.Path{}, ""},
		{"rate 0", rate(0), ""},
		{"highest rate", rate(link.MaxKbps), ""},
		{"negative rate", rate(-1), "p.bottleneck.rate_kbps.values[0]"},
		{"NaN rate", rate(nan), "p.bottleneck.rate_kbps.values[0]"},
		{"infinite rate", rate(inf), "p.bottleneck.rate_kbps.values[0]"},
		{"rate too high", rate(2 * link.MaxKbps), "p.bottleneck.rate_kbps.values[0]"},
		{"no rate", link.Path{Bottleneck: link.Bottleneck{Kind: link.FIFO}}, "p.bottleneck.rate_kbps.values"},
		{"no rate of a policer", link.Path{Bottleneck: link.Bottleneck{Kind: link.Policer}}, "p.bottleneck.rate_kbps.values"},
		{"rate without a kind", link.Path{Bottleneck: link.Bottleneck{RateKbps: schedule.Constant(-1)}}, "p.bottleneck.rate_kbps.values[0]"},
		{"unknown kind", bottleneck(func(b *link.Bottleneck) { b.Kind = "htb" }), "p.bottleneck.kind"},

		{"deepest bucket", bottleneck(func(b *link.Bottleneck) { b.Kind, b.BurstBytes = link.TokenBucket, 1<<26 }), ""},
		{"bucket too deep", bottleneck(func(b *link.Bottleneck) { b.Kind, b.BurstBytes = link.TokenBucket, 1<<26+1 }), "p.bottleneck.burst_bytes"},
		{"bucket too shallow", bottleneck(func(b *link.Bottleneck) { b.BurstBytes = 1499 }), "p.bottleneck.burst_bytes"},
		{"negative burst", bottleneck(func(b *link.Bottleneck) { b.BurstBytes = -1 }), "p.bottleneck.burst_bytes"},

		{"opportunities", opportunities(0, 0, 5, 5), ""},
		{"none", opportunities(), "p.bottleneck.opportunities_ms"},
		{"period of 0", opportunities(0), "p.bottleneck.opportunities_ms[0]"},
		{"negative", opportunities(-1, 5), "p.bottleneck.opportunities_ms[0]"},
		{"falling", opportunities(1, 6, 5), "p.bottleneck.opportunities_ms[2]"},
		{"later than a month", opportunities(1, schedule.MaxMs+1), "p.bottleneck.opportunities_ms[1]"},
		{"negative size", link.Path{Bottleneck: link.Bottleneck{Kind: link.Mahimahi, OpportunitiesMs: []int64{1}, OpportunityBytes: -1}}, "p.bottleneck.opportunity_bytes"},
		{"too large", link.Path{Bottleneck: link.Bottleneck{Kind: link.Mahimahi, OpportunitiesMs: []int64{1}, OpportunityBytes: 1 << 30}}, "p.bottleneck.opportunity_bytes"},

		{"queue", queue(link.Queue{Discipline: link.CoDel, LimitMs: 50, LimitBytes: 1500, LimitPackets: 1, TargetMs: 0.1, IntervalMs: 1}), ""},
		{"unknown discipline", queue(link.Queue{Discipline: "red"}), "p.bottleneck.queue.discipline"},
		{"negative time", queue(link.Queue{LimitMs: -1}), "p.bottleneck.queue.limit_ms"},
		{"NaN time", queue(link.Queue{LimitMs: nan}), "p.bottleneck.queue.limit_ms"},
		{"infinite time", queue(link.Queue{LimitMs: inf}), "p.bottleneck.queue.limit_ms"},
		{"negative bytes", queue(link.Queue{LimitBytes: -1}), "p.bottleneck.queue.limit_bytes"},
		{"too few bytes", queue(link.Queue{LimitBytes: 1499}), "p.bottleneck.queue.limit_bytes"},
		{"too many bytes", queue(link.Queue{LimitBytes: 1<<30 + 1}), "p.bottleneck.queue.limit_bytes"},
		{"negative packets", queue(link.Queue{LimitPackets: -1}), "p.bottleneck.queue.limit_packets"},
		{"too many packets", queue(link.Queue{LimitPackets: 1 << 30}), "p.bottleneck.queue.limit_packets"},
		{"NaN target", queue(link.Queue{TargetMs: nan}), "p.bottleneck.queue.target_ms"},
		{"negative target", queue(link.Queue{TargetMs: -1}), "p.bottleneck.queue.target_ms"},
		{"NaN interval", queue(link.Queue{IntervalMs: nan}), "p.bottleneck.queue.interval_ms"},
		{"interval next to nothing", queue(link.Queue{IntervalMs: 1e-9}), "p.bottleneck.queue.interval_ms"},
		{"negative interval", queue(link.Queue{IntervalMs: -1}), "p.bottleneck.queue.interval_ms"},

		{"loss 1", loss(1, 0), ""},
		{"loss 1 in bursts", loss(1, 5), ""},
		{"negative loss", loss(-0.1, 0), "p.loss.share.values[0]"},
		{"loss above 1", loss(1.1, 0), "p.loss.share.values[0]"},
		{"NaN loss", loss(nan, 0), "p.loss.share.values[0]"},
		{"as much as bursts can lose", loss(0.75, 3), ""},
		{"more than that", loss(0.76, 3), "p.loss.share.values[0]"},
		{"NaN bursts", loss(0.1, nan), "p.loss.burst_packets"},
		{"negative bursts", loss(0.1, -1), "p.loss.burst_packets"},
		{"endless bursts", loss(0.1, inf), "p.loss.burst_packets"},

		{"no delay", link.Path{DelayMs: schedule.Constant(0)}, ""},
		{"negative delay", link.Path{DelayMs: schedule.Constant(-1)}, "p.delay_ms.values[0]"},
		{"NaN delay", link.Path{DelayMs: schedule.Constant(nan)}, "p.delay_ms.values[0]"},
		{"more than a minute", link.Path{DelayMs: schedule.Constant(60_001)}, "p.delay_ms.values[0]"},
		{"unknown shape", jitter(link.Jitter{Shape: "uniform"}), "p.jitter.shape"},
		{"NaN deviation", jitter(link.Jitter{DeviationMs: nan}), "p.jitter.deviation_ms"},
		{"negative deviation", jitter(link.Jitter{DeviationMs: -1}), "p.jitter.deviation_ms"},
		{"correlation 1", jitter(link.Jitter{Correlation: 1}), "p.jitter.correlation"},
		{"negative correlation", jitter(link.Jitter{Correlation: -0.1}), "p.jitter.correlation"},
		{"NaN correlation", jitter(link.Jitter{Correlation: nan}), "p.jitter.correlation"},
		{"all reordered", link.Path{ReorderShare: 1, ReorderMs: 1}, ""},
		{"more than all", link.Path{ReorderShare: 1.1}, "p.reorder_share"},
		{"NaN share", link.Path{ReorderShare: nan}, "p.reorder_share"},
		{"negative time of reordering", link.Path{ReorderMs: -1}, "p.reorder_ms"},
		{"NaN time of reordering", link.Path{ReorderMs: nan}, "p.reorder_ms"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.path.Validate("p")
			if test.field == "" {
				if err != nil {
					t.Fatal(err)
				}
				play(t, &test.path, 1, every(ms, 100, 1000))
				return
			}
			var refused *setting.Error
			if !errors.As(err, &refused) || refused.Field != test.field || refused.Remedy == "" {
				t.Fatalf("Validate() = %v, want a *setting.Error of %s", err, test.field)
			}
		})
	}
}
