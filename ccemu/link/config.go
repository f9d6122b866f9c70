package link

import (
	"fmt"
	"math"
	"time"

	"trailblazer/ccemu/schedule"
	"trailblazer/internal/setting"
)

// None is the name of a bottleneck that is none.
const None = "none"

// The defaults of settings, and the bounds of what makes sense.
const (
	defaultBurstBytes       = 1600
	defaultOpportunityBytes = 1504
	defaultQueueMs          = 300
	defaultReorderMs        = 20
	// leastQueueBytes lets a packet wait behind another one however slow the
	// link is.
	leastQueueBytes = 3000

	// MaxKbps bounds rates: 10 Gbps. MaxDelayMs bounds delays, also of
	// queues.
	MaxKbps    = 1e7
	MaxDelayMs = 60_000
	maxBytes   = 1 << 30
)

// Name is the kind of the bottleneck; [None] where there is none.
func (b *Bottleneck) Name() string {
	switch {
	case b.Kind != "":
		return b.Kind
	case b.RateKbps.IsZero():
		return None
	}
	return FIFO
}

func (b *Bottleneck) burstBytes() int {
	if b.BurstBytes == 0 {
		return defaultBurstBytes
	}
	return b.BurstBytes
}

func (b *Bottleneck) opportunityBytes() int {
	if b.OpportunityBytes == 0 {
		return defaultOpportunityBytes
	}
	return b.OpportunityBytes
}

func milliseconds(ms, otherwise float64) time.Duration {
	if ms == 0 {
		ms = otherwise
	}
	return schedule.Milliseconds(ms)
}

func newServer(b *Bottleneck) (server, *bucket) {
	switch b.Name() {
	case None:
		return instant{}, nil
	case TokenBucket:
		return newBucket(WholeBps(&b.RateKbps), b.burstBytes()), nil
	case Policer:
		return instant{}, newBucket(WholeBps(&b.RateKbps), b.burstBytes())
	case Mahimahi:
		return newOpportunities(b.OpportunitiesMs, b.opportunityBytes()), nil
	}
	s := NewSerializer(WholeBps(&b.RateKbps))
	return &s, nil
}

func queueLimit(b *Bottleneck, meanBps float64) Count {
	q, kind := &b.Queue, b.Name()
	if kind == None || kind == Policer {
		return Count{}
	}
	limit := Count{Packets: int64(q.LimitPackets), Bytes: int64(q.LimitBytes)}
	ms := q.LimitMs
	if ms == 0 && limit == (Count{}) {
		ms = defaultQueueMs
	}
	if ms > 0 {
		bytes := max(int64(math.Round(meanBps*ms/8000)), leastQueueBytes)
		if limit.Bytes == 0 || bytes < limit.Bytes {
			limit.Bytes = bytes
		}
	}
	return limit
}

// Validate reports the first setting of a path that is out of range, as a
// *setting.Error below field.
func (p *Path) Validate(field string) error {
	if err := p.Bottleneck.validate(field + ".bottleneck"); err != nil {
		return err
	}
	if err := p.Loss.validate(field + ".loss"); err != nil {
		return err
	}
	if !p.DelayMs.IsZero() {
		if err := p.DelayMs.Validate(field+".delay_ms", 0, MaxDelayMs); err != nil {
			return err
		}
	}
	j := &p.Jitter
	switch {
	case j.Shape != "" && j.Shape != Normal && j.Shape != Pareto:
		return setting.Refuse(field+".jitter.shape", fmt.Sprintf("%q", j.Shape), "is unknown", `give "normal" or "pareto"`)
	case !(j.DeviationMs >= 0 && j.DeviationMs <= MaxDelayMs):
		return setting.Refuse(field+".jitter.deviation_ms", j.DeviationMs, "is out of range", fmt.Sprintf("give 0 to %d ms", MaxDelayMs))
	case !(j.Correlation >= 0 && j.Correlation < 1):
		return setting.Refuse(field+".jitter.correlation", j.Correlation, "is out of range", "give a number from 0 to below 1")
	case !(p.ReorderShare >= 0 && p.ReorderShare <= 1):
		return setting.Refuse(field+".reorder_share", p.ReorderShare, "is out of range", "give a number from 0 to 1")
	case !(p.ReorderMs >= 0 && p.ReorderMs <= MaxDelayMs):
		return setting.Refuse(field+".reorder_ms", p.ReorderMs, "is out of range", fmt.Sprintf("give 0 to %d ms", MaxDelayMs))
	}
	return nil
}

