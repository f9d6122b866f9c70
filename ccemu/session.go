package ccemu

import (
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// Session describes what an emulator plays: media flows from one sender to one
// receiver, over a path with a bottleneck that other traffic may share. It is
// what users write and generators draw. The zero value of most fields is the
// useful default, given in brackets.
type Session struct {
	// DurationMs is how long it lasts [35,000].
	DurationMs float64 `json:"duration_ms"`
	// Forward carries media and cross traffic, Reverse the receiver's reports.
	// An absent reverse bottleneck is never one.
	Forward Path `json:"forward"`
	Reverse Path `json:"reverse"`
	// Flows are the controlled ones [one, with every default].
	Flows []media.Flow `json:"flows"`
	// Cross is other traffic through the forward bottleneck [none].
	Cross []Cross `json:"cross"`
	// ReportMs is how often the receiver reports [50].
	ReportMs float64 `json:"report_ms"`
}

// Path is one direction: bottleneck, then loss, then propagation.
type Path struct {
	Bottleneck Bottleneck `json:"bottleneck"`
	Loss       Loss       `json:"loss"`
	// DelayMs is the propagation delay, over time [0].
	DelayMs schedule.Series `json:"delay_ms"`
	Jitter  Jitter          `json:"jitter"`
	// ReorderShare of the packets skip the propagation delay's jitter and may
	// overtake others [0: nothing is ever reordered].
	ReorderShare float64 `json:"reorder_share"`
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
	// Correlation is that of one packet's jitter with the next one's, from 0
	// to below 1.
	Correlation float64 `json:"correlation,omitempty"`
}

// The kinds of cross traffic.
const (
	// Unresponsive sends at RateKbps, whatever happens: constant, pulses and
	// random walks are series.
	Unresponsive = "unresponsive"
	// TCPCubic and TCPBBR transfer as fast as RFC 9438's or BBR's TCP can.
	TCPCubic = "tcp-cubic"
	TCPBBR   = "tcp-bbr"
)

// Cross is one flow of cross traffic, or a sequence of short ones.
type Cross struct {
	Kind    string  `json:"kind"`
	StartMs float64 `json:"start_ms,omitempty"`
	// StopMs is when it ends [never].
	StopMs float64 `json:"stop_ms,omitempty"`
	// RateKbps of unresponsive traffic, over time since the session began.
	RateKbps schedule.Series `json:"rate_kbps"`
	// PacketBytes is the size of its packets on the wire [1,200; TCP 1,500].
	PacketBytes int `json:"packet_bytes,omitempty"`
	// DelayMs is the propagation delay of TCP, each way [the forward path's
	// first].
	DelayMs float64 `json:"delay_ms,omitempty"`
	// MeanBytes, if given, makes TCP a sequence of transfers of exponentially
	// distributed size [0: one without end], which begin as a Poisson process
	// with MeanGapMs between them [1,000]; one that finds another running
	// waits for its end.
	MeanBytes float64 `json:"mean_bytes,omitempty"`
	MeanGapMs float64 `json:"mean_gap_ms,omitempty"`
}
