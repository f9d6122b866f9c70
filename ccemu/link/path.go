package link

import "trailblazer/ccemu/schedule"

// Path is one direction: bottleneck, then loss, then propagation.
type Path struct {
	Bottleneck Bottleneck `json:"bottleneck"`
	Loss       Loss       `json:"loss"`
	// DelayMs is the propagation delay, over time [0].
	DelayMs schedule.Series `json:"delay_ms"`
	Jitter  Jitter          `json:"jitter"`
	// ReorderShare of the packets are held back, for up to ReorderMs [20], and
	// may be overtaken meanwhile [0: nothing ever overtakes].
	ReorderShare float64 `json:"reorder_share,omitempty"`
	ReorderMs    float64 `json:"reorder_ms,omitempty"`
}

// The kinds of bottlenecks. An empty kind stands for none where no rate is
// given, else for FIFO.
const (
	// FIFO serves packets one after the other at the rate.
	FIFO = "fifo"
	// TokenBucket lets packets pass at once as long as it has tokens, which
	// come at the rate, up to a burst, as `tc qdisc … tbf` does.
	TokenBucket = "tbf"
	// Policer is a token bucket without a queue: it drops what it has no
	// tokens for.
	Policer = "policer"
	// Mahimahi has opportunities to send a number of bytes at given
	// milliseconds, as mm-link of mahimahi has.
	Mahimahi = "mahimahi"
)

// Bottleneck is a link and the queue before it.
type Bottleneck struct {
	Kind string `json:"kind,omitempty"`
	// RateKbps over time; 0 stops the link and drops nothing. Not of mahimahi.
	RateKbps schedule.Series `json:"rate_kbps"`
	// BurstBytes is the depth of a token bucket [1,600].
	BurstBytes int `json:"burst_bytes,omitempty"`
	// OpportunitiesMs are a mahimahi link's, in ascending order; the last one
	// is also the period after which they repeat. Equal ones are so many
	// opportunities.
	OpportunitiesMs []int64 `json:"opportunities_ms,omitempty"`
	// OpportunityBytes is what one can carry [1,504, as mm-link has it].
	OpportunityBytes int   `json:"opportunity_bytes,omitempty"`
	Queue            Queue `json:"queue"`
}

// The disciplines of queues. An empty one stands for DropTail.
const (
	DropTail = "droptail"
	// CoDel is RFC 8289's, on top of the queue's limit.
	CoDel = "codel"
)

// Queue is what waits for the link. A packet that does not fit is dropped at
// its arrival; the one in service counts as waiting. Where several limits are
// given, each holds. [No limit stands for 300 ms.]
type Queue struct {
	Discipline string `json:"discipline,omitempty"`
	// LimitMs limits the bytes to what the mean rate of the whole series
	// carries in this time.
	LimitMs      float64 `json:"limit_ms,omitempty"`
	LimitBytes   int     `json:"limit_bytes,omitempty"`
	LimitPackets int     `json:"limit_packets,omitempty"`
	// CoDel's target and interval [5 and 100].
	TargetMs   float64 `json:"target_ms,omitempty"`
	IntervalMs float64 `json:"interval_ms,omitempty"`
}

// Loss is random loss behind the queue, so that what is lost has used the
// link.
type Loss struct {
	// Share of the packets that are lost, over time [0].
	Share schedule.Series `json:"share"`
	// BurstPackets is the mean number that are lost one after the other, by a
	// Gilbert-Elliott chain [0: losses are independent].
	BurstPackets float64 `json:"burst_packets,omitempty"`
}

// The shapes of jitter. An empty one stands for Normal.
const (
	// Normal is the absolute value of a normal variable, up to 4 deviations.
	Normal = "normal"
	// Pareto has a heavy tail (a Lomax distribution of shape 3), up to 20
	// deviations.
	Pareto = "pareto"
)

// Jitter is a random addition to the propagation delay.
type Jitter struct {
	// DeviationMs scales it [0: no jitter].
	DeviationMs float64 `json:"deviation_ms,omitempty"`
	Shape       string  `json:"shape,omitempty"`
	// Correlation of one packet's jitter with the next one's, from 0 to below 1
	// [0]: of Normal jitter, that of the variables before their absolute value
	// is taken; of Pareto jitter, the share of packets that have the same as
	// the one before.
	Correlation float64 `json:"correlation,omitempty"`
}