func (b *Bottleneck) validate(field string) error {
	switch b.Kind {
	case "", FIFO, TokenBucket, Policer:
		if b.Kind == "" && b.RateKbps.IsZero() {
			break
		}
		if err := b.RateKbps.Validate(field+".rate_kbps", 0, MaxKbps); err != nil {
			return err
		}
	case Mahimahi:
		if err := b.validateOpportunities(field); err != nil {
			return err
		}
	default:
		return setting.Refuse(field+".kind", fmt.Sprintf("%q", b.Kind), "is unknown", `give "fifo", "tbf", "policer" or "mahimahi"`)
	}
	q := &b.Queue
	switch {
	case b.BurstBytes != 0 && !(b.BurstBytes >= 1500 && b.BurstBytes <= maxBytes/16):
		return setting.Refuse(field+".burst_bytes", b.BurstBytes, "is out of range", fmt.Sprintf("give 1500, a full packet, to %d", maxBytes/16))
	case q.Discipline != "" && q.Discipline != DropTail && q.Discipline != CoDel:
		return setting.Refuse(field+".queue.discipline", fmt.Sprintf("%q", q.Discipline), "is unknown", `give "droptail" or "codel"`)
	case !(q.LimitMs >= 0 && q.LimitMs <= MaxDelayMs):
		return setting.Refuse(field+".queue.limit_ms", q.LimitMs, "is out of range", fmt.Sprintf("give up to %d ms, or 0 for no such limit", MaxDelayMs))
	case q.LimitBytes < 0 || q.LimitBytes > maxBytes:
		return setting.Refuse(field+".queue.limit_bytes", q.LimitBytes, "is out of range", fmt.Sprintf("give up to %d, or 0 for no such limit", maxBytes))
	case q.LimitBytes > 0 && q.LimitBytes < 1500:
		return setting.Refuse(field+".queue.limit_bytes", q.LimitBytes, "is less than a packet", "give at least 1500, or 0 for no such limit")
	case q.LimitPackets < 0 || q.LimitPackets > maxBytes/64:
		return setting.Refuse(field+".queue.limit_packets", q.LimitPackets, "is out of range", fmt.Sprintf("give up to %d, or 0 for no such limit", maxBytes/64))
	case !(q.TargetMs >= 0 && q.TargetMs <= MaxDelayMs):
		return setting.Refuse(field+".queue.target_ms", q.TargetMs, "is out of range", "give 5, or 0 for the default")
	case q.IntervalMs != 0 && !(q.IntervalMs >= 1 && q.IntervalMs <= MaxDelayMs):
		return setting.Refuse(field+".queue.interval_ms", q.IntervalMs, "is out of range", "give 100, or 0 for the default")
	}
	return nil
}

func (b *Bottleneck) validateOpportunities(field string) error {
	n := len(b.OpportunitiesMs)
	switch {
	case n == 0:
		return &setting.Error{Field: field + ".opportunities_ms", Problem: "is empty", Remedy: "give the milliseconds at which packets can leave"}
	case b.OpportunitiesMs[n-1] <= 0 || b.OpportunitiesMs[n-1] > schedule.MaxMs:
		return setting.Refuse(fmt.Sprintf("%s.opportunities_ms[%d]", field, n-1), b.OpportunitiesMs[n-1], "is no period", fmt.Sprintf("end with 1 to %d", schedule.MaxMs))
	case b.OpportunityBytes < 0 || b.OpportunityBytes > maxBytes/64:
		return setting.Refuse(field+".opportunity_bytes", b.OpportunityBytes, "is out of range", "give 1500 or 1504, or 0 for the default")
	}
	last := int64(0)
	for i, at := range b.OpportunitiesMs {
		if at < last {
			return setting.Refuse(fmt.Sprintf("%s.opportunities_ms[%d]", field, i), at, "comes before the one before it, or before 0", "give milliseconds in ascending order")
		}
		last = at
	}
	return nil
}

func (l *Loss) validate(field string) error {
	switch {
	case !(l.BurstPackets >= 0 && l.BurstPackets <= 1e6):
		return setting.Refuse(field+".burst_packets", l.BurstPackets, "is out of range", "give a mean length, or 0 for independent losses")
	case l.Share.IsZero():
		return nil
	}
	if err := l.Share.Validate(field+".share", 0, 1); err != nil || l.BurstPackets <= 1 {
		return err
	}
	// Bursts this short cannot make up so large a share.
	most := l.BurstPackets / (1 + l.BurstPackets)
	for i, p := range l.Share.Values {
		if p > most && p < 1 {
			return setting.Refuse(fmt.Sprintf("%s.share.values[%d]", field, i), p, fmt.Sprintf("is more than bursts of %v packets allow", l.BurstPackets), fmt.Sprintf("give at most %v, or longer bursts", most))
		}
	}
	return nil
}
